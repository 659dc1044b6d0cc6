"""Size limits of a lesson: enforced by the player for every kind of step, and reported by `lessons check`.

They bound the cost of a click for the database, Redis and a worker's memory; docs/authoring.md lists them.
"""

from collections.abc import Iterable, Mapping, Sequence

from tutor.engine.errors import TooLarge
from tutor.engine.redis.costs import asked_again, multiplies, padded_length, pads
from tutor.engine.redis.table import Cost
from tutor.engine.values.replies import Json, Value, encoded

VALUE_BYTES = 64 * 1024
"""Maximum bytes of one value: a word of a command, an element of a reply, a variable, a printed line."""

STEP_BYTES = 256 * 1024
"""Maximum bytes that one step sends, receives and leaves in variables."""

RUN_BYTES = 1024 * 1024
"""Maximum bytes sent by the steps of one run."""

COPYING_BYTES = 16 * 1024
"""The same if a step copies whole keys, because one value can then exist many times, in 32 keys and in lists."""

PRODUCT_BYTES = 4_000
"""The same if LCS compares strings, or SORT gets a value for each element, because the cost is quadratic.

LCS allocates 4 bytes for each pair of letters (lcsCommand in the servers' t_string.c): at most 64 MB here, since no
string can be longer than everything sent.
"""

MOST_REPEATED = 100
"""Maximum elements requested with a negative count, which may return one element many times."""

MOST_COSTLY = 50
"""Maximum number of steps of quadratic cost."""

MOST_UNREAD = 256
"""Maximum number of unread messages and confirmations in one client's buffer."""

UNREAD_BYTES = 256 * 1024
"""Maximum bytes of all of them."""


def size(value: Value) -> int:
    """Return the bytes of all texts in a value; every other item counts as 8."""
    if isinstance(value, str):
        # CPython stores a flag for ASCII strings (PEP 393), so most texts need not be encoded.
        return len(value) if value.isascii() else len(encoded(value))
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list | tuple | set):
        return sum(map(size, value)) + len(value)
    if isinstance(value, dict):
        return sum(size(name) + size(item) for name, item in value.items()) + len(value)
    return 8


def require_value(what: str, value: Value) -> None:
    """Raises: TooLarge if any text in `value` is longer than a value may be."""
    if isinstance(value, list | tuple | set):
        for item in value:
            require_value(what, item)
    elif isinstance(value, dict):
        require_value(what, [*value, *value.values()])
    elif isinstance(value, str | bytes) and size(value) > VALUE_BYTES:
        raise TooLarge(f"{what} has {size(value):,} bytes; a value may have {VALUE_BYTES:,}")


def require_variables(before: Mapping[str, Value], after: Mapping[str, Value]) -> None:
    """Raises: TooLarge if a variable changed in `after` is larger than a value may be."""
    for name, value in after.items():
        if (name not in before or before[name] is not value) and size(value) > VALUE_BYTES:
            raise TooLarge(f"the variable {name} would have {size(value):,} bytes; a value may have {VALUE_BYTES:,}")


def require_step(parts: Iterable[Value]) -> None:
    """Raises: TooLarge if all of `parts` together are larger than a step may be."""
    total = sum(map(size, parts))
    if total > STEP_BYTES:
        raise TooLarge(f"this step would hold {total:,} bytes; a step may have {STEP_BYTES:,}")


def require_unread(actor: str, unread: Sequence[Json]) -> None:
    """Raises: TooLarge if an actor has more to read than a buffer may hold."""
    if len(unread) > MOST_UNREAD:
        raise TooLarge(f"{actor} would have {len(unread)} messages to read; at most {MOST_UNREAD} may wait")
    total = sum(map(size, unread))
    if total > UNREAD_BYTES:
        raise TooLarge(f"{actor} would have {total:,} bytes to read; at most {UNREAD_BYTES:,} may wait")


def require_run(total: int, cost: Cost = "") -> None:
    """Raises: TooLarge if the run has sent more than allowed in a lesson of that cost."""
    most, who = _OF_RUNS[cost]
    if total > most:
        raise TooLarge(f"with this step the run would have sent {total:,} bytes; {who} may send {most:,}")


_OF_RUNS: Mapping[Cost, tuple[int, str]] = {
    "": (RUN_BYTES, "a run"),
    "copies": (COPYING_BYTES, "one that copies or combines keys, as COPY, SORT and SUNION do,"),
    "product": (PRODUCT_BYTES, "one with LCS, or with GET of SORT,"),
}


def require_command(words: Sequence[str]) -> None:
    """Raises: TooLarge if the command, with its variables filled in, would produce too large a value or reply."""
    name = words[0].upper() if words else ""
    require_value(f"a word of {name}", words)
    if (length := padded_length(words)) > VALUE_BYTES:
        raise TooLarge(f"{name} would make a value of {length:,} bytes; a value may have {VALUE_BYTES:,}")
    if multiplies(words):
        raise TooLarge(f"{name} with STORE may have one GET here: with more, a list could double at each step")
    if (count := asked_again(words)) > MOST_REPEATED:
        raise TooLarge(f"{name} asks for {count:,} elements; with a negative count it may be {MOST_REPEATED}")


def sent_size(commands: Iterable[Sequence[str]], cost: Cost) -> int:
    """Return the bytes that commands count for: their words and, in a lesson of cost "product", their padding."""
    sent = list(commands)
    return size(sent) + (sum(map(pads, sent)) if cost == "product" else 0)
