"""Hints for claims that are right except for their spelling in YAML: quotes, null, bytes, a dict."""

import re
from collections.abc import Callable, Sequence

from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, encoded
from tutor.files.yaml_writer import as_flow

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

_YAML_WORDS = {"None": "null", "True": "true", "False": "false"}
"""Python's spelling of values, and YAML's."""


def spelling_hint(claimed: Json, actual: str) -> str:
    """Return a hint on spelling a claim as it was probably meant, "" if it is wrong in another way.

    `actual` is the actual value as Python prints it. A hint begins with "; ", to follow another clause.
    """
    return next((hint for rule in _RULES if (hint := rule(claimed, actual))), "")


def _word(claimed: Json, actual: str) -> str:
    if isinstance(claimed, str) and claimed in _YAML_WORDS and actual == claimed:
        return f"; without quotes {claimed} is text: write {_YAML_WORDS[claimed]}"
    return ""


def _text_none(claimed: Json, actual: str) -> str:
    return "; there it is the text None: write null" if claimed is None and actual == as_repr("None") else ""


def _ok(claimed: Json, actual: str) -> str:
    return "; redis-py returns True for OK: write true" if claimed == "OK" and actual == "True" else ""


def _bytes(claimed: Json, actual: str) -> str:
    if isinstance(claimed, str) and actual == as_repr(encoded(claimed)):
        return f"; these are bytes, which are claimed as Python shows them: write {as_flow(actual)}"
    return ""


def _dict(claimed: Json, actual: str) -> str:
    """Recognise the flat list of names and values that the server sends where redis-py returns a dict."""
    if not isinstance(claimed, list) or len(claimed) % 2 or not all(isinstance(name, str) for name in claimed[::2]):
        return ""
    as_dict = {str(name): value for name, value in zip(claimed[::2], claimed[1::2], strict=True)}
    return f"; this is a dict: write {as_flow(as_dict)}" if actual == as_repr(as_dict) else ""


def _quoted_scores(claimed: Json, actual: str) -> str:
    # A score is printed as the text that Redis sends, but compared as a number.
    return "; scores are numbers, so leave the quotes out" if actual == as_repr(claimed) else ""


def _unquoted_text(claimed: Json, actual: str) -> str:
    return "; this is text, so put the number in quotes" if actual == as_repr(_quoted(claimed)) else ""


def _quoted_number(claimed: Json, actual: str) -> str:
    is_number = isinstance(claimed, str) and actual == claimed and _NUMBER.fullmatch(claimed)
    return "; this is a number, so leave the quotes out" if is_number else ""


_RULES: Sequence[Callable[[Json, str], str]] = (
    _word,
    _text_none,
    _ok,
    _bytes,
    _dict,
    _quoted_scores,
    _unquoted_text,
    _quoted_number,
)
"""Functions that return a hint or ""; the first hint is used."""


def _quoted(value: Json) -> Json:
    """Return the value with text in place of numbers."""
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    if isinstance(value, dict):
        return {name: _quoted(each) for name, each in value.items()}
    return value if isinstance(value, bool | str) or value is None else str(value)
