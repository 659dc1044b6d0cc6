"""False lines of the sample and of the program's files."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

from tutor.files.yaml_writer import as_flow
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant, TextEdit, Wording
from tutor.mutation.page import Page
from tutor.mutation.passages import Passage, passage
from tutor.mutation.places import ValuePlace
from tutor.mutation.vocabulary import other_text, relative

_METHOD = re.compile(r"\.(\w+)(?=\()")
_STRING = re.compile(r"""(?<=["'])[^"'\n{}]+(?=["'])""")
_NUMBER = re.compile(r"""(?<![\w."'-])\d+(?![\w."'])""")
_COMMENT = re.compile(r"#[^\n]*")
_AFTER_CODE = re.compile(r"""\s*(?:#[^\n"']*)?$""")
"""The rest of a line behind its code: nothing, or a comment, in which anything can follow."""
_NO_PYTHON = " (("

_IMPORT = re.compile(r"\s*(?:import|from) ")
"""A line that can change places with another one like it."""

_ONLY_COMMENT = re.compile(r"\s*#")
"""A line that can change places with any other: nothing of it runs."""


class _Code(Executable):
    name: ClassVar[str]

    def _places(self, page: Page) -> Iterator[ValuePlace]:
        raise NotImplementedError

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false lines."""
        for place in self._places(page):
            code = passage(page, place)
            yield from self._methods(code)
            yield from self._strings(code)
            yield from self._numbers(code)
            yield from self._lines(code)

    def _methods(self, code: Passage) -> Iterator[Mutant]:
        for found in _METHOD.finditer(_COMMENT.sub(_blank, code.text)):
            now = relative(found[1]) or f"{found[1]}s"
            yield code.false(self.name, found.span(1), now)

    def _strings(self, code: Passage) -> Iterator[Mutant]:
        names, texts = code.page.words.names, code.page.words.texts
        for found in _STRING.finditer(_COMMENT.sub(_blank, code.text)):
            if found[0] in names:
                yield code.false(self.name, found.span(), other_text(found[0], names))
            elif found[0] in texts:
                yield code.false(self.name, found.span(), other_text(found[0], texts))

    def _numbers(self, code: Passage) -> Iterator[Mutant]:
        for found in _NUMBER.finditer(_COMMENT.sub(_blank, code.text)):
            for number in (int(found[0][:15]) + 1, int(found[0][:15]) - 1):
                yield code.false(self.name, found.span(), str(number))

    def _lines(self, code: Passage) -> Iterator[Mutant]:
        """Yield each line exchanged with the next one, and each made something that is not Python."""
        spans = [found.span() for found in re.finditer(r"[^\n]*[^\n\s][^\n]*", code.text)]
        for span in spans:
            line = code.text[slice(*span)]
            if not _ONLY_COMMENT.match(line):
                yield code.false(self.name, span, _AFTER_CODE.sub(lambda rest: _NO_PYTHON + rest[0], line, count=1))
        for one, following in pairwise(spans):
            first, second = code.text[slice(*one)], code.text[slice(*following)]
            if first.strip() != second.strip():
                exchanged = self._exchanged(code, one, following)
                is_true = all(map(_IMPORT.match, (first, second))) or any(map(_ONLY_COMMENT.match, (first, second)))
                yield exchanged.as_true() if is_true else exchanged

    def _exchanged(self, code: Passage, one: tuple[int, int], following: tuple[int, int]) -> Mutant:
        first, second = code.text[slice(*one)], code.text[slice(*following)]
        page, place = code.page, code.place
        if place.is_block_text:
            spans = [(code.begin + start, code.begin + end) for start, end in (one, following)]
            edits = [TextEdit(*spans[0], second), TextEdit(*spans[1], first)]
        else:
            between = code.text[one[1] : following[0]]
            value = code.text[: one[0]] + second + between + first + code.text[following[1] :]
            edits = [TextEdit(place.index, page.layout.end(place), as_flow(value))]
        wording = Wording(first.strip(), second.strip(), "this line came after the next one")
        return page.mutant(self.name, place, code.begin + one[0], wording, edits)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


class SampleCode(_Code):
    """A wrong method, key, value or number, exchanged lines, a line that is not Python."""

    name: ClassVar[str] = "sample"
    about: ClassVar[str] = "lines of the code sample"

    def _places(self, page: Page) -> Iterator[ValuePlace]:
        language = page.at("sample", "language")
        code = page.at("sample", "code")
        if code is not None and (language is None or language.value in ("python", "py", "python3")):
            yield code


class ProgramCode(_Code):
    """The same in the program's files."""

    name: ClassVar[str] = "program"
    about: ClassVar[str] = "lines of the program's files"

    def _places(self, page: Page) -> Iterator[ValuePlace]:
        yield from (place for place in page.entries_of("program") if isinstance(place.value, str))
