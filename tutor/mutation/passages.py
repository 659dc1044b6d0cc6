"""A text of the lesson whose parts are replaced, as the file writes it where possible, so that lines are kept."""

import re
from dataclasses import dataclass

from tutor.files.yaml_writer import as_flow
from tutor.mutation.mutants import Mutant, TextEdit, replaced
from tutor.mutation.page import Page
from tutor.mutation.places import ValuePlace

_HARMLESS = re.compile(r"[\w .+*/()!{}=-]*")
"""Texts that need no escape in any style of YAML, in the middle of a text."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and where it begins in the file. If it is not `as_written`, it is the value behind quotes and escapes."""

    page: Page
    place: ValuePlace
    text: str
    begin: int
    as_written: bool

    def false(self, kind: str, span: tuple[int, int], now: str) -> Mutant:
        """Return the mutant in which the characters of a span are others."""
        start, end = span
        index = min(self.begin + start, self.page.layout.end(self.place))
        wording = replaced(self.text[start:end], now)
        return self.page.mutant(kind, self.place, index, wording, [self._edit(start, end, now)])

    def _edit(self, start: int, end: int, now: str) -> TextEdit:
        if self.as_written and (self.place.is_block_text or _HARMLESS.fullmatch(now)):
            return TextEdit(self.begin + start, self.begin + end, now)
        layout, value = self.page.layout, str(self.place.value)
        if not self.as_written:
            return layout.written(self.place, value[:start] + now + value[end:])
        # A text in one line that needs other quotes now: the written text is the value.
        return TextEdit(self.place.index, layout.end(self.place), as_flow(self.text[:start] + now + self.text[end:]))


def passage(page: Page, place: ValuePlace) -> Passage:
    """Return the text at a place."""
    raw, value = page.raw(place), str(place.value)
    if place.is_block_text:
        header = raw.find("\n") + 1
        return Passage(page, place, raw[header:], place.index + header, as_written=True)
    quote = 1 if raw[:1] in ("'", '"') else 0
    inner = raw[quote : len(raw) - quote]
    if inner == value:
        return Passage(page, place, inner, place.index + quote, as_written=True)
    return Passage(page, place, value, place.index + quote, as_written=False)
