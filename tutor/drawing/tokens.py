"""Messages as shown on all pages: a text, a hue and a shape."""

from dataclasses import dataclass
from zlib import crc32

from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Value, encoded
from tutor.engine.values.wording import cut

HUES = 8

SHAPES = 8

_SALT = b"3930"
"""Chosen so that no two messages of one of our lessons have both hue and shape in common; a test holds it."""

LONGEST_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A message as shown on all pages: its text, its hue, from 0 to HUES - 1, and its shape, from 0 to SHAPES - 1."""

    text: str
    hue: int
    shape: int


def token(value: Value) -> Token:
    """Return the token of a value: the same text has the same hue and shape on every page."""
    text, raw = as_repr(value), value if isinstance(value, bytes) else encoded(as_str(value))
    # A plain sum gives task1, task2, task3 neighbouring hues; a hash might give two of them the same.
    return Token(cut(text, LONGEST_TOKEN), sum(raw) % HUES, crc32(_SALT + raw) % SHAPES)
