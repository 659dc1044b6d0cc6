"""`manage.py lessons watch`: its output as files are saved, its end, and cleaning up."""

import re
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command

from tests.lessons import SOUND
from tests.polling import is_gone, until
from tests.servers import free_port, running_redis
from tests.watching import Watching, open_watching, watching

pytestmark = pytest.mark.slow

FALSE = SOUND.replace("queue a}", "queue a, expect: {queue: [b]}}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("watch")
    (found / "lessons").mkdir()
    (found / "lessons" / "other.yaml").write_text(SOUND)
    return found


@pytest.fixture(scope="module")
def program(folder: Path) -> Iterator[Watching]:
    """The command on a folder, without a database that could be reached."""
    with open_watching(folder, "lessons", DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/none") as found:
        found.says("1 lesson checked, no problems")
        yield found


@pytest.fixture
def file(program: Watching, folder: Path) -> Path:
    """A new lesson that is checked; each test has its own."""
    path = folder / "lessons" / f"lesson-{uuid4().hex[:8]}.yaml"
    path.write_text(SOUND)
    program.says(f"lessons/{path.name}: no problems")
    return path


def stream(port: int, slug: str) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/preview/{slug}/changes/")
    assert connection.getresponse().status == 200
    return connection


def test_each_save_is_checked_and_reported_with_the_time(program: Watching, file: Path):
    name = f"lessons/{file.name}"
    assert re.search(rf"^[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}  {name} is new$", program.log, re.MULTILINE)
    file.write_text(FALSE)
    program.says(f"{name}: 1 problem")
    program.says(f"{name}:7:77: claims that queue is ['b'], but it is ['a']\n  7 |")
    program.says("    expected: ['b']\n        came: ['a']")
    file.write_text(SOUND)
    program.says(f"{name}: no problems", times=2)
    assert program.ask(f"/preview/{file.stem}/?at=1")[0] == 200


def test_editors_that_replace_files_cause_one_check_a_save(program: Watching, file: Path):
    name = f"lessons/{file.name}"
    for number in range(1, 4):
        draft = file.with_name(".draft")
        draft.write_text(SOUND.replace("A test", f"Test {number}"))
        draft.replace(file)
        program.says(f"{name}: no problems", times=number + 1)
    file.unlink()
    file.write_text(FALSE)
    program.says(f"{name}: 1 problem")
    assert f"{name} is gone" not in program.log
    assert program.log.count(f"{name}: no problems") == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"title: [", b"\0\0", b"a: &x [*x, *x]", b"- " * 5000, b"\xff\xfe\xed\xa0\xbd", b"x" * 300_000],
    ids=["empty", "cut off", "null", "anchors", "deep", "no text", "too long"],
)
def test_no_content_of_a_file_stops_it(program: Watching, file: Path, content: bytes):
    file.write_bytes(content)
    until(lambda: re.search(rf"{file.name}: [0-9]+ problem", program.log), "the problems")
    status, page = program.ask(f"/preview/{file.stem}/")
    assert (status, "the version before" in page) == (200, True)
    file.write_text(SOUND.replace("A test", "Another"))
    program.says(f"lessons/{file.name}: no problems", times=2)


def test_text_of_a_file_cannot_control_the_terminal(program: Watching, file: Path):
    file.write_text("title: x\n\x1b]0;evil\x07\n")
    until(lambda: re.search(rf"{file.name}: [0-9]+ problem", program.log), "the problems")
    assert "\x1b" not in program.log


def test_a_file_that_disappears_comes_back_or_is_renamed_is_reported(program: Watching, file: Path):
    name = f"lessons/{file.name}"
    file.unlink()
    program.says(f"{name} is gone")
    assert "is gone" in program.ask(f"/preview/{file.stem}/")[1]
    file.write_text(SOUND)
    program.says(f"{name} is back")
    program.says(f"{name}: no problems", times=2)
    renamed = file.rename(file.with_name("renamed.yaml"))
    program.says(f"{file.name} is renamed.yaml now")
    program.says("lessons/renamed.yaml: no problems")
    assert "/preview/renamed/" in program.ask(f"/preview/{file.stem}/")[1]
    renamed.unlink()


def test_strangers_get_nothing(program: Watching):
    assert program.ask("/", Host="evil.example")[0] == 400
    assert program.ask("/preview/other/changes/", Host="evil.example")[0] == 400
    assert program.ask("/preview/other/changes/", Origin="http://evil.example")[0] == 403
    assert program.ask("/preview/%2e%2e/")[0] == 404
    assert program.ask("/lessons/other/")[0] == 404


def test_it_listens_to_its_own_loopback_address_alone(program: Watching):
    with socket.socket() as attempt:
        attempt.settimeout(5)
        assert attempt.connect_ex(("127.0.0.2", program.port)) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_end_leaves_no_process_and_no_port_also_while_a_page_listens(tmp_path: Path, number: signal.Signals):
    (tmp_path / "one.yaml").write_text(SOUND)
    # A port that no other test uses, because the test checks after the program's end whether it is free.
    with open_watching(tmp_path, "one.yaml", "--port", str(free_port())) as found:
        assert found.site.endswith("/preview/one/")
        found.says("one.yaml: no problems")
        keeper = int((tmp_path / "var" / "embedded" / "keeper.lock").read_text())
        open_stream = stream(found.port, "one")
        assert found.end(number) == 0
        open_stream.close()
        assert found.log.endswith("Stopped watching.\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", found.port))
        until(lambda: is_gone(keeper), "the embedded server's keeper to go")
    assert not list((tmp_path / "var").glob("db.sqlite3*"))


def test_a_port_that_is_taken_is_passed_over_and_one_that_is_asked_for_is_refused(tmp_path: Path):
    (tmp_path / "one.yaml").write_text(SOUND)
    with open_watching(tmp_path, "one.yaml") as first:
        second_folder = tmp_path / "second"
        second_folder.mkdir()
        (second_folder / "one.yaml").write_text(SOUND)
        with open_watching(second_folder, "one.yaml") as second:
            assert second.port != first.port
        with watching(second_folder, "one.yaml", "--port", str(first.port)) as third:
            assert third.process.wait(60) == 1
            assert f"Port {first.port} can't be used here." in third.log


def test_an_outage_of_redis_is_reported_once_and_saved_files_are_checked_afterwards(tmp_path: Path):
    file = tmp_path / "one.yaml"
    file.write_text(SOUND)
    with running_redis() as server, open_watching(tmp_path, "one.yaml", REDIS_URL=server.url) as found:
        found.says("one.yaml: no problems")
        server.kill()
        file.write_text(FALSE)
        found.says("Redis does not answer right now. Lessons are checked when it does.")
        status, page = found.ask("/preview/one/?at=1")
        assert (status, "The Redis server does not answer." in page) == (200, True)
        server.start()
        found.says("one.yaml: 1 problem")
        assert found.log.count("Lessons are checked when it does.") == 1
        assert server.all_keys() == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.yaml"], "There is no file or folder missing.yaml."),
        (["--port", "0"], "Port 0 can't be used here."),
        (["--port", "99999"], "Port 99999 can't be used here."),
    ],
)
def test_a_path_that_cannot_be_watched_is_reported_at_once(capsys, arguments: list[str], said: str):
    with pytest.raises(SystemExit) as left:
        call_command("lessons", "watch", *arguments)
    assert left.value.code == 1
    assert said in capsys.readouterr().out
