"""Bundles: style sheets and scripts that a page needs together, in one file, minified.

Each file is a request of its own, and browsers take six at a time from a server that speaks HTTP/1.1. A bundle is made
when static files are collected; while DEBUG is on, the page loads the files themselves.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from rjsmin import jsmin

BUNDLES: Final[Mapping[str, Sequence[str]]] = {
    "bundles/lesson.css": ("css/base.css", "css/table.css", "css/lesson.css"),
    "bundles/lesson.js": ("vendor/htmx-4.0.1.min.js", "js/tutor.js"),
}
"""The files of each bundle, in the order in which a page would load them."""

_CSS = re.compile(
    r"""(?P<kept>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|/\*.*?\*/|\s*(?P<mark>[{};,>])\s*|(?P<colon>:)\s+|(?P<space>\s+)""",
    re.DOTALL,
)


def bundled(texts: Mapping[str, str]) -> str:
    """Return the text of a bundle from those of its files, by name and in order; vendored files stay as they are."""
    # A script that ends without a semicolon would call the next one, if that begins with a bracket.
    return "\n".join(f"{_smaller(name, text)}{';' * name.endswith('.js')}" for name, text in texts.items())


def _smaller(name: str, text: str) -> str:
    if name.startswith("vendor/"):
        return text
    if name.endswith(".css"):
        return small_css(text)
    # It is typed as text or bytes, whichever it was given.
    return str(jsmin(text)).strip()


def small_css(text: str) -> str:
    """Return a style sheet without comments and without spaces that mean nothing.

    rcssmin 1.3.0 takes the space out of `thead :is(th)` in a nested rule, and so changes which elements it selects.
    """
    return re.sub(r";+\}", "}", _CSS.sub(_shortened, text)).strip()


def _shortened(found: re.Match[str]) -> str:
    # A space before a colon can be the one between an element and its descendant: `td :is(…)`.
    return found["kept"] or found["mark"] or found["colon"] or (" " if found["space"] else "")
