"""Nothing lost, nothing doubled: what a step does while servers die, hang and come back, or a click comes twice."""

import json
import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Barrier
from time import monotonic
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.lessons import lesson
from tests.polling import until
from tests.servers import Program, Proxy, RedisServer, program, proxy_of, running_redis
from tests.visitor import HTMX, Answer, Visitor

pytestmark = pytest.mark.slow

# Each task is pushed once, so that a step done twice or not at all shows in every later state of the queue.
STEPS = [
    *(f"  - {{actor: producer, action: Push {i}, command: LPUSH queue task{i}}}\n" for i in range(1, 5)),
    "  - {actor: consumer, action: Pop, command: RPOP queue, save: task}\n",
    "  - {actor: consumer, action: 'Process {task}', print: 'Processed {task!r}'}\n",
    *(f"  - {{actor: producer, action: Push {i}, command: RPUSH queue task{i}}}\n" for i in range(5, 8)),
    "  - {actor: consumer, action: Pop, command: LPOP queue, save: task}\n",
]
LENGTH = len(STEPS)
PAGE = "/lessons/pile/"


@pytest.fixture(scope="module")
def lessons(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "pile.yaml").write_text(lesson("".join(STEPS)))
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(server) -> Iterator[Proxy]:
    with proxy_of(server) as running:
        yield running


@pytest.fixture(scope="module")
def running(proxy, lessons) -> Iterator[Program]:
    with program(proxy.url, lessons) as made:
        yield made


@pytest.fixture
def site(running, server) -> Iterator[Program]:
    """The program with its Redis, both up again after each test, and no traceback in the log."""
    yield running
    if not server.is_up:
        server.restart()
    running.start()
    assert "Traceback" not in running.log


@pytest.fixture
def visitor(site) -> Iterator[Visitor]:
    with site.visitor() as made:
        yield made


@pytest.fixture(scope="module")
def uninterrupted(running) -> list[tuple[str, ...]]:
    """The table of a run in which nothing went wrong."""
    with running.visitor() as undisturbed:
        undisturbed.walk("pile", LENGTH)
        return undisturbed.get(PAGE).rows


def finish(visitor: Visitor, answer: Answer) -> list[tuple[str, ...]]:
    """Press the button of `answer` until the end, and return the table."""
    while answer.all("form", id="next"):
        answer = visitor.press(answer)
        assert answer.status == 200, answer.text
    return visitor.get(PAGE).rows


def queue_of(server: RedisServer, visitor: Visitor) -> list[str]:
    """Return what the visitor's queue in Redis really holds."""
    return server.ask("LRANGE", f"tutor:{{{run_id(visitor)}}}:queue", "0", "-1")


def run_id(visitor: Visitor) -> str:
    form = visitor.get(PAGE).one("form", id="restart")
    return form["action"].split("/")[2]


# Redis


@pytest.mark.parametrize("steps", [1, 5, 9])
@pytest.mark.parametrize("disaster", ["restart", "flush", "flush_and_kill"])
def test_a_run_goes_on_as_if_redis_had_not_lost_everything(site, server, visitor, uninterrupted, disaster, steps):
    answer = visitor.walk("pile", steps)
    if disaster != "restart":
        server.ask("FLUSHALL")
    if disaster != "flush":
        server.restart()
    assert finish(visitor, answer) == uninterrupted
    assert queue_of(server, visitor) == ["task3", "task2", "task5", "task6", "task7"]


def test_a_table_is_there_to_the_last_row_while_redis_is_down(site, server, visitor, uninterrupted):
    visitor.walk("pile", 6)
    server.kill()
    assert visitor.get(PAGE).rows == uninterrupted[:6]


def test_a_step_is_answered_with_a_notice_while_redis_is_down(site, server, visitor):
    answer = visitor.walk("pile", 3)
    server.kill()
    refused = visitor.press(answer)
    assert refused.status == 503
    assert [partial["hx-target"] for partial in refused.all("hx-partial")] == ["#notice"]
    assert "Nothing was run, and your place is kept." in refused.one("div", role="alert").text


