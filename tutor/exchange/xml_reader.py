"""Reads an untrusted XML file, within fixed limits, as a tree with line numbers.

Document types and entities are refused, so the file can neither expand while it is read nor fetch another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, LexicalHandler, property_lexical_handler

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

LARGEST_XML = 8 * 1024 * 1024
"""Maximum size of a file in bytes; an export with images has some megabytes."""

MOST_ELEMENTS = 30_000

DEEPEST = 24
"""Maximum nesting of elements; Moodle's own are 5 deep."""


@dataclass(slots=True)
class Element:
    """An element, its position, and its own text without that of its children."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list["Element"] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.texts)

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> "Element | None":
        """Return the first child of that name, None if there is none."""
        return next(self.all(name), None)


class Unreadable(Exception):
    """The file can't be read as XML; line and column count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read_xml(content: bytes, *, skipped: frozenset[str] = frozenset()) -> Element:
    """Return the root of an XML file; the text of elements named in `skipped` is not kept. Raises: Unreadable."""
    if len(content) > LARGEST_XML:
        raise Unreadable(1, 1, f"the file has {len(content):,} bytes; at most {LARGEST_XML:,} are read")
    builder = _ElementHandler(skipped)
    parser = make_parser()
    # By default, defusedxml refuses entities, but not a document type that declares none.
    parser.forbid_dtd = True
    parser.setContentHandler(builder)
    parser.setProperty(property_lexical_handler, builder)
    try:
        parser.parse(BytesIO(content))
    except DefusedXmlException:
        line, column = builder.place
        message = "document types and entities (<!DOCTYPE …>) are not read; remove them"
        raise Unreadable(line, column, message) from None
    except SAXParseException as error:
        line, column = error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
        raise Unreadable(line, column, f"this is not XML: {error.getMessage()}") from None
    except (SAXException, LookupError, ValueError) as error:
        # The last two: an encoding that Python does not know, or that the parser can't use.
        raise Unreadable(1, 1, f"this can't be read as XML: {error}") from None
    if builder.root is None:
        raise Unreadable(1, 1, "the file is empty")
    return builder.root


class _ElementHandler(ContentHandler, LexicalHandler):
    def __init__(self, skipped: frozenset[str]) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []
        self._skipped = skipped
        self._count = 0
        self._locator: Any = None

    @property
    def place(self) -> tuple[int, int]:
        if self._locator is None:
            return 1, 1
        return self._locator.getLineNumber() or 1, (self._locator.getColumnNumber() or 0) + 1

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the library's name
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise Unreadable(*self.place, f"the file has more than {MOST_ELEMENTS:,} elements")
        if len(self._open) >= DEEPEST:
            raise Unreadable(*self.place, f"elements are nested more than {DEEPEST} deep")
        element = Element(name, dict(attrs.items()), *self.place)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open[-1].name not in self._skipped:
            self._open[-1].texts.append(content)

    def comment(self, content: str) -> None:
        if self._open:
            self._open[-1].comments.append(content)
