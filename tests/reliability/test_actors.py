"""Lessons whose actors wait, while their Redis is killed, hangs or cuts connections, and while many press at once."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.lessons import lesson
from tests.polling import until
from tests.reliability.pile import PAGE, STEPS
from tests.reliability.test_clicks import at_once, without_token
from tests.reliability.test_workers import keep_trying
from tests.servers import ROOT, Program, RedisServer, others, program, running_redis
from tests.timing import promptly
from tests.visitor import Answer, Visitor, press_once
from tutor.broker.connection import ANSWER_SECONDS
from tutor.ports.namespace import INDEX, counter_of, names_of

pytestmark = pytest.mark.slow

WAITING = "waiting-with-brpop"
CHANNELS = "publish-and-subscribe"
TWO_WAIT = 3
"""The step of the waiting lesson after which two actors wait."""

PROCESSES, THREADS = 2, 16
"""Of the program; each thread may leave a connection in the pool of its process."""


@pytest.fixture(scope="module")
def lessons(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lessons")
    for slug in (WAITING, CHANNELS):
        shutil.copy(ROOT / "lessons" / f"{slug}.yaml", folder)
    (folder / "pile.yaml").write_text(lesson("".join(STEPS)))
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture(scope="module")
def running(server, lessons) -> Iterator[Program]:
    with program(server.url, lessons, workers=PROCESSES) as made:
        yield made


@pytest.fixture(scope="module")
def tables(running) -> dict[str, list[tuple[str, ...]]]:
    """The table of each lesson, played while nothing went wrong."""
    found = {}
    for slug in (WAITING, CHANNELS):
        with running.visitor() as undisturbed:
            found[slug] = to_the_end(undisturbed, undisturbed.get(page(slug)), slug)
    return found


def page(slug: str) -> str:
    return f"/lessons/{slug}/"


def to_the_end(visitor: Visitor, answer: Answer, slug: str) -> list[tuple[str, ...]]:
    while answer.next_form:
        answer = visitor.press(answer)
        assert answer.status == 200, answer.text
    return visitor.get(page(slug)).rows


def clients(server: RedisServer) -> list[str]:
    with server.client() as client:
        return others(client.execute_command("CLIENT", "LIST").splitlines())


def lasting_keys(server: RedisServer) -> set[str]:
    """Return the keys that would never go away: they have no end, and no sweep would find them through the index."""
    found = {INDEX}
    with server.client() as client:
        for run_id in client.zrange(INDEX, 0, -1):
            found |= {counter_of(run_id), names_of(run_id), *client.smembers(names_of(run_id))}
    return {key for key in server.all_keys() - found if server.ask("TTL", key) == -1}


def without_connections_left(server: RedisServer) -> None:
    """Wait until no client waits or listens, and none is there but the one that asks and the processes' pools."""
    until(lambda: not any(flags_of(line) & set("bP") for line in clients(server)), "the actors to be released")
    until(lambda: len(clients(server)) <= 1 + PROCESSES * THREADS, "the actors' connections to be closed")


def flags_of(line: str) -> set[str]:
    return set(line.partition(" flags=")[2].partition(" ")[0])


@pytest.mark.parametrize("disaster", ["restart", "flush", "kill_clients"])
@pytest.mark.parametrize(("slug", "steps"), [(WAITING, 1), (WAITING, 3), (WAITING, 8), (CHANNELS, 1), (CHANNELS, 7)])
def test_a_run_goes_on_as_if_redis_had_not_lost_everything(site, server, visitor, tables, disaster, slug, steps):
    answer = visitor.walk(slug, steps)
    if disaster == "restart":
        server.restart()
    elif disaster == "flush":
        server.ask("FLUSHALL")
    else:
        server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert to_the_end(visitor, answer, slug) == tables[slug]
    assert lasting_keys(server) == set()


@pytest.mark.parametrize(("slug", "steps"), [(WAITING, 0), (WAITING, 3), (CHANNELS, 5)])
def test_the_same_button_works_once_redis_is_back(site, server, visitor, tables, slug, steps):
    answer = visitor.walk(slug, steps)
    server.kill()
    with promptly(ANSWER_SECONDS):
        refused = visitor.press(answer)
    assert refused.status == 503
    assert "your place is kept" in refused.one("div", role="alert").text
    assert visitor.get(page(slug)).rows == tables[slug][:steps]
    server.restart()
    assert to_the_end(visitor, answer, slug) == tables[slug]
    assert lasting_keys(server) == set()


