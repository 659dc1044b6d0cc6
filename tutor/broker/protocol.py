"""Commands and replies on a redis-py connection, without its clients and their conversions."""

from collections.abc import Iterable
from typing import cast

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from tutor.engine.values.replies import Words, encoded


def as_sent(word: str) -> str | bytes:
    """Return a word for redis-py: bytes if it contains bytes that are not UTF-8, else text."""
    return word if word.isascii() else encoded(word)


def send_batch(connection: AbstractConnection, batch: Iterable[Words]) -> None:
    """Send commands in one write without reading the replies. Raises: RedisError, OSError."""
    packed = connection.pack_commands([list(map(as_sent, words)) for words in batch])  # type: ignore[no-untyped-call]
    connection.send_packed_command(packed)  # type: ignore[no-untyped-call]


def read_reply(connection: AbstractConnection) -> object:
    """Return the next reply, with an error reply as a value. Raises: RedisError if the connection failed."""
    try:
        return cast(object, connection.read_response())
    except ResponseError as refusal:
        return refusal
