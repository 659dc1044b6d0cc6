"""Reads Moodle XML, ours and that of real question banks: each question as an item, or why it can't be one."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from tutor.exchange.comments import in_comment
from tutor.exchange.item import Answer, Item, ItemType, Unread
from tutor.exchange.texts import html_of, html_of_automatic, html_of_plain, plain_of
from tutor.exchange.xml_reader import Element, Unreadable, read_xml

_FILES = frozenset({"file", "image_base64"})

_OTHER_TYPES = {
    "calculated": "a calculated question",
    "calculatedmulti": "a calculated question",
    "calculatedsimple": "a calculated question",
    "cloze": "a cloze (embedded answers) question",
    "ddimageortext": "a question with things to drag onto an image",
    "ddmarker": "a question with things to drag onto an image",
    "ddwtos": "a question with words to drag into a text",
    "description": "a description, which asks nothing,",
    "essay": "an essay question",
    "gapselect": "a question with gaps in a text",
    "matching": "a matching question",
    "multianswer": "a cloze (embedded answers) question",
    "randomsamatch": "a matching question",
}

_STANDARD_FEEDBACK = frozenset(
    {"", "Your answer is correct.", "Your answer is partially correct.", "Your answer is incorrect."}
)


def items_in(content: bytes) -> Iterator[Item | Unread]:
    """Yield the questions of a file in their order, without its categories. Raises: Unreadable."""
    root = read_xml(content, skipped=_FILES)
    if root.name != "quiz":
        raise Unreadable(root.line, root.column, f"this is no Moodle XML: it begins with <{root.name}>, not <quiz>")
    for question in root.all("question"):
        kind = question.attributes.get("type", "")
        if kind != "category":
            yield _item(question, kind)


def unread_reason(kind: str) -> str:
    """Return why a question of Moodle's type `kind` can't be imported."""
    name = _OTHER_TYPES.get(kind, f"a question of the type {kind[:40]!r}")
    return f"{name} can't be imported; there is no such kind of question here"


def _item(question: Element, kind: str) -> Item | Unread:
    reader = _READERS.get(kind)
    if reader is None:
        return Unread(question.line, question.column, unread_reason(kind))
    try:
        return reader(question)
    except ValueError as error:
        return Unread(question.line, question.column, str(error), is_fault=True)


def _read(question: Element, kind: ItemType, answers: tuple[Answer, ...]) -> Item:
    tags = question.first("tags")
    return Item(
        type=kind,
        name=_text(question.first("name")),
        text=_html(question.first("questiontext")),
        answers=answers,
        is_single=_is_on(question, "single", otherwise="true"),
        is_shuffled=_is_on(question, "shuffleanswers", otherwise="true"),
        does_case_count=_is_on(question, "usecase", otherwise="0"),
        feedback=_html(question.first("generalfeedback")),
        hints=tuple(filter(None, map(_html, question.all("hint")))),
        penalty=_number(_value(question, "penalty", "0"), "penalty"),
        unit=_unit(question),
        tags=tuple(map(_text, tags.all("tag"))) if tags else (),
        original=next(filter(None, map(in_comment, question.comments)), ""),
        line=question.line,
        column=question.column,
        remarks=tuple(_remarks(question)),
    )


def _multichoice(question: Element) -> Item:
    return _read(question, "multichoice", _answers(question, _html))


def _truefalse(question: Element) -> Item:
    found = {answer.text.lower(): answer for answer in _answers(question, _text)}
    if set(found) != {"true", "false"}:
        raise ValueError("a true/false question has the answers true and false")
    answers = (Answer(name.capitalize(), found[name].fraction, found[name].feedback) for name in ("true", "false"))
    return replace(_read(question, "multichoice", tuple(answers)), is_shuffled=False)


def _shortanswer(question: Element) -> Item:
    return _read(question, "shortanswer", _answers(question, _text))


def _numerical(question: Element) -> Item:
    return _read(question, "numerical", tuple(a for a in _answers(question, _text) if a.text != "*"))


def _ordering(question: Element) -> Item:
    answers = sorted(_answers(question, _html), key=lambda answer: answer.fraction)
    return _read(question, "ordering", tuple(answers))


_READERS: dict[str, Callable[[Element], Item]] = {
    "multichoice": _multichoice,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "ordering": _ordering,
}


def _answers(question: Element, text_of: Callable[[Element], str]) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            text_of(answer),
            _number(answer.attributes.get("fraction", "0"), "fraction"),
            _html(answer.first("feedback")),
            _value(answer, "tolerance", ""),
        )
        for answer in question.all("answer")
    )


def _number(text: str, name: str) -> float:
    try:
        number = float(text or 0)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"the {name} {text[:40]!r} is no number")
    return number


def _text(element: Element | None) -> str:
    return _value(element, "text", "") if element else ""


_AS_HTML: dict[str, Callable[[str], str]] = {
    "markdown": html_of,
    "moodle_auto_format": html_of_automatic,
    "plain_text": html_of_plain,
    "wiki_like": html_of_automatic,
}


def _html(element: Element | None) -> str:
    text = _text(element)
    as_html = _AS_HTML.get(element.attributes.get("format", "html").strip()) if element else None
    return as_html(text) if as_html else text


def _value(parent: Element, name: str, otherwise: str) -> str:
    found = parent.first(name)
    return found.text.strip() if found else otherwise


def _is_on(question: Element, name: str, *, otherwise: str) -> bool:
    return _value(question, name, otherwise).lower() not in ("", "0", "false")


def _units(question: Element) -> list[tuple[float, str]]:
    units = question.first("units")
    found = units.all("unit") if units else iter(())
    return [(_number(_value(unit, "multiplier", "1"), "multiplier"), _value(unit, "unit_name", "")) for unit in found]


def _unit(question: Element) -> str:
    return next((name for multiplier, name in _units(question) if multiplier == 1), "")


def _remarks(question: Element) -> Iterator[str]:
    """Yield a sentence for each part of the question that an item has no place for."""
    if len(_units(question)) > 1:
        yield "only one of its units is taken over"
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        said = plain_of(_html(question.first(name)))
        if said not in _STANDARD_FEEDBACK:
            yield f"its feedback {said[:60]!r} to any right or wrong answer is left out"
