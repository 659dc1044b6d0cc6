"""Token buckets: rate, burst, two at once, and a bounded number of them."""

from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.quotas.clock import MovedClock
from tutor.quotas.buckets import Buckets, Draw
from tutor.quotas.rates import Rate

RATE = Rate(2, 1, 3)


def draw(key: str = "mal", amount: int = 1, rate: Rate = RATE) -> list[Draw]:
    return [Draw("learner", key, rate, amount)]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def buckets(clock) -> Buckets:
    return Buckets(clock)


def test_a_full_bucket_gives_its_burst_and_no_more(buckets):
    assert [buckets.take(draw()) is None for _ in range(5)] == [True, True, True, False, False]


def test_a_shortage_says_how_long_to_wait_and_after_that_the_draw_works(buckets, clock):
    for _ in range(3):
        buckets.take(draw())
    shortage = buckets.take(draw())
    assert shortage.seconds == pytest.approx(0.5)
    clock.move(shortage.seconds)
    assert buckets.take(draw()) is None
    assert buckets.take(draw()) is not None


def test_a_bucket_never_holds_more_than_its_burst(buckets, clock):
    clock.move(1_000_000)
    assert [buckets.take(draw()) is None for _ in range(4)] == [True, True, True, False]


def test_keys_and_scopes_have_buckets_of_their_own(buckets):
    for _ in range(4):
        buckets.take(draw("mal"))
    assert buckets.take(draw("ana")) is None
    assert buckets.take([Draw("address", "mal", RATE)]) is None


def test_a_refusal_takes_from_neither_bucket(buckets):
    small, large = Draw("learner", "mal", Rate(1, 1, 1)), Draw("address", "net", Rate(1, 1, 5))
    assert buckets.take([small, large]) is None
    for _ in range(20):
        assert buckets.take([small, large]).draw == small
    assert [buckets.take([large]) is None for _ in range(5)] == [True, True, True, True, False]


def test_of_two_empty_buckets_the_longer_wait_is_told(buckets):
    quick, slow = Draw("learner", "mal", Rate(10, 1, 1)), Draw("address", "net", Rate(1, 60, 1))
    buckets.take([quick, slow])
    shortage = buckets.take([quick, slow])
    assert (shortage.draw, round(shortage.seconds)) == (slow, 60)


def test_a_charge_can_overdraw_and_the_next_draw_waits_for_it(buckets, clock):
    buckets.charge(draw(amount=9))
    assert buckets.take(draw(amount=0)).seconds == pytest.approx(3)
    clock.move(3)
    assert buckets.take(draw(amount=0)) is None


def test_asking_takes_nothing(buckets):
    for _ in range(10):
        assert buckets.take(draw(amount=0)) is None
    assert [buckets.take(draw()) is None for _ in range(4)] == [True, True, True, False]


def test_the_number_of_buckets_is_bounded_and_learners_displace_no_address(clock):
    buckets = Buckets(clock, most_keys=10)
    address = [Draw("address", "net", Rate(1, 60, 1))]
    buckets.take(address)
    for n in range(1_000):
        buckets.take(draw(str(n)))
    assert sum(len(times._times) for times in buckets._full_at.values()) <= 20
    assert buckets.take(address) is not None


def test_of_many_threads_only_the_burst_passes(buckets):
    line, passed = Barrier(16), []

    def press() -> None:
        line.wait()
        passed.extend(1 for _ in range(200) if buckets.take(draw(rate=Rate(1, 3600, 100))) is None)

    threads = [Thread(target=press) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 100


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 20), st.integers(1, 20))
def test_over_any_time_no_more_passes_than_rate_and_burst_allow(pauses, amount, burst):
    clock, rate = MovedClock(), Rate(amount, 1, burst)
    buckets, begun, passed = Buckets(clock), clock.now, 0
    for pause in pauses:
        clock.move(pause)
        passed += buckets.take(draw(rate=rate)) is None
        assert passed <= burst + (clock.now - begun) * amount + 1e-6
