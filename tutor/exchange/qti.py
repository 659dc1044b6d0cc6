"""Questions as items of QTI 3.0, the exchange format of 1EdTech for tests and their questions."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import outgoing
from tutor.exchange.outgoing import feedback_of
from tutor.exchange.qti_responses import Response, obstacle, response_of
from tutor.exchange.qti_xml import (
    RESPONSE,
    as_bytes,
    base_value,
    child,
    element,
    outcome,
    put_html,
    response,
    root,
    set_outcome,
)
from tutor.exchange.texts import for_xml, html_of, inline_html_of, title_of

__all__ = ["item_xml", "losses", "obstacle"]

_OF_PICKS, _OF_ITEM = "FEEDBACK", "EXPLANATION"
"""The outcomes that show feedback: one for each choice that is picked, and one for every answer."""


def item_xml(question: QuestionFields, identifier: str) -> bytes:
    """Return a question as the file of an item. Raises: ValueError, if there is an obstacle."""
    asked = response_of(question)
    text = html_of(question.question)
    attributes = {"identifier": identifier, "title": for_xml(title_of(text)), "adaptive": "false"}
    item = root("qti-assessment-item", {**attributes, "time-dependent": "false"})
    item.append(_response_declaration(asked))
    item.append(outcome("SCORE", "float", "0"))
    item.append(outcome("MAXSCORE", "float", "1"))
    if asked.feedback is not None:
        item.append(_feedback_outcome(_OF_PICKS, asked.cardinality))
    item.append(_feedback_outcome(_OF_ITEM, "single"))
    item.append(_body(question, text, asked))
    item.append(_processing(asked))
    item.extend(_feedback(question, asked))
    return as_bytes(item)


def losses(question: QuestionFields) -> Iterator[str]:
    """Yield the parts of a question that QTI does not carry, as phrases that follow "not carried: "."""
    yield from outgoing.losses_everywhere(question)
    if question.hint.strip():
        yield "that learners can ask for the hint; it is there for tutors"
    yield from outgoing.unwritable(question)


def _response_declaration(asked: Response) -> ET.Element:
    types = {"cardinality": asked.cardinality, "base_type": asked.base_type}
    declaration = element("qti-response-declaration", identifier=RESPONSE, **types)
    correct = child(declaration, "qti-correct-response")
    for value in asked.correct:
        child(correct, "qti-value").text = for_xml(value)
    if (mapping := asked.mapping()) is not None:
        declaration.append(mapping)
    return declaration


def _feedback_outcome(identifier: str, cardinality: str) -> ET.Element:
    types = {"cardinality": cardinality, "base_type": "identifier"}
    return element("qti-outcome-declaration", identifier=identifier, **types)


def _body(question: QuestionFields, text: str, asked: Response) -> ET.Element:
    body = element("qti-item-body")
    put_html(body, text)
    if question.hint.strip():
        # A hint on request would need an adaptive item with a qti-end-attempt-interaction.
        rubric = child(body, "qti-rubric-block", view="tutor")
        put_html(child(rubric, "qti-content-body"), f"<p><strong>Hint</strong></p>{html_of(question.hint)}")
    body.append(asked.interaction())
    return body


def _processing(asked: Response) -> ET.Element:
    processing = element("qti-response-processing")
    condition = child(processing, "qti-response-condition")
    worth_something = child(condition, "qti-response-if")
    worth_something.append(asked.condition())
    set_outcome(worth_something, "SCORE", asked.score())
    set_outcome(child(condition, "qti-response-else"), "SCORE", base_value("float", "0"))
    if asked.feedback is not None:
        set_outcome(processing, _OF_PICKS, response())
    set_outcome(processing, _OF_ITEM, base_value("identifier", _OF_ITEM))
    return processing


def _feedback(question: QuestionFields, asked: Response) -> Iterator[ET.Element]:
    for identifier, said in (asked.feedback or {}).items():
        if text := said.strip():
            yield _modal(_OF_PICKS, identifier, f"<p>{inline_html_of(text)}</p>")
    if html := feedback_of(question):
        yield _modal(_OF_ITEM, _OF_ITEM, html)


def _modal(outcome_identifier: str, identifier: str, html: str) -> ET.Element:
    names = {"outcome_identifier": outcome_identifier, "identifier": identifier}
    modal = element("qti-modal-feedback", **names, show_hide="show")
    put_html(child(modal, "qti-content-body"), html)
    return modal