def test_a_plain_form_gets_a_page_that_can_try_again_while_redis_is_down(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    server.kill()
    refused = visitor.press(answer, headers={"Referer": f"http://127.0.0.1:{site.port}{PAGE}"})
    assert refused.status == 503
    again = next(form for form in refused.all("form") if form["action"] == answer.one("form", id="next")["action"])
    server.restart()
    assert visitor.post(again["action"], headers={}).status == 303
    assert visitor.get(PAGE).rows == uninterrupted[:4]


def test_a_page_that_could_not_help_twice_still_leads_back_to_the_lesson(site, server, visitor):
    answer = visitor.walk("pile", 3)
    action = answer.one("form", id="next")["action"]
    server.kill()
    here = f"http://127.0.0.1:{site.port}"
    first = visitor.post(action, headers={"Referer": here + PAGE})
    again = next(form for form in first.all("form") if form["action"] == action)
    fields = {field["name"]: field["value"] for field in again.descendants if field["name"]}
    second = visitor.post(action, fields, headers={"Referer": here + action})
    assert [urlsplit(link["href"]).path for link in second.all("a") if "Back" in link.text] == [PAGE]


def test_the_same_button_works_once_redis_is_back(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    server.kill()
    assert visitor.press(answer).status == 503
    server.restart()
    assert visitor.press(answer).status == 200
    assert visitor.get(PAGE).rows == uninterrupted[:4]


def test_a_first_press_works_once_redis_is_back(site, server, visitor, uninterrupted):
    answer = visitor.get(PAGE)
    server.kill()
    assert visitor.press(answer).status == 503
    server.restart()
    assert finish(visitor, answer) == uninterrupted


@pytest.mark.parametrize("path", ["/", PAGE, PAGE + "?at=2", "/lessons/nothing/"])
def test_no_page_shows_where_the_server_is_or_waits_for_it(site, server, proxy, visitor, path):
    visitor.walk("pile", 3)
    server.kill()
    begun = monotonic()
    answer = visitor.get(path)
    assert answer.status == (404 if "nothing" in path else 200)
    assert monotonic() - begun < 2
    for secret in (str(server.port), str(urlsplit(proxy.url).port), "127.0.0.1", "Connection", "redis://"):
        assert secret not in answer.text


def test_health_says_degraded_while_redis_is_down_and_ok_afterwards(site, server, visitor):
    server.kill()
    visitor.press(visitor.get(PAGE))
    until(lambda: json.loads(visitor.get("/health/").text)["status"] == "degraded", "health to say degraded")
    assert visitor.get("/health/").status == 200
    server.restart()
    until(lambda: json.loads(visitor.get("/health/").text)["status"] == "ok", "health to say ok")


def test_a_redis_that_hangs_is_a_notice_and_other_pages_stay_fast(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with server.hanging(), site.visitor() as other, ThreadPoolExecutor() as pool:
        pressed = [pool.submit(press_once, visitor.twin(), answer) for _ in range(6)]
        begun = monotonic()
        assert other.get("/").status == 200
        assert monotonic() - begun < 5
        assert {one.result() for one in pressed} == {503}
        begun = monotonic()
        assert other.get("/").status == 200
        assert monotonic() - begun < 1
    assert finish(visitor, answer) == uninterrupted


def press_once(tab: Visitor, answer: Answer) -> int:
    with tab:
        return tab.press(answer).status


def test_an_embedded_server_that_was_killed_is_back_with_the_next_presses(lessons, uninterrupted):
    with program("", lessons) as site, site.visitor() as visitor:
        answer = visitor.walk("pile", 5)
        kill_embedded(site.folder)
        until(lambda: visitor.press(answer).status == 200, "the step to be taken")
        assert finish(visitor, visitor.get(PAGE)) == uninterrupted
        assert "Traceback" not in site.log


def kill_embedded(folder: Path) -> None:
    os.kill(int((folder / "embedded" / "server.lock").read_text()), signal.SIGKILL)


# The database


@contextmanager
def locked(site: Program) -> Iterator[None]:
    """Keep everyone else from writing."""
    url = site.environment["DATABASE_URL"]
    if url:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE tutor_run, tutor_entry IN EXCLUSIVE MODE")
            yield
        return
    other = sqlite3.connect(site.database, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def change(site: Program, sqlite: str, postgresql: str) -> None:
    url = site.environment["DATABASE_URL"]
    if url:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(postgresql)
        return
    other = sqlite3.connect(site.database, isolation_level=None)
    other.execute(sqlite)
    other.close()


@contextmanager
def unwritable(site: Program) -> Iterator[None]:
    """Have the database refuse new entries, as a full disk does: only once the step has been taken."""
    refusal = "CREATE TRIGGER full BEFORE INSERT ON tutor_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    change(site, refusal, "ALTER TABLE tutor_entry ADD CONSTRAINT disk_full CHECK (position < 0) NOT VALID")
    try:
        yield
    finally:
        change(site, "DROP TRIGGER full", "ALTER TABLE tutor_entry DROP CONSTRAINT disk_full")


def test_a_step_waits_for_a_database_that_is_locked_for_a_moment(site, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with ThreadPoolExecutor() as pool:
        with locked(site):
            pressed = pool.submit(visitor.press, answer)
            with site.visitor() as other:
                assert other.get("/").status == 200
            assert not pressed.done()
        assert pressed.result().status == 200
    assert visitor.get(PAGE).rows == uninterrupted[:4]


def test_a_database_that_stays_locked_is_a_sentence_and_nothing_is_run(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    before = queue_of(server, visitor)
    with locked(site):
        refused = visitor.press(answer)
        assert refused.status == 503
        assert "your place is kept" in refused.one("div", role="alert").text
        assert queue_of(server, visitor) == before
    assert finish(visitor, answer) == uninterrupted


def test_a_step_that_could_not_be_saved_is_taken_once_by_the_next_press(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with unwritable(site):
        assert [visitor.press(answer).status for _ in range(3)] == [503, 503, 503]
        assert visitor.get(PAGE).rows == uninterrupted[:3]
    assert finish(visitor, answer) == uninterrupted


# Workers


def test_a_worker_killed_between_redis_and_the_database_is_repaired_by_the_next_press(
    site, server, proxy, visitor, uninterrupted
):
    answer = visitor.walk("pile", 3)
    with proxy.holding_answers(), ThreadPoolExecutor() as pool:
        lost = pool.submit(visitor.twin().press, answer)
        until(lambda: proxy.held, "Redis to have run the step")
        site.kill()
        assert isinstance(lost.exception(), OSError)
    assert queue_of_killed(server, 4)
    site.start()
    with site.visitor() as back:
        back.cookies = visitor.cookies
        assert back.get(PAGE).rows == uninterrupted[:3]
        assert finish(back, answer) == uninterrupted


def queue_of_killed(server: RedisServer, length: int) -> bool:
    return any(server.ask("LLEN", key) == length for key in server.all_keys() if key.endswith(":queue"))


def test_a_program_killed_under_load_leaves_each_step_done_once_or_not_at_all(site, uninterrupted):
    def to_the_end() -> list[tuple[str, ...]]:
        with site.visitor() as visitor:
            answer = keep_trying(lambda: visitor.get(PAGE))
            while answer.all("form", id="next"):
                keep_trying(lambda page=answer: visitor.press(page))
                answer = keep_trying(lambda: visitor.get(PAGE))
            return answer.rows

    with ThreadPoolExecutor(8) as pool:
        tables = [pool.submit(to_the_end) for _ in range(8)]
        for _ in range(3):
            site.kill()
            site.start()
        assert all(table.result() == uninterrupted for table in tables)


def keep_trying(send: Callable[[], Answer]) -> Answer:
    """Send until there is an answer that is no fault of the server."""
    deadline = monotonic() + 30
    while monotonic() < deadline:
        try:
            answer = send()
        except (OSError, HTTPException):
            continue
        if answer.status < 500:
            return answer
    pytest.fail("no answer in 30 seconds")


# Clicks


def at_once(site: Program, visitor: Visitor, count: int, press: Callable[[Visitor], Answer]) -> list[Answer]:
    """Have that many tabs of one browser press at the same moment."""
    line = Barrier(count)

    def press_in_line(tab: Visitor) -> Answer:
        with tab:
            tab.get("/health/")
            line.wait()
            return press(tab)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(press_in_line, [visitor.twin() for _ in range(count)]))


def without_token(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_twenty_presses_of_the_same_step_at_once_run_it_once_and_get_equal_answers(site, server, visitor):
    answer = visitor.walk("pile", 3)
    before = server.calls("LPUSH")
    answers = at_once(site, visitor, 20, lambda tab: tab.press(answer))
    assert {one.status for one in answers} == {200}
    assert server.calls("LPUSH") == before + 1
    assert len({without_token(one.text) for one in answers}) == 1


def test_twenty_first_presses_at_once_begin_one_run(site, server, visitor, uninterrupted):
    answer = visitor.get(PAGE)
    before = server.calls("LPUSH")
    answers = at_once(site, visitor, 20, lambda tab: tab.press(answer))
    assert {one.status for one in answers} == {200}
    assert server.calls("LPUSH") == before + 1
    assert len({without_token(one.text) for one in answers}) == 1
    assert finish(visitor, visitor.get(PAGE)) == uninterrupted


def test_twenty_restarts_at_once_begin_one_new_run(site, visitor):
    visitor.walk("pile", 3)
    old = run_id(visitor)
    answers = at_once(site, visitor, 20, lambda tab: tab.post(f"/runs/{old}/restart/", headers={}))
    assert {one.status for one in answers} == {303}
    second = run_id(visitor)
    visitor.post(f"/runs/{old}/restart/", headers={})
    assert run_id(visitor) == second != old


def test_two_tabs_never_skip_or_double_a_step(site, visitor, uninterrupted):
    with visitor.twin() as other:
        first = visitor.walk("pile", 1)
        other.cookies = visitor.cookies
        second = other.get(PAGE)
        for _ in range(LENGTH - 1):
            first = visitor.press(first)
            second = other.press(second)
            assert second.rows == first.rows
        assert visitor.get(PAGE).rows == uninterrupted


def test_a_tab_left_behind_gets_what_is_recorded(site, visitor, uninterrupted):
    with visitor.twin() as other:
        first = visitor.walk("pile", 2)
        other.cookies = visitor.cookies
        behind = other.get(PAGE)
        finish(visitor, first)
        caught_up = other.press(behind)
        assert caught_up.rows == uninterrupted[2:3]
        assert visitor.get(PAGE).rows == uninterrupted


# Addresses


NO_STEPS = ["99", "0", "5", "-1", "1e9", "1000000000", "abc", "", "9" * 5000, "%D9%A4", "4%00", "4.0"]
NO_NUMBERS = [
    "99",
    "0",
    "2",
    "-1",
    "1e9",
    "1000000000",
    "abc",
    "",
    None,
    "9" * 5000,
    "\N{ARABIC-INDIC DIGIT ONE}",
    "1\0",
]


@pytest.mark.parametrize("number", NO_STEPS)
def test_a_step_that_is_not_the_next_is_refused_and_nothing_runs(site, server, visitor, number):
    visitor.walk("pile", 3)
    before, rows = queue_of(server, visitor), visitor.get(PAGE).rows
    path = f"/runs/{run_id(visitor)}/steps/{number}/"
    assert 400 <= visitor.post(path, headers=HTMX).status < 500
    assert 400 <= visitor.post(path, headers={}).status < 500
    assert (queue_of(server, visitor), visitor.get(PAGE).rows) == (before, rows)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_run_that_is_not_the_next_is_refused_and_nothing_runs(site, server, visitor, number):
    visitor.get(PAGE)
    before = server.calls("LPUSH")
    fields = {} if number is None else {"number": number}
    assert 400 <= visitor.post(f"{PAGE}runs/", fields).status < 500
    assert server.calls("LPUSH") == before
    assert visitor.get(PAGE).rows == []
