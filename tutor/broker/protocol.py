"""Commands and replies on a connection of redis-py, past its clients and their conversions."""

from collections.abc import Iterable
from typing import cast

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from tutor.engine.values.replies import Words, encoded


def as_sent(word: str) -> str | bytes:
    """Return what redis-py is given for a word: bytes where the word holds any that are not UTF-8."""
    return word if word.isascii() else encoded(word)


def send_batch(connection: AbstractConnection, batch: Iterable[Words]) -> None:
    """Send commands in one write; their replies are still to be read. Raises: RedisError, OSError."""
    packed = connection.pack_commands([list(map(as_sent, words)) for words in batch])  # type: ignore[no-untyped-call]
    connection.send_packed_command(packed)  # type: ignore[no-untyped-call]


def read_reply(connection: AbstractConnection) -> object:
    """Return the next reply, an error of the server's as a value. Raises: RedisError where the connection failed."""
    try:
        return cast(object, connection.read_response())
    except ResponseError as refusal:
        return refusal
