"""Questions as items of QTI 3.0, the exchange format of 1EdTech for tests and their questions."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import assert_never
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

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
from tutor.exchange import outgoing
from tutor.exchange.outgoing import (
    AnyQuestion,
    feedback_of,
    mistake_of,
    number_text,
    spellings_of_state,
    spellings_of_text,
)
from tutor.exchange.texts import as_boolean, for_xml, html_of, inline_html_of, line_html_of, title_of

NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
SCHEMA = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"

_TO_PICKS, _TO_ALL = "FEEDBACK", "EXPLANATION"
"""The outcomes that show feedback: one for each choice that is picked, and what is told whatever the answer."""


def root(name: str, attributes: Mapping[str, str]) -> ET.Element:
    """Return the root of a QTI document."""
    spaces = {"xmlns": NAMESPACE, "xmlns:xsi": _XSI, "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}"}
    return ET.Element(name, {**spaces, **attributes})


def as_bytes(document: ET.Element) -> bytes:
    """Return a document as a file. No line breaks are added: in prose and code they would be read."""
    written: bytes = ET.tostring(document, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def item_xml(question: QuestionFields, identifier: str) -> bytes:
    """Return a question as the file of an item."""
    asked = outgoing.known(question)
    text = html_of(question.question)
    attributes = {"identifier": identifier, "title": for_xml(title_of(text)), "adaptive": "false"}
    item = root("qti-assessment-item", {**attributes, "time-dependent": "false"})
    item.append(_response_declaration(asked))
    item.append(outcome("SCORE", "float", "0"))
    item.append(outcome("MAXSCORE", "float", "1"))
    if isinstance(asked, WithChoices):
        item.append(_feedback_outcome(_TO_PICKS, _RESPONSES[asked.kind][0]))
    item.append(_feedback_outcome(_TO_ALL, "single"))
    body = _child(item, "qti-item-body")
    _put_html(body, text)
    if question.hint.strip():
        rubric = _child(body, "qti-rubric-block", view="tutor")
        _put_html(_child(rubric, "qti-content-body"), f"<p><strong>Hint</strong></p>{html_of(question.hint)}")
    body.append(_interaction(asked))
    item.append(_processing(asked))
    item.extend(_feedback(asked))
    return as_bytes(item)


def outcome(identifier: str, base_type: str, value: str) -> ET.Element:
    """Return the declaration of an outcome that is `value` to begin with."""
    declaration = ET.Element(
        "qti-outcome-declaration", {"identifier": identifier, "cardinality": "single", "base-type": base_type}
    )
    _child(_child(declaration, "qti-default-value"), "qti-value").text = value
    return declaration


def losses(question: QuestionFields) -> Iterator[str]:
    """Yield what of a question QTI does not carry, in words that fit after "not carried: "."""
    yield from outgoing.losses_everywhere(question)
    if question.hint.strip():
        yield "that learners can ask for the hint; it is there for tutors"
    yield from outgoing.unwritable(question)


def _response_declaration(question: AnyQuestion) -> ET.Element:
    cardinality, base_type = _RESPONSES[question.kind]
    attributes = {"identifier": "RESPONSE", "cardinality": cardinality, "base-type": base_type}
    declaration = ET.Element("qti-response-declaration", attributes)
    correct = _child(declaration, "qti-correct-response")
    for value in _correct(question):
        _child(correct, "qti-value").text = for_xml(value)
    if (mapping := _mapping(question)) is not None:
        declaration.append(mapping)
    return declaration


_RESPONSES: Mapping[str, tuple[str, str]] = {
    "choice": ("single", "identifier"),
    "several": ("multiple", "identifier"),
    "text": ("single", "string"),
    "number": ("single", "float"),
    "order": ("ordered", "identifier"),
    "state": ("single", "string"),
}


def _correct(question: AnyQuestion) -> list[str]:
    match question:
        case ChoiceQuestion():
            return [_identifier(question.answer)]
        case SeveralQuestion():
            return [_identifier(letter) for letter in question.answers]
        case NumberQuestion():
            return [number_text(question.number)]
        case OrderQuestion():
            return [f"LINE{place}" for place, _ in enumerate(question.order, 1)]
        case TextQuestion():
            return spellings_of_text(question)[:1]
        case StateQuestion():
            return spellings_of_state(question.state)[:1]
        case _:
            assert_never(question)


def _identifier(letter: str) -> str:
    """Return the identifier of a choice: letters are the author's, and can be anything that YAML takes as a name."""
    return letter if letter.isascii() and letter.isalpha() else "C" + "".join(f"{ord(c):x}" for c in letter)


def _mapping(question: AnyQuestion) -> ET.Element | None:
    if isinstance(question, TextQuestion):
        return _spellings(spellings_of_text(question), is_case_ignored=question.ignore_case)
    if isinstance(question, StateQuestion):
        return _spellings(spellings_of_state(question.state), is_case_ignored=False)
    if not isinstance(question, SeveralQuestion) or question.credit is Credit.ALL_OR_NOTHING:
        return None
    is_each = question.credit is Credit.EACH_CHOICE
    share = 1 / len(question.choices if is_each else question.answers)
    bounds = {} if is_each else {"lower-bound": "0", "upper-bound": "1"}
    mapping = ET.Element("qti-mapping", {"default-value": "0", **bounds})
    for letter in question.choices:
        worth = share if letter in question.answers else -share
        _child(mapping, "qti-map-entry", map_key=_identifier(letter), mapped_value=repr(worth))
    return mapping


