"""The type of a watched key, guessed from the commands that name it or could name it by a variable."""

import re
from collections.abc import Iterable, Mapping, Sequence

from tutor.engine.lesson.steps.base import Template
from tutor.engine.program.interpolation import parts_of
from tutor.engine.redis.globs import could_be
from tutor.engine.redis.table import KeyType, traits_of


def types_of_key(key: str, commands: Sequence[tuple[int, Template]]) -> Mapping[KeyType, int]:
    """Return the types that commands give to a key, each with its first step, from 1.

    `commands` are pairs of a step's index, from 0, and a command. Commands with the literal name take precedence; those
    that could name the key by a variable count only if there are none.
    """
    written = _first_steps((i, command) for i, command in commands if key in command.keys)
    return written or types_of_pattern(literally(key), commands)


def types_of_pattern(pattern: str, commands: Sequence[tuple[int, Template]]) -> Mapping[KeyType, int]:
    """Return the types, as `types_of_key` does, of keys that match a pattern."""
    return _first_steps((i, command) for i, command in commands if _could_name(command, pattern))


def _first_steps(commands: Iterable[tuple[int, Template]]) -> Mapping[KeyType, int]:
    found: dict[KeyType, int] = {}
    for i, command in commands:
        if type_ := traits_of(command.words).type:
            found.setdefault(type_, i + 1)
    return found


def is_nameable(pattern: str, commands: Iterable[Template]) -> bool:
    """Return whether any command can name a key that matches; commands for all types, such as RENAME, count."""
    return any(_could_name(command, pattern) for command in commands)


def literally(name: str) -> str:
    """Return the pattern that matches only this name."""
    return re.sub(r"([*?\[\\])", r"\\\1", name)


def _could_name(command: Template, pattern: str) -> bool:
    names = [*([key] for key in command.keys), *map(parts_of, command.open_keys)]
    return any(could_be(parts, pattern) for parts in names)
