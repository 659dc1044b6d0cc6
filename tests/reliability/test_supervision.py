"""Processes that are killed under `manage.py serve`, and what serves within two seconds."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from time import monotonic

import pytest

from tests.polling import is_gone, until
from tests.reliability.pile import PAGE
from tests.supervised import (
    SECONDS_TO_END,
    Supervised,
    expected_table,
    is_slow,
    kill,
    learners,
    patiently,
    seconds_to_serve,
    supervised,
)
from tests.timing import in_time, promptly
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

COMMANDS = {
    "make run": (),
    "asgi": ("--interface", "asgi", "--host", "127.0.0.1", "--workers", "3"),
    "wsgi": ("--interface", "wsgi", "--workers", "2"),
    "both": ("--interface", "wsgi", "--streams-port", "STREAMS"),
}


def just_started(site: Supervised) -> list[int]:
    """Kill a worker, and return the one that replaces it, before it has loaded anything."""
    before = site.children()
    kill(site.workers()[-1])
    until(lambda: set(site.children()) - set(before), "the next worker")
    return sorted(set(site.children()) - set(before))


VICTIMS: dict[str, Callable[[Supervised], list[int]]] = {
    "a worker": lambda site: site.workers()[:1],
    "the server": lambda site: [site.holder("server")],
    "two workers": lambda site: site.workers()[-2:],
    "the keeper": lambda site: [site.holder("keeper")],
    "a worker that was just started": just_started,
    "the server and its keeper": lambda site: [site.holder("server"), site.holder("keeper")],
    "a worker and the server": lambda site: [*site.workers()[:1], site.holder("server")],
    "the guard": lambda site: [site.guard()],
    "every worker": lambda site: site.workers(),
    "everything but the supervisor": lambda site: sorted(site.everything() - {site.supervisor.pid}),
}


@pytest.fixture(scope="module", params=COMMANDS)
def site(request, tmp_path_factory, lessons) -> Iterator[Supervised]:
    with supervised(tmp_path_factory.mktemp("served"), lessons, *COMMANDS[request.param]) as running:
        yield running


@pytest.fixture
def own_site(tmp_path, lessons) -> Iterator[Supervised]:
    with supervised(tmp_path, lessons) as running:
        yield running


def test_twenty_kills_within_a_minute_are_each_over_in_two_seconds(site):
    expected = expected_table(site)
    slow = []
    began = monotonic()
    with learners(site, 2) as tables, site.visitor() as visitor:
        for name in islice(cycle(VICTIMS), 20):
            kill(*VICTIMS[name](site))
            if is_slow(seconds := seconds_to_serve(visitor)):
                slow.append((name, seconds))
            until(lambda: len(site.workers()) >= 2, "the workers to be back")
            until(site.has_server, "the embedded server to be back")
    assert slow == []
    assert in_time(monotonic() - began, 60)
    assert tables
    assert [table for table in tables if table != expected] == []
    assert site.log.count("Redis Tutor is at") == 1
    assert "Traceback" not in site.log


def test_a_stream_is_served_by_the_workers_for_it(site):
    is_apart = "--streams-port" in site.words()
    with Visitor(site.streams_port if is_apart else site.port) as stranger:
        assert stranger.get("/live/stream/").status == (501 if site.words()[-4:] == list(COMMANDS["wsgi"]) else 403)


def test_a_killed_keeper_is_replaced_before_anybody_clicks(own_site):
    keeper, server = own_site.holder("keeper"), own_site.holder("server")
    kill(keeper)
    until(lambda: own_site.holder("keeper") not in (0, keeper), "the next keeper")
    assert own_site.holder("server") == server
    assert not is_gone(server)


def test_a_killed_server_is_replaced_before_anybody_clicks(own_site, lessons):
    with own_site.visitor() as visitor:
        answer = visitor.walk("pile", 3)
        server = own_site.holder("server")
        kill(server)
        until(lambda: own_site.holder("server") not in (0, server), "the next server")
        assert not is_slow(seconds_to_serve(visitor))
        assert len(visitor.get(PAGE).rows) == 4
        assert visitor.press(answer).status == 200


def test_two_programs_share_an_embedded_server_that_is_killed(tmp_path, lessons):
    with supervised(tmp_path, lessons) as one, supervised(tmp_path, lessons) as other:
        for victim in ("server", "keeper", "server"):
            kill(one.holder(victim))
            with one.visitor() as here, other.visitor() as there:
                assert not is_slow(seconds_to_serve(here))
                assert not is_slow(seconds_to_serve(there))
        one.signal(signal.SIGTERM)
        assert one.wait() == 0
        with other.visitor() as there:
            assert not is_slow(seconds_to_serve(there))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_when_the_program_ends(own_site, number):
    left = own_site.everything()
    own_site.signal(number)
    assert own_site.wait() == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    until(lambda: all(map(is_gone, left)), "the processes to end", seconds=SECONDS_TO_END)


def test_a_stop_while_workers_are_being_replaced_ends_everything(own_site):
    for _ in range(5):
        kill(*own_site.workers())
        until(own_site.workers, "a worker")
    kill(*own_site.workers())
    left = own_site.everything()
    own_site.signal(signal.SIGINT)
    assert own_site.wait() == 0
    until(lambda: all(map(is_gone, left)), "the processes to end", seconds=SECONDS_TO_END)


def test_a_worker_that_hangs_at_the_end_is_killed(own_site):
    hung = own_site.workers()[0]
    os.kill(hung, signal.SIGSTOP)
    own_site.signal(signal.SIGTERM)
    assert own_site.wait() == 0
    assert is_gone(hung)


def test_a_second_interrupt_does_not_wait_for_a_worker_that_hangs(own_site):
    os.kill(own_site.workers()[0], signal.SIGSTOP)
    with promptly(2):
        own_site.signal(signal.SIGINT)
        until(lambda: len(own_site.children()) < 3, "the others to end")
        own_site.signal(signal.SIGINT)
        own_site.wait()


def test_workers_are_renewed_one_after_the_other_while_they_serve(site):
    before = site.workers()
    site.renew()
    statuses = set()
    with site.visitor() as visitor:
        while set(site.workers()) & set(before):
            # Granian closes a connection that it accepted just before its end; test_deployment.py has nginx try again.
            statuses.add(patiently(lambda: visitor.get(PAGE)).status)
            assert len(site.workers()) >= len(before)
    assert statuses == {200}
    until(lambda: len(site.workers()) == len(before), "the last old worker to be gone")
    assert site.guard()
