"""The pages of `lessons watch`: files, previews, a stream of changes; and refused requests."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from django.http import Http404
from django.test import AsyncRequestFactory, Client

from tests.lessons import SOUND
from tests.loops import run
from tests.servers import ROOT
from tutor.authoring import watched_files
from tutor.authoring.watched_files import WatchedFiles
from tutor.views import watched


@pytest.fixture(autouse=True)
def program(settings) -> None:
    """The addresses of the command's own program."""
    settings.ROOT_URLCONF = "tutor.watch_urls"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text(SOUND)
    return path


@pytest.fixture
def shelf(file: Path) -> WatchedFiles:
    return watched_files.open_at(file.parent)


def test_the_files_are_listed_with_their_previews(shelf, file):
    file.with_name("My lesson.yml").write_text("x")
    shelf.scan()
    text = Client().get("/").content.decode()
    assert 'href="/preview/one/"' in text
    assert 'href="/preview/My%20lesson.yml/"' in text
    assert Client().get("/preview/My lesson.yml/").status_code == 200


def test_an_empty_folder_says_what_to_do(tmp_path):
    watched_files.open_at(tmp_path)
    assert "lessons new my-lesson" in Client().get("/").content.decode()


def test_a_preview_is_of_the_file_as_it_is_and_listens_to_its_own_stream(shelf, file):
    text = Client().get("/preview/one/?at=1").content.decode()
    assert "LPUSH" in text
    assert 'data-stream="/preview/one/changes/"' in text
    shelf.keep_good_text(shelf.find("one"))
    file.write_text("title: [x")
    shelf.scan()
    text = Client().get("/preview/one/?at=1").content.decode()
    assert "the version before the error" in text
    assert "LPUSH" in text


@pytest.mark.parametrize("path", ["/preview/two/", "/preview/..%2Fone/", "/lessons/one/", "/health/", "/runs/"])
def test_there_is_nothing_else(shelf, path):
    assert Client().get(path).status_code == 404


def test_without_asgi_the_stream_says_that_it_can_not_be(shelf):
    assert Client().get("/preview/one/changes/").status_code == 501


def test_a_preview_needs_no_database(shelf):
    # pytest-django refuses every query of a test that does not ask for one.
    assert Client().get("/preview/one/?at=1").status_code == 200


def asked(slug: str = "one", **headers: str):
    return AsyncRequestFactory().get(f"/preview/{slug}/changes/", headers=headers)


async def next_version(events: AsyncIterator[bytes]) -> str:
    kind, data = (await asyncio.wait_for(anext(events), 20)).decode().strip().split("\n")
    assert kind == "event: version"
    return json.loads(data.removeprefix("data: "))["version"]


def test_the_stream_sends_the_current_version_at_once_and_then_each_new_one(shelf, file):
    async def listen() -> None:
        answer = await watched.changes(asked(), "one")
        assert answer.headers["Content-Type"] == "text/event-stream"
        events = aiter(answer)
        first = await next_version(events)
        assert first == watched.source_of("one").version
        file.write_text("second")
        shelf.scan()
        shelf.notify()
        second = await next_version(events)
        assert second == watched.source_of("one").version != first
        shelf.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(events), 20)

    run(listen())


def test_a_stream_that_hears_nothing_says_now_and_then_that_it_is_there(shelf, monkeypatch):
    monkeypatch.setattr(watched_files, "HEARTBEAT_SECONDS", 0.01)

    async def listen() -> None:
        events = aiter(await watched.changes(asked(), "one"))
        assert await next_version(events) == await next_version(events)

    run(listen())


def test_notify_wakes_every_stream(shelf):
    async def listen() -> None:
        streams = [aiter(await watched.changes(asked(), "one")) for _ in range(20)]
        for stream in streams:
            await next_version(stream)
        waiting = [asyncio.create_task(next_version(stream)) for stream in streams]
        await asyncio.sleep(0)
        shelf.notify()
        assert len(set(await asyncio.gather(*waiting))) == 1

    run(listen())


def test_pages_of_other_sites_get_no_stream(shelf):
    async def ask(**headers: str) -> int:
        return (await watched.changes(asked(**headers), "one")).status_code

    assert run(ask(Origin="http://evil.example")) == 403
    assert run(ask(Origin="null")) == 403
    assert run(ask(Origin="http://testserver")) == 200


def test_there_is_no_stream_of_a_file_that_is_not_watched(shelf):
    with pytest.raises(Http404):
        run(watched.changes(asked("two"), "two"))


@pytest.mark.slow
def test_an_ordinary_program_has_no_previews_and_does_not_even_load_them(settings):
    settings.ROOT_URLCONF = "tutor.urls"
    for path in ("/preview/one/", "/preview/one/changes/"):
        assert Client().get(path).status_code == 404
    script = "import sys, tutor.asgi; from django.urls import resolve; resolve('/'); print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    loaded = set(found.stdout.split())
    assert "tutor.views.lessons" in loaded
    kept_out = {
        "tutor.authoring.watched_files",
        "tutor.views.watched",
        "tutor.watch_asgi",
        "tutor.watch_urls",
        "watchfiles",
    }
    assert not loaded & kept_out
