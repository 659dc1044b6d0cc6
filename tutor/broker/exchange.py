"""One round trip: send a batch of commands and read the replies."""

import logging
from typing import cast

import redis
from redis.exceptions import RedisError

from tutor.broker import diagnosis
from tutor.broker.connection import ANSWER_SECONDS, FAIR_SECONDS, client, is_imitation, options_of_client
from tutor.broker.protocol import Batch, PackedBatch, as_sent, read_reply, send_batch
from tutor.broker.replies import ServerRefuses, as_reply
from tutor.broker.status import note_answer, note_fault, note_refusal
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.values.replies import Reply
from tutor.findings import log_once
from tutor.waiting.budget import left

log = logging.getLogger(__name__)


def send(batch: Batch) -> list[Reply]:
    """Send a batch in one round trip and return its replies, errors among them.

    Raises: BrokerAway, ServerRefuses; BrokerLacks, if fakeredis can't run a command.
    """
    may_wait = left(ANSWER_SECONDS)
    try:
        redis_client = client()
        raw = _imitated(redis_client, batch) if is_imitation(redis_client) else _exchanged(redis_client, batch)
    except (RedisError, OSError) as fault:
        log_once(log, f"the broker is away: {diagnosis.of_fault(fault, options_of_client()).detail}")
        if may_wait >= FAIR_SECONDS or not isinstance(fault, (redis.TimeoutError, TimeoutError)):
            note_fault()
        raise BrokerAway("Redis does not answer right now.") from fault
    note_answer()
    try:
        return [as_reply(each) for each in raw]
    except ServerRefuses:
        note_refusal()
        raise


def send_to(redis_client: redis.Redis, batch: Batch) -> list[Reply]:
    """Send a batch to another server than the shared one, of which nothing is noted. Raises: as `send`."""
    try:
        raw = _exchanged(redis_client, batch)
    except (RedisError, OSError) as fault:
        options = redis_client.connection_pool.connection_kwargs
        raise BrokerAway(diagnosis.of_fault(fault, options).detail) from fault
    return [as_reply(each) for each in raw]


def _exchanged(redis_client: redis.Redis, batch: Batch) -> list[object]:
    # A pipeline sends the same bytes, but its bookkeeping per command takes as long as everything else.
    pool = redis_client.connection_pool
    connection = pool.get_connection()
    count = batch.count if isinstance(batch, PackedBatch) else len(batch)

    def exchanged() -> list[object]:
        send_batch(connection, batch)
        return [read_reply(connection) for _ in range(count)]

    try:
        return connection.retry.call_with_retry(exchanged, lambda _: connection.disconnect())  # type: ignore[no-untyped-call]
    finally:
        pool.release(connection)


def _imitated(redis_client: redis.Redis, batch: Batch) -> list[object]:
    pipeline = redis_client.pipeline(transaction=False)
    for words in batch.words() if isinstance(batch, PackedBatch) else batch:
        pipeline.execute_command(*map(as_sent, words))  # type: ignore[no-untyped-call]
    try:
        return cast(list[object], pipeline.execute(raise_on_error=False))
    except (RedisError, OSError):
        raise
    except Exception as fault:  # fakeredis raises Python's own exceptions where a server sends an error reply
        raise BrokerLacks("The imitation of Redis that answers here can't do this. A real server can.") from fault
