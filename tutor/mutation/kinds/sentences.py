"""False prose: values of the play, commands and keys, commands and replies of transcripts, and free words."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from tutor.engine.program.python_source import literal
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.kinds.references import STEP_NAME, VALUE_AFTER, VARIABLE
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page
from tutor.mutation.passages import Passage
from tutor.mutation.prose import FENCE, STEP_NUMBERS, passages, uncovered
from tutor.mutation.variants import variants
from tutor.mutation.vocabulary import false_lines, is_command, other, other_text, relative

_CODE = re.compile(r"`([^`]+)`")
_QUOTED = re.compile(r"(?<![\w'`])'([^'`\n]{1,80})'(?![\w'])")
_NUMBER = re.compile(r"(?<![\w.`'/-])\d+(?![\w'])(?!\.\d)")
_MADE_UP = re.compile(r"(?<![\w`'/{-])[A-Za-z]+[_-]?\d+(?![\w`}])")
"""A word that only a program uses, such as task1, which needs no quotes to be seen as a value."""

_NAME = re.compile(r"(?<![\w`{])[A-Z]{3,}(?![\w`}])")
_CALL = re.compile(r"\.(\w+)\(")
_REFERENCES = (STEP_NAME, VALUE_AFTER, VARIABLE, STEP_NUMBERS, FENCE)


class ProseCommands(Executable):
    """Another command of the same family, and another key or value in a command line."""

    name: ClassVar[str] = "commands in prose"
    about: ClassVar[str] = "command lines with arguments, in backticks"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false command lines."""
        for each in passages(page):
            for found in _CODE.finditer(uncovered(each.text, FENCE)):
                if _is_line(found[1]):
                    for line in false_lines(found[1], page.words):
                        yield each.false(self.name, found.span(1), line)


class ComparedTexts(Executable):
    """Another value, or the name of another command, in a text that the check holds against key and proof."""

    name: ClassVar[str] = "compared texts"
    about: ClassVar[str] = "values and names in mistakes of letters, solutions' answers and questions with a proof"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false values and names."""
        for each in passages(page):
            if _is_compared(page, each):
                yield from _false_facts(self.name, page, each)


class FreeFacts:
    """The same in all other prose. The check compares it with nothing, so it is counted apart."""

    name: ClassVar[str] = "facts in prose"
    about: ClassVar[str] = "free prose: values, and names of commands and keys"
    is_executable: ClassVar[bool] = False

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false values and names."""
        for each in passages(page):
            if not _is_compared(page, each):
                yield from _false_facts(self.name, page, each)


def _is_compared(page: Page, each: Passage) -> bool:
    """Return whether the check compares a text's words with the question's choices, its key or its proof."""
    path = each.place.path
    if path[0] not in ("quiz", "practice"):
        return False
    if path[2:] == ("question",):
        # The steps and commands of a proof have to be in the question; the lines of a scenario may be in other texts.
        proof = page.at(*path[:2], "proof")
        return proof is not None and "run" not in proof.children
    is_of_letter = path[2:3] == ("mistakes",) and isinstance(path[3], str)
    return is_of_letter or path[2:] == ("solution", "answer")


def _is_line(code: str) -> bool:
    """Return whether a piece of code is a command with arguments."""
    words = code.split()
    return len(words) > 1 and is_command(words[0])


def _false_facts(kind: str, page: Page, each: Passage) -> Iterator[Mutant]:
    text = uncovered(each.text, *_REFERENCES)
    for span, now in (*_false_values(page, text), *_false_names(page, text)):
        yield each.false(kind, span, now)


_Change = tuple[tuple[int, int], str]
"""The span of some characters, and what they become."""


def _false_values(page: Page, text: str) -> Iterator[_Change]:
    """Yield other values of the play, in quotes, in backticks, or a number one off."""
    for found in _QUOTED.finditer(uncovered(text, _CODE)):
        if found[1] in page.words.texts:
            yield found.span(1), other_text(found[1], page.words.texts)
    for found in _CODE.finditer(text):
        yield from ((found.span(1), now) for now in false_values(found[1], page))
    for found in _NUMBER.finditer(uncovered(text, _CODE)):
        if int(found[0][:15]) in page.words.numbers:
            yield found.span(), str(int(found[0][:15]) + 1)
    for found in _MADE_UP.finditer(uncovered(text, _CODE, _QUOTED)):
        if found[0] in page.words.texts:
            yield found.span(), other_text(found[0], page.words.texts)


def _false_names(page: Page, text: str) -> Iterator[_Change]:
    """Yield the names of other commands, methods and keys, where nothing else is in backticks."""
    for found in _CODE.finditer(text):
        if not _is_line(found[1]):
            yield from _false_code(page, found[1], found.start(1))
    for found in _NAME.finditer(uncovered(text, _CODE)):
        if is_command(found[0]) and (now := relative(found[0])):
            yield found.span(), now


