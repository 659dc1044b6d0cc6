"""What Redis and Valkey say of all their commands, those that no lesson may send among them.

The data, command_table.json, are the servers' own: tests/command_table.py writes the file. It is read when it is first
asked for, in about three milliseconds, so that a process that never asks pays nothing.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

_FILE = Path(__file__).with_name("command_table.json")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Where keys are among the words, as https://redis.io/docs/latest/develop/reference/key-specs/ describes it.

    `begin` is ("index", position), ("keyword", word, position to search from) or ("unknown",). `find` is
    ("range", last key, step, limit), ("keynum", place of the number, first key, step) or ("unknown",).
    """

    flags: tuple[str, ...]
    begin: tuple[str | int, ...]
    find: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """One command, or one subcommand such as `XGROUP|CREATE`, as COMMAND and COMMAND DOCS describe it.

    `first`, `last`, `step` are the positions of its keys in COMMAND's older notation, `keys` in the full one. `arity`
    counts the words, the name among them; a negative one is the least number.
    """

    name: str
    group: str
    since: str
    """The version of Redis that first had it; "" if only Valkey does."""
    valkey: str
    """The same for Valkey, whose versions up to 7.2 are those of Redis; "" if only Redis has it."""
    arity: int
    flags: frozenset[str]
    categories: frozenset[str]
    """The ACL categories, without @."""
    tips: frozenset[str]
    """https://redis.io/docs/latest/develop/reference/command-tips/, such as nondeterministic_output."""
    first: int
    last: int
    step: int
    keys: tuple[KeySpec, ...]

    def version_in(self, server: Literal["Redis", "Valkey"]) -> str:
        """Return the version of that server which first had the command, "" if none has."""
        return self.since if server == "Redis" else self.valkey


def names() -> Collection[str]:
    """Return the names of all commands and subcommands, in capitals."""
    return _rows().keys()


def facts_of(name: str, subcommand: str = "") -> CommandFacts | None:
    """Return the facts of a command in any spelling; of its subcommand if it has that one; None if there is no such."""
    rows, whole = _rows(), f"{name}|{subcommand}".upper()
    known = whole if whole in rows else name.upper()
    return _facts(known) if known in rows else None


@cache
def _facts(name: str) -> CommandFacts:
    row = _rows()[name]
    sets = {field: frozenset(row[field]) for field in ("flags", "categories", "tips")}
    keys = tuple(KeySpec(tuple(key["flags"]), tuple(key["begin"]), tuple(key["find"])) for key in row["keys"])
    return CommandFacts(**{**row, **sets, "keys": keys})


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(_FILE.read_bytes())["commands"]}
