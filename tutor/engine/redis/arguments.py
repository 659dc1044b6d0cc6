"""What the words of one command say: which options it has, how long it waits, whose life it changes."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from tutor.engine.redis.table import Command, End, spec_of

LONGEST_COMMAND = 64
"""Words that one command may have."""

_RELATIVE, _ABSOLUTE = frozenset(("EX", "PX")), frozenset(("EXAT", "PXAT"))


def gives_end(words: Sequence[str]) -> bool:
    """Return whether the command gives a key an end at a time of the clock."""
    command = spec_of(words)
    return command is not None and (command.life == "absolute" or _may_have_option(command, words, _ABSOLUTE))


def gives_life(words: Sequence[str]) -> bool:
    """Return whether the command gives a key a time to live."""
    command = spec_of(words)
    if command is None:
        return False
    return command.life in ("relative", "absolute") or _may_have_option(command, words, _RELATIVE | _ABSOLUTE)


def gives_field_life(words: Sequence[str]) -> bool:
    """Return whether the command can change how long a field of a hash has to live."""
    command = spec_of(words)
    return command is not None and command.field_life != ""


def _may_have_option(command: Command, words: Sequence[str], options: frozenset[str]) -> bool:
    """Return whether it has one of these options, or a variable in the place of an option."""
    if command.life != "options":
        return False
    return any(word.upper() in options or "{" in word for word in words[options_from(command, words) :])


def options_from(command: Command, words: Sequence[str]) -> int:
    """Return the position from which on options may come."""
    if command.options != "pairs":
        return command.options
    count = words[1] if len(words) > 1 else ""
    return 2 + 2 * int(count) if count.isascii() and count.isdigit() and len(count) < 9 else 2


def end_place(words: Sequence[str]) -> int:
    """Return the position of the option that names an end on the clock, 0 if there is none."""
    command = spec_of(words)
    if command is None or command.life != "options":
        return 0
    places = range(options_from(command, words), len(words) - 1)
    return next((place for place in places if words[place].upper() in _ABSOLUTE), 0)


def fields_named(words: Sequence[str]) -> tuple[str, ...]:
    """Return the fields behind FIELDS and their number, without their values; none if the command takes no lives."""
    command = spec_of(words)
    at = _fields_place(words) if command and command.field_life else 0
    return tuple(words[at + 2 :: command.per_field]) if command and at else ()


def field_end_place(words: Sequence[str]) -> int:
    """Return the position of the option that names an end of fields on the clock, 0 if there is none."""
    command, last = spec_of(words), _fields_place(words)
    if command is None or command.field_life != "options":
        return 0
    return next((place for place in range(2, last - 1) if words[place].upper() in _ABSOLUTE), 0)


def _fields_place(words: Sequence[str]) -> int:
    """Return the position of FIELDS, behind which only fields stand; 0 if it is not there."""
    return next((place for place in range(2, len(words)) if words[place].upper() == "FIELDS"), 0)


def is_subscription(words: Sequence[str]) -> bool:
    """Return whether the command begins or ends subscriptions: it has no reply of the usual kind."""
    command = spec_of(words)
    return command is not None and command.pubsub in ("begins", "ends")


def needs_connection(words: Sequence[str]) -> bool:
    """Return whether the command only makes sense on a connection that stays: it subscribes, waits, or is MULTI's."""
    command = spec_of(words)
    if command is None:
        return False
    return command.connected or (command.limit == "BLOCK" and any(word.upper() == "BLOCK" for word in words))


def depends_on_idle_time(words: Sequence[str]) -> bool:
    """Return whether what the command does depends on how long ago something was done: no time may pass unseen."""
    command = spec_of(words)
    if command is None or not command.idle:
        return False
    return command.idle is True or any(word.upper() == command.idle for word in words)


def finds_keys(words: Sequence[str]) -> bool:
    """Return whether another word than a key itself, if it is a variable, can decide which words are keys."""
    command = spec_of(words)
    if command is None:
        return False
    # Of XREAD and XREADGROUP the options can't be variables, so STREAMS is where it seems to be.
    by_word = any(spec.begin[0] == "keyword" for spec in command.keys) and command.limit != "BLOCK"
    return by_word or bool(command.after) or any(spec.find[0] == "keynum" for spec in command.keys)


def runs_transaction(words: Sequence[str]) -> bool:
    """Return whether the command runs what a transaction has queued, so that its reply holds theirs."""
    command = spec_of(words)
    return command is not None and command.transaction == "runs"


def tells_time(words: Sequence[str]) -> bool:
    """Return whether the reply tells the time, or how much of it is left or has passed."""
    command = spec_of(words)
    return command is not None and command.time


def picks_members(words: Sequence[str]) -> bool:
    """Return whether the server chooses which members, or fields, it takes or shows."""
    command = spec_of(words)
    return command is not None and command.chance in ("members", "reply")


def is_left_to_chance(words: Sequence[str]) -> bool:
    """Return whether the server chooses what comes: an id, or members of a collection."""
    command = spec_of(words)
    if command is None or command.chance != "id":
        return picks_members(words)
    place = id_place(words)
    return place < len(words) and words[place].endswith("*")


