"""The same click twice, from twenty tabs, from yesterday, or for a step that there is not."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.reliability.pile import LENGTH, PAGE, finish, queue_of, run_id
from tests.servers import Program
from tests.visitor import HTMX, Answer, Visitor

pytestmark = pytest.mark.slow


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
