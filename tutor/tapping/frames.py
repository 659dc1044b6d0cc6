"""The position of a thread in a program: the innermost frame whose code is in one of the program's files."""

import sys
from types import FrameType

_NAMELESS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>")


def frame_in(*files: str) -> FrameType | None:
    """Return the calling thread's innermost frame that is in one of the files."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no public way to look at the callers
    while frame is not None and frame.f_code.co_filename not in files:
        frame = frame.f_back
    return frame


def line_in(file: str) -> int | None:
    """Return the calling thread's line in the file, None if it is not in the file."""
    frame = frame_in(file)
    return frame.f_lineno if frame else None


def is_nameless(frame: FrameType) -> bool:
    """Return whether the frame belongs to a part of an expression, such as a lambda, without statements."""
    return frame.f_code.co_name in _NAMELESS
