"""Texts of a lesson with variables in them: `Processed {task!r}`.

The syntax is restricted, because str.format would let an author reach any attribute: `{task.__class__}`. The only
call is `{task.decode()}`, the text of bytes; it is left unchanged if the variable holds no bytes, as in format 1.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping

from tutor.engine.errors import Raised, TooLarge
from tutor.engine.program.limits import STEP_BYTES
from tutor.engine.values.formatting import as_repr, as_str, drawn_repr, visible
from tutor.engine.values.replies import Strings, Value, decode

_PLACE = re.compile(r"\{\{|\}\}|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<decodes>\.decode\(\))?(?P<as_repr>!r)?\}")


def names_in(text: str, strings: Strings = "bytes") -> Iterator[str]:
    """Yield the variables that `text` refers to; `{{` and `}}` are braces, and any other brace is literal.

    `{name.decode()}` is not a reference if the program's strings are str.
    """
    for place in _PLACE.finditer(text):
        if place["name"] and (strings == "bytes" or not place["decodes"]):
            yield place["name"]


def plain_names_in(text: str) -> Iterator[str]:
    """Yield the variables that `text` shows as they are, not as Python's repr."""
    return (place["name"] for place in _PLACE.finditer(text) if place["name"] and not place["as_repr"])


def parts_of(text: str) -> Iterator[str | None]:
    """Yield the parts of `text` in order, as they are sent: None for each variable."""
    end = 0
    for place in _PLACE.finditer(text):
        yield text[end : place.start()]
        yield None if place["name"] else place[0][0]
        end = place.end()
    yield text[end:]


def only_name(text: str) -> str | None:
    """Return the variable's name if `text` is exactly `{task}`, else None."""
    place = _PLACE.fullmatch(text)
    return place["name"] if place and not place["as_repr"] and not place["decodes"] else None


_MEANT = re.compile(r"(?<!\{)\{\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:[^{}\n]{0,40}\}|[^{}\s]*)")


def not_filled(text: str, known: Container[str], strings: Strings = "str") -> Iterator[str]:
    """Yield fragments that look like a `known` variable in braces but are not filled in: `{task`, `{task.upper()}`."""
    for meant in _MEANT.finditer(text):
        place = _PLACE.match(text, meant.start())
        is_filled = place is not None and (strings == "bytes" or not place["decodes"])
        if meant["name"] in known and not is_filled:
            yield meant[0]


def decoded(raw: bytes) -> str:
    """Return the text that Python's `decode()` returns. Raises: Raised, for bytes that are not UTF-8."""
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
    """Return `text` with each `{name}` replaced by the variable's text and each `{name!r}` by its repr, uncut.

    `decoded` converts the bytes of `{name.decode()}`: this module's `decoded` as the program does, which may raise;
    the default without losing a byte, for texts that are only shown.

    Raises: KeyError for a name missing from `variables`, which `lessons check` reports beforehand; TooLarge; the
    exceptions of `decoded`.
    """
    total = 0

    def value(place: re.Match[str]) -> str:
        nonlocal total
        if not place["name"]:
            return place[0][0]
        shown = _value(place, variables, decoded)
        filled = place[0] if shown is _UNCHANGED else as_repr(shown) if place["as_repr"] else as_text(shown)
        # Check before building the text, because a short text can name a long variable many times.
        total += len(filled)
        if total > STEP_BYTES:
            raise TooLarge(f"a text with its variables filled in would have more than {STEP_BYTES:,} characters")
        return filled

    return _PLACE.sub(value, text)


_UNCHANGED = object()


def _value(place: re.Match[str], variables: Mapping[str, Value], decoded: Callable[[bytes], str]) -> Value:
    """Return the value for a place, _UNCHANGED if its text stays."""
    if not place["decodes"]:
        return variables[place["name"]]
    held = variables.get(place["name"])
    return decoded(held) if isinstance(held, bytes) else _UNCHANGED


def drawn(text: str, variables: Mapping[str, Value], *, as_text: Callable[[Value], str] = as_str) -> str:
    """Return `text` with its variables filled in for a page: long values are cut, invisible characters escaped."""

    def value(place: re.Match[str]) -> str:
        if not place["name"]:
            return place[0][0]
        shown = _value(place, variables, decode)
        return place[0] if shown is _UNCHANGED else drawn_repr(shown) if place["as_repr"] else visible(as_text(shown))

    return visible(_PLACE.sub(value, text))
