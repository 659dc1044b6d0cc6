"""Printing to a terminal of any encoding."""

from typing import Any

from tutor.engine.values.formatting import legible


def encodable(text: str, stream: Any) -> str:
    """Return the text with every character escaped that a terminal would obey or that the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    # The escape character begins the colours of a report, in which each excerpt has been escaped.
    shown = "\x1b".join(map(legible, text.split("\x1b")))
    return shown.encode(encoding, "backslashreplace").decode(encoding)
