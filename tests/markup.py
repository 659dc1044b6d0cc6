"""HTML as a tree for tests, with the elements that a browser would create."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass(slots=True)
class Element:
    """An element with its attributes; `element[name]` is an attribute's value, "" if it is missing."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def descendants(self) -> Iterator["Element"]:
        """All elements in it, in the order of the page."""
        for child in self.children:
            yield child
            yield from child.descendants

    @property
    def text(self) -> str:
        """The text in it, with spaces collapsed."""
        return " ".join("".join(self.texts).split())


def targets(html: str) -> list[str]:
    """Return where an answer to htmx goes, as selectors, in its order."""
    return [each["hx-target"] or f"#{each['id']}" for each in find(elements(html), "hx-partial")]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, element in enumerate(self.open) if element.tag == tag]
        if places:
            del self.open[places[-1] :]

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.texts.append(data)


def text_of(html: str) -> str:
    """Return the text of a page or fragment, without tags and with spaces collapsed."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def elements(text: str) -> list[Element]:
    """Return all elements of a page or fragment, in order."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return list(builder.open[0].descendants)


def find(found: Iterable[Element], tag: str, **attributes: str) -> list[Element]:
    """Return those of that kind with these attributes; a trailing underscore of a name (class_) is dropped."""
    wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return [
        element
        for element in found
        if element.tag == tag and all(element.attributes.get(name) == value for name, value in wanted.items())
    ]
