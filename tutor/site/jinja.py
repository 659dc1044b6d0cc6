"""The template environment: names available to every template besides its context."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.templatetags.static import static
from jinja2 import Environment, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from tutor.addresses import address
from tutor.engine.sessions.cli_session import LANGUAGE
from tutor.engine.values.formatting import legible
from tutor.engine.values.wording import WORD
from tutor.prose import with_each_block
from tutor.site.static_files import addresses


def _finalized(value: Any) -> Any:
    """Return what a template prints: text is made legible, whoever wrote it; HTML has been, where it was made.

    `{{ text|e }}` prints a text exactly, for a field of a form that sends it back.
    """
    if type(value) is str:
        return legible(value)
    return value if hasattr(value, "__html__") else legible(str(value))


# The blocks of right-to-left scripts, and their presentation forms.
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")


def isolated(text: str) -> Any:
    """Return a command or a value in which each word of a right-to-left script keeps its place among the others.

    Two such words side by side would change places on the page: a bidirectional text is ordered as a whole.
    """
    if text.isascii() or not _RIGHT_TO_LEFT.search(text):
        return text
    parts, at = list[str](), 0
    shown = legible(text)
    for word in WORD.finditer(shown):
        parts.append(escape(shown[at : word.start()]))
        is_foreign = _RIGHT_TO_LEFT.search(word[0])
        parts.append(Markup("<bdi>{}</bdi>").format(word[0]) if is_foreign else escape(word[0]))
        at = word.end()
    return Markup("").join([*parts, escape(shown[at:])])


LONGEST_BRIEF = 300
"""Characters of a text in a brief answer. No address, id or name of a field is longer."""


def _cut(value: Any) -> Any:
    """Return what a template prints, with the beginning of a long text only."""
    text = _finalized(value)
    if type(text) is not str or len(text) <= LONGEST_BRIEF:
        return text
    return f"{text[:LONGEST_BRIEF]}… {len(text) - LONGEST_BRIEF:,} more characters"


_INDENTED = re.compile(r"(?<=[>}])[ \t]*\n\s+(?=[<{])")
_OF_A_LESSON = ("runs/", "predictions/", "lessons/")


class Unindented(Extension):
    """Takes the indentation between tags out of a lesson's templates when they are compiled; a line's end stays."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the source to compile."""
        return _INDENTED.sub("\n", source) if name and name.startswith(_OF_A_LESSON) else source


def brief_environment(**options: Any) -> Environment:
    """Return the environment for answers that would be too large: it cuts every text that is printed."""
    return environment(finalize=_cut, **options)


def environment(finalize: Callable[[Any], Any] = _finalized, **options: Any) -> Environment:
    """Return the Jinja2 environment; a misspelt name is an error, not an empty place on the page."""
    house: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "finalize": finalize}
    house |= {"trim_blocks": True, "lstrip_blocks": True}
    house["extensions"] = [Unindented]
    found = Environment(**{**options, **house})  # noqa: S701 - it is on, three lines up
    # Macros use it as well, and it uses one of them, which exists when it is called.
    found.globals.update(
        static=static, addresses=addresses, url=address, isolated=isolated, with_sessions=partial(_with_sessions, found)
    )
    # Globals, because each import takes as long as drawing the imported macro, and a step's answer had a dozen of them.
    found.globals.update(_macros(found, "_macros.html"))
    return found


def _with_sessions(house: Environment, html: Markup, slug: str, why_not: str = "") -> Markup:
    """Return a drawn text whose redis-cli sessions have a link that runs them; with a slug of "" the reason why not."""

    def drawn(name: str, pre: Markup) -> Markup:
        run_url = address("run_session", slug=slug, session=name) if slug else ""
        macro: Any = house.globals["session_block"]
        return Markup(macro(pre, run_url, why_not))  # noqa: S704 - a macro's output is escaped

    return with_each_block(html, LANGUAGE, drawn)


def _macros(house: Environment, template: str) -> dict[str, Any]:
    return {
        name: macro for name, macro in vars(house.get_template(template).module).items() if not name.startswith("_")
    }
