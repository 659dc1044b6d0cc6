"""Receiving the lines that a program prints, with print(), sys.stdout or the logging module."""

import builtins
import copy
import io
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

LONGEST_LINE = 2_000
"""Maximum number of characters kept of a printed line; a longer one is cut, and refused by the lesson."""


def install(say: Callable[[str], object], is_own: Callable[[str], bool]) -> None:
    """Pass each printed text of this process to `say`, without its last line end.

    Of logged lines these are those from files for which `is_own` is true.
    """
    sys.stdout = PrintedLines(say)
    builtins.print = _printing(builtins.print)
    logging.StreamHandler.emit = _logging(is_own)  # type: ignore[assignment, method-assign]


def _printing(original: Callable[..., None]) -> Callable[..., None]:
    """Return a print() that writes its values at once, because the real one writes each of them separately."""

    def printed(*values: Any, **options: Any) -> None:
        if options.get("file") not in (None, sys.stdout):
            original(*values, **options)
            return
        text = io.StringIO()
        original(*values, **{**options, "file": text, "flush": False})
        sys.stdout.write(text.getvalue())

    return printed


def _logging(is_own: Callable[[str], bool]) -> Callable[[Any, logging.LogRecord], None]:
    """Return a replacement for emit() that takes lines logged to the terminal as printed, without tracebacks."""
    emit = logging.StreamHandler.emit

    def logged(handler: Any, record: logging.LogRecord) -> None:
        if not is_own(record.pathname) or handler.stream is not sys.stderr:
            emit(handler, record)
            return
        bare = copy.copy(record)
        bare.exc_info = bare.exc_text = bare.stack_info = None
        sys.stdout.write(f"{handler.format(bare)}\n")

    return logged


class PrintedLines(io.TextIOBase):
    """Standard output, recorded line by line, separately for each thread."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._parts = threading.local()

    def write(self, text: str) -> int:
        known = getattr(self._parts, "text", "") + text
        whole, _, rest = known.rpartition("\n")
        self._parts.text = rest[: LONGEST_LINE + 1]
        if whole.strip():
            self._say(whole)
        return len(text)

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True
