"""The template environment: what every template may use besides its own context."""

from typing import Any

from django.templatetags.static import static
from jinja2 import Environment, StrictUndefined

from tutor.addresses import address


def environment(**options: Any) -> Environment:
    """Return the Jinja2 environment; a misspelt name is an error, not an empty place on the page."""
    house = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    found = Environment(**{**options, **house})  # noqa: S701 - it is on, two lines up
    found.globals.update(static=static, url=address)
    # On hand everywhere: each import takes as long as drawing what it names, and a step's answer had a dozen of them.
    macros = vars(found.get_template("_macros.html").module)
    found.globals.update({name: macro for name, macro in macros.items() if not name.startswith("_")})
    return found
