"""Reasons why a lesson may not send a command.

It is misspelt, affects more than the lesson's keys, belongs to a module or another server, or is not supported yet.
Only a misspelt name gets a suggestion.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tutor.engine.program.interpolation import names_in
from tutor.engine.redis import table
from tutor.engine.redis.table import ALLOWED, command_named, spec_of, traits_of

LONGEST_NAME = 200
"""Maximum number of characters of a name in a message."""

LONGEST_COMPARED = 24
"""Longest name to find a similar one for, because comparing takes quadratic time."""

_NOT_ALLOWED = "is not a command that a lesson may send"

NOT_YET = "lessons do not support it yet"

MOST_MEANT = 3
"""Maximum number of suggested names."""


@dataclass(frozen=True, slots=True)
class CommandRefusal:
    """Why a command is not allowed. `meant`: allowed names that it may misspell, the likeliest first."""

    message: str
    meant: tuple[str, ...] = ()


def command_refusal(words: Sequence[str]) -> CommandRefusal | None:
    """Return the reason why a lesson may not send the command, None if it may."""
    if spec_of(words):
        return None
    name = words[0].upper() if words else ""
    command = command_named(name.partition("|")[0], words[1] if len(words) > 1 else "")
    if command:
        return CommandRefusal(f"{command.name.replace('|', ' ')} {_NOT_ALLOWED}: {command.refused or NOT_YET}")
    if not name.strip():
        return CommandRefusal(f"an empty line {_NOT_ALLOWED}")
    said = f"{name.strip()[:LONGEST_NAME]} {_NOT_ALLOWED}"
    if any(names_in(words[0])):
        return CommandRefusal(f"{said}: a variable can't stand for the command itself")
    if reason := table.elsewhere(name):
        return CommandRefusal(f"{said}: {reason}")
    meant = _meant(name)
    hint = f"; did you mean {' or '.join(meant)}?" if meant else ""
    return CommandRefusal(f"{said}: Redis has no command of that name{hint}", meant)


def meant_subcommand(words: Sequence[str]) -> str:
    """Return the subcommand that the second word misspells, "" if none is similar."""
    command = traits_of(words)
    if not command.has_subcommands or len(words) < 2 or len(words[1]) > LONGEST_COMPARED:
        return ""
    subcommands = table.subcommands_of(command.name)
    return next(iter(_nearest(words[1].upper(), subcommands)), "") if words[1].upper() not in subcommands else ""


@lru_cache(maxsize=256)
def _meant(name: str) -> tuple[str, ...]:
    """Return the allowed names nearest to a misspelt one; none if a forbidden command is nearer."""
    if len(name) > LONGEST_COMPARED:
        return ()
    nearest = _nearest(name, table.all_commands())
    return tuple(known for known in ALLOWED if known in nearest)[:MOST_MEANT]


def _nearest(name: str, names: Iterable[str]) -> Sequence[str]:
    """Return the members of `names` nearest to a misspelt one, in their order; none if all are too far."""
    most = 1 if len(name) <= 4 else 2
    distances = {known: distance(name, known) for known in names if _can_be_near(name, known, most)}
    nearest = min(distances.values(), default=most + 1)
    return [known for known, each in distances.items() if each == nearest] if nearest <= most else []


def _can_be_near(name: str, known: str, most: int) -> bool:
    """Return whether the distance may be at most `most`: a bound ten times cheaper than the distance itself."""
    return abs(len(known) - len(name)) <= most and len(set(name) - set(known)) <= most


def distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance: letters inserted, deleted, replaced, or swapped with the next.

    https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance#Optimal_string_alignment_distance
    """
    before, last = list[int](), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
