"""The template environment: names available to every template besides its context."""

from typing import Any

from django.templatetags.static import static
from jinja2 import Environment, StrictUndefined

from tutor.addresses import address
from tutor.engine.values.formatting import encodable


def _finalized(value: Any) -> Any:
    """Escape text that can't be encoded as UTF-8: a key, a channel or a group can have any bytes for a name."""
    return encodable(value) if type(value) is str else value


def environment(**options: Any) -> Environment:
    """Return the Jinja2 environment; a misspelt name is an error, not an empty place on the page."""
    house: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "finalize": _finalized}
    house |= {"trim_blocks": True, "lstrip_blocks": True}
    found = Environment(**{**options, **house})  # noqa: S701 - it is on, three lines up
    found.globals.update(static=static, url=address)
    # Globals, because each import takes as long as drawing the imported macro, and a step's answer had a dozen of them.
    found.globals.update(_macros(found, "_macros.html"))
    return found


def _macros(house: Environment, template: str) -> dict[str, Any]:
    return {
        name: macro for name, macro in vars(house.get_template(template).module).items() if not name.startswith("_")
    }