def asks_for_id(words: Sequence[str]) -> bool:
    """Return whether the server is to choose the whole id of what the command adds."""
    command = spec_of(words)
    return command is not None and command.chance == "id" and list(words)[id_place(words) :][:1] == ["*"]


_OPTION_VALUES = {"GROUP": 2, "COUNT": 1, "BLOCK": 1, "CLAIM": 1}
"""How many words belong to an option of XREAD and XREADGROUP."""


def option_places(words: Sequence[str]) -> Iterator[int]:
    """Yield where the options of an XREAD or XREADGROUP stand, STREAMS the last; a group may be called BLOCK."""
    command, place = spec_of(words), 1
    while command and command.limit == "BLOCK" and place < len(words):
        yield place
        option = words[place].upper()
        place = len(words) if option == "STREAMS" else place + 1 + _OPTION_VALUES.get(option, 0)


_SECONDS = re.compile(r"\+?(\d{1,9}\.?\d{0,9}|\.\d{1,9})([eE][+-]?\d)?", re.ASCII)
"""As the server reads a time limit in seconds."""

_MILLISECONDS = re.compile(r"\d{1,12}", re.ASCII)


def _limit_place(words: Sequence[str]) -> int:
    """Return where the time limit of a command that waits stands; 0 if there is none."""
    command = spec_of(words)
    if command is None or not command.limit:
        return 0
    if command.limit != "BLOCK":
        return len(words) - 1 if command.limit == "last" else 1
    return next((place + 1 for place in option_places(words) if words[place].upper() == "BLOCK"), 0)


def time_limit(words: Sequence[str]) -> float | None:
    """Return the seconds after which the command gives up waiting; None if it never does, or if that is no number."""
    place = _limit_place(words)
    text = words[place] if 0 < place < len(words) else ""
    command = spec_of(words)
    if command and command.limit == "BLOCK":
        return int(text) / 1000 or None if _MILLISECONDS.fullmatch(text) else None
    return float(text) or None if _SECONDS.fullmatch(text) else None


def without_limit(words: Sequence[str]) -> list[str]:
    """Return the command as one that waits for ever: in a lesson, time passes in its own steps, not on the clock."""
    place = _limit_place(words)
    return [*words[:place], "0", *words[place + 1 :]] if time_limit(words) else list(words)


def id_place(words: Sequence[str]) -> int:
    """Return where the id stands in an XADD: after the key and the options (a field's value can be `*` too).

    It can be behind the last word: the server refuses an XADD that has none.
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
    """Return where the values stand that the command puts somewhere or removes."""
    command = spec_of(words)
    if command is None or not command.values:
        return range(0)
    first, last, *step = command.values
    # Options may come between a key and its values, as in ZADD key NX 1 member.
    options = next((i for i, word in enumerate(words[2:]) if word.upper() not in command.switches), 0)
    end = len(words) if last < 0 else min(last + 1, len(words))
    return range(min(first + options, end), end, *step)


def entry_place(words: Sequence[str]) -> int | None:
    """Return where the fields of a stream's entry begin, None if the command appends none."""
    command = spec_of(words)
    return id_place(words) + 1 if command and command.chance == "id" else None


def list_ends(words: Sequence[str], key: str) -> tuple[Side | None, Side | None]:
    """Return at which end elements enter and leave the list `key`, None where the command does not say."""
    command = spec_of(words)
    if command is None:
        return None, None
    keys = [words[place] for place in command.key_places(words)]
    enters, leaves = _side(command, command.enters, words), _side(command, command.leaves, words)
    if command.moves:
        return enters if key in keys[1:2] else None, leaves if key in keys[:1] else None
    return (enters, leaves) if key in keys else (None, None)


def _side(command: Command, end: End, words: Sequence[str]) -> Side | None:
    """Return the side that a command or its words name."""
    if end == "keys":
        end = max(command.key_places(words), default=len(words)) + 1
    said = words[end].lower() if isinstance(end, int) and end < len(words) else end
    return "left" if said == "left" else "right" if said == "right" else None


def changed_keys(words: Sequence[str]) -> list[str]:
    """Return the keys that a command can change: none that it only reads, if it can name one to write to."""
    command = spec_of(words)
    if command is None or not command.writes:
        return []
    touched = command.key_places(words)
    read = {place for spec in command.keys if "RO" in spec.flags for place in spec.places(words)}
    changed = [words[place] for place in touched if place not in read]
    # SORT without STORE changes nothing; XREADGROUP changes the groups of streams that it reads.
    has_target = any("RO" not in spec.flags for spec in command.keys)
    return changed if changed or has_target else [words[place] for place in touched]


def is_overwritten(words: Sequence[str], key: str) -> bool:
    """Return whether the command replaces the whole of `key`, whatever it held."""
    command = spec_of(words)
    if command is None:
        return False
    whole = [place for spec in command.keys if "OW" in spec.flags for place in spec.places(words)]
    return key in [words[place] for place in whole] or key in command.stored_keys(words)
