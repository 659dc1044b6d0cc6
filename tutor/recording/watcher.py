"""The script's variables: after each line, the variables named in it whose values have changed."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import FrameType
from typing import Any
from weakref import ref

from tutor.engine.values.replies import Json, Value
from tutor.engine.values.serialization import all_stored
from tutor.recording.tape import Changed, Tape
from tutor.tapping.frames import is_nameless
from tutor.tapping.plain_values import Unwatched, message_data, plain
from tutor.tapping.script import Script, Statement, is_same_run

MOST_OBJECTS = 8
"""Maximum number of objects with watched attributes."""

_Eye = Callable[[FrameType, str, Any], Any]


class VariableWatcher:
    """Records on the tape the changes of variables by each line of the script."""

    def __init__(self, tape: Tape, script: Script, file: str) -> None:
        self._tape = tape
        self._script = script
        self._file = file
        self._last: dict[tuple[int | None, str], str] = {}
        self._objects: dict[int, tuple[int, Callable[[], Any]]] = {}
        self._numbers = count(1)
        self._recorded_objects: dict[int, dict[str, int]] = {}

    def trace(self, frame: FrameType, event: str, _argument: Any) -> _Eye | None:
        """A function for sys.settrace that follows the script's own frames."""
        if event != "call" or frame.f_code.co_filename != self._file or is_nameless(frame):
            return None
        self._take_arguments(frame)
        begun: list[int] = []  # the running statement's line, and the number of commands before it

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
        """Remember a function's arguments, so that they do not count as changed on the first line that names them."""
        code = frame.f_code
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            with suppress(KeyError, Unwatched):
                self._last[threading.get_ident(), name] = repr(plain(message_data(frame.f_locals[name])))

    def reads(self, frame: FrameType | None) -> tuple[dict[str, Json], dict[str, int]]:
        """Return the watched values named in the frame's statement, and the objects whose attributes it names."""
        statement = self._script.statement(frame.f_lineno) if frame else None
        values: dict[str, Value] = {}
        objects: dict[str, int] = {}
        for name in sorted(statement.names) if statement and frame else ():
            with suppress(Unwatched):
                seen = self._seen(frame, name)
                values[name] = plain(message_data(seen.value))
                objects |= {name: seen.object} if seen.object else {}
        return all_stored(values), objects

    def _look(self, frame: FrameType, line: int, after: int) -> None:
        statement = self._script.statement(line)
        if statement is None:
            return
        values: dict[str, Value] = {}
        changed: dict[str, _Seen] = {}
        objects: dict[str, int] = {}
        for name, seen in self._all_seen(frame, statement):
            with suppress(Unwatched):
                values[name] = plain(message_data(seen.value))
                objects |= {name: seen.object} if seen.object else {}
                if self._has_changed(seen, values[name]) or name in statement.writes:
                    changed[name] = seen
        recorded = self._recorded_objects.setdefault(threading.get_ident(), {})
        if changed or not objects.items() <= recorded.items():
            recorded |= objects
            self._tape.write(_change(self._tape.thread(), line, after, values, changed, objects))

    def _has_changed(self, seen: "_Seen", value: Value) -> bool:
        """Return whether a variable's value differs from the last one seen, and remember the new one."""
        was, self._last[seen.key] = self._last.get(seen.key), repr(value)
        # A change by a library before the script first named the attribute is not this line's.
        return was != repr(value) and not (seen.object and was is None)

    def _all_seen(self, frame: FrameType, statement: Statement) -> Iterator[tuple[str, "_Seen"]]:
        """Yield the variables named in the statement, and attributes of unnamed objects that it may have changed."""
        for name in sorted(statement.names):
            with suppress(Unwatched):
                yield name, self._seen(frame, name)
        for number, known in tuple(self._objects.values()) if statement.loose else ():
            held = _attributes(known())
            for attribute in sorted(statement.loose & held.keys()):
                if (-number, attribute) in self._last:
                    yield f"#{number}.{attribute}", _Seen((-number, attribute), held[attribute], number)

    def _seen(self, frame: FrameType | None, name: str) -> "_Seen":
        """Return the variable behind the name in the frame. Raises: Unwatched."""
        if frame is None:
            raise Unwatched
        base, _, attribute = name.partition(".")
        is_local = frame.f_locals is not frame.f_globals and base in frame.f_locals
        owner = frame.f_locals if is_local else frame.f_globals
        if base not in owner:
            raise Unwatched
        if not attribute:
            return _Seen((threading.get_ident() if is_local else None, name), owner[base])
        held = _attributes(owner[base])
        if attribute not in held:
            raise Unwatched
        number = self._number(owner[base])
        return _Seen((-number, attribute), held[attribute], number)

    def _number(self, thing: Any) -> int:
        """Return the object's number, from 1. Raises: Unwatched, if there are too many objects for a table."""
        number, known = self._objects.get(id(thing), (0, None))
        if known is None or known() is not thing:  # the id belonged to an object that no longer exists
            number = next(self._numbers)
            self._objects[id(thing)] = number, ref(thing)
        if number > MOST_OBJECTS:
            raise Unwatched
        return number


@dataclass(frozen=True, slots=True)
class _Seen:
    """A name resolved on a line: the variable, its value, the number of the object if it is an attribute."""

    key: tuple[int | None, str]
    value: Any
    object: int = 0


def _change(
    thread: int,
    line: int,
    after: int,
    values: Mapping[str, Value],
    changed: Mapping[str, _Seen],
    objects: Mapping[str, int],
) -> Changed:
    """Return the event for the changes of a line; `values` has all its resolved names."""
    messages = {name for name, seen in changed.items() if message_data(seen.value) is not seen.value}
    return Changed(
        thread,
        line,
        after,
        is_module={name: seen.key[0] is None for name, seen in changed.items()},
        values=all_stored({name: values[name] for name in changed if name not in messages}),
        messages=all_stored({name: values[name] for name in changed if name in messages}),
        objects=objects,
    )


def _attributes(thing: Any) -> dict[str, Any]:
    """Return the attributes of an instance of one of the script's classes, without calling any code."""
    is_own = type(thing).__module__ == "__main__" and not isinstance(thing, type)
    held = getattr(thing, "__dict__", None) if is_own and type(thing).__weakrefoffset__ else None
    return held if type(held) is dict else {}
