"""Writes Moodle XML, the format in which Moodle's question banks export and import.

The elements follow Moodle's own reader, question/format/xml/format.php, and that of the ordering type, which is part
of Moodle from 4.4 on.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tutor.exchange.comments import MARK
from tutor.exchange.item import Answer, Item
from tutor.exchange.texts import XML_BOOLEANS, as_decimal, for_xml

MEDIA_TYPE = "application/xml"


def as_xml(sections: Sequence[tuple[str, Sequence[Item]]]) -> bytes:
    """Return items as a file; each section is a category, whose name has a / between its parts."""
    quiz = ET.Element("quiz")
    for category, items in sections:
        question = _child(quiz, "question", type="category")
        _text(_child(question, "category"), f"$course$/top/{category}")
        for item in items:
            quiz.append(_question(item))
    ET.indent(quiz)
    written: bytes = ET.tostring(quiz, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _question(item: Item) -> ET.Element:
    question = ET.Element("question", type=item.type)
    question.append(ET.Comment(f" {MARK} {item.original} "))
    _text(_child(question, "name"), item.name)
    _html(question, "questiontext", item.text)
    _html(question, "generalfeedback", item.feedback)
    _child(question, "defaultgrade").text = "1"
    _child(question, "penalty").text = as_decimal(item.penalty)
    _child(question, "hidden").text = "0"
    _OPTIONS[item.type](question, item)
    for answer in item.answers:
        question.append(_answer(answer, item))
    if item.unit:
        unit = _child(_child(question, "units"), "unit")
        _child(unit, "multiplier").text = "1"
        _child(unit, "unit_name").text = item.unit
    for hint in item.hints:
        _html(question, "hint", hint)
    tags = _child(question, "tags")
    for tag in item.tags:
        _text(_child(tags, "tag"), tag)
    return question


def _multichoice(question: ET.Element, item: Item) -> None:
    _child(question, "single").text = XML_BOOLEANS[item.is_single]
    _child(question, "shuffleanswers").text = XML_BOOLEANS[item.is_shuffled]
    _child(question, "answernumbering").text = "abc"


def _shortanswer(question: ET.Element, item: Item) -> None:
    _child(question, "usecase").text = str(int(item.does_case_count))


def _numerical(question: ET.Element, item: Item) -> None:
    # Only the number is marked; a unit may be typed with it, or left out.
    _child(question, "unitgradingtype").text = "0"
    _child(question, "unitpenalty").text = "0"
    _child(question, "showunits").text = "0" if item.unit else "3"
    _child(question, "unitsleft").text = "0"


def _ordering(question: ET.Element, item: Item) -> None:
    _child(question, "layouttype").text = "VERTICAL"
    _child(question, "selecttype").text = "ALL"
    _child(question, "selectcount").text = str(len(item.answers))
    _child(question, "gradingtype").text = "ALL_OR_NOTHING"
    _child(question, "showgrading").text = "SHOW"
    _child(question, "numberingstyle").text = "none"


_OPTIONS = {
    "multichoice": _multichoice,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "ordering": _ordering,
}


def _answer(answer: Answer, item: Item) -> ET.Element:
    is_typed = item.type in ("shortanswer", "numerical")
    text_format = "plain_text" if is_typed else "html"
    found = ET.Element("answer", fraction=as_decimal(answer.fraction), format=text_format)
    _text(found, answer.text)
    _html(found, "feedback", answer.feedback)
    if answer.tolerance:
        _child(found, "tolerance").text = answer.tolerance
    return found


def _child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, name, attributes)


def _text(parent: ET.Element, text: str) -> None:
    _child(parent, "text").text = for_xml(text)


def _html(parent: ET.Element, name: str, html: str) -> None:
    _text(_child(parent, name, format="html"), html)