def _spellings(texts: Iterable[str], *, is_case_ignored: bool) -> ET.Element:
    mapping = ET.Element("qti-mapping", {"default-value": "0"})
    different = {text.casefold() if is_case_ignored else text: text for text in texts}
    for text in different.values():
        attributes = {"map-key": for_xml(text), "mapped-value": "1", "case-sensitive": as_boolean(not is_case_ignored)}
        ET.SubElement(mapping, "qti-map-entry", attributes)
    return mapping


def _interaction(question: AnyQuestion) -> ET.Element:
    if isinstance(question, WithChoices):
        lettered = zip(question.choices, question.options.values(), strict=True)
        options = {_identifier(letter): inline_html_of(choice.text) for letter, choice in lettered}
        found = _with_options("qti-choice-interaction", options, is_shuffled=question.shuffle)
        found.set("max-choices", "1" if isinstance(question, ChoiceQuestion) else "0")
        return found
    if isinstance(question, OrderQuestion):
        lines = {f"LINE{place}": line_html_of(line) for place, line in enumerate(question.order, 1)}
        return _with_options("qti-order-interaction", lines, is_shuffled=True)
    paragraph = ET.Element("p")
    entry = _child(paragraph, "qti-text-entry-interaction", response_identifier="RESPONSE", expected_length="40")
    if isinstance(question, NumberQuestion) and question.unit:
        entry.tail = f" {for_xml(question.unit)}"
    return paragraph


def _with_options(name: str, options: Mapping[str, str], *, is_shuffled: bool) -> ET.Element:
    found = ET.Element(name, {"response-identifier": "RESPONSE", "shuffle": as_boolean(is_shuffled)})
    for identifier, html in options.items():
        _put_html(_child(found, "qti-simple-choice", identifier=identifier), html)
    return found


def _processing(question: AnyQuestion) -> ET.Element:
    processing = ET.Element("qti-response-processing")
    condition = _child(processing, "qti-response-condition")
    answered = _child(condition, "qti-response-if")
    answered.append(_test(question))
    _set(answered, "SCORE", _score(question))
    _set(_child(condition, "qti-response-else"), "SCORE", _base("float", "0"))
    if isinstance(question, WithChoices):
        _set(processing, _TO_PICKS, _variable())
    _set(processing, _TO_ALL, _base("identifier", _TO_ALL))
    return processing


def _test(question: AnyQuestion) -> ET.Element:
    """Return what has to be true for an answer to be worth anything."""
    if isinstance(question, NumberQuestion):
        return _within(question)
    if _is_mapped(question):
        there = ET.Element("qti-not")
        _child(there, "qti-is-null").append(_variable())
        return there
    match = ET.Element("qti-match")
    match.extend([_variable(), _correct_value()])
    return match


def _within(question: NumberQuestion) -> ET.Element:
    # Players know the two comparisons; qti-equal's tolerance not all of them do. Decimals, as 0.3 + 0.1 is not 0.4.
    number, off = Decimal(number_text(question.number)), Decimal(number_text(question.tolerance))
    both = ET.Element("qti-and")
    for name, bound in (("qti-gte", number - off), ("qti-lte", number + off)):
        _child(both, name).extend([_variable(), _base("float", str(bound))])
    return both


def _score(question: AnyQuestion) -> ET.Element:
    if not _is_mapped(question):
        return _base("float", "1")
    mapped = ET.Element("qti-map-response", {"identifier": "RESPONSE"})
    if isinstance(question, SeveralQuestion) and question.credit is Credit.EACH_CHOICE:
        # A wrong choice that is left counts as much as a right one that is picked.
        left = len(question.choices) - len(question.answers)
        total = ET.Element("qti-sum")
        total.extend([_base("float", repr(left / len(question.choices))), mapped])
        return total
    return mapped


def _is_mapped(question: AnyQuestion) -> bool:
    is_shared = isinstance(question, SeveralQuestion) and question.credit is not Credit.ALL_OR_NOTHING
    return is_shared or isinstance(question, TextQuestion | StateQuestion)


def _feedback_outcome(identifier: str, cardinality: str) -> ET.Element:
    attributes = {"identifier": identifier, "cardinality": cardinality, "base-type": "identifier"}
    return ET.Element("qti-outcome-declaration", attributes)


def _feedback(question: AnyQuestion) -> Iterator[ET.Element]:
    if isinstance(question, WithChoices):
        for letter in question.choices:
            if said := mistake_of(question, letter).strip():
                yield _modal(_TO_PICKS, _identifier(letter), f"<p>{inline_html_of(said)}</p>")
    if html := feedback_of(question):
        yield _modal(_TO_ALL, _TO_ALL, html)


def _modal(outcome_identifier: str, identifier: str, html: str) -> ET.Element:
    attributes = {"outcome-identifier": outcome_identifier, "identifier": identifier, "show-hide": "show"}
    modal = ET.Element("qti-modal-feedback", attributes)
    _put_html(_child(modal, "qti-content-body"), html)
    return modal


def _put_html(parent: ET.Element, html: str) -> None:
    fragment = fromstring(f"<x>{html}</x>")
    parent.text = fragment.text
    parent.extend(fragment)


def _set(parent: ET.Element, identifier: str, value: ET.Element) -> None:
    _child(parent, "qti-set-outcome-value", identifier=identifier).append(value)


def _variable() -> ET.Element:
    return ET.Element("qti-variable", {"identifier": "RESPONSE"})


def _correct_value() -> ET.Element:
    return ET.Element("qti-correct", {"identifier": "RESPONSE"})


def _base(base_type: str, value: str) -> ET.Element:
    found = ET.Element("qti-base-value", {"base-type": base_type})
    found.text = value
    return found


def _child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, name, {key.replace("_", "-"): value for key, value in attributes.items()})
