"""Comparing two plays, except for values that depend on a clock."""

from typing import Any

from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json

CLOCKED = ("XPENDING", "XINFO")
"""Commands whose replies hold how long ago something was, among other numbers."""


def told(entry: TraceEntry) -> dict[str, Any]:
    """Return an entry without the time it took, the claim, and the remaining lives in milliseconds."""
    record = {**entry.as_json(), "lives": sorted(entry.lives)}
    # The variable in which lessons here save times: whether two of them are the same is a matter of the clock too.
    record["was"] = {name: value for name, value in entry.was.items() if name != "t"}
    if entry.words and entry.words[0].upper() in CLOCKED:
        record["sent"] = [[words, _without_numbers(reply)] for words, reply in record["sent"]]
    del record["elapsed_us"], record["claim"]
    return record


def _without_numbers(reply: Json) -> Json:
    if isinstance(reply, list):
        return [_without_numbers(item) for item in reply]
    return 0 if isinstance(reply, int) else reply


def first_difference(one: Json, other: Json, path: str = "") -> str:
    """Return where two recorded values differ, "" if they are alike; times may be some seconds apart."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next((said for name in one if (said := first_difference(one[name], other[name], f"{path}.{name}"))), "")
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((said for i, (a, b) in pairs if (said := first_difference(a, b, f"{path}[{i}]"))), "")
    if one == other or _are_close(one, other):
        return ""
    return f"{path}: {one!r} and {other!r}"


def _are_close(one: Json, other: Json) -> bool:
    if not (isinstance(one, int) and isinstance(other, int) and min(one, other) >= 20):
        return isinstance(one, str) and isinstance(other, str) and _clock_text(one) == _clock_text(other)
    return abs(one - other) <= (10_000 if min(one, other) >= 20_000 else 10)


def _clock_text(text: str) -> str:
    """Return a text that shows the variable for times (`…and 1000`) without the number."""
    head, _, last = text.rpartition(" ")
    return head if last.isdigit() else text
