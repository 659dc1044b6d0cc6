"""Our questions as items of Moodle's, and what of them an item has no place for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import (
    ChoiceQuestion,
    NumberQuestion,
    OrderQuestion,
    SeveralQuestion,
    StateQuestion,
    TextQuestion,
    WithChoices,
)
from tutor.engine.lesson.questions.typed import as_list, forgiven
from tutor.engine.values.formatting import as_repr
from tutor.exchange.item import Answer, Item, ItemType
from tutor.exchange.original import packed
from tutor.exchange.texts import can_stand_in_xml, for_xml, html_of, inline_html_of, line_html_of, title_of

AnyQuestion = ChoiceQuestion | SeveralQuestion | TextQuestion | NumberQuestion | OrderQuestion | StateQuestion

STATE_TAG = "kind: state"


def item_of(question: QuestionFields) -> Item:
    """Return a question as an item; what it has no place for is in `Item.original` alone."""
    asked = known(question)
    text = html_of(question.question)
    return Item(
        type=_TYPES[asked.kind],
        name=for_xml(title_of(text)),
        text=text,
        answers=tuple(_answers(asked)),
        is_single=isinstance(asked, ChoiceQuestion),
        is_shuffled=question.shuffle,
        does_case_count=isinstance(asked, StateQuestion) or (isinstance(asked, TextQuestion) and not asked.ignore_case),
        feedback=feedback_of(question),
        hints=(html_of(question.hint),) if question.hint.strip() else (),
        penalty=question.hint_costs,
        unit=for_xml(asked.unit) if isinstance(asked, NumberQuestion) else "",
        tags=tuple(_tags(asked)),
        original=packed(question),
    )


_TYPES: Mapping[str, ItemType] = {
    "choice": "multichoice",
    "several": "multichoice",
    "text": "shortanswer",
    "number": "numerical",
    "order": "ordering",
    "state": "shortanswer",
}


def known(question: QuestionFields) -> AnyQuestion:
    """Return a question as one of the kinds that can be exported. Raises: TypeError, if there is a new one."""
    if not isinstance(question, AnyQuestion):
        raise TypeError(f"no system has a place for a {question.kind} question")
    return question


def _answers(question: AnyQuestion) -> list[Answer]:
    match question:
        case ChoiceQuestion():
            return _choices(question, dict.fromkeys([question.answer], 100.0), wrong=0)
        case SeveralQuestion():
            share = round(100 / len(question.answers), 5)
            return _choices(question, dict.fromkeys(question.answers, share), wrong=-share)
        case NumberQuestion():
            return [Answer(number_text(question.number), 100, tolerance=number_text(question.tolerance))]
        case OrderQuestion():
            return [Answer(line_html_of(line), place) for place, line in enumerate(question.order, 1)]
        case TextQuestion():
            return [_typed(text) for text in spellings_of_text(question)]
        case StateQuestion():
            return [_typed(text) for text in spellings_of_state(question.state)]
        case _:
            assert_never(question)


def _typed(text: str) -> Answer:
    # To Moodle a bare * stands for anything.
    return Answer(for_xml(text).replace("*", r"\*"), 100)


def _choices(question: WithChoices, right: dict[str, float], *, wrong: float) -> list[Answer]:
    return [
        Answer(inline_html_of(choice.text), right.get(letter, wrong), inline_html_of(mistake_of(question, letter)))
        for letter, choice in zip(question.choices, question.options.values(), strict=True)
    ]


def mistake_of(question: QuestionFields, letter: str) -> str:
    """Return what the author says of a wrong choice, "" if nothing."""
    said = question.mistakes
    return said.get(letter, "") if isinstance(said, dict) else ""


def spellings_of_text(question: TextQuestion) -> list[str]:
    """Return the answers that are right, also as somebody types them who leaves the quote marks away."""
    written = [text.strip() for text in (question.text, *question.also)]
    return [text for text in dict.fromkeys([*written, *map(forgiven, written)]) if text]


def spellings_of_state(state: Sequence[str]) -> list[str]:
    """Return how a list is likely to be typed, as Python prints it first."""
    if not state:
        return ["[]", "empty", "None", "nil"]
    quoted = ['"' + text + '"' for text in state]
    joined = [f"[{', '.join(quoted)}]", f"[{', '.join(state)}]", ", ".join(state), ",".join(state), " ".join(state)]
    sound = [text for text in joined if text == text.strip() and as_list(text) == list(state)]
    return list(dict.fromkeys([as_repr(list(state)), *sound]))


def number_text(number: float) -> str:
    """Return a number with as many digits as it needs."""
    return repr(number)


def feedback_of(question: QuestionFields) -> str:
    """Return what is shown after answering as HTML: the explanation, the worked solution, common mistakes."""
    parts = [html_of(question.explanation)] if question.explanation.strip() else []
    if solution := question.solution:
        steps = "".join(f"<li>{html_of(step)}</li>" for step in solution.steps)
        parts += [_heading("Worked solution"), f"<ol>{steps}</ol>", _heading("Answer"), html_of(solution.answer)]
        parts += [_heading("Quick check"), html_of(solution.check)] if solution.check.strip() else []
    if isinstance(question.mistakes, list) and question.mistakes:
        lines = "".join(f"<li>{inline_html_of(text)}</li>" for text in question.mistakes)
        parts += [_heading("Common mistakes"), f"<ul>{lines}</ul>"]
    return "\n".join(parts)


def _heading(text: str) -> str:
    return f"<p><strong>{text}</strong></p>"


def _tags(question: AnyQuestion) -> Iterator[str]:
    yield f"difficulty: {question.difficulty}"
    if concept := for_xml(" ".join(question.concept.split())):
        yield f"concept: {concept}"
    if isinstance(question, StateQuestion):
        yield STATE_TAG


def losses(question: QuestionFields) -> Iterator[str]:
    """Yield what of a question Moodle's items don't say, in words that fit after "not carried: "."""
    yield from losses_everywhere(question)
    if isinstance(question, SeveralQuestion) and question.credit is not Credit.RIGHT_MINUS_WRONG:
        yield f"credit: {question.credit}; a wrong pick takes one share away instead"
    yield from unwritable(question)


def losses_everywhere(question: QuestionFields) -> Iterator[str]:
    """Yield what of a question no other system says."""
    if question.proof is not None:
        yield "the proof"
    if question.steps:
        yield "the steps to look at"
    if isinstance(question, TextQuestion) and question.pattern is not None:
        yield "the pattern; only `text` and `also` are right answers there"
    if isinstance(question, StateQuestion) and question.pool:
        yield "the pool; the list is typed there"
    if isinstance(question, OrderQuestion) and len(set(question.order)) < len(question.order):
        yield "that equal lines can change places; each has its own place there"


def unwritable(question: QuestionFields) -> Iterator[str]:
    """Yield what there is to say of characters that XML can't hold."""
    if not can_stand_in_xml("".join(_texts(question.model_dump(mode="json")))):
        yield "control characters; they are replaced"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
