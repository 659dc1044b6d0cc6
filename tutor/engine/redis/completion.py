"""Completion of command lines in an editor: arguments, a sentence, the positions of keys and channels."""

from collections.abc import Mapping, Sequence
from functools import cache

from tutor.engine.redis.table import Command, all_commands

CompletionRow = Mapping[str, str | bool | Sequence[int]]


@cache
def completions() -> tuple[CompletionRow, ...]:
    """Return a row for each command that a lesson may send.

    `keys` and `channels` are positions among the words, the name being 0: first, last (-1: the last word), step.
    `anywhere` says that other words decide where its keys are, such as their number.
    """
    allowed = {name: each for name, each in all_commands().items() if not each.refused}
    containers = {name.partition("|")[0] for name in allowed if "|" in name}
    return tuple(_row(each) for name, each in allowed.items() if name not in containers)


def _row(command: Command) -> CompletionRow:
    is_plain = all((spec.begin[0], spec.find[0]) == ("index", "range") for spec in command.keys)
    has_keys = bool(command.keys) and not command.channels
    places: CompletionRow = {
        "keys": _key_places(command) if has_keys and is_plain else (),
        "channels": (*command.channels, 1) if command.channels else (),
        "anywhere": has_keys and not is_plain,
    }
    said = {"name": command.name.replace("|", " "), "syntax": command.syntax, "summary": command.summary}
    return {**said, **{name: found for name, found in places.items() if found}}


def _key_places(command: Command) -> tuple[int, int, int]:
    """Return the positions of the first and the last key, and the distance from each to the next."""
    firsts = [int(spec.begin[1]) for spec in command.keys]
    ends = [int(spec.find[1]) for spec in command.keys]
    lasts = [end if end < 0 else first + end for first, end in zip(firsts, ends, strict=True)]
    last = min(lasts) if min(lasts) < 0 else max(lasts)
    return min(firsts), last, min(int(spec.find[2]) for spec in command.keys)
