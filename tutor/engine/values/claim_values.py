"""Values as a lesson file claims them."""

from math import isfinite

from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value


def is_same(claimed: Value, real: Value) -> bool:
    """Return whether two values are equal and look the same: in Python True == 1, but a program prints a difference.

    A claim comes from a file, which has no tuples, sets or bytes: a list claims a list or a tuple, in any order a set;
    text claims bytes as Python shows them, `b'task1'`, and a key of a dict; a whole number claims a float, too.
    """
    if isinstance(real, dict):
        return isinstance(claimed, dict) and _has_same_items(claimed, real)
    if isinstance(real, set):
        is_like = isinstance(claimed, list | tuple | set) and len(claimed) == len(real)
        return is_like and all(any(is_same(each, other) for each in claimed) for other in real)
    if isinstance(real, list | tuple):
        is_like = isinstance(claimed, list | tuple) and len(claimed) == len(real)
        return is_like and all(map(is_same, claimed, real))
    if isinstance(real, bytes):
        return bool(claimed == (real if isinstance(claimed, bytes) else repr(real)))
    if isinstance(real, float) and isinstance(claimed, int) and not isinstance(claimed, bool):
        return claimed == real
    return as_repr(claimed) in (as_repr(real), _endless(real))


def _endless(value: Value) -> str | None:
    """Return the text that claims an infinite number, None for anything else."""
    return repr(str(value)) if isinstance(value, float) and not isfinite(value) else None


def _has_same_items(claimed: dict[Value, Value], real: dict[Value, Value]) -> bool:
    if len(claimed) != len(real):
        return False
    named = {key if isinstance(key, str) else as_repr(key): value for key, value in claimed.items()}
    texts = {key if isinstance(key, str) else as_repr(key): value for key, value in real.items()}
    return named.keys() == texts.keys() and all(is_same(named[key], value) for key, value in texts.items())


def as_claim(value: Value) -> Json:
    """Return the value as a file claims it: see `is_same`."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else as_repr(key): as_claim(item) for key, item in value.items()}
    if isinstance(value, set):
        return [as_claim(item) for item in sorted(value, key=as_repr)]
    if isinstance(value, list | tuple):
        return [as_claim(item) for item in value]
    is_endless = isinstance(value, float) and not isfinite(value)
    return repr(value) if isinstance(value, bytes) else str(value) if is_endless else value
