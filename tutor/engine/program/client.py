"""The redis-py client of a lesson's program: the return values of its methods, and the words that they send.

In lessons of format 1 a program gets values as redis-cli shows them, with OK as True (`values.replies.as_python`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.errors import DataError, Raised
from tutor.engine.program.interpolation import decoded, fill, only_name
from tutor.engine.program.python_source import literal
from tutor.engine.redis import redis_py
from tutor.engine.redis.arguments import runs_transaction
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_str
from tutor.engine.values.replies import Reply, Strings, Value, as_python, decode, encoded

_ESCAPED = r"\\(x[0-9a-f]{2}|[\\'nrt])"
_BYTES = re.compile(rf"""b'([ -&(-\[\]-~]|{_ESCAPED})*'|b"([ !#-\[\]-~]|{_ESCAPED})*\"""")
"""A bytes literal and no other expression, because the text is read as Python."""

Place = int | str
"""The place of a part within a value: an index, or a key of a dict."""


@dataclass(frozen=True, slots=True)
class Client:
    """The options of a client. `is_plain` is the client of format 1."""

    is_plain: bool = False
    decode_responses: bool = True

    @property
    def strings(self) -> Strings:
        """The type of strings that its methods return."""
        return "str" if self.decode_responses else "bytes"

    def returned(self, words: Sequence[str], reply: Reply, queued: Sequence[Sequence[str]] = ()) -> Value:
        """Return the value of the method that sends `words`; `queued` are the commands that an EXEC runs.

        The reply must not contain errors. Raises: Raised.
        """
        if self.is_plain:
            return as_python(reply)
        try:
            if reply == QUEUED:
                return self.has(QUEUED["status"])
            # A pipeline's execute() applies each command's callback to its own reply (Pipeline in redis/client.py).
            if isinstance(reply, list) and len(queued) == len(reply) and runs_transaction(words):
                return [self._one(each, item) for each, item in zip(queued, reply, strict=True)]
            return self._one(words, reply)
        except (UnicodeDecodeError, TypeError, ValueError, LookupError) as fault:
            raise Raised(f"{type(fault).__name__}: {fault}") from None

    def _one(self, words: Sequence[str], reply: Reply) -> Value:
        return redis_py.returned(words, reply, self.strings)

    def has(self, text: str) -> str | bytes:
        """Return a string of a reply as the program's text or bytes. Raises: Raised, if text is not UTF-8."""
        if self.is_plain:
            return text
        try:
            return encoded(text).decode() if self.decode_responses else encoded(text)
        except UnicodeDecodeError as fault:
            raise Raised(f"UnicodeDecodeError: {fault}") from None

    def literal(self, value: Value) -> Value:
        """Return a value of a lesson file as the program's value: `b'task1'` is bytes if its client does not decode."""
        if self.is_plain or self.decode_responses:
            return value
        if isinstance(value, list):
            return [self.literal(item) for item in value]
        if isinstance(value, dict):
            return {self.literal(name): self.literal(item) for name, item in value.items()}
        return literal(value) if isinstance(value, str) and _BYTES.fullmatch(value) else value

    def part(self, value: Value, places: Sequence[Place]) -> Value:
        """Return the part of a value at the path `places`, as Python would. Raises: Raised.

        The part of a missing or empty value is None, because most programs check for an empty reply first.
        """
        for place in places:
            if self.is_plain and not (isinstance(value, list) and _has(value, place)):
                return None
            if value is None or (isinstance(value, list | tuple | dict) and not value):
                return None
            value = _item(value, place, self.literal(place))
        return value

    def word(self, template: str, variables: Mapping[str, Value]) -> str:
        """Return a word of a command with its variables filled in as redis-py sends them; bytes stay unchanged.

        Raises: DataError, TooLarge.
        """
        if self.is_plain:
            return fill(template, variables)
        name = only_name(template)
        # Encoder.encode in redis/_parsers/encoders.py accepts only bytes, str, int and float, and refuses bool.
        if name is not None and isinstance(variables[name], bool | dict | list | tuple | set | None):
            kind = type(variables[name]).__name__
            reason = f"Invalid input of type: '{kind}'. Convert to a bytes, string, int or float first."
            raise DataError(f"DataError: {reason} (the variable {name})")
        try:
            return fill(template, variables, as_text=word_text, decoded=decoded)
        except Raised as raised:
            raise DataError(f"{raised} (in {template})") from None


def word_text(value: Value) -> str:
    """Return the value as part of a word to send, with every byte kept."""
    return decode(value) if isinstance(value, bytes) else as_str(value)


def _has(value: Sequence[Value], place: Place) -> bool:
    return isinstance(place, int) and -len(value) <= place < len(value)


def _item(value: Value, place: Place, literal: Value) -> Value:
    """Return a part. A name also finds a bytes key, which may be written as a literal if it is not UTF-8."""
    if isinstance(value, dict) and isinstance(place, str) and place not in value:
        for name in (encoded(place), literal):
            if name in value:
                return value[name]
    # TypeError and LookupError (KeyError, IndexError) are all that indexing raises for JSON-like values.
    try:
        return value[place]
    except (TypeError, LookupError) as fault:
        raise Raised(f"{type(fault).__name__}: {fault}") from None


def places_of(value: Value, whole: Value, depth: int) -> Iterator[list[Place]]:
    """Yield each way by which `whole` leads to a part that is `value`, of at most `depth` places: see Client.part."""
    if type(value) is type(whole) and is_same(value, whole):
        yield []
    elif depth:
        for place, inner in _parts(whole):
            yield from ([place, *way] for way in places_of(value, inner, depth - 1))


def _parts(value: Value) -> Iterable[tuple[Place, Value]]:
    """Return the parts of a value, each with its place."""
    if isinstance(value, dict):
        return [(decode(name), inner) for name, inner in value.items() if isinstance(name, str | bytes)]
    return enumerate(value) if isinstance(value, list | tuple) else ()


PLAIN = Client(is_plain=True)
"""The client of lessons of format 1."""
