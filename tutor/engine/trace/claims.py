"""Comparing a step's claims (`expect`) with its actual results."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from tutor.engine.redis.key_states import HALF, KeyState, as_text, as_value, clip, scores
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, as_python


def contradiction(name: str, claimed: Json, entry: TraceEntry) -> str | None:
    """Return the actual value, as Python prints it, if it is not the claimed one; None if the claim holds.

    `name` is a watched key, a variable, "output", "reply" or "error". The result is "" for a key that does not exist,
    or that may exist without being shown, because no claim about such a key can be proved.
    """
    if name in entry.keys:
        return _key_contradiction(entry.keys[name], claimed)
    if name == "error":
        return _error_contradiction(entry.refusal.said if entry.refusal else None, claimed)
    actual = {"output": entry.output, "reply": as_python(entry.reply), **entry.variables}
    if name not in actual:
        return _absence_contradiction(name, claimed, entry)
    # A claimed reply may be what redis-cli prints: OK, where the client returns True.
    is_ok = name == "reply" and claimed == "OK" and entry.reply == {"status": "OK"}
    return None if is_ok or is_same(claimed, actual[name]) else as_repr(actual[name])


def _key_contradiction(state: KeyState, claimed: Json) -> str | None:
    # A state keeps long texts as a length and a digest, so the claim is shortened in the same way.
    holds = _COMPARISONS.get(state["type"], _is_value)
    return None if holds(state, clip(claimed)) else as_text(state)


def _error_contradiction(error: str | None, claimed: Json) -> str | None:
    holds = error.startswith(claimed) if error and isinstance(claimed, str) else claimed is None and not error
    return None if holds else as_repr(error)


def _absence_contradiction(name: str, claimed: Json, entry: TraceEntry) -> str | None:
    """Return None if the claim says that a key watched by a pattern is absent (null) or empty, and it is known to be.

    Redis removes a list, set, hash or sorted set with its last element, so an empty one does not exist:
    https://redis.io/docs/latest/develop/data-types/lists/ (automatic creation and removal of keys).
    """
    is_empty = claimed is None or claimed in ([], {})
    return None if is_empty and not entry.may_be_unshown(name) else ""


def _is_value(state: KeyState, claimed: Json) -> bool:
    return is_same(claimed, as_value(state))


def _is_unreadable(state: KeyState, claimed: Json) -> bool:  # noqa: ARG001 - one signature for all comparisons
    """Return False: no claim holds for a key of another type than it is watched as."""
    return False


def _is_list(state: KeyState, claimed: Json) -> bool:
    return isinstance(claimed, list) and len(claimed) == state["length"] and _kept(claimed) == state["items"]


def _kept(items: list[Json]) -> list[Json]:
    """Return the items that a state keeps of a list: all, or both ends of a long one."""
    return items if len(items) <= 2 * HALF else items[:HALF] + items[-HALF:]


def _is_set(state: KeyState, claimed: Json) -> bool:
    return isinstance(claimed, list) and sorted(map(as_repr, claimed)) == sorted(map(as_repr, state["items"]))


def _is_sorted_set(state: KeyState, claimed: Json) -> bool:
    """Return whether the claim lists the members in order, or gives the score of each."""
    if isinstance(claimed, list):
        return claimed == [member for member, _ in state["items"]]
    return isinstance(claimed, dict) and _claimed_scores(claimed) == scores(state)


def _claimed_scores(claimed: Mapping[str, Json]) -> dict[str, Any] | None:
    """Return the claimed score of each member, None if one is not a number."""
    found = {member: _INFINITIES.get(str(claim), claim) for member, claim in claimed.items()}
    return found if all(isinstance(score, int | float) for score in found.values()) else None


_INFINITIES = {"inf": inf, "-inf": -inf}
"""How a claim writes an infinite score, in the spelling of ZADD and ZSCORE."""

_COMPARISONS: Mapping[str, Callable[[KeyState, Json], bool]] = {
    "list": _is_list,
    "set": _is_set,
    "zset": _is_sorted_set,
    "other": _is_unreadable,
}
"""How to compare a claim with a key, by the key's type; other types by their value."""
