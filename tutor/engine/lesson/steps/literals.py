"""Values of a lesson's file as Python literals."""

import json

from tutor.engine.program.interpolation import names_in
from tutor.engine.values.replies import Value


def literal(value: Value) -> str:
    """Return a value of a lesson's file as Python; a text with variables becomes an f-string."""
    if not isinstance(value, str):
        return repr(value)
    names = list(names_in(value))
    if names and value == f"{{{names[0]}}}":
        return names[0]
    # JSON quotes as Python does, and always with double quotes: `{name!r}` in the text keeps its single ones.
    return ("f" if "{" in value else "") + json.dumps(value, ensure_ascii=False)
