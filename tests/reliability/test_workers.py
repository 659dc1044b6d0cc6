"""Processes of the program that are killed in the middle of a step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from time import monotonic

import pytest

from tests.polling import until
from tests.reliability.pile import PAGE, finish, run_id
from tests.visitor import Answer

pytestmark = pytest.mark.slow


def test_a_worker_killed_between_redis_and_the_database_is_repaired_by_the_next_press(
    site, server, proxy, visitor, uninterrupted
):
    answer = visitor.walk("pile", 3)
    queue = f"tutor:{{{run_id(visitor)}}}:queue"
    with proxy.holding_answers(to="task4"), ThreadPoolExecutor() as pool:
        lost = pool.submit(visitor.twin().press, answer)
        until(lambda: proxy.held, "Redis to have run the step")
        site.kill()
        assert isinstance(lost.exception(), OSError)
    assert server.ask("LLEN", queue) == 4
    site.start()
    with site.visitor() as back:
        back.cookies = visitor.cookies
        assert back.get(PAGE).rows == uninterrupted[:3]
        assert finish(back, answer) == uninterrupted


def test_a_program_killed_under_load_leaves_each_step_done_once_or_not_at_all(site, uninterrupted):
    def to_the_end() -> list[tuple[str, ...]]:
        with site.visitor() as visitor:
            answer = keep_trying(lambda: visitor.get(PAGE))
            while answer.next_form:
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
