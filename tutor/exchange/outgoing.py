"""Our questions as Moodle's items, and the parts that an item can't express."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from tutor.engine.lesson.questions.interactions import (
    ChoiceInteraction,
    Interaction,
    NumberInteraction,
    OrderInteraction,
    TextInteraction,
)
from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import kind_of, question_fields
from tutor.exchange.comments import packed
from tutor.exchange.item import Answer, Item, ItemType
from tutor.exchange.texts import for_xml, html_of, inline_html_of, is_valid_in_xml, line_html_of, title_of


def item_of(question: QuestionFields) -> Item:
    """Return a question as an item. Raises: ValueError, if there is an obstacle.

    The parts that an item has no place for are in `Item.original` alone.
    """
    interaction = question.interaction()
    if interaction is None or type(interaction) not in _DESCRIPTIONS:
        raise ValueError(obstacle(question))
    text = html_of(question.question)
    return Item(
        name=for_xml(title_of(text)),
        text=text,
        feedback=feedback_of(question),
        hints=(html_of(question.hint),) if question.hint.strip() else (),
        penalty=question.hint_costs,
        tags=tuple(_tags(question, interaction)),
        original=packed(question),
        **_DESCRIPTIONS[type(interaction)](interaction),
    )


def _choices(of: ChoiceInteraction) -> dict[str, Any]:
    is_single = of.scoring == "single"
    share = 100.0 if is_single else round(100 / len(of.right_letters), 5) if of.right_letters else 0.0
    loss = 0 if is_single else -share
    answers = (
        Answer(inline_html_of(option.text), share if option.is_right else loss, inline_html_of(option.feedback))
        for option in of.options
    )
    is_shuffled = of.display == "shuffled"
    return _described("multichoice", answers, is_single=is_single, is_shuffled=is_shuffled)


def _spellings(of: TextInteraction) -> dict[str, Any]:
    # To Moodle, an asterisk without a backslash is a wildcard (qtype_shortanswer).
    answers = (Answer(for_xml(text).replace("*", r"\*"), 100) for text in of.spellings)
    return _described("shortanswer", answers, does_case_count=of.case == "counts")


def _number(of: NumberInteraction) -> dict[str, Any]:
    answer = Answer(number_text(of.number), 100, tolerance=number_text(of.tolerance))
    return _described("numerical", [answer], unit=for_xml(of.unit))


def _lines(of: OrderInteraction) -> dict[str, Any]:
    return _described("ordering", (Answer(line_html_of(line), place) for place, line in enumerate(of.lines, 1)))


def _described(type_: ItemType, answers: Any, **more: Any) -> dict[str, Any]:
    return {"type": type_, "answers": tuple(answers), **more}


_DESCRIPTIONS: Mapping[type[Any], Callable[[Any], dict[str, Any]]] = {
    ChoiceInteraction: _choices,
    TextInteraction: _spellings,
    NumberInteraction: _number,
    OrderInteraction: _lines,
}


def obstacle(question: QuestionFields, system: str = "Moodle", known: Container[type] = _DESCRIPTIONS) -> str:
    """Return why a system that knows some interactions can't express the question, "" if it can."""
    return "" if type(question.interaction()) in known else f"{system} has no {question.kind} question"


def number_text(number: float) -> str:
    """Return a number with as many digits as it needs."""
    return repr(number)


def feedback_of(question: QuestionFields) -> str:
    """Return the HTML shown after answering: the explanation, the worked solution, common mistakes."""
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


def _tags(question: QuestionFields, interaction: Interaction) -> Iterator[str]:
    yield f"difficulty: {question.difficulty}"
    if concept := for_xml(" ".join(question.concept.split())):
        yield f"concept: {concept}"
    # An import uses the first kind that fits; only a tag can preserve another kind.
    if kind_of(question_fields(interaction)) != question.kind:
        yield f"kind: {question.kind}"


def losses(question: QuestionFields) -> Iterator[str]:
    """Yield the parts of a question that Moodle's items can't express, as phrases that follow "not carried: "."""
    yield from losses_everywhere(question)
    interaction = question.interaction()
    if isinstance(interaction, ChoiceInteraction) and interaction.scoring not in ("single", Credit.RIGHT_MINUS_WRONG):
        yield f"credit: {interaction.scoring}; a wrong pick takes one share away instead"
    yield from unwritable(question)


def losses_everywhere(question: QuestionFields) -> Iterator[str]:
    """Yield the parts of a question that no other system can express."""
    if question.proof is not None:
        yield "the proof"
    if question.steps:
        yield "the steps to look at"
    yield from question.export_losses()


def unwritable(question: QuestionFields) -> Iterator[str]:
    """Yield a phrase if the question has characters that XML can't hold."""
    if not is_valid_in_xml("".join(_texts(question.model_dump(mode="json")))):
        yield "control characters; they are replaced"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
