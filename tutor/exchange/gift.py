"""Writes GIFT: a text file that teachers can read and edit, and that Moodle and others import.

The signs and their escapes follow Moodle's own reader, question/format/gift/format.php. A file holds less than Moodle
XML does: no hints, no units, no fixed order of choices, no answers in which case counts.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tutor.engine.lesson.questions.interactions import (
    ChoiceInteraction,
    NumberInteraction,
    OrderInteraction,
    TextInteraction,
)
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import outgoing
from tutor.exchange.comments import MARK
from tutor.exchange.item import Answer, Item
from tutor.exchange.texts import as_decimal

MEDIA_TYPE = "text/plain; charset=utf-8"

_SIGNS = re.compile(r"[\\~=#{}:\n]")


def as_gift(sections: Sequence[tuple[str, Sequence[Item]]]) -> bytes:
    """Return items as a file; each section is a category, whose name has a / between its parts."""
    blocks = []
    for category, items in sections:
        blocks += [f"$CATEGORY: $course$/top/{' '.join(category.split())}", *map(_block, items)]
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def _block(item: Item) -> str:
    lines = [f"// {MARK} {item.original}"]
    # Moodle gives these characters a meaning within a tag.
    if tags := [tag for tag in item.tags if not re.search(r"[\[\]<>`\\]", tag)]:
        lines.append("// " + " ".join(f"[tag:{tag}]" for tag in tags))
    text = _text(item.text)
    # The reader of orderings looks for the first brace, whether it is escaped or not.
    text = text.replace(r"\{", r"&\#123;").replace(r"\}", r"&\#125;") if item.type == "ordering" else text
    lines.append(f"::{_escaped(item.name)}::[html]{text}{{{_WRITERS[item.type](item)}}}")
    return "\n".join(lines)


def _multichoice(item: Item) -> str:
    answers = "".join(f"\n\t{_weight(answer, item)}{_text(answer.text)}{_feedback(answer)}" for answer in item.answers)
    return f"{answers}{_general_feedback(item)}\n"


def _weight(answer: Answer, item: Item) -> str:
    if item.is_single and answer.fraction == 100:
        return "="
    return f"~%{as_decimal(answer.fraction)}%" if answer.fraction else "~"


def _shortanswer(item: Item) -> str:
    answers = "".join(f"\n\t=%{as_decimal(answer.fraction)}%{_plain(answer.text)}" for answer in item.answers)
    return f"{answers}{_general_feedback(item)}\n"


def _numerical(item: Item) -> str:
    answer = item.answers[0]
    return f"#{answer.text}:{answer.tolerance}{_general_feedback(item)}"


def _ordering(item: Item) -> str:
    return "".join([f">{len(item.answers)} ALL VERTICAL ALL_OR_NOTHING SHOW\n", *map(_line, item.answers)])


def _line(answer: Answer) -> str:
    # Moodle reads a line of an ordering without escapes (qtype_ordering::import_from_gift), so braces, comments and
    # blank lines have to be written as entities.
    html = " ".join(answer.text.split()).replace("{", "&#123;").replace("}", "&#125;")
    html = f"&#47;{html[1:]}" if html.startswith("//") else html
    return f"{html or '&#160;'}\n"


_WRITERS: dict[str, Callable[[Item], str]] = {
    "multichoice": _multichoice,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "ordering": _ordering,
}


def _feedback(answer: Answer) -> str:
    return f"#{_text(answer.feedback)}" if answer.feedback else ""


def _general_feedback(item: Item) -> str:
    return f"\n\t####{_text(item.feedback)}" if item.feedback else ""


def _text(html: str) -> str:
    """Return HTML escaped, so that its beginning is not read as a format or a weight."""
    if html.startswith("%"):
        return _escaped(f"&#37;{html[1:]}")
    return ("[html]" if html.startswith("[") else "") + _escaped(html)


def _plain(text: str) -> str:
    return ("[plain]" if text.startswith("[") else "") + _escaped(text)


def _escaped(text: str) -> str:
    return _SIGNS.sub(lambda found: "\\n" if found[0] == "\n" else f"\\{found[0]}", text.replace("\r", ""))


def obstacle(question: QuestionFields) -> str:
    """Return why GIFT can't express the question, "" if it can."""
    interaction = question.interaction()
    if isinstance(interaction, TextInteraction) and any("->" in text for text in interaction.spellings):
        # Moodle reads such a question as a matching question, and there is no escape for > (format.php).
        return "GIFT has no way to write the arrow -> in an answer"
    return outgoing.obstacle(question, "GIFT")


def losses(question: QuestionFields) -> Iterator[str]:
    """Yield the parts of a question that GIFT can't express, as phrases that follow "not carried: "."""
    yield from outgoing.losses(question)
    if question.hint.strip():
        yield "the hint" + (" and its cost" if question.hint_costs else "")
    match question.interaction():
        case ChoiceInteraction(display="fixed"):
            yield "shuffle: false"
        case TextInteraction(case="counts"):
            yield "that case counts"
        case NumberInteraction(unit=unit) if unit:
            yield "the unit"
        case OrderInteraction() if outgoing.feedback_of(question):
            yield "the explanation; an ordering has none"
