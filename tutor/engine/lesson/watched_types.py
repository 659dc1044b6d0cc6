"""The type of a watched key, guessed from the commands that name it or could name it by a variable."""

import re
from collections.abc import Iterable, Mapping

from tutor.engine.lesson.steps.base import Template
from tutor.engine.program.interpolation import parts_of
from tutor.engine.redis.globs import could_be
from tutor.engine.redis.table import KeyType, spec_of


def types_for(watched: str, commands: Iterable[tuple[int, Template]], *, is_pattern: bool) -> Mapping[KeyType, int]:
    """Return the types that commands give to a key of that name, or like that pattern, each with its first step.

    `commands` come with the index of their step, from 0. A key that commands write out has its type from them; what
    others could name by a variable does not count then.
    """
    written, could = dict[KeyType, int](), dict[KeyType, int]()
    pattern = watched if is_pattern else _literally(watched)
    for i, command in commands:
        spec = spec_of(command.words)
        if spec and spec.type and watched in command.keys and not is_pattern:
            written.setdefault(spec.type, i + 1)
        elif spec and spec.type and _could_name(command, pattern):
            could.setdefault(spec.type, i + 1)
    return written or could


def is_nameable(pattern: str, commands: Iterable[Template]) -> bool:
    """Return whether a command can name a key like that pattern, also one that says nothing of its type, as RENAME."""
    return any(_could_name(command, pattern) for command in commands)


def _literally(name: str) -> str:
    """Return the pattern that matches just this name."""
    return re.sub(r"([*?\[\\])", r"\\\1", name)


def _could_name(command: Template, pattern: str) -> bool:
    names = [*([key] for key in command.keys), *map(parts_of, command.open_keys)]
    return any(could_be(parts, pattern) for parts in names)
