"""The arguments of one command: options, time limit, values, and their effect on keys."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from tutor.engine.redis.table import Command, End, traits_of
from tutor.engine.values.replies import Reply, error_of

LONGEST_COMMAND = 64
"""Maximum number of words of one command."""

_RELATIVE, _ABSOLUTE = frozenset(("EX", "PX")), frozenset(("EXAT", "PXAT"))


def gives_end(words: Sequence[str]) -> bool:
    """Return whether the command makes a key expire at an instant."""
    command = traits_of(words)
    return command.life == "absolute" or _may_have_option(command, words, _ABSOLUTE)


def gives_life(words: Sequence[str]) -> bool:
    """Return whether the command gives a key a time to live."""
    command = traits_of(words)
    return command.life in ("relative", "absolute") or _may_have_option(command, words, _RELATIVE | _ABSOLUTE)


def gives_field_life(words: Sequence[str]) -> bool:
    """Return whether the command can change the time to live of a hash field."""
    return traits_of(words).field_life != ""


def _may_have_option(command: Command, words: Sequence[str], options: frozenset[str]) -> bool:
    """Return whether the command has one of these options, or a variable that could become one."""
    if command.life != "options":
        return False
    return any(word.upper() in options or "{" in word for word in words[options_from(command, words) :])


def options_from(command: Command, words: Sequence[str]) -> int:
    """Return the first position at which an option may be."""
    if command.options != "pairs":
        return command.options
    count = words[1] if len(words) > 1 else ""
    return 2 + 2 * int(count) if count.isascii() and count.isdigit() and len(count) < 9 else 2


def end_place(words: Sequence[str]) -> int:
    """Return the position of the option that names an instant of expiry, 0 if there is none."""
    command = traits_of(words)
    return _end_place(words, options_from(command, words), len(words) - 1) if command.life == "options" else 0


def _end_place(words: Sequence[str], first: int, end: int) -> int:
    return next((place for place in range(first, end) if words[place].upper() in _ABSOLUTE), 0)


def fields_named(words: Sequence[str]) -> tuple[str, ...]:
    """Return the fields after FIELDS and their number, without their values; none if the command takes no lives."""
    command = traits_of(words)
    at = _fields_place(words) if command.field_life else 0
    return tuple(words[at + 2 :: command.per_field]) if at else ()


def field_end_place(words: Sequence[str]) -> int:
    """Return the position of the option that names an instant of expiry for fields, 0 if there is none."""
    return _end_place(words, 2, _fields_place(words) - 1) if traits_of(words).field_life == "options" else 0


def _fields_place(words: Sequence[str]) -> int:
    """Return the position of FIELDS, after which there are only fields; 0 if the command has no such word."""
    return next((place for place in range(2, len(words)) if words[place].upper() == "FIELDS"), 0)


def is_subscription(words: Sequence[str]) -> bool:
    """Return whether the command begins or ends subscriptions, which the server confirms instead of replying."""
    return traits_of(words).pubsub in ("begins", "ends")


def needs_connection(words: Sequence[str]) -> bool:
    """Return whether the command needs a lasting connection: it subscribes, waits, or belongs to a transaction."""
    command = traits_of(words)
    return command.connected or (command.limit == "BLOCK" and any(word.upper() == "BLOCK" for word in words))


def depends_on_idle_time(words: Sequence[str]) -> bool:
    """Return whether the command's effect depends on how long ago something was done."""
    idle = traits_of(words).idle
    return idle is True or (bool(idle) and any(word.upper() == idle for word in words))


def finds_keys(words: Sequence[str]) -> bool:
    """Return whether a variable in a word that is not a key can determine which words are keys."""
    command = traits_of(words)
    # The options of XREAD and XREADGROUP can't be variables (step_problems.py), so that STREAMS can be found.
    by_word = any(spec.begin[0] == "keyword" for spec in command.keys) and command.limit != "BLOCK"
    return by_word or bool(command.after) or any(spec.find[0] == "keynum" for spec in command.keys)


def runs_transaction(words: Sequence[str]) -> bool:
    """Return whether the command runs a transaction's queue, so that its reply holds the queued commands' replies."""
    return traits_of(words).transaction == "runs"


def ends_transaction(words: Sequence[str], reply: Reply) -> bool:
    """Return whether the command with this reply ended its client's transaction, if one was open.

    EXEC and DISCARD do, unless the server refused them for another reason than the transaction's commands, such as a
    superfluous argument: https://redis.io/docs/latest/develop/using-commands/transactions/
    """
    said = error_of(reply)
    return traits_of(words).closes_transaction and (not said or said.startswith("EXECABORT"))


def tells_time(words: Sequence[str]) -> bool:
    """Return whether the reply depends on the time: an instant, or how much time is left or has passed."""
    return traits_of(words).time


def picks_members(words: Sequence[str]) -> bool:
    """Return whether the server chooses the members or fields that it takes or returns."""
    return traits_of(words).chance in ("members", "reply")


def is_left_to_chance(words: Sequence[str]) -> bool:
    """Return whether the server chooses an id, or members of a collection."""
    if traits_of(words).chance != "id":
        return picks_members(words)
    place = id_place(words)
    return place < len(words) and words[place].endswith("*")


