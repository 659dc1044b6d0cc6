"""The elements of QTI documents."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
SCHEMA = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

RESPONSE = "RESPONSE"
"""The identifier of the variable that holds the learner's answer."""


def root(name: str, attributes: Mapping[str, str]) -> ET.Element:
    """Return the root of a QTI document."""
    spaces = {"xmlns": NAMESPACE, "xmlns:xsi": XSI, "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}"}
    return ET.Element(name, {**spaces, **attributes})


def as_bytes(document: ET.Element) -> bytes:
    """Return a document as a file. No line breaks are added: they would change prose and code."""
    written: bytes = ET.tostring(document, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def element(name: str, *children: ET.Element, **attributes: str) -> ET.Element:
    """Return an element; an underscore in an attribute's name becomes a hyphen."""
    made = ET.Element(name, _hyphened(attributes))
    made.extend(children)
    return made


def child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    """Append an element and return it; an underscore in an attribute's name becomes a hyphen."""
    return ET.SubElement(parent, name, _hyphened(attributes))


def _hyphened(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def put_html(parent: ET.Element, html: str) -> None:
    """Put HTML into an element."""
    fragment = fromstring(f"<x>{html}</x>")
    parent.text = fragment.text
    parent.extend(fragment)


def outcome(identifier: str, base_type: str, value: str) -> ET.Element:
    """Return the declaration of an outcome that is `value` to begin with."""
    declaration = element("qti-outcome-declaration", identifier=identifier, cardinality="single", base_type=base_type)
    child(child(declaration, "qti-default-value"), "qti-value").text = value
    return declaration


def set_outcome(parent: ET.Element, identifier: str, value: ET.Element) -> None:
    """Append the rule that sets an outcome."""
    child(parent, "qti-set-outcome-value", identifier=identifier).append(value)


def response() -> ET.Element:
    """Return the expression for the learner's answer."""
    return element("qti-variable", identifier=RESPONSE)


def base_value(base_type: str, value: str) -> ET.Element:
    """Return the expression for a constant."""
    found = element("qti-base-value", base_type=base_type)
    found.text = value
    return found
