"""Values as claims of a lesson file: comparing a claim with the actual value, and writing one."""

from collections.abc import Callable, Mapping
from math import isfinite

from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value


def is_same(claimed: Value, real: Value) -> bool:
    """Return whether a claim and an actual value are equal and look the same (True == 1, but prints differently).

    A file has no tuples, sets or bytes. So a list claims a list, a tuple or, in any order, a set; text claims bytes as
    Python prints them, `b'task1'`, and a key of a dict; a whole number also claims a float.
    """
    compare = _COMPARISONS.get(type(real))
    return compare(claimed, real) if compare else as_repr(claimed) == as_repr(real)


def _is_same_dict(claimed: Value, real: dict[Value, Value]) -> bool:
    if not isinstance(claimed, dict) or len(claimed) != len(real):
        return False
    named, texts = _by_text(claimed), _by_text(real)
    return named.keys() == texts.keys() and all(is_same(named[key], value) for key, value in texts.items())


def _is_same_set(claimed: Value, real: set[Value]) -> bool:
    is_like = isinstance(claimed, list | tuple | set) and len(claimed) == len(real)
    return is_like and all(any(is_same(each, other) for each in claimed) for other in real)


def _is_same_sequence(claimed: Value, real: list[Value] | tuple[Value, ...]) -> bool:
    is_like = isinstance(claimed, list | tuple) and len(claimed) == len(real)
    return is_like and all(map(is_same, claimed, real))


def _is_same_bytes(claimed: Value, real: bytes) -> bool:
    return bool(claimed == (real if isinstance(claimed, bytes) else repr(real)))


def _is_same_float(claimed: Value, real: float) -> bool:
    if type(claimed) is int:  # not isinstance: a bool is an int, but claims no number
        return claimed == real
    # YAML 1.2 writes inf and nan as .inf and .nan; JSON has neither, so their texts claim them too.
    return as_repr(claimed) == as_repr(real) or (not isfinite(real) and claimed == str(real))


_COMPARISONS: Mapping[type, Callable[[Value, Value], bool]] = {
    dict: _is_same_dict,
    set: _is_same_set,
    list: _is_same_sequence,
    tuple: _is_same_sequence,
    bytes: _is_same_bytes,
    float: _is_same_float,
}


def _by_text(value: dict[Value, Value]) -> dict[str, Value]:
    """Return a dict with its keys as text, as in a file."""
    return {key if isinstance(key, str) else as_repr(key): item for key, item in value.items()}


def as_claim(value: Value) -> Json:
    """Return the value as a claim in a file: see `is_same`."""
    claim = _CLAIMS.get(type(value))
    return claim(value) if claim else value


def _list_claim(value: list[Value] | tuple[Value, ...]) -> Json:
    return [as_claim(item) for item in value]


_CLAIMS: Mapping[type, Callable[[Value], Json]] = {
    dict: lambda value: {key: as_claim(item) for key, item in _by_text(value).items()},
    set: lambda value: _list_claim(sorted(value, key=as_repr)),
    list: _list_claim,
    tuple: _list_claim,
    bytes: repr,
    float: lambda value: value if isfinite(value) else str(value),
}
