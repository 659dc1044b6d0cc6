"""Questions for tests, and strategies for as nasty ones as a lesson can hold."""

from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.lessons import PUSH, lesson
from tutor import library
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import Question
from tutor.exchange.incoming import faults_of

ADAPTER: TypeAdapter[QuestionFields] = TypeAdapter(Question)


def question(**fields: Any) -> QuestionFields:
    return ADAPTER.validate_python({"question": "What?", **fields})


def lesson_with(*questions: QuestionFields, practice: tuple[QuestionFields, ...] = ()) -> Lesson:
    read = library.read(lesson(PUSH), "x.yaml").lesson
    assert read is not None
    return read.model_copy(update={"quiz": list(questions), "practice": list(practice)})


SNIPPETS = r"""
' " { } ]]> & < > <script> </p> <b> = ~ # ## #### : :: \ \n \\ -> [html] [plain] [x] %50% // * ** _ ` `` - 1. + --> --
TRUE T F $CATEGORY: &amp; &#123; &nbsp; a B word 5 ( ) ['a', 'b'] redis-tutor: <!-- [tag:x] ! | é 日本 🙂
""".split()

NASTY = st.lists(
    st.sampled_from(
        [*SNIPPETS, " ", " ", "  ", "\t", "\n", "\n\n", "\r", "\x07", "\x1b", "\x85", "\u2028", "\ufffe", "\xa0"]
    ),
    min_size=1,
    max_size=8,
).map("".join)
ANY = st.one_of(
    NASTY, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
)

COMMON = {
    "question": ANY,
    "hint": st.one_of(st.just(""), ANY),
    "hint_costs": st.sampled_from([0, 0.25, 1 / 3, 1]),
    "explanation": st.one_of(st.just(""), ANY),
    "steps": st.lists(st.just(1), max_size=1),
    "concept": st.one_of(st.just(""), ANY.map(lambda text: text[:40])),
    "difficulty": st.sampled_from(["easy", "medium", "hard"]),
    "shuffle": st.booleans(),
    "proof": st.sampled_from([None, {"after": 1, "key": "queue"}]),
    "solution": st.one_of(
        st.none(),
        st.fixed_dictionaries({"steps": st.lists(ANY, min_size=1, max_size=2), "answer": ANY, "check": ANY}),
    ),
    "mistakes": st.lists(ANY, max_size=2),
}

CHOICES = st.lists(ANY, min_size=2, max_size=10).map(lambda texts: dict(zip("ABCDEFGHIJ", texts, strict=False)))

NUMBERS = st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e12, 1e12, allow_nan=False))


@st.composite
def one(draw: st.DrawFn) -> dict[str, Any]:
    choices = draw(CHOICES)
    answer = draw(st.sampled_from(list(choices)))
    return {"choices": choices, "answer": answer, **_mistakes(draw, [each for each in choices if each != answer])}


@st.composite
def several(draw: st.DrawFn) -> dict[str, Any]:
    choices = draw(CHOICES)
    answers = draw(st.lists(st.sampled_from(list(choices)), min_size=1, unique=True))
    credit = draw(st.sampled_from(["right_minus_wrong", "each_choice", "all_or_nothing"]))
    wrong = [each for each in choices if each not in answers]
    return {"choices": choices, "answers": answers, "credit": credit, **_mistakes(draw, wrong)}


def _mistakes(draw: st.DrawFn, wrong: list[str]) -> dict[str, Any]:
    return {"mistakes": draw(st.dictionaries(st.sampled_from(wrong), ANY))} if wrong and draw(st.booleans()) else {}


KINDS = {
    "choice": one(),
    "several": several(),
    "text": st.fixed_dictionaries({"text": ANY, "also": st.lists(ANY, max_size=3), "ignore_case": st.booleans()}),
    "number": st.fixed_dictionaries(
        {
            "number": NUMBERS,
            "tolerance": st.one_of(st.integers(0, 1000), st.floats(0, 1000)),
            "unit": ANY.map(lambda text: text[:20]),
        }
    ),
    "order": st.fixed_dictionaries({"order": st.lists(ANY, min_size=2, max_size=10)}),
    "state": st.fixed_dictionaries({"state": st.lists(ANY, max_size=12), "pool": st.lists(ANY, max_size=3)}),
}


def _made(common: dict[str, Any], key: dict[str, Any]) -> QuestionFields:
    return ADAPTER.validate_python({**common, **key})


def questions(kind: str) -> st.SearchStrategy[QuestionFields]:
    """Return questions of a kind that may stand in a lesson."""
    return st.builds(_made, st.fixed_dictionaries(COMMON), KINDS[kind]).filter(lambda made: not any(faults_of(made)))