def test_a_hung_redis_gives_a_notice_in_time_and_blocks_no_other_learner(site, server, visitor, tables):
    answer = visitor.walk(WAITING, TWO_WAIT)
    with site.visitor() as other, ThreadPoolExecutor() as pool:
        plain = other.walk("pile", 3)
        # Each of the two processes waits once; later requests know that the server is away.
        with server.hanging(), promptly(PROCESSES * ANSWER_SECONDS + 1.5):
            pressed = [pool.submit(press_once, visitor.twin(), answer) for _ in range(6)]
            pressed += [pool.submit(press_once, other.twin(), plain) for _ in range(6)]
            assert {one.result() for one in pressed} == {503}
        assert other.press(plain).status == 200
        assert visitor.get(page(WAITING)).rows == tables[WAITING][:TWO_WAIT]
        assert to_the_end(visitor, answer, WAITING) == tables[WAITING]
        assert other.get(PAGE).rows[3:]
    without_connections_left(server)
    assert lasting_keys(server) == set()


@pytest.mark.parametrize(("slug", "steps"), [(WAITING, 3), (WAITING, 8), (CHANNELS, 5)])
def test_twenty_presses_of_the_same_step_at_once_get_equal_answers(site, server, visitor, tables, slug, steps):
    answer = visitor.walk(slug, steps)
    answers = at_once(site, visitor, 20, lambda tab: tab.press(answer))
    assert {one.status for one in answers} == {200}
    assert len({without_token(one.text) for one in answers}) == 1
    assert visitor.get(page(slug)).rows == tables[slug][: steps + 1]
    without_connections_left(server)


def patiently(visitor: Visitor, answer: Answer, steps: int) -> Answer:
    """Press that many times, each again while too many others press: their turns take longer than a request may."""
    for _ in range(steps):
        pressed = visitor.press(answer)
        begun = monotonic()
        while pressed.status == 503 and monotonic() - begun < 30:
            pressed = visitor.press(answer)
        assert pressed.status == 200, pressed.text
        answer = pressed
    return answer


def test_thirty_learners_whose_actors_wait_are_all_answered_and_released(site, server, tables):
    with ThreadPoolExecutor(30) as pool:
        learners = [site.visitor() for _ in range(30)]
        pressed = list(pool.map(lambda one: patiently(one, one.get(page(WAITING)), TWO_WAIT), learners))
        without_connections_left(server)
        found = list(pool.map(lambda one, answer: to_the_end(one, answer, WAITING), learners, pressed))
    for one in learners:
        one.__exit__(None, None, None)
    assert all(table == tables[WAITING] for table in found)
    assert lasting_keys(server) == set()


def test_a_redis_killed_again_and_again_under_load_leaves_every_table_as_it_should_be(site, server, tables):
    def played() -> list[tuple[str, ...]]:
        with site.visitor() as visitor:
            answer = visitor.get(page(WAITING))
            while answer.next_form:
                with suppress(OSError):
                    assert visitor.press(answer).status in (200, 503)
                answer = visitor.get(page(WAITING))
            return answer.rows

    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(played) for _ in range(6)]
        for _ in range(4):
            before = server.calls("BRPOP")
            until(lambda before=before: server.calls("BRPOP") > before or all(one.done() for one in found), "a click")
            server.restart()
        assert all(one.result() == tables[WAITING] for one in found)
    assert lasting_keys(server) == set()
    without_connections_left(server)


def test_a_program_killed_under_load_leaves_each_step_done_once_or_not_at_all(site, server, tables):
    def played() -> list[tuple[str, ...]]:
        with site.visitor() as visitor:
            answer = keep_trying(lambda: visitor.get(page(WAITING)))
            while answer.next_form:
                keep_trying(lambda page=answer: visitor.press(page))
                answer = keep_trying(lambda: visitor.get(page(WAITING)))
            return answer.rows

    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(played) for _ in range(6)]
        for _ in range(2):
            before = server.calls("BRPOP")
            until(lambda before=before: server.calls("BRPOP") > before or all(one.done() for one in found), "a click")
            site.kill()
            site.start()
        assert all(one.result() == tables[WAITING] for one in found)
    without_connections_left(server)
    assert lasting_keys(server) == set()
