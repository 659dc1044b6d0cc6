"""False variants of a value: another one, another order, one element more or less, a number one off, null."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from tutor.engine.values.replies import Json
from tutor.mutation.vocabulary import other_text


def variants(value: Json, texts: Iterable[str]) -> Iterator[Json]:
    """Yield values that differ from `value` in one way each; `texts` are the texts to take others from."""
    known = list(texts)
    if isinstance(value, list):
        yield from _lists(value, known)
    elif isinstance(value, dict):
        yield from _mappings(value, known)
    elif value is None:
        yield other_text("x", known)
    else:
        yield from scalars(value, known)
    if value is not None:
        yield None


def scalars(value: Json, known: Iterable[str]) -> Iterator[Json]:
    """Yield other values of the same type: the number above and below, the other truth, another text."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield other_text(value, known)
    else:
        yield other_text("x", known)


def reordered(value: list[Any]) -> Iterator[list[Any]]:
    """Yield the list with two neighbours exchanged, for each pair of neighbours that differ."""
    for i, (one, following) in enumerate(pairwise(value)):
        if one != following:
            yield [*value[:i], following, one, *value[i + 2 :]]


def _lists(value: list[Any], known: list[str]) -> Iterator[Json]:
    yield from reordered(value)
    yield [*value, other_text(str(value[-1]) if value else "x", known)]
    if value:
        yield value[:-1]
    for i, part in enumerate(value):
        yield from ([*value[:i], changed, *value[i + 1 :]] for changed in _first(part, known))


def _mappings(value: dict[str, Any], known: list[str]) -> Iterator[Json]:
    yield {**value, other_text(next(iter(value), "x"), [each for each in known if each not in value]): 1}
    for name, part in value.items():
        yield {each: kept for each, kept in value.items() if each != name}
        yield from ({**value, name: changed} for changed in _first(part, known))


def _first(part: Json, known: list[str]) -> Iterator[Json]:
    """Yield one other value of a part, the nearest falsehood."""
    if isinstance(part, list | dict):
        yield from list(variants(part, known))[:1]
    else:
        yield from list(scalars(part, known))[:1]
