"""One round trip: a batch of commands sent, and its replies."""

import logging
from collections.abc import Sequence
from typing import cast

import redis
import redis.asyncio
from redis.exceptions import RedisError

from tutor.broker.connection import client, is_imitation, one_answer
from tutor.broker.replies import as_reply
from tutor.broker.status import note_answer, note_fault
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.values.replies import Reply, Words, encoded

log = logging.getLogger(__name__)


def send(batch: Sequence[Words]) -> list[Reply]:
    """Send a batch in one round trip and return its replies, errors among them. Raises: BrokerAway."""
    try:
        raw = _answers(client(), batch)
    except (RedisError, OSError) as fault:
        note_fault()
        log.warning("the broker is away: %s", type(fault).__name__)
        raise BrokerAway("Redis does not answer right now.") from fault
    note_answer()
    return [as_reply(item) for item in raw]


def _answers(found: redis.Redis, batch: Sequence[Words]) -> list[object]:
    if is_imitation(found):
        pipeline = found.pipeline(transaction=False)
        for words in batch:
            pipeline.execute_command(*map(as_sent, words))  # type: ignore[no-untyped-call]
        try:
            return cast(list[object], pipeline.execute(raise_on_error=False))
        except (RedisError, OSError):
            raise
        except Exception as fault:  # the imitation fails in ways of its own, where a server answers
            raise BrokerLacks("The imitation of Redis that answers here can't do this. A real server can.") from fault
    # As a pipeline does it; but what that does beside, for each command, takes as long as all the rest.
    pool = found.connection_pool
    connection = pool.get_connection()
    try:
        return connection.retry.call_with_retry(
            lambda: _exchanged(connection, batch),
            lambda _: connection.disconnect(),  # type: ignore[no-untyped-call]
        )
    finally:
        pool.release(connection)


def as_sent(word: str) -> str | bytes:
    """Return what redis-py is given for a word: bytes where the word holds any that are no UTF-8."""
    return word if word.isascii() else encoded(word)


def _exchanged(connection: redis.Connection, batch: Sequence[Words]) -> list[object]:
    connection.send_packed_command(connection.pack_commands([list(map(as_sent, words)) for words in batch]))  # type: ignore[no-untyped-call]
    return [one_answer(connection) for _ in batch]
