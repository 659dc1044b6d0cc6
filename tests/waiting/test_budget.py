"""What a request may wait in all."""

from threading import Thread

import pytest

from tutor.waiting import budget
from tutor.waiting.budget import REQUEST_SECONDS, Budget, Wait, left


def test_outside_of_a_request_each_wait_has_its_own_limit():
    with Wait(7.0) as seconds:
        assert seconds == 7.0
    assert left(7.0) == 7.0
    assert budget.current() is None


def test_a_wait_is_charged_to_the_request():
    with budget.request(Budget(1.0)) as own:
        with Wait(5.0) as seconds:
            assert seconds == 1.0
            own.left -= 0.25
        assert 0.7 < left(5.0) <= 0.75
        assert left(0.5) == 0.5


def test_work_between_waits_is_not_charged():
    with budget.request(Budget(1.0)) as own:
        sum(range(100_000))
        assert own.left == 1.0


def test_a_wait_within_a_wait_is_charged_once():
    with budget.request(Budget(1.0)) as own:
        with Wait(1.0):
            with Wait(0.5):
                pass
            assert own.is_waiting
            assert own.left == 1.0
        assert own.left < 1.0
        assert not own.is_waiting


def test_nothing_left_is_no_time_at_all():
    with budget.request(Budget(-1.0)), Wait(2.0) as seconds:
        assert seconds == 0.0


def test_a_wait_that_fails_is_charged_too():
    with budget.request(Budget(1.0)) as own:
        with pytest.raises(OSError, match="away"), Wait(1.0):
            raise OSError("away")
        assert own.left < 1.0
        assert not own.is_waiting


def test_each_request_has_a_budget_of_its_own():
    found: list[float] = []

    def other() -> None:
        with budget.request() as own:
            found.append(own.left)

    with budget.request(Budget(0.1)):
        thread = Thread(target=other)
        thread.start()
        thread.join()
    assert found == [REQUEST_SECONDS]


def test_what_is_to_be_done_at_the_end_is_done_last_first_even_after_a_fault():
    done: list[str] = []
    own = Budget()
    own.then += [lambda: done.append("first"), lambda: done.append("second")]
    with pytest.raises(ValueError, match="fault"), budget.request(own):
        raise ValueError("fault")
    assert done == ["second", "first"]
    assert budget.current() is None
