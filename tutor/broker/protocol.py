"""Commands and replies on a redis-py connection, without its clients and their conversions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from tutor.engine.values.replies import Words, encoded


def as_sent(word: str) -> str | bytes:
    """Return a word for redis-py: bytes if it contains bytes that are not UTF-8, else text."""
    return word if word.isascii() else encoded(word)


def packed(batch: Iterable[Words]) -> bytes:
    """Return commands as they are sent: https://redis.io/docs/latest/develop/reference/protocol-spec/."""
    parts = []
    for words in batch:
        parts.append(b"*%d\r\n" % len(words))
        parts.extend(b"$%d\r\n%b\r\n" % (len(word), word) for word in map(encoded, words))
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """So many commands as they are sent; `words` returns them as words, for an imitation of Redis."""

    data: bytes
    count: int
    words: Callable[[], Sequence[Words]]


Batch = Sequence[Words] | PackedBatch
"""Commands to send in one round trip."""


def send_batch(connection: AbstractConnection, batch: Batch) -> None:
    """Send commands in one write without reading the replies. Raises: RedisError, OSError."""
    if isinstance(batch, PackedBatch):
        connection.send_packed_command([batch.data])  # type: ignore[no-untyped-call]
        return
    packed = connection.pack_commands([list(map(as_sent, words)) for words in batch])  # type: ignore[no-untyped-call]
    connection.send_packed_command(packed)  # type: ignore[no-untyped-call]


def read_reply(connection: AbstractConnection) -> object:
    """Return the next reply, with an error reply as a value. Raises: RedisError if the connection failed."""
    try:
        return cast(object, connection.read_response())
    except ResponseError as refusal:
        return refusal