def asks_for_id(words: Sequence[str]) -> bool:
    """Return whether the server chooses the whole id of the new entry: `*`, not `1-*`."""
    return traits_of(words).chance == "id" and list(words)[id_place(words) :][:1] == ["*"]


_OPTION_VALUES = {"GROUP": 2, "COUNT": 1, "BLOCK": 1, "CLAIM": 1}
"""The number of words after each option of XREAD and XREADGROUP."""


def option_places(words: Sequence[str]) -> Iterator[int]:
    """Yield the positions of an XREAD's or XREADGROUP's options up to STREAMS; a group may be called BLOCK."""
    place = 1 if traits_of(words).limit == "BLOCK" else len(words)
    while place < len(words):
        yield place
        option = words[place].upper()
        place = len(words) if option == "STREAMS" else place + 1 + _OPTION_VALUES.get(option, 0)


_SECONDS = re.compile(r"\+?(\d{1,9}\.?\d{0,9}|\.\d{1,9})([eE][+-]?\d)?", re.ASCII)
"""A time limit in seconds. The server also takes hexadecimal digits and more of them, which no lesson needs."""

_MILLISECONDS = re.compile(r"\d{1,12}", re.ASCII)


def _limit_place(words: Sequence[str]) -> int:
    """Return the position of the time limit of a command that waits; 0 if it has none."""
    limit = traits_of(words).limit
    if limit == "BLOCK":
        return next((place + 1 for place in option_places(words) if words[place].upper() == "BLOCK"), 0)
    return {"": 0, "first": 1, "last": len(words) - 1}[limit]


def time_limit(words: Sequence[str]) -> float | None:
    """Return the seconds after which the command stops waiting; None for no limit, or for one that is not a number."""
    place = _limit_place(words)
    text = words[place] if 0 < place < len(words) else ""
    if traits_of(words).limit == "BLOCK":
        return int(text) / 1000 or None if _MILLISECONDS.fullmatch(text) else None
    return float(text) or None if _SECONDS.fullmatch(text) else None


def without_limit(words: Sequence[str]) -> list[str]:
    """Return the command with time limit 0, that is none, because in lessons time passes in `wait` steps."""
    place = _limit_place(words)
    return [*words[:place], "0", *words[place + 1 :]] if time_limit(words) else list(words)


def id_place(words: Sequence[str]) -> int:
    """Return the position of the id of an XADD, after the key and the options.

    It is len(words) if the id is missing, which the server refuses.
    """
    place = 2
    while place < len(words) and words[place].upper() in ("NOMKSTREAM", "MAXLEN", "MINID", "LIMIT"):
        if words[place].upper() == "NOMKSTREAM":
            place += 1
        else:
            place += 3 if list(words[place + 1 : place + 2]) in (["="], ["~"]) else 2
    return place


Side = Literal["left", "right"]
"""An end of a list."""


def value_places(words: Sequence[str]) -> range:
    """Return the positions of the values that the command adds or removes."""
    command = traits_of(words)
    if not command.values:
        return range(0)
    first, last, *step = command.values
    # Options may come between a key and its values, as in ZADD key NX 1 member.
    options = next((i for i, word in enumerate(words[2:]) if word.upper() not in command.switches), 0)
    end = len(words) if last < 0 else min(last + 1, len(words))
    return range(min(first + options, end), end, *step)


def entry_place(words: Sequence[str]) -> int | None:
    """Return the position of the first field of a stream's entry, None if the command appends none."""
    return id_place(words) + 1 if traits_of(words).chance == "id" else None


def list_ends(words: Sequence[str], key: str) -> tuple[Side | None, Side | None]:
    """Return the ends at which elements enter and leave the list `key`, each None if there is none."""
    command = traits_of(words)
    keys = [words[place] for place in command.key_places(words)]
    enters, leaves = _side(command, command.enters, words), _side(command, command.leaves, words)
    if command.moves:
        return enters if key in keys[1:2] else None, leaves if key in keys[:1] else None
    return (enters, leaves) if key in keys else (None, None)


def _side(command: Command, end: End, words: Sequence[str]) -> Side | None:
    """Return the end that is fixed for the command, or named by one of its words."""
    if end == "keys":
        end = max(command.key_places(words), default=len(words)) + 1
    said = words[end].lower() if isinstance(end, int) and end < len(words) else end
    return "left" if said == "left" else "right" if said == "right" else None


def changed_keys(words: Sequence[str]) -> list[str]:
    """Return the keys that a command can change, without those that it only reads."""
    command = traits_of(words)
    if not command.writes:
        return []
    places, read = command.key_places(words), command.flagged_places("RO", words)
    changed = [words[place] for place in places if place not in read]
    # The keys of XREADGROUP are flagged RO, though it changes their groups. SORT without STORE changes none: its second
    # key specification, for the stored key, matches no word then.
    has_target = any("RO" not in spec.flags for spec in command.keys)
    return changed if changed or has_target else [words[place] for place in places]


def is_overwritten(words: Sequence[str], key: str) -> bool:
    """Return whether the command replaces `key` as a whole, regardless of its content."""
    command = traits_of(words)
    replaced = [words[place] for place in command.flagged_places("OW", words)]
    return key in replaced or key in command.stored_keys(words)
