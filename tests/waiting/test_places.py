"""Places for requests that use a server, and the queue for them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from tests.polling import until
from tutor.waiting import budget, places
from tutor.waiting.budget import Budget
from tutor.waiting.places import MOST_QUEUED, PLACES, THREADS, TooBusy


@contextmanager
def busy(count: int, seconds: float = 20) -> Iterator[list[str]]:
    """Have as many requests take a place, or wait for one; yield what came of each that is over."""
    over, ended = Event(), list[str]()

    def use() -> None:
        with budget.request(Budget(seconds)):
            try:
                places.take()
            except TooBusy:
                ended.append("too busy")
                return
            over.wait()
            ended.append("served")

    threads = [Thread(target=use) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield ended
    finally:
        over.set()
        for thread in threads:
            thread.join()


def is_full() -> bool:
    if places._free.acquire(blocking=False):
        places._free.release()
        return False
    return True


def test_a_command_needs_no_place():
    with busy(PLACES):
        until(is_full, "all places to be taken")
        places.take()


def test_a_request_keeps_its_place_to_its_end_and_takes_only_one():
    with ExitStack() as requests:
        requests.enter_context(budget.request())
        for _ in range(PLACES + 1):
            places.take()
        assert not is_full()
    assert places._free._value == PLACES


def test_a_request_waits_for_a_place_no_longer_than_it_may():
    with busy(PLACES):
        until(is_full, "all places to be taken")
        with budget.request(Budget(0.05)), pytest.raises(TooBusy, match="for too long"):
            places.take()
    assert places._free._value == PLACES


def test_a_full_queue_refuses_at_once():
    with busy(PLACES + MOST_QUEUED):
        until(lambda: places._queued == MOST_QUEUED, "the queue to be full")
        with budget.request() as own:
            with pytest.raises(TooBusy, match="Too many"):
                places.take()
            assert own.left == budget.REQUEST_SECONDS
    assert places._queued == 0


def test_all_who_queue_are_served_in_the_end():
    with busy(PLACES + MOST_QUEUED) as ended:
        until(lambda: places._queued == MOST_QUEUED, "the queue to be full")
    assert ended == ["served"] * (PLACES + MOST_QUEUED)


def test_a_class_of_forty_fits_and_leaves_threads_for_other_pages():
    assert PLACES + MOST_QUEUED >= 40
    assert THREADS - PLACES - MOST_QUEUED >= 16
