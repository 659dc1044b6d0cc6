"""Questions put into the YAML text of a lesson, behind those that are there; every other byte stays."""

from collections.abc import Iterable, Mapping, Sequence

from tutor import library
from tutor.engine.errors import TutorError
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.replies import Json
from tutor.exchange.exporting import Part
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import with_items

_FIRST = (
    "question",
    "id",
    "choices",
    "answer",
    "answers",
    "credit",
    "text",
    "also",
    "pattern",
    "ignore_case",
    "number",
    "tolerance",
    "unit",
    "order",
    "state",
    "pool",
)
"""The fields in the order in which one reads a question; the others follow in their own."""


class NotAdded(TutorError):
    """The questions can't be put into the text; it says why."""


def with_questions(text: str, questions: Iterable[QuestionFields], part: Part = "quiz") -> str:
    """Return a lesson's text with `questions` at the end of its quiz, or of its practice.

    A practice task needs a worked solution: a question without one gets it made of its explanation. An id that
    something in the lesson has already is left out.
    Raises: NotAdded.
    """
    items = _with_free_ids([_written(question, part) for question in questions], text)
    before = read_document(text)
    if before.root is None or not isinstance(before.root.value, dict):
        raise NotAdded("The lesson can't be read; check it first.")
    if not items:
        return text
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    try:
        after = mark + with_items(text.removeprefix("\ufeff"), part, items)
    except ValueError:
        after = ""
    came = read_document(after)
    wanted = before.root.value | {part: [*(before.root.value.get(part) or []), *items]}
    # An author can write YAML in ways that nobody thinks of: what is written has to say what was meant.
    if came.root is None or came.problems != before.problems or not is_same(wanted, came.root.value):
        reason = came.problems[0].message if came.problems and after else "it is written in an unusual way"
        raise NotAdded(f"The questions can't be put into the lesson's {part}: {reason}.")
    return after


def _with_free_ids(items: Sequence[Mapping[str, Json]], text: str) -> list[Mapping[str, Json]]:
    lesson = library.read_stored(text)
    taken: set[Json] = {*lesson.ids} if lesson else set()
    found: list[Mapping[str, Json]] = []
    for item in items:
        id_ = item.get("id")
        found.append({name: value for name, value in item.items() if name != "id" or id_ not in taken})
        taken.add(id_)
    return found


def _written(question: QuestionFields, part: Part) -> Mapping[str, Json]:
    fields = question.model_dump(mode="json", exclude_unset=True)
    if part == "practice" and question.solution is None and question.explanation.strip():
        fields["solution"] = _solution(question)
        del fields["explanation"]
    return {name: fields[name] for name in _ordered(list(fields))}


def _solution(question: QuestionFields) -> dict[str, Json]:
    return {"steps": [question.explanation], "answer": question.key_text}


def _ordered(names: Sequence[str]) -> list[str]:
    return [*(name for name in _FIRST if name in names), *(name for name in names if name not in _FIRST)]
