"""Sweeping: removing expired corners, in the background of every process that serves learners.

A corner's keys do not expire on the server, because a lesson would see that (TTL). The index has the expiry of each
corner, and a key beside it names the corner's keys. So no SCAN is needed, and no other key is touched.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from tutor.broker import exchange
from tutor.engine.errors import BrokerAway
from tutor.ports.eviction import keep_room
from tutor.ports.namespace import CORNER_SECONDS, INDEX, removed

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5 * 60
"""Longest delay between a corner's expiry and its removal, as long as any process serves learners."""

SLACK_SECONDS = 60 * 60
"""How far beyond its lifetime the expiry of a corner may be in the future before it is ascribed to a wrong clock."""

AT_ONCE = 200
"""Number of corners fetched in one round trip."""

Clock = Callable[[], float]


def sweep(clock: Clock = time.time) -> int:
    """Remove expired corners and return their number. Raises: BrokerAway.

    Other processes may sweep, and learners may step, concurrently; a corner that changes meanwhile is left alone.
    """
    count = 0
    while over := _over(clock()):
        done = sum(_remove(run_id, clock()) for run_id in over)
        count += done
        if not done:
            break  # all of them changed meanwhile, or another process removes them
    return count


def _over(now: float) -> list[str]:
    bounds = [("-inf", f"{now:.0f}"), (f"({_latest(now):.0f}", "+inf")]
    replies = exchange.send([("ZRANGEBYSCORE", INDEX, *each, "LIMIT", "0", str(AT_ONCE)) for each in bounds])
    return [str(run_id) for run_ids in replies if isinstance(run_ids, list) for run_id in run_ids]


def _latest(now: float) -> float:
    """Return the latest possible expiry of a corner; a later one was written by a wrong clock."""
    return now + CORNER_SECONDS + SLACK_SECONDS


def _remove(run_id: str, now: float) -> bool:
    """Remove one corner, unless a step is taken in it meanwhile. Raises: BrokerAway."""
    return removed(run_id, lambda ends: not now < ends <= _latest(now))


def start(stopped: Event | None = None) -> Thread:
    """Sweep now and every SWEEP_SECONDS, in a thread that ends with the process, or when `stopped` is set."""
    thread = Thread(target=_keep_sweeping, args=(stopped or Event(),), name="sweeping", daemon=True)
    thread.start()
    return thread


def _keep_sweeping(stopped: Event) -> None:
    while not stopped.is_set():
        try:
            count = sweep()
            keep_room()
        except BrokerAway as away:
            log.info("corners could not be swept: %s", away)
        except Exception:  # the thread must live as long as the process; the next sweep may succeed
            log.exception("corners could not be swept")
        else:
            if count:
                log.info("swept %s corners", count)
        stopped.wait(SWEEP_SECONDS)
