"""Printing to a terminal of any encoding."""

from typing import Any


def encodable(text: str, stream: Any) -> str:
    """Return the text with every character escaped that the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
