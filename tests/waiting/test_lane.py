"""One request computes at a time, in the order in which they came, and a stuck one holds nobody up for long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from time import sleep

from tests.polling import until
from tests.timing import promptly
from tutor.waiting import lane as lanes
from tutor.waiting.lane import RequestLane


@contextmanager
def taken_elsewhere(lane: RequestLane) -> Iterator[None]:
    has_it, free = Event(), Event()

    def hold() -> None:
        with lane.taken():
            has_it.set()
            free.wait(10)

    holder = Thread(target=hold)
    holder.start()
    has_it.wait(10)
    try:
        yield
    finally:
        free.set()
        holder.join()


def test_one_at_a_time_in_the_order_in_which_they_came(monkeypatch):
    monkeypatch.setattr(lanes, "LONGEST_SECONDS", 30)
    lane, order, inside = RequestLane(), list[int](), list[int]()

    def work(number: int) -> None:
        with lane.taken():
            inside.append(number)
            assert inside == [number]
            order.append(number)
            sleep(0.001)
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool, taken_elsewhere(lane):
        waiting = []
        for number in range(8):
            waiting.append(pool.submit(work, number))
            until(lambda number=number: len(lane._queue) == number + 1, "the request to queue")
    for each in waiting:
        each.result()
    assert order == list(range(8))


def test_a_stuck_request_holds_the_others_up_for_a_moment_only():
    lane = RequestLane()
    with taken_elsewhere(lane), promptly(1):
        for _ in range(100):
            with lane.taken():
                assert not lane._queue
    with lane.taken():
        assert lane._is_taken
    assert not lane._is_taken


def test_one_who_waits_lets_others_pass(monkeypatch):
    monkeypatch.setattr(lanes, "LONGEST_SECONDS", 30)
    lane = RequestLane()
    with lane.taken():
        with lane.left(), taken_elsewhere(lane):
            pass
        assert lane._is_taken
    assert not lane._is_taken


def test_one_without_the_lane_gives_none_back():
    lane = RequestLane()
    with taken_elsewhere(lane):
        with lane.taken(), lane.left():
            pass
        assert lane._is_taken
