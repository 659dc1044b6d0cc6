"""`make run` and its parts: from a fresh checkout to a page, and one sentence for every fault."""

import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.polling import is_gone, until

ROOT = Path(__file__).resolve().parent.parent
CLEAN = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"} or "PIP" in name}


def run(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env={**CLEAN, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def free_port() -> int:
    with socket.socket() as anyone:
        anyone.bind(("127.0.0.1", 0))
        return anyone.getsockname()[1]


# manage.py serve


def serve(var: Path, port: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "manage.py", "serve", "--port", port], ROOT, TUTOR_VAR=str(var))


@pytest.mark.slow
def test_a_taken_port_is_named_with_a_way_out(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = serve(tmp_path, str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken by another program. Choose another: make run PORT=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("port", ["abc", "0", "65536", "80 81", "²", ""])
def test_a_port_that_is_none_is_refused(tmp_path, port):
    done = serve(tmp_path, port)
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == f"CommandError: {port!r} is not a port. Choose a number from 1 to 65535: make run PORT=8000"
    )


@pytest.mark.slow
def test_a_folder_that_can_not_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = serve(tmp_path / "file" / "var", "8000")
    assert done.returncode == 1
    assert "can't write there" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_database_that_can_not_be_opened_is_a_sentence(tmp_path):
    (tmp_path / "db.sqlite3").mkdir()
    done = serve(tmp_path, str(free_port()))
    assert done.returncode == 1
    assert "The database can't be prepared: unable to open database file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_the_packages_is_a_sentence_that_says_what_to_type(tmp_path):
    done = run([sys.executable, "-I", "-S", str(ROOT / "manage.py"), "lessons", "check"], ROOT, TUTOR_VAR=str(tmp_path))
    assert done.returncode == 1
    assert "source .venv/bin/activate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_secret_key_is_made_once_and_is_the_owners_alone(tmp_path):
    serve(tmp_path, "none")
    path = tmp_path / "secret_key"
    key = path.read_text()
    serve(tmp_path, "none")
    assert path.read_text() == key
    assert len(key) > 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["terminal", "signal"])
def test_it_serves_until_it_is_ended_and_the_second_start_too(tmp_path, how):
    port = free_port()
    for _ in range(2):
        shown = serve_and_end(tmp_path, port, how)
        assert f"http://127.0.0.1:{port}/" in shown
        assert "Redis Tutor has stopped." in shown
        assert "Traceback" not in shown


def serve_and_end(var: Path, port: int, how: str) -> str:
    """Serve a page, end the program, assert that its server is gone, and return its output."""
    process, terminal = start(["manage.py", "serve", "--port", str(port)], var)
    address = f"http://127.0.0.1:{port}/"
    shown = read_to(terminal, address)  # a worker may answer before the supervisor has said so
    assert answers(address)
    server = int((var / "embedded" / "server.lock").read_text())
    if how == "terminal":
        os.write(terminal, b"\x03")
    else:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    until(lambda: is_gone(server), "the embedded server to end")
    return shown + read_all(terminal)


@pytest.mark.slow
def test_it_ends_when_its_terminal_is_closed(tmp_path):
    port = free_port()
    process, terminal = start(["manage.py", "serve", "--port", str(port)], tmp_path)
    until(lambda: answers(f"http://127.0.0.1:{port}/"), "the page", seconds=30)
    server = int((tmp_path / "embedded" / "server.lock").read_text())
    os.close(terminal)
    process.wait(timeout=20)
    until(lambda: is_gone(server), "the embedded server to end")
    assert not answers(f"http://127.0.0.1:{port}/")


TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def start(words: list[str], var: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start Python in a separate terminal, so that Ctrl-C reaches all its processes as in a real one."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *words],
        cwd=ROOT,
        env={**CLEAN, "TUTOR_VAR": str(var)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


def read_to(terminal: int, words: str) -> str:
    """Return what the program shows up to these words, which have to come within a minute of silence."""
    text = b""
    while words.encode() not in text:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, f"{words!r} did not come: {text!r}"
        text += os.read(terminal, 4096)
    return text.decode()


def read_all(terminal: int) -> str:
    text = b""
    try:
        while piece := os.read(terminal, 4096):
            text += piece
    except OSError:  # how Linux says that the other side has been closed
        pass
    os.close(terminal)
    return text.decode()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


# .ci/prepare, which makes .venv


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder with the set-up script, and nothing to install."""
    folder = tmp_path / "où j'apprends"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "prepare", folder / ".ci")
    (folder / "requirements.txt").write_text("# no package\n")
    return folder


def prepare(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run([".ci/prepare", "requirements.txt"], folder, **{"PYTHON": sys.executable, **variables})


def fake_python(folder: Path, script: str) -> str:
    path = folder / "python-of-a-kind"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_too_old_is_a_sentence(checkout):
    done = prepare(checkout, PYTHON=fake_python(checkout, "exit 1"))
    assert done.returncode == 1
    assert "Redis Tutor needs Python 3.11 or newer" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_is_a_sentence_that_says_what_to_install(checkout):
    script = f'case "$*" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'
    done = prepare(checkout, PYTHON=fake_python(checkout, script))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_a_checkout_that_can_not_be_written_is_a_sentence(checkout):
    (checkout / ".venv").write_text("in the way")
    done = prepare(checkout)
    assert done.returncode == 1
    assert "can't be written. Copy the project into a folder of your own" in done.stderr


@pytest.mark.slow
def test_no_network_is_a_sentence_and_the_next_try_succeeds(checkout):
    (checkout / "requirements.txt").write_text("surely-not-on-this-computer==1.0\n")
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    done = prepare(checkout, PIP_CONFIG_FILE=os.devnull, **unreachable)
    assert done.returncode == 1
    assert "no network?" in done.stderr
    assert "Traceback" not in done.stderr
    (checkout / "requirements.txt").write_text("# no package\n")
    assert prepare(checkout).returncode == 0


@pytest.mark.slow
def test_packages_are_installed_once_and_again_when_the_pins_change(checkout):
    assert "Installing" in prepare(checkout).stdout
    assert prepare(checkout).stdout == ""
    (checkout / "requirements.txt").write_text("# another pin\n")
    assert "Installing" in prepare(checkout).stdout


# make


def test_make_alone_lists_what_there_is():
    shown = run(["make"], ROOT).stdout
    for target in ("run", "test", "test-fast", "check", "bench", "clean"):
        assert f"make {target}" in shown


@pytest.mark.slow
def test_a_garbage_port_reaches_the_program_and_no_shell(tmp_path):
    done = run(["make", "-s", "run", f"PORT=$$(touch {tmp_path}/harm)"], ROOT, TUTOR_VAR=str(tmp_path))
    assert done.returncode != 0
    assert "is not a port" in done.stderr
    assert not (tmp_path / "harm").exists()


LOCALES = [
    {"LC_ALL": ""},
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
]


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: " ".join(locale.values()))
def test_in_no_locale_is_a_path_with_an_accent_a_fault(tmp_path, locale: dict[str, str]):
    (tmp_path / "é").write_text("")
    done = run(["make", "-s", "run"], ROOT, LANG="", TUTOR_VAR=str(tmp_path / "é" / "à moi"), **locale)
    assert done.returncode != 0
    assert f"keeps its own files in {tmp_path}/é/à moi, and can't write there" in done.stderr
