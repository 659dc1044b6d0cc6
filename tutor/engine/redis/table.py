"""The table of commands: the servers' own description of each, and additional facts.

tests/command_table.py generates the data, table.json, from the servers' COMMAND and COMMAND DOCS and from the YAML
files beside it. No other module depends on a command's name: tests/test_command_names.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

_FILE = Path(__file__).with_name("table.json")

KeyType = Literal["list", "string", "hash", "set", "zset", "stream"]

End = Literal["", "left", "right", "keys"] | int
"""An end of a list: fixed, or the position of the word that names it, or the word after the keys."""

Life = Literal["", "relative", "absolute", "options", "moves", "ends"]

PubSub = Literal["", "begins", "ends", "publishes", "lists", "counts", "patterns"]

Space = Literal["channel", "pattern", "shard"]
"""The kinds of subscription: to a channel, to all channels that match a pattern, or to a sharded channel.

Each kind is a separate namespace: https://redis.io/docs/latest/develop/pubsub/
"""

Cost = Literal["", "copies", "product"]


@dataclass(frozen=True, slots=True)
class KeySpec:
    """The positions of keys among the words, as in https://redis.io/docs/latest/develop/reference/key-specs/.

    `begin` is ("index", position), ("keyword", word, position to search from) or ("unknown",). `find` is
    ("range", last key, step, limit), ("keynum", place of the number, first key, step) or ("unknown",).
    """

    flags: tuple[str, ...]
    begin: tuple[Any, ...]
    find: tuple[Any, ...]

    def places(self, words: Sequence[str]) -> range:
        """Return the positions of these keys among the words of a command (the name is position 0)."""
        start = self._start(words)
        if start is None or self.find[0] == "unknown":
            return range(0)
        return self._counted(words, start) if self.find[0] == "keynum" else self._ranged(words, start)

    def _counted(self, words: Sequence[str], start: int) -> range:
        number, first, step = self.find[1:]
        # The server refuses a number of keys beyond its words, so a huge one is not passed to int(), which has a limit.
        text = words[start + number] if start + number < len(words) else ""
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        return range(start + first, min(start + first + count * step, len(words)), step)

    def _ranged(self, words: Sequence[str], start: int) -> range:
        last, step, limit = self.find[1:]
        if last == -1 and limit > 1:
            # A limit of 2 leaves half of the words: the keys of XREAD, whose other half are ids.
            return range(start, start + (len(words) - start) // limit, step)
        end = len(words) + last if last < 0 else start + last
        return range(start, min(end + 1, len(words)), step)

    def _start(self, words: Sequence[str]) -> int | None:
        if self.begin[0] == "index":
            return int(self.begin[1])
        if self.begin[0] != "keyword":
            return None
        # A negative position counts from the last word, and the search goes backwards: key-specs page, begin_search.
        _, keyword, first = self.begin
        behind = range(first, len(words)) if first >= 0 else range(len(words) + first, 0, -1)
        return next((place + 1 for place in behind if words[place].upper() == keyword), None)


@dataclass(frozen=True, slots=True)
class Documentation:
    """A page about a command, whose name is as documentation writes it; `site`: where the link leads."""

    command: str
    url: str
    site: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or one subcommand such as `XGROUP|CREATE`.

    `arity` counts the words, the name included; a negative one is the least number. traits.yaml explains the fields
    from `refused` on.
    """

    name: str
    group: str
    since: str
    """The version of Redis that introduced it; "" if only Valkey has it."""
    valkey: str
    """The version of Valkey, whose versions up to 7.2 are those of Redis; "" if only Redis has it."""
    summary: str
    """The first sentence of the server's own documentation, without a full stop."""
    syntax: str
    """The arguments as documentation writes them: `key element [element ...]`."""
    arity: int
    flags: frozenset[str]
    categories: frozenset[str]
    """The ACL categories, without @."""
    tips: frozenset[str]
    """https://redis.io/docs/latest/develop/reference/command-tips/, such as nondeterministic_output."""
    keys: tuple[KeySpec, ...]
    refused: str = ""
    type: KeyType | None = None
    status: bool = False
    connected: bool = False
    limit: Literal["", "first", "last", "BLOCK"] = ""
    life: Life = ""
    field_life: Life = ""
    per_field: int = 1
    options: int | Literal["pairs"] = 0
    only: str = ""
    chance: Literal["", "id", "members", "reply"] = ""
    time: bool = False
    unordered: bool = False
    idle: bool | str = False
    channels: tuple[int, ...] = ()
    patterns: bool = False
    sharded: bool = False
    pubsub: PubSub = ""
    after: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    values: tuple[int, ...] = ()
    switches: tuple[str, ...] = ()
    puts: bool = False
    takes: bool = False
    removes: bool = False
    pending: Literal["", "delivers", "claims", "ends"] = ""
    opaque: bool = False
    names_key: bool = False
    enters: End = ""
    leaves: End = ""
    role: Literal["", "producer", "consumer"] = ""
    for_group: bool = False
    transaction: Literal["", "opens", "runs", "drops", "guards", "unguards"] = ""
    twin: tuple[int, str] | None = None
    peek: str = ""
    empties: bool = False
    greets: bool = False
    names_client: bool = False
    grows: Literal["", "bytes", "bits", "fields"] = ""
    pads: int = 0
    repeats: int = 0
    cost: Cost = ""

    @property
    def documentation(self) -> "Documentation | None":
        """The command's page in the documentation of Valkey, else in that of Redis; None for NO_COMMAND."""
        if not self.name:
            return None
        name, page = self.name.replace("|", " "), self.name.replace("|", "-").lower()
        if self.valkey:
            return Documentation(name, f"https://valkey.io/commands/{page}/", "valkey.io")
        return Documentation(name, f"https://redis.io/docs/latest/commands/{page}/", "redis.io")

    @property
    def writes(self) -> bool:
        """Whether it can change a key.

        PFCOUNT can, though it is flagged readonly: it caches the count in the key (https://redis.io/docs/latest/commands/pfcount/).
        """
        return "write" in self.flags or any("RW" in key.flags for key in self.keys)

    @property
    def moves(self) -> bool:
        """Whether it moves an element from an end of one list to an end of another."""
        return bool(self.enters and self.leaves)

    @property
    def closes_transaction(self) -> bool:
        """Whether it ends an open transaction by running or dropping its queue."""
        return self.transaction in ("runs", "drops")

    @property
    def space(self) -> Space:
        """The kind of subscription that its channel names belong to."""
        return "shard" if self.sharded else "pattern" if self.patterns else "channel"

    @property
    def has_subcommands(self) -> bool:
        """Whether its second word is the name of a subcommand."""
        return self.name in _CONTAINERS

    def version_in(self, server: Literal["Redis", "Valkey"]) -> str:
        """Return the version of that server which introduced the command, "" if none did."""
        return self.since if server == "Redis" else self.valkey

    def key_places(self, words: Sequence[str]) -> tuple[int, ...]:
        """Return the positions of the keys among the words of a command, which may be unfinished."""
        found = [place for spec in self.keys if "not_key" not in spec.flags for place in spec.places(words)]
        if self.after:
            found += [place for place, what in self._behind_options(words) if what == "key"]
        return tuple(dict.fromkeys(found))

    def flagged_places(self, flag: str, words: Sequence[str]) -> list[int]:
        """Return the positions of the keys whose specification has that flag, such as RO."""
        return [place for spec in self.keys if flag in spec.flags for place in spec.places(words)]

    def stored_keys(self, words: Sequence[str]) -> list[str]:
        """Return the keys, named after an option, in which the result is stored."""
        return [words[place] for place, what in self._behind_options(words) if what == "key"] if self.after else []

    def channel_places(self, words: Sequence[str]) -> range:
        """Return the positions of channels, and of patterns of channels, among the words of a command."""
        if not self.channels:
            return range(0)
        first, last = self.channels
        return range(first, len(words) if last < 0 else min(last + 1, len(words)))

    def name_places(self, words: Sequence[str]) -> tuple[int, ...]:
        """Return the positions of all names of keys, patterns of keys and channels."""
        found = (*self.key_places(words), *self.channel_places(words))
        if self.after:
            found += tuple(place for place, what in self._behind_options(words) if what == "pattern")
        return found

    def _behind_options(self, words: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yield the position of each word that an option reads as a name, and whether it is a key or a pattern."""
        place = self.options if isinstance(self.options, int) else 2
        while place < len(words):
            option = words[place].upper()
            if option in self.after and place + 1 < len(words):
                # SORT's `GET #` is the element itself: https://redis.io/docs/latest/commands/sort/
                if (option, words[place + 1]) != ("GET", "#"):
                    yield place + 1, self.after[option]
                place += 1
            place += 3 if option == "LIMIT" else 1


def all_commands() -> Mapping[str, Command]:
    """Return all commands and subcommands of any server, by their names in capitals."""
    return _ALL


def subcommands_of(name: str) -> tuple[str, ...]:
    """Return the names of a command's subcommands that a lesson may send."""
    found = (each for each, command in _ALL.items() if each.startswith(f"{name}|") and not command.refused)
    return tuple(each.partition("|")[2] for each in found)


def command_named(name: str, subcommand: str = "") -> Command | None:
    """Return a command, or its subcommand if it exists, by name in any case; None if unknown."""
    return _ALL.get(f"{name}|{subcommand}".upper()) or _ALL.get(name.upper())


def spec_of(words: Sequence[str]) -> Command | None:
    """Return the command of these words, None if lessons may not send it."""
    if not words:
        return None
    found = ALLOWED.get(words[0].upper())
    if found is None or len(words) < 2 or not found.has_subcommands:
        return found
    command = _ALL.get(f"{found.name}|{words[1].upper()}", found)
    return None if command.refused else command


NO_COMMAND = Command("", "", "", "", "", "", 0, frozenset(), frozenset(), frozenset(), ())
"""A command without traits."""


def traits_of(words: Sequence[str]) -> Command:
    """Return the command of these words, NO_COMMAND if lessons may not send it."""
    return spec_of(words) or NO_COMMAND


def key_places(words: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of keys in `words`; none for a forbidden command."""
    return traits_of(words).key_places(words)


def name_places(words: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of names of keys, patterns and channels. Raises: KeyError for a forbidden command."""
    command = spec_of(words)
    if command is None:
        raise KeyError(words[0] if words else "")
    return command.name_places(words)


def elsewhere(name: str) -> str:
    """Return the reason why a command of another server or a module is refused; "" for any other name."""
    module, dot, _ = name.upper().partition(".")
    if dot and module in _MODULES:
        return f"it belongs to a module ({_MODULES[module]}), and lessons are played on servers without modules"
    return _ELSEWHERE.get(name.upper(), "")


def twins() -> Sequence[tuple[Command, str]]:
    """Return commands paired with the name of one that learners confuse them with, the likeliest confusion first."""
    return _TWINS


def _command(row: dict[str, Any]) -> Command:
    sets: dict[str, Any] = {field: frozenset(row[field]) for field in ("flags", "categories", "tips")}
    keys = tuple(KeySpec(tuple(key["flags"]), tuple(key["begin"]), tuple(key["find"])) for key in row["keys"])
    tuples: dict[str, Any] = {
        field: tuple(row[field]) for field in ("channels", "values", "switches", "twin") if field in row
    }
    return Command(**(row | sets | tuples | {"keys": keys}))


_DATA: Mapping[str, Any] = json.loads(_FILE.read_bytes())

_ALL: Mapping[str, Command] = {row["name"]: _command(row) for row in _DATA["commands"]}

_ELSEWHERE: Mapping[str, str] = _DATA["elsewhere"]["names"]

_MODULES: Mapping[str, str] = _DATA["elsewhere"]["modules"]

_RANKED = sorted((each.twin[0], name, each.twin[1]) for name, each in _ALL.items() if each.twin)

_TWINS: Sequence[tuple[Command, str]] = tuple((_ALL[name], other) for _, name, other in _RANKED)

_CONTAINERS: frozenset[str] = frozenset(name.partition("|")[0] for name in _ALL if "|" in name)

ALLOWED: Mapping[str, Command] = {
    name: command for name, command in _ALL.items() if "|" not in name and not command.refused
}
"""The commands that a lesson may send; the program sends no other."""
