"""Text for a terminal of whatever encoding."""

from typing import Any


def encodable(text: str, stream: Any) -> str:
    """Return the text as the stream can print it: a character that its encoding lacks is escaped, not refused."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
