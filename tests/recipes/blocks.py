"""Blocks of code in a document: new files and changes, and how they are applied to a copy of the program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+) file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a document that names a file: the file's text, or lines that begin with a space, + or -."""

    language: str
    file: str
    text: str

    def apply(self, to: Path) -> None:
        """Create the file below `to`, or change it. Raises: AssertionError if the old lines are not there once."""
        path = to / self.file
        if self.language != "diff":
            assert not path.exists(), f"{self.file} is there already"
            path.write_text(self.text)
            return
        lines = self.text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        text = path.read_text()
        # A line may be given without its end, where that is long.
        found = [text.count(f"\n{before}"), text.count(f"\n{before.rstrip()}")]
        assert 1 in found, f"{self.file} has these lines {found[0]} times:\n{before}"
        old, new = (before, after) if found[0] == 1 else (before.rstrip(), after.rstrip())
        path.write_text(text.replace(f"\n{old}", f"\n{new}", 1))


def blocks_of(document: str) -> Iterator[Block]:
    """Yield the blocks of a Markdown document that name a file, in order."""
    for language, file, text in _BLOCK.findall(document):
        yield Block(language, file, text)
