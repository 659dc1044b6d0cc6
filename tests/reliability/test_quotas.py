"""The limits in the running program: floods get 429, others go on, and memory and disk stay bounded."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.lessons import lesson
from tests.polling import until
from tests.reliability.pile import LENGTH, PAGE, STEPS
from tests.servers import Program, RedisServer, program, running_redis
from tests.visitor import HTMX, Answer, Visitor

pytestmark = pytest.mark.slow

HEAVY = f"""\
  - {{actor: producer, action: Push, command: LPUSH queue {" ".join(letter * 40_000 for letter in "abcde")}}}
  - {{actor: consumer, action: Pop, command: RPOP queue}}
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("limited-lessons")
    (folder / "pile.yaml").write_text(lesson("".join(STEPS)))
    (folder / "heavy.yaml").write_text(lesson(HEAVY))
    return folder


@pytest.fixture(scope="module")
def small() -> Iterator[RedisServer]:
    with running_redis("--maxmemory", "32mb", "--maxmemory-policy", "noeviction") as running:
        yield running


@pytest.fixture
def limited(small, shelf) -> Iterator[Program]:
    """One worker with the default limits and full buckets."""
    with program(small.url, shelf, workers=1, LIMITS="on") as made:
        yield made
        assert "Traceback" not in made.log


@pytest.fixture
def flooded(small, shelf) -> Iterator[Program]:
    """Two workers that share buckets, which fill slowly, so that a busy machine changes nothing."""
    slowly = {"LIMIT_STEPS": "1/s burst 60", "LIMIT_RUNS": "1/min burst 15", "LIMIT_RUNS_PER_ADDRESS": "1/s burst 200"}
    with program(small.url, shelf, workers=2, LIMITS="on", **slowly) as made:
        yield made
        assert "Traceback" not in made.log


@pytest.fixture
def streaming(small, shelf) -> Iterator[Program]:
    with program(small.url, shelf, workers=1, interface="asgi", LIMITS="on") as made:
        yield made
        assert "Traceback" not in made.log


def run_of(visitor: Visitor, page: str) -> str:
    """Return the address of the visitor's newest run."""
    action = next(form["action"] for form in visitor.get(page).all("form") if "/restart/" in form["action"])
    return action.removesuffix("restart/")


def test_a_flood_of_one_learner_is_refused_and_another_goes_on(flooded):
    with flooded.visitor() as greedy, flooded.visitor() as other:
        greedy.walk("pile", 2)
        address = run_of(greedy, PAGE)
        answers = [greedy.post(f"{address}steps/1/") for _ in range(300)]
        codes = Counter(answer.status for answer in answers)
        refused = next(answer for answer in answers if answer.status == 429)
        assert set(codes) == {200, 429}
        assert codes[200] < 150
        assert 1 <= int(refused.headers["Retry-After"]) <= 2
        assert "your place is kept" in refused.text
        other.walk("pile", LENGTH)
        pressed_again(greedy, f"{address}steps/1/")


def pressed_again(visitor: Visitor, path: str) -> None:
    """Press as often as it is refused; the answer says when it works, which is not long."""
    until(lambda: visitor.post(path).status == 200, "the press to work again")


def test_free_cookies_do_not_help_one_address(flooded):
    def begin(_: int) -> int:
        with flooded.visitor() as visitor:
            visitor.get(PAGE)
            return visitor.post(f"{PAGE}runs/", {"number": "1"}).status

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(begin, range(600)))
    assert set(codes) == {200, 429}
    assert codes[429] > 50


def test_a_header_of_the_visitor_does_not_change_the_address(flooded):
    def begin(number: int) -> int:
        with flooded.visitor() as visitor:
            visitor.get(PAGE)
            told = {**HTMX, "X-Forwarded-For": f"198.51.100.{number % 250}"}
            return visitor.post(f"{PAGE}runs/", {"number": "1"}, told).status

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(begin, range(600)))
    assert codes[429] > 50


def of_class(site: Program) -> list[int]:
    """Be one of a class: begin, press Next, restart, press Next again, and begin a test twice."""
    with site.visitor() as visitor:
        codes = [visitor.walk("pile", LENGTH).status]
        address = run_of(visitor, PAGE)
        codes += [visitor.post(f"{address}restart/", headers={}).status for _ in range(2)]
        codes.append(visitor.walk("pile", LENGTH).status)
        codes += [visitor.post(f"{PAGE}tests/", {"number": "1"}, {}).status for _ in range(2)]
        return codes


def test_a_class_of_40_behind_one_address_meets_no_limit(limited):
    # Not 40 at once: on a busy machine, some would wait in the worker's queue until it answers 503.
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: of_class(limited), range(40)))
    assert {code for codes in answers for code in codes} == {200, 303}


