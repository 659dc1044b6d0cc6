"""A Redis that is killed, comes back empty, or hangs while a lesson is under way."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.polling import until
from tests.reliability.pile import PAGE, finish, queue_of, run_id
from tests.servers import program
from tests.timing import promptly
from tests.visitor import press_once

pytestmark = pytest.mark.slow


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
    again = next(form for form in refused.all("form") if form["action"] == answer.next_form.path)
    server.restart()
    assert visitor.post(again["action"], headers={}).status == 303
    assert visitor.get(PAGE).rows == uninterrupted[:4]


def test_a_page_that_could_not_help_twice_still_leads_back_to_the_lesson(site, server, visitor):
    answer = visitor.walk("pile", 3)
    action = answer.next_form.path
    server.kill()
    here = f"http://127.0.0.1:{site.port}"
    first = visitor.post(action, headers={"Referer": here + PAGE})
    again = next(form for form in first.all("form") if form["action"] == action)
    fields = {field["name"]: field["value"] for field in again.descendants if field["name"]}
    second = visitor.post(action, fields, headers={"Referer": here + action})
    assert [urlsplit(link["href"]).path for link in second.all("a") if "Back" in link.text] == [PAGE]


def test_a_step_that_is_recorded_is_answered_while_redis_is_down(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    path = f"/runs/{run_id(visitor)}/steps/2/"
    server.kill()
    assert visitor.press(answer).status == 503
    for _ in range(4):  # whichever worker answers, and whether or not it knows by now
        assert visitor.post(path).rows == uninterrupted[1:2]


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
    with promptly(2):
        answer = visitor.get(path)
    assert answer.status == (404 if "nothing" in path else 200)
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
        with promptly(5):
            assert other.get("/").status == 200
        assert {one.result() for one in pressed} == {503}
        with promptly(2):
            assert other.get("/").status == 200
    assert finish(visitor, answer) == uninterrupted


def test_an_embedded_server_that_was_killed_is_back_with_the_next_presses(lessons, uninterrupted):
    with program("", lessons) as site, site.visitor() as visitor:
        answer = visitor.walk("pile", 5)
        kill_embedded(site.folder)
        until(lambda: visitor.press(answer).status == 200, "the step to be taken")
        assert finish(visitor, visitor.get(PAGE)) == uninterrupted
        assert "Traceback" not in site.log


def kill_embedded(folder: Path) -> None:
    os.kill(int((folder / "embedded" / "server.lock").read_text()), signal.SIGKILL)
