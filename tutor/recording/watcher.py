"""The script's variables: after each of its lines, those that the line names and that have another value now."""

import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from tutor.engine.values import Json
from tutor.recording.place import is_nameless
from tutor.recording.script import Script, is_same_run
from tutor.recording.tape import Changed, Tape

LONGEST_TEXT = 300
MOST_PARTS = 60
DEEPEST = 4
"""What a variable may hold that is watched: characters of a text, values in a list or dict, lists in lists."""

_Eye = Callable[[FrameType, str, Any], Any]


class Unwatched(ValueError):
    """A value that no lesson's variable can hold, or that nobody would read."""


class Watcher:
    """Notes on the tape what each line of the script does to variables."""

    def __init__(self, tape: Tape, script: Script, file: str) -> None:
        self._tape = tape
        self._script = script
        self._file = file
        self._last: dict[tuple[int | None, str], str] = {}

    def trace(self, frame: FrameType, event: str, _argument: Any) -> _Eye | None:
        """Follow the frame if it is the script's: a function for sys.settrace."""
        if event != "call" or frame.f_code.co_filename != self._file or is_nameless(frame):
            return None
        self._take_arguments(frame)
        begun: list[int] = []  # the line whose statement runs, and how many commands there were before it

        def eye(frame: FrameType, event: str, _argument: Any) -> _Eye:
            if event not in ("line", "return"):
                return eye
            if begun and event == "line" and is_same_run(self._script, begun[0], frame.f_lineno):
                return eye
            if begun:
                self._look(frame, *begun)
            begun[:] = [frame.f_lineno, self._tape.commands] if event == "line" else []
            return eye

        return eye

    def _take_arguments(self, frame: FrameType) -> None:
        """Know what a function was given when it was called: it has not changed on the line that names it first."""
        code = frame.f_code
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            with suppress(KeyError, Unwatched):
                self._last[threading.get_ident(), name] = repr(plain(message_data(frame.f_locals[name])))

    def reads(self, frame: FrameType | None) -> dict[str, Json]:
        """Return the values of the variables that the frame's statement names, but for those that are not watched."""
        statement = self._script.statement(frame.f_lineno) if frame else None
        found = {}
        for name in sorted(statement.names) if statement and frame else ():
            known = frame.f_locals if frame and name in frame.f_locals else frame.f_globals if frame else {}
            try:
                found[name] = plain(message_data(known[name]))
            except (KeyError, Unwatched):
                continue
        return found

    def _look(self, frame: FrameType, line: int, after: int) -> None:
        statement = self._script.statement(line)
        values: dict[str, Json] = {}
        messages: dict[str, Json] = {}
        is_module: dict[str, bool] = {}
        for name in sorted(statement.names) if statement else ():
            owner = _owner(frame, name)
            if owner is None:
                continue
            try:
                raw = owner[name]
                value = plain(message_data(raw))
            except Unwatched:
                continue
            is_global = owner is frame.f_globals
            key = (None if is_global else threading.get_ident(), name)
            has_changed = self._last.get(key) != repr(value)
            self._last[key] = repr(value)
            if statement and (has_changed or name in statement.writes):
                (messages if message_data(raw) is not raw else values)[name] = value
                is_module[name] = is_global
        if is_module:
            self._tape.write(Changed(self._tape.thread(), line, after, is_module, values, messages))


def _owner(frame: FrameType, name: str) -> dict[str, Any] | None:
    if frame.f_locals is not frame.f_globals and name in frame.f_locals:
        return frame.f_locals
    return frame.f_globals if name in frame.f_globals else None


def message_data(value: Any) -> Any:
    """Return the data of what redis-py makes of a message; anything else as it is."""
    is_message = isinstance(value, dict) and value.keys() == {"type", "pattern", "channel", "data"}
    return value["data"] if is_message and value["type"] in ("message", "pmessage") else value


def plain(value: Any) -> Json:
    """Return the value as a lesson's variable: bytes as text, tuples and sets as lists. Raises: Unwatched."""
    return _plain(value, [MOST_PARTS], DEEPEST)


def _plain(value: Any, left: list[int], depth: int) -> Json:
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise Unwatched
    if value is None or type(value) in (bool, int, float):
        return _number(value)
    if type(value) in (bytes, str):
        return _text(value)
    if type(value) in (list, tuple):
        return [_plain(each, left, depth - 1) for each in value]
    if type(value) in (set, frozenset):
        return sorted((_plain(each, left, depth - 1) for each in value), key=repr)
    if type(value) is dict:
        return {_key(name): _plain(each, left, depth - 1) for name, each in value.items()}
    raise Unwatched


def _number(value: Any) -> Json:
    if isinstance(value, float) and not abs(value) < 1e15:  # infinite, or none at all
        raise Unwatched
    if isinstance(value, int) and abs(value) >= 10**18:
        raise Unwatched
    return value


def _text(value: bytes | str) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else value
        text.encode()
    except UnicodeError:
        raise Unwatched from None
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise Unwatched
    return text


def _key(name: Any) -> str:
    if type(name) not in (bytes, str):
        raise Unwatched
    return _text(name)
