"""The documented command, systemd's unit and nginx's configuration, as they are shipped in deploy/."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, IncompleteRead

import psutil
import pytest

from tests.deployed import (
    NGINX,
    Browser,
    Deployed,
    command_of_the_unit,
    nginx_before,
    python_of_the_unit,
    verifiable_unit,
)
from tests.needs import need
from tests.polling import until
from tests.reliability.pile import LENGTH, PAGE
from tests.servers import ROOT, prepared_folder
from tests.supervised import kill, restarting, seconds_to_serve
from tests.visitor import Answer, fields_of

OPERATING = (ROOT / "docs" / "operating.md").read_text()


def test_the_guide_shows_the_shipped_configuration_of_nginx():
    assert f"```nginx\n{NGINX.read_text()}```\n" in OPERATING


def test_the_guide_has_the_command_of_the_unit():
    python, words = command_of_the_unit().split(" ", 1)
    assert python == python_of_the_unit()
    assert f".venv/bin/python {words}\n" in OPERATING


@pytest.mark.slow
def test_systemd_accepts_the_unit(tmp_path):
    analyze = need(shutil.which("systemd-analyze"), "systemd-analyze (Debian: apt install systemd)")
    unit = tmp_path / "redis-tutor.service"
    unit.write_text(verifiable_unit())
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_supervisor_that_is_killed_comes_back_as_under_systemd(tmp_path, lessons):
    prepared_folder(tmp_path)
    program = Deployed(tmp_path, lessons)
    with restarting(program, pause=1) as loop, program.visitor() as visitor:
        seconds_to_serve(visitor)
        for _ in range(3):
            kill(*(each.pid for each in psutil.Process(loop.pid).children()))
            until(lambda: not answers_page(visitor), "the orphans to end")
            seconds_to_serve(visitor)
        assert "is taken by another program" not in program.log


def answers_page(visitor: Browser) -> bool:
    try:
        return visitor.get(PAGE).status == 200
    except (OSError, HTTPException):  # an answer can break off in the middle
        return False


@pytest.fixture(scope="module")
def site(tmp_path_factory, lessons) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    prepared_folder(folder)
    running = Deployed(folder, lessons, BEHIND_TLS="1")
    running.manage("create_instructor", "ana", "--password-stdin", stdin="violet-harbour-42\n")
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="module")
def port(site, tmp_path_factory) -> Iterator[int]:
    with nginx_before(site, tmp_path_factory.mktemp("nginx")) as listening:
        yield listening


@pytest.fixture
def browser(port) -> Iterator[Browser]:
    with Browser(port) as made:
        yield made


@pytest.mark.slow
def test_pages_styles_and_steps_pass_nginx_on_a_port_that_is_not_443(browser):
    page = browser.get(PAGE)
    assert page.status == 200
    assert "Strict-Transport-Security" in page.headers
    assert {browser.get(sheet["href"]).status for sheet in page.all("link", rel="stylesheet")} == {200}
    assert len(browser.walk("pile", LENGTH).rows) == 1
    assert len(browser.get(PAGE).rows) == LENGTH


@pytest.mark.slow
def test_an_instructor_logs_in_through_nginx(browser):
    (form,) = [each for each in browser.get("/studio/login/").all("form") if "login" in each["action"]]
    fields = {**fields_of(form), "username": "ana", "password": "violet-harbour-42"}
    assert browser.post("/studio/login/", fields, headers={}).status == 303
    assert browser.get("/studio/").status == 200


@pytest.mark.slow
def test_a_form_of_another_origin_is_refused(browser):
    answer = browser.get(PAGE)
    browser.origin = {"Origin": "https://other.example.org"}
    assert browser.press(answer).status == 403


@pytest.mark.slow
def test_a_stream_passes_nginx_with_all_headers_and_without_a_delay(browser, port):
    browser.get("/live/")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/live/stream/", headers={"Cookie": cookies})
    stream = connection.getresponse()
    assert (stream.status, stream.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    assert "Strict-Transport-Security" in stream.headers
    assert stream.readline()
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize(("megabytes", "status"), [(8, 303), (11, 413)])
def test_nginx_lets_a_question_file_pass_and_nothing_much_larger(browser, megabytes, status):
    browser.get("/")
    parts = {
        'name="csrfmiddlewaretoken"': browser.cookies["__Host-csrftoken"],
        'name="file"; filename="questions.gift"': "x" * megabytes * 1_000_000,
    }
    body = "".join(
        f"--edge\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n" for name, text in parts.items()
    )
    form = {"Content-Type": "multipart/form-data; boundary=edge", **browser.origin}
    assert browser.request("POST", "/theme/", f"{body}--edge--\r\n", form).status == status


def walk(port: int) -> int:
    """Walk through the lesson, each answer being 200, and return the length of the table."""
    with Browser(port) as visitor:
        visitor.walk("pile", LENGTH)
        return len(visitor.get(PAGE).rows)


def walk_of_the_patient(port: int) -> int:
    """Walk likewise, but go on after an answer that broke off: nginx can't repeat one that it passes on."""
    with Browser(port) as visitor:
        answer = page_after_all(visitor)
        while answer.next_form:
            with suppress(IncompleteRead):
                assert visitor.press(answer).status == 200
            answer = page_after_all(visitor)
        return len(answer.rows)


def page_after_all(visitor: Browser) -> Answer:
    """Get the page, and again after an answer that broke off."""
    while True:
        with suppress(IncompleteRead):
            return visitor.get(PAGE)


@pytest.mark.slow
def test_renewed_workers_cost_nobody_behind_nginx_a_click(site, port):
    before = set(site.workers())
    with ThreadPoolExecutor(3) as pool:
        site.renew()
        lengths = set()
        while before & set(site.workers()):
            lengths |= {each.result() for each in [pool.submit(walk, port) for _ in range(3)]}
    assert lengths == {LENGTH}


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nobody_behind_nginx_a_click(site, port):
    kills = 0
    with ThreadPoolExecutor(4) as pool:
        walks = [pool.submit(walk_of_the_patient, port) for _ in range(40)]
        while (done := count_of(walks)) < len(walks):
            victim = site.workers()[0]
            kill(victim)
            kills += 1
            until(lambda killed=victim: killed not in site.workers() and len(site.workers()) == 4, "the next worker")
            until(lambda before=done: count_of(walks) >= min(len(walks), before + 4), "walks to end")
        assert {each.result() for each in walks} == {LENGTH}
    assert kills > 4


def count_of(walks: Sequence[Future[int]]) -> int:
    return sum(each.done() for each in walks)
