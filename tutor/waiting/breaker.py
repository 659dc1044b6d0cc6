"""A breaker: while a server does not answer, one request at a time tries it, and the others are refused at once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Refused(Exception):
    """The server did not answer the last request, and another one is trying it now."""


class Breaker:
    """Whether a server answers, as this process has seen it."""

    def __init__(self) -> None:
        self._is_open = False
        self._answered_at = 0.0
        self._trying = Lock()

    @property
    def is_open(self) -> bool:
        """Whether the server did not answer the last request."""
        return self._is_open

    def note_answer(self) -> None:
        """Record that the server answered."""
        self._answered_at = time.monotonic()
        self._is_open = False

    def note_timeout(self, began: float) -> None:
        """Record a wait in vain that began then; a server that answered others meanwhile only kept a lock."""
        if self._answered_at < began:
            self._is_open = True

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Try the server as the only request. Raises: Refused if another one does."""
        if not self._trying.acquire(blocking=False):
            raise Refused
        try:
            yield
        finally:
            self._trying.release()
