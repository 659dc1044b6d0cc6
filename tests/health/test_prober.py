"""A check in a thread of its own: one at a time, its result used for a second, its end never waited for too long."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from tests.polling import until
from tests.timing import promptly
from tutor.findings import Finding
from tutor.health import prober
from tutor.health.prober import Prober

SILENT = Finding("part", "It is silent.", "It does not answer.", "Restart it.")
FULL = Finding("part", "It is full.", "It is full to the brim.", "Empty it.")


class Counted:
    """A check that counts its calls, and hangs while it is held."""

    def __init__(self) -> None:
        self.calls = 0
        self._free = Event()
        self._free.set()

    def __call__(self) -> list[Finding]:
        self.calls += 1
        self._free.wait()
        return [FULL]

    @contextmanager
    def held(self) -> Iterator[None]:
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()


def test_the_result_is_used_for_all_who_ask_within_a_second():
    check = Counted()
    probed = Prober(check, silent=SILENT)
    assert {probed.result(2) for _ in range(100)} == {(FULL,)}
    assert check.calls == 1


def test_any_number_of_threads_cost_one_check():
    check = Counted()
    probed, found = Prober(check, silent=SILENT), []
    with check.held():
        threads = [Thread(target=lambda: found.append(probed.result(5))) for _ in range(20)]
        for thread in threads:
            thread.start()
        until(lambda: check.calls, "the check to begin")
    for thread in threads:
        thread.join()
    assert (check.calls, set(found), len(found)) == (1, {(FULL,)}, 20)


def test_a_check_that_hangs_is_silent_in_time_and_at_once_for_the_next():
    check = Counted()
    probed = Prober(check, silent=SILENT)
    with check.held():
        assert probed.result(0.05) == (SILENT,)
        with promptly(0.5):  # a second, if each waited
            assert [probed.result(0.05) for _ in range(20)] == [(SILENT,)] * 20
    until(lambda: probed.result(0.05) == (FULL,), "the check to end")
    assert check.calls == 1


def test_a_result_that_is_no_longer_fresh_is_found_anew(monkeypatch):
    monkeypatch.setattr(prober, "FRESH_SECONDS", 0)
    check = Counted()
    probed = Prober(check, silent=SILENT)
    assert [probed.result(2), probed.result(2)] == [(FULL,), (FULL,)]
    assert check.calls == 2


def test_a_check_that_fails_is_silent_and_the_thread_lives_on(monkeypatch, caplog):
    monkeypatch.setattr(prober, "FRESH_SECONDS", 0)
    outcomes = iter([ZeroDivisionError(), None])

    def check() -> list[Finding]:
        if fault := next(outcomes):
            raise fault
        return []

    probed = Prober(check, silent=SILENT)
    assert [probed.result(2), probed.result(2)] == [(SILENT,), ()]
    assert "a health check failed" in caplog.text