def false_values(code: str, page: Page) -> Iterator[str]:
    """Yield false texts for a value of the play as Python or redis-cli prints it; none if it is no such value."""
    bare = code.strip("'\"")
    if code in page.words.variables or code in page.words.names:
        return  # a name, and not its value
    if bare.isdecimal():
        if int(bare[:15]) in page.words.numbers:
            yield code.replace(bare, str(int(bare[:15]) + 1))
    elif bare in page.words.texts and not is_command(bare):
        yield code.replace(bare, other_text(bare, page.words.texts))
    elif code in ("None", "True", "False"):
        yield {"None": repr(other_text("x", page.words.texts)), "True": "False", "False": "True"}[code]
    elif code[:1] in "[{(" and code[-1:] in "]})":
        yield from _collections(code, page)


def _collections(code: str, page: Page) -> Iterator[str]:
    try:
        value = literal(code)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return
    if isinstance(value, list | dict):
        found = (each for each in variants(value, page.words.texts) if each is not None)
        yield from map(repr, list(found)[:2])


def _false_code(page: Page, code: str, start: int) -> Iterator[_Change]:
    """Yield another name for a command, a key, or a called method that is in backticks."""
    call = _CALL.search(code)
    if is_command(code):
        yield from [((start, start + len(code)), now)] if (now := relative(code)) else []
    elif code in page.words.names:
        yield from [((start, start + len(code)), name)] if (name := other(code, page.words.names)) else []
    elif call and (now := relative(call[1])):
        yield (start + call.start(1), start + call.end(1)), now


class Transcripts(Executable):
    """Another command or another reply in a block of redis-cli."""

    name: ClassVar[str] = "doctests"
    about: ClassVar[str] = "commands and replies in blocks marked redis-cli"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false lines."""
        for each in passages(page):
            for block in FENCE.finditer(each.text):
                for found in re.finditer(r"[^\n]*\S[^\n]*", block["body"]):
                    start = block.start("body") + found.start()
                    for line in _false_lines(found[0], page):
                        yield each.false(self.name, (start, start + len(found[0])), line)


_PROMPT = re.compile(r"\s*(?:[\w.:@\[\]-]*)?(?:\(\w+\))?>\s*")


def _false_lines(line: str, page: Page) -> Iterator[str]:
    prompt = _PROMPT.match(line)
    if prompt:
        yield from (prompt[0] + each for each in false_lines(line[prompt.end() :], page.words))
    elif is_command(line.split(maxsplit=1)[0]):
        indent = line[: len(line) - len(line.lstrip())]
        yield from (indent + each for each in false_lines(line.strip(), page.words))
    else:
        yield from _false_replies(line, page)


def _false_replies(line: str, page: Page) -> Iterator[str]:
    """Yield another number, another text or another status in a reply as redis-cli prints it."""
    if found := re.search(r"\(integer\) (-?\d{1,15})", line):
        yield line[: found.start(1)] + str(int(found[1]) + 1) + line[found.end(1) :]
    elif found := re.search(r'"((?:[^"\\]|\\.)*)"', line):
        yield line[: found.start(1)] + other_text(found[1], page.words.texts) + line[found.end(1) :]
    elif found := re.search(r"\((?:nil|empty \w+)\)", line):
        yield line[: found.start()] + "(integer) 1" + line[found.end() :]
    elif found := re.search(r"\w+", line):
        yield line[: found.start()] + f"{found[0]}2" + line[found.end() :]


_OPPOSITES: Mapping[str, str] = {
    one: other_one
    for pair in (
        "first last, oldest newest, left right, before after, always never, earlier later, above below, empty full,"
        " all none, lowest highest, one two, true false, also only, front end, longer shorter, with without, more fewer"
    ).split(",")
    for one, other_one in (pair.split(), reversed(pair.split()))
}
_OPPOSITE = re.compile(rf"(?<![\w`])({'|'.join(sorted(_OPPOSITES, key=len, reverse=True))})(?![\w`])", re.I)


class FreeWords:
    """A word replaced by its opposite. No machine proves free prose, so it is counted apart."""

    name: ClassVar[str] = "words"
    about: ClassVar[str] = "free prose: words with an opposite"
    is_executable: ClassVar[bool] = False

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the opposites."""
        for each in passages(page):
            for found in _OPPOSITE.finditer(uncovered(each.text, _CODE, FENCE)):
                now = _OPPOSITES[found[0].lower()]
                yield each.false(self.name, found.span(), now.capitalize() if found[0][0].isupper() else now)