def restart_often(visitor: Visitor, times: int) -> Counter[int]:
    """Begin the heavy lesson, and restart it that often after each first step."""
    page, codes = "/lessons/heavy/", Counter[int]()
    visitor.get(page)
    codes[visitor.post(f"{page}runs/", {"number": "1"}).status] += 1
    number = 1
    for _ in range(times):
        answer: Answer = visitor.post(f"{page}runs/", {"number": str(number + 1)})
        number += answer.status == 200
        codes[answer.status] += 1
    return codes


@pytest.fixture
def unlimited(small, shelf) -> Iterator[Program]:
    """The program without limits of speed, and with those of storage; its Redis is empty."""
    small.ask("FLUSHALL", "SYNC")
    with program(small.url, shelf, workers=2, LIMIT_KEPT_RUNS="10", LIMIT_STORAGE="64 MB") as made:
        yield made
        assert "Traceback" not in made.log


def test_restarts_of_a_heavy_lesson_fill_neither_redis_nor_the_database(unlimited, small):
    with unlimited.visitor() as greedy, unlimited.visitor() as honest:
        answer = honest.walk("pile", 2)
        codes = restart_often(greedy, 300)
        assert set(codes) == {200}
        assert small.ask("ZCARD", "tutor:corners") <= 10
        assert honest.press(answer).status == 200


def test_old_runs_go_while_their_old_tabs_still_press(small, shelf):
    with program(small.url, shelf, workers=2, LIMIT_KEPT_RUNS="2") as site, site.visitor() as visitor:
        first = visitor.walk("pile", 1)

        def press(tab: Visitor, answer: Answer) -> list[int]:
            with tab:
                return [tab.press(answer).status for _ in range(40)]

        def restart(tab: Visitor) -> list[int]:
            with tab:
                return [tab.post(f"{PAGE}runs/", {"number": str(number)}).status for number in range(2, 42)]

        with ThreadPoolExecutor(5) as pool:
            presses = [pool.submit(press, visitor.twin(), first) for _ in range(3)]
            restarts = [pool.submit(restart, visitor.twin()) for _ in range(2)]
        assert {code for each in presses for code in each.result()} <= {200, 404}
        # Of two tabs that restart, one may come so late that the run it asks for is removed.
        assert {code for each in restarts for code in each.result()} <= {200, 404, 409}
        assert visitor.walk("pile", LENGTH - 1).status == 200
        assert "Traceback" not in site.log


def test_many_learners_of_a_heavy_lesson_do_not_stop_an_honest_one(unlimited, small):
    with unlimited.visitor() as honest:
        answer = honest.walk("pile", 1)

        def attack(_: int) -> int:
            with unlimited.visitor() as visitor:
                return visitor.walk("heavy", 1).status

        with ThreadPoolExecutor(4) as pool:
            codes = Counter(pool.map(attack, range(350)))
        assert set(codes) == {200}
        for _ in range(LENGTH - 1):
            answer = honest.press(answer)
            assert answer.status == 200
        assert int(small.ask("ZCARD", "tutor:corners")) < 300


def test_a_flood_of_heavy_steps_is_charged_by_its_bytes(small, shelf):
    with program(small.url, shelf, workers=1, LIMIT_BYTES="64 MB/day burst 4 MB") as site, site.visitor() as greedy:
        codes = restart_often(greedy, 60)
        # A step of 200 KB is stored with its command, and charged after it is taken.
        assert 5 <= codes[200] <= 21
        assert codes[200] + codes[429] == 61


def opened(site: Program, visitor: Visitor) -> tuple[HTTPConnection, int]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    connection.request("GET", "/live/stream/", headers={"Cookie": cookies})
    return connection, connection.getresponse().status


def test_streams_of_one_address_are_limited_and_the_refused_are_told_when(streaming):
    visitors = [streaming.visitor() for _ in range(100)]
    connections = []
    try:
        for visitor in visitors:
            with visitor:
                visitor.get("/live/")
            connections += [opened(streaming, visitor) for _ in range(4)]
        codes = Counter(code for _, code in connections)
        assert set(codes) == {200, 429}
        assert 160 <= codes[200] <= 200  # a class of 40 with four tabs each, and no more than the address may have
    finally:
        for connection, _ in connections:
            connection.close()
    with streaming.visitor() as visitor:
        visitor.get("/live/")
        until(lambda: opened_and_closed(streaming, visitor) == 200, "a place to be free again")


def opened_and_closed(site: Program, visitor: Visitor) -> int:
    connection, code = opened(site, visitor)
    connection.close()
    return code


def test_a_learner_who_opens_streams_without_end_is_refused(streaming):
    with streaming.visitor() as visitor:
        visitor.get("/live/")
        codes = [opened_and_closed(streaming, visitor) for _ in range(60)]
        assert codes[0] == 200
        assert 429 in codes
