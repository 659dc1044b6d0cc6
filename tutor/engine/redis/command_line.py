"""Splitting of command lines into words by the rules of redis-cli: sdssplitargs in the servers' sds.c."""

import re

from tutor.engine.values.replies import decode


class BadCommandLine(ValueError):
    """A command line that can't be split into words: its quotes don't match."""


_BYTES = re.compile(r"(\\x[0-9a-fA-F]{2})+")
_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b"
"""Typographic quotes, which word processors insert and Redis takes as part of the text."""

_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}


def split_command(line: str) -> list[str]:
    """Split a command line into words by the rules of redis-cli (quotes, and escapes in double quotes).

    Raises: BadCommandLine.
    """
    line, words, i = line.strip(), list[str](), 0
    while i < len(line):
        word, i = _next_word(line, i)
        words.append(word)
        while i < len(line) and line[i].isspace():
            i += 1
    return words


def _next_word(text: str, i: int) -> tuple[str, int]:
    parts: list[str] = []
    if text[i] in _TYPOGRAPHIC:
        raise BadCommandLine(f"{text[i]} is no quote for Redis; type \" or '")
    while i < len(text) and not text[i].isspace():
        quote = text[i]
        if quote in "'\"":
            part, i = _quoted_part(text, i + 1, quote)
            parts.append(part)
            if i < len(text) and not text[i].isspace():
                raise BadCommandLine("a closing quote must be followed by a space")
        else:
            parts.append(quote)
            i += 1
    return "".join(parts), i


def _quoted_part(text: str, i: int, quote: str) -> tuple[str, int]:
    part = ""
    while i < len(text):
        if text[i] == quote:
            return part, i + 1
        # A run of \xHH is decoded at once: the bytes of one letter may be escaped one by one.
        if quote == '"' and (escaped_bytes := _BYTES.match(text, i)):
            part, i = part + _decoded(escaped_bytes[0]), escaped_bytes.end()
        elif text[i] == "\\" and i + 1 < len(text) and (quote == '"' or text[i + 1] == "'"):
            part, i = part + (_ESCAPED.get(text[i + 1], text[i + 1]) if quote == '"' else "'"), i + 2
        else:
            part, i = part + text[i], i + 1
    raise BadCommandLine(f"the quote {quote} is never closed")


def _decoded(escaped_bytes: str) -> str:
    return str(decode(bytes.fromhex(escaped_bytes.replace("\\x", ""))))
