"""Interactions and marking in QTI: one class for each interaction, in the table at the end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from tutor.engine.lesson.questions.interactions import (
    ChoiceInteraction,
    NumberInteraction,
    OrderInteraction,
    TextInteraction,
)
from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import outgoing
from tutor.exchange.outgoing import number_text
from tutor.exchange.qti_xml import RESPONSE, base_value, child, element, put_html, response
from tutor.exchange.texts import for_xml, inline_html_of, line_html_of


class Response:
    """The answer to an item: its type, the right value, the element that takes it, and the score of any value.

    `cardinality` and `base_type` are QTI's; `correct` has the values of the right answer, or the best of several.
    `feedback` has Markdown by the identifier of each choice, and is None if no choices are picked.
    """

    cardinality = "single"
    base_type = "identifier"
    correct: Sequence[str]
    feedback: Mapping[str, str] | None = None

    def interaction(self) -> ET.Element:
        """Return the element that takes the answer."""
        raise NotImplementedError

    def mapping(self) -> ET.Element | None:
        """Return the worth of each value; None if only the right answer is worth anything."""
        return None

    def condition(self) -> ET.Element:
        """Return the condition under which an answer gets `score`, and not 0."""
        if self.mapping() is None:
            return element("qti-match", response(), element("qti-correct", identifier=RESPONSE))
        return element("qti-not", element("qti-is-null", response()))

    def score(self) -> ET.Element:
        """Return the score under that condition, from 0 to 1."""
        is_mapped = self.mapping() is not None
        return element("qti-map-response", identifier=RESPONSE) if is_mapped else base_value("float", "1")


class _ChoiceResponse(Response):
    def __init__(self, of: ChoiceInteraction) -> None:
        self._of = of
        self.cardinality = "single" if of.scoring == "single" else "multiple"
        self.correct = [_identifier(letter) for letter in of.right_letters]
        self.feedback = {_identifier(option.letter): option.feedback for option in of.options}

    def interaction(self) -> ET.Element:
        options = ((_identifier(option.letter), inline_html_of(option.text)) for option in self._of.options)
        shuffle = "true" if self._of.display == "shuffled" else "false"
        found = _with_options("qti-choice-interaction", options, shuffle)
        # QTI writes "no limit" as 0.
        found.set("max-choices", "1" if self.cardinality == "single" else "0")
        return found

    def mapping(self) -> ET.Element | None:
        if self._of.scoring == Credit.EACH_CHOICE:
            return self._weights(1 / len(self._of.options))
        if self._of.scoring == Credit.RIGHT_MINUS_WRONG:
            return self._weights(1 / max(1, len(self.correct)), lower_bound="0", upper_bound="1")
        return None

    def _weights(self, share: float, **bounds: str) -> ET.Element:
        mapping = element("qti-mapping", default_value="0", **bounds)
        for option in self._of.options:
            worth = repr(share if option.is_right else -share)
            child(mapping, "qti-map-entry", map_key=_identifier(option.letter), mapped_value=worth)
        return mapping

    def score(self) -> ET.Element:
        if self._of.scoring != Credit.EACH_CHOICE:
            return super().score()
        # A wrong choice that is not picked counts as much as a right one that is.
        wrong_share = (len(self._of.options) - len(self.correct)) / len(self._of.options)
        return element("qti-sum", base_value("float", repr(wrong_share)), super().score())


def _identifier(letter: str) -> str:
    """Return the identifier of a choice: an author's letter can be any key that YAML allows."""
    return letter if letter.isascii() and letter.isalpha() else "C" + "".join(f"{ord(c):x}" for c in letter)


class _TextResponse(Response):
    base_type = "string"

    def __init__(self, of: TextInteraction) -> None:
        self._of = of
        self.correct = of.spellings[:1]

    def interaction(self) -> ET.Element:
        return _text_entry()

    def mapping(self) -> ET.Element | None:
        fold, case_sensitive = (str.casefold, "false") if self._of.case == "ignored" else (str, "true")
        mapping = element("qti-mapping", default_value="0")
        for text in {fold(text): text for text in self._of.spellings}.values():
            attributes = {"map_key": for_xml(text), "mapped_value": "1", "case_sensitive": case_sensitive}
            child(mapping, "qti-map-entry", **attributes)
        return mapping


class _NumberResponse(Response):
    base_type = "float"

    def __init__(self, of: NumberInteraction) -> None:
        self._of = of
        self.correct = [number_text(of.number)]

    def interaction(self) -> ET.Element:
        return _text_entry(f" {for_xml(self._of.unit)}" if self._of.unit else "")

    def condition(self) -> ET.Element:
        # Players know the two comparisons, but not all know the tolerance of qti-equal.
        # Decimals, because 0.3 + 0.1 as floats is not 0.4.
        number, off = Decimal(number_text(self._of.number)), Decimal(number_text(self._of.tolerance))
        least, most = base_value("float", str(number - off)), base_value("float", str(number + off))
        return element("qti-and", element("qti-gte", response(), least), element("qti-lte", response(), most))


class _OrderResponse(Response):
    cardinality = "ordered"

    def __init__(self, of: OrderInteraction) -> None:
        self._of = of
        self.correct = [f"LINE{place}" for place, _ in enumerate(of.lines, 1)]

    def interaction(self) -> ET.Element:
        lines = zip(self.correct, map(line_html_of, self._of.lines), strict=True)
        return _with_options("qti-order-interaction", lines, "true")


def _with_options(name: str, options: Iterable[tuple[str, str]], shuffle: str) -> ET.Element:
    found = element(name, response_identifier=RESPONSE, shuffle=shuffle)
    for identifier, html in options:
        put_html(child(found, "qti-simple-choice", identifier=identifier), html)
    return found


def _text_entry(behind: str = "") -> ET.Element:
    """Return a paragraph with a text field; `behind` is the text after the field."""
    entry = element("qti-text-entry-interaction", response_identifier=RESPONSE, expected_length="40")
    entry.tail = behind
    return element("p", entry)


_RESPONSES: Mapping[type[Any], Callable[[Any], Response]] = {
    ChoiceInteraction: _ChoiceResponse,
    TextInteraction: _TextResponse,
    NumberInteraction: _NumberResponse,
    OrderInteraction: _OrderResponse,
}


def obstacle(question: QuestionFields) -> str:
    """Return why QTI can't have the question, "" if it can."""
    return outgoing.obstacle(question, "QTI", _RESPONSES)


def response_of(question: QuestionFields) -> Response:
    """Return how QTI asks and marks a question. Raises: ValueError, if it has no such kind."""
    if reason := obstacle(question):
        raise ValueError(reason)
    interaction = question.interaction()
    return _RESPONSES[type(interaction)](interaction)
