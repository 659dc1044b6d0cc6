"""Sentences of a lesson with variables in them: `Processed {task!r}`; no other syntax, so nothing can be reached.

`{task.decode()}` is the text of bytes. Where the variable holds no bytes, as in lessons of format 1, it stays as it is.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping

from tutor.engine.errors import Raised, TooLarge
from tutor.engine.program.limits import STEP_BYTES
from tutor.engine.values.formatting import as_repr, as_str, drawn_repr, visible
from tutor.engine.values.replies import Value, decode

_PLACE = re.compile(r"\{\{|\}\}|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<decodes>\.decode\(\))?(?P<as_repr>!r)?\}")


def names_in(text: str, *, has_bytes: bool = True) -> Iterator[str]:
    """Yield the variables that `text` refers to; `{{` and `}}` stand for braces, other braces for themselves."""
    for place in _PLACE.finditer(text):
        if place["name"] and (has_bytes or not place["decodes"]):
            yield place["name"]


def parts_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of `text` in order, each with whether a variable takes its place; the others as they are sent."""
    end = 0
    for place in _PLACE.finditer(text):
        yield text[end : place.start()], False
        yield (place[0], True) if place["name"] else (place[0][0], False)
        end = place.end()
    yield text[end:], False


def only_name(text: str) -> str | None:
    """Return the variable that `text` is: `{task}` and nothing else, None if it is anything else."""
    place = _PLACE.fullmatch(text)
    return place["name"] if place and not place["as_repr"] and not place["decodes"] else None


_MEANT = re.compile(r"(?<!\{)\{\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:[^{}\n]{0,40}\}|[^{}\s]*)")


def not_filled(text: str, known: Container[str], *, has_bytes: bool = False) -> Iterator[str]:
    """Yield what begins like a place for one of the `known` variables and stays as it is: `{task`, `{task.upper()}`."""
    for meant in _MEANT.finditer(text):
        place = _PLACE.match(text, meant.start())
        if meant["name"] in known and (place is None or (place["decodes"] and not has_bytes)):
            yield meant[0]


def decoded(raw: bytes) -> str:
    """Return the text that Python's `decode()` returns. Raises: Raised, for bytes that are no UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise Raised(f"UnicodeDecodeError: {fault}") from None


def fill(
    text: str,
    variables: Mapping[str, Value],
    *,
    as_text: Callable[[Value], str] = as_str,
    decoded: Callable[[bytes], str] = decode,
) -> str:
    """Return `text` with each `{name}` as the text of that variable and each `{name!r}` as its repr, exactly.

    `decoded` takes the bytes of `{name.decode()}`. What a program does needs `texts.decoded`; what only shows a text
    keeps every byte.

    Raises: KeyError for a name that is not among `variables`; `lessons check` reports those beforehand. TooLarge; what
    `decoded` raises.
    """
    total = 0

    def value(place: re.Match[str]) -> str:
        nonlocal total
        if not place["name"]:
            return place[0][0]
        shown = _value(place, variables, decoded)
        filled = place[0] if shown is _STAYS else as_repr(shown) if place["as_repr"] else as_text(shown)
        # Asked before the text is put together: a short text can hold a long variable many times.
        total += len(filled)
        if total > STEP_BYTES:
            raise TooLarge(f"a text with its variables filled in would have more than {STEP_BYTES:,} characters")
        return filled

    return _PLACE.sub(value, text)


_STAYS = object()


def _value(place: re.Match[str], variables: Mapping[str, Value], decoded: Callable[[bytes], str]) -> Value:
    """Return what stands at a place, _STAYS where nothing can."""
    if not place["decodes"]:
        return variables[place["name"]]
    held = variables.get(place["name"])
    return decoded(held) if isinstance(held, bytes) else _STAYS


def drawn(text: str, variables: Mapping[str, Value], *, as_text: Callable[[Value], str] = as_str) -> str:
    """Return `text` with its variables filled in for a page: long values are cut, and what has no shape is escaped."""

    def value(place: re.Match[str]) -> str:
        if not place["name"]:
            return place[0][0]
        shown = _value(place, variables, decode)
        return place[0] if shown is _STAYS else drawn_repr(shown) if place["as_repr"] else visible(as_text(shown))

    return visible(_PLACE.sub(value, text))
