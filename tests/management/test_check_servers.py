"""`manage.py lessons check --on`: the same lessons on several servers."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.lessons import OURS, SOUND, but_unused
from tests.lessons_command import run_lessons
from tests.needs import need
from tests.polling import until
from tests.servers import ROOT, free_port, running_redis
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor import proved_on
from tutor.broker import status
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.proved_servers import (
    ProvedLesson,
    ProvedServer,
    as_servers_text,
    proved_lessons_in,
)
from tutor.files.yaml_reader import read_document

pytestmark = pytest.mark.django_db

shelf = shelf_of(lambda folder: (folder / "small.yaml").write_text(SOUND))

# Redis 7.0 has no consumer after a read that found nothing, and WITHSCORE of ZRANK only came with 7.2.
GROUP = """\
title: A group
track: tests
actors: [anna]
watch: {jobs: stream}
steps:
  - {actor: anna, action: Group, command: XGROUP CREATE jobs team $ MKSTREAM}
  - {actor: anna, action: Read, command: XREADGROUP GROUP team anna COUNT 1 STREAMS jobs >}
  - {actor: anna, action: Push, command: XADD jobs * a 1}
"""


@pytest.fixture(scope="module")
def old() -> Iterator[str]:
    """The address of a Redis of Debian: the installed one, if it is 7.0."""
    binary = need(shutil.which("redis-server"), "redis-server")
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    need("v=7.0." in version, "redis-server 7.0, Debian 12's")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", "/tmp"]
    program = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        until(lambda: _answers(client), "the answer of Redis 7.0")
        yield f"redis://127.0.0.1:{port}"
    finally:
        client.close()
        program.kill()
        program.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def check(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict]:
    code, said = run_lessons(capsys, "check", "--format", "json", *words)
    return code, json.loads(said)


@pytest.mark.slow
def test_a_step_that_differs_is_listed_with_both_servers(shelf: Path, capsys, old: str):
    file = shelf / "group.yaml"
    file.write_text(GROUP)
    code, said = check(capsys, "--on", old, file)
    assert (code, said["problems"], said["unreached"]) == (0, [], [])
    (difference,) = said["differences"]
    own, other = said["servers"]
    assert other.startswith("Redis 7.0.")
    assert (difference["line"], difference["severity"]) == (7, "warning")
    assert difference["message"].startswith("step 2: the details of jobs differs:")
    assert f"on {own}" in difference["message"]
    assert "'anna'" in difference["expected"]
    assert "'anna'" not in difference["came"]


@pytest.mark.slow
def test_a_claim_that_is_false_on_one_server_names_it(shelf: Path, capsys, old: str):
    file = shelf / "rank.yaml"
    steps = "  - {actor: producer, action: Add, command: ZADD z 1 a}\n"
    steps += "  - {actor: producer, action: Rank, command: ZRANK z a WITHSCORE, expect: {reply: [0, '1']}}\n"
    file.write_text(SOUND + steps)
    code, said = check(capsys, file, "--on", old)
    assert code == 1
    (problem,) = but_unused(said["problems"])
    assert problem["message"].startswith(f"on {said['servers'][1]}: ")
    assert any("the error" in each["message"] for each in said["differences"])


@pytest.mark.slow
def test_a_session_is_checked_on_each_server(shelf: Path, capsys, old: str):
    session = 'closing: |\n  ```redis-cli\n  > ZADD z 1 a\n  > ZRANK z a WITHSCORE\n  1) (integer) 0\n  2) "1"\n  ```\n'
    file = shelf / "session.yaml"
    file.write_text(SOUND + session)
    said = check(capsys, file, "--on", old)[1]
    assert [each["message"].partition(": ")[0] for each in said["problems"]] == [f"on {said['servers'][1]}"]


def test_two_servers_of_one_kind_do_not_differ(shelf: Path, capsys):
    (shelf / "group.yaml").write_text(GROUP)
    with running_redis() as server:
        code, said = check(capsys, "--on", server.url, shelf)
        assert redis.Redis.from_url(server.url).dbsize() == 0
    assert (code, said["problems"], said["differences"], len(said["servers"])) == (0, [], [], 2)


@for_each(
    ("url", "sentence"),
    [
        ("redis://127.0.0.1:1", "No server listens at 127.0.0.1:1."),
        ("redis://127.0.0.1:1/x", "its address has a path that is not a database number"),
        ("http://127.0.0.1", "its address"),
    ],
)
def test_a_server_that_is_not_reached_is_a_sentence(capsys, shelf: Path, url: str, sentence: str):
    code, said = check(capsys, "--on", url)
    assert code == 1
    (unreached,) = said["unreached"]
    assert unreached.startswith("Server 1 of --on: ")
    assert sentence in unreached
    assert "REDIS_URL" not in unreached


@pytest.mark.slow
def test_a_server_that_refuses_the_password_is_a_sentence_without_it(capsys, shelf: Path, old: str):
    code, said = check(capsys, "--on", old.replace("//", "//nobody:wrong-word@"))
    assert code == 1
    assert len(said["unreached"]) == 1
    assert "wrong-word" not in said["unreached"][0]


def test_the_shared_server_stays_what_it_is(capsys, shelf: Path):
    before = status.last_known().name
    check(capsys, "--on", "redis://127.0.0.1:1")
    assert status.last_known().name == before
    assert status.last_known().is_up


@pytest.mark.slow
def test_what_is_written_is_shown_until_the_steps_change(capsys, shelf: Path, client):
    def page() -> str:
        proved_on._proved_in.cache.clear()
        return client.get("/lessons/small/").content.decode()

    assert "Proved by running it" not in page()
    with running_redis() as server:
        assert run_lessons(capsys, "check", "--on", server.url, "--write")[0] == 0
    assert "Proved by running it on " in page()
    (shelf / "small.yaml").write_text(SOUND.replace("A test", "Another title"))
    assert "Proved by running it on " in page()
    (shelf / "small.yaml").write_text(SOUND.replace("LPUSH", "RPUSH"))
    assert "Proved by running it" not in page()


@for_each("text", ["", "[]", "{", '{"version": 9, "lessons": {}}', '{"version": 1, "lessons": 5}', '{"version": 1}'])
def test_a_file_that_is_none_says_nothing(text: str):
    assert proved_lessons_in(text) == {}


def test_the_file_is_read_as_it_was_written():
    lessons = {"b": ProvedLesson("12", (ProvedServer("Valkey 9.1.2", "2026-11-28"),)), "a": ProvedLesson("34", ())}
    assert proved_lessons_in(as_servers_text(lessons)) == lessons


def test_every_lesson_of_ours_was_proved_on_redis_and_valkey():
    found = proved_lessons_in((ROOT / "lessons" / "servers.json").read_text())
    for path in OURS:
        Lesson.model_validate(read_document(path.read_text()).root.value)
        names = {server.name.partition(" ")[0] for server in found[path.stem].servers}
        assert names == {"Redis", "Valkey"}, path
