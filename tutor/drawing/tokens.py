"""Messages as shown on all pages: a text, and a hue with its own shape."""

from dataclasses import dataclass

from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Value, encoded
from tutor.engine.values.wording import cut

HUES = 8

LONGEST_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A message as shown on all pages: its text and its hue, from 0 to HUES - 1."""

    text: str
    hue: int


def token(value: Value) -> Token:
    """Return the token of a value: the same text has the same hue on every page."""
    text = as_repr(value)
    # A plain sum gives task1, task2, task3 neighbouring hues; a hash might give two of them the same.
    return Token(cut(text, LONGEST_TOKEN), sum(value if isinstance(value, bytes) else encoded(as_str(value))) % HUES)
