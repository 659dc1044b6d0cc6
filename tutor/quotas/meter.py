"""The bytes that a request stores, noted where they are stored and charged where the sender is known."""

from contextvars import ContextVar, Token
from typing import Self

ROW_BYTES = 200
"""What a row takes besides its text, with its places in the indexes."""


class Meter:
    """Counts the bytes that this thread stores inside its block."""

    def __init__(self) -> None:
        self.bytes = 0
        self._token: Token[Meter | None] | None = None

    def __enter__(self) -> Self:
        self._token = _meter.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._token:
            _meter.reset(self._token)


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


def note_stored(text: str = "") -> None:
    """Count one stored row with this text; outside a request nothing is counted."""
    if meter := _meter.get():
        meter.bytes += ROW_BYTES + len(text)
