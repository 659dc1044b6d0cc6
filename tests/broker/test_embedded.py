"""The embedded server against real processes: started once, shared, and gone however they end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.polling import is_gone, until
from tests.tables import for_each
from tutor.broker import embedded

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys
from pathlib import Path
from tutor.broker.embedded import ensure_server
for line in sys.stdin:
    print(ensure_server(Path(sys.argv[1])), flush=True)
"""


class User:
    """A process that uses the embedded server of a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self) -> None:
        """Have the process call ensure_server, without waiting for it."""
        self.process.stdin.write("once more\n")
        self.process.stdin.flush()

    def answer(self) -> redis.Redis:
        """Return a client of the server that ensure_server named."""
        return redis.Redis.from_url(self.process.stdout.readline().strip())

    def client(self) -> redis.Redis:
        self.ask()
        return self.answer()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "embedded"


@pytest.fixture
def new_user(folder: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def start() -> User:
        users.append(User(folder))
        return users[-1]

    yield start
    last = folder / "server.lock"
    pid = int(last.read_text() or 0) if last.exists() else 0
    for user in users:
        if user.process.returncode is None:
            user.end()
    until(lambda: not pid or is_gone(pid), "the server of the test to end")


def pid_of(client: redis.Redis) -> int:
    return client.info("server")["process_id"]


def keeper_pid(folder: Path) -> int:
    return int((folder / "keeper.lock").read_text())


@pytest.mark.slow
def test_eight_processes_at_once_share_one_server(new_user):
    users = [new_user() for _ in range(8)]
    for user in users:
        user.ask()
    assert len({pid_of(user.answer()) for user in users}) == 1


def test_the_folder_and_the_socket_are_the_owners_alone_and_no_port_is_open(new_user, folder):
    client = new_user().client()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "valkey.sock").stat().st_mode & 0o777 == 0o700
    assert client.info("server")["tcp_port"] == 0


@pytest.mark.slow
def test_the_server_stays_while_one_user_is_left_and_ends_with_the_last(new_user, folder):
    first, second = new_user(), new_user()
    pid = pid_of(first.client())
    second.client()
    first.end()
    assert pid_of(second.client()) == pid
    second.end()
    until(lambda: is_gone(pid), "the server to end")
    until(lambda: not (folder / "valkey.sock").exists(), "the socket to be removed")


@pytest.mark.slow
def test_the_server_ends_when_its_users_are_killed(new_user):
    users = [new_user(), new_user()]
    pids = {pid_of(user.client()) for user in users}
    for user in users:
        user.end(signal.SIGKILL)
    until(lambda: all(map(is_gone, pids)), "the server to end")


@pytest.mark.slow
def test_a_user_that_comes_while_the_server_ends_gets_a_new_one(new_user):
    for _ in range(5):
        user = new_user()
        assert user.client().ping()
        user.end(signal.SIGKILL)


@pytest.mark.slow
def test_a_server_whose_keeper_was_killed_is_taken_over_with_its_data(new_user, folder):
    user = new_user()
    client = user.client()
    client.set("tutor:kept", "yes")
    pid = pid_of(client)
    killed = keeper_pid(folder)
    os.kill(killed, signal.SIGKILL)
    until(lambda: is_gone(killed), "the keeper to end")
    assert new_user().client().get("tutor:kept") == b"yes"
    assert keeper_pid(folder) != killed
    assert not is_gone(pid)


def test_a_second_keeper_leaves_the_server_to_the_first(new_user, folder):
    # The process that started the first may have been killed, and its start.lock with it, before the server answered.
    client = new_user().client()
    pid, keeper = pid_of(client), keeper_pid(folder)
    second = subprocess.run(
        [sys.executable, "-m", "tutor.broker.keeper", str(folder), embedded.ACCESS],
        cwd=ROOT, capture_output=True, timeout=10, check=True,
    )  # fmt: skip
    assert second.stdout.decode() == embedded.READY
    assert (pid_of(client), keeper_pid(folder)) == (pid, keeper)


@pytest.mark.slow
def test_a_server_left_alone_by_keeper_and_users_ends_after_the_next_use(new_user, folder):
    user = new_user()
    pid = pid_of(user.client())
    os.kill(keeper_pid(folder), signal.SIGKILL)
    user.end(signal.SIGKILL)
    successor = new_user()
    assert successor.client().ping()
    successor.end()
    until(lambda: is_gone(pid), "the server to end")


def test_a_keeper_that_is_asked_to_end_takes_the_server_with_it(new_user, folder):
    pid = pid_of(new_user().client())
    os.kill(keeper_pid(folder), signal.SIGTERM)
    until(lambda: is_gone(pid), "the server to end")


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)])
def test_a_server_that_crashed_or_hangs_is_replaced(new_user, number):
    user = new_user()
    pid = pid_of(user.client())
    os.kill(pid, number)
    client = user.client()
    assert client.ping()
    assert pid_of(client) != pid
    until(lambda: is_gone(pid), "the old server to end")


def test_a_folder_that_is_removed_does_not_leave_the_server_behind(new_user, folder):
    user = new_user()
    pid = pid_of(user.client())
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    user.end()
    until(lambda: is_gone(pid), "the server to end")


def test_a_deep_folder_has_its_socket_in_a_private_folder_elsewhere(new_user, folder, tmp_path):
    deep = tmp_path / ("d" * 120) / "with a space and ümlaut"
    user = User(deep)
    client = user.client()
    pid = pid_of(client)
    elsewhere = (deep / "socket-folder").readlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in elsewhere.iterdir()] == ["valkey.sock"]
    user.end()
    until(lambda: is_gone(pid) and not elsewhere.exists(), "the server to end and its folder to be removed")


def test_a_folder_with_odd_characters_works(new_user, tmp_path):
    user = User(tmp_path / 'a "b" %41 #?ü')
    assert user.client().ping()
    user.end()


def test_the_server_starts_from_any_working_directory(folder, tmp_path):
    started = subprocess.run(
        [sys.executable, "-c", USE, str(folder)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="once\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.stdout.startswith("unix://"), started.stderr


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(embedded.EmbeddedServerFailed, match=r"can't use .*: Not a directory\.$"):
        embedded.ensure_server(tmp_path / "file" / "folder")


def test_a_server_that_does_not_start_says_why(folder):
    # A socket can't be made where a folder of that name is.
    (folder / "valkey.sock" / "x").mkdir(parents=True)
    with pytest.raises(embedded.EmbeddedServerFailed, match="did not start"):
        embedded.ensure_server(folder)


def test_a_platform_without_the_package_is_recognised(folder, monkeypatch):
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(embedded.NoEmbeddedServer):
        embedded.ensure_server(folder)
    assert not folder.exists()


FORBIDDEN = [
    "ACL WHOAMI", "BGSAVE", "CLIENT PAUSE 100", "CLIENT TRACKING ON", "CONFIG GET *", "CONFIG SET maxmemory 0",
    "DBSIZE", "DEBUG SLEEP 0", "EVAL return 0", "EVALSHA 0 0", "FAILOVER", "FCALL f 0", "FLUSHALL", "FLUSHDB",
    "FUNCTION LIST", "KEYS *", "LATENCY DOCTOR", "MEMORY STATS", "MIGRATE h 1 k 0 1", "MODULE LIST", "MONITOR",
    "RANDOMKEY", "REPLICAOF h 1", "ROLE", "SAVE", "SCAN 0", "SCRIPT FLUSH", "SHUTDOWN",
    "SLOWLOG GET", "SORT tutor:k STORE other", "SWAPDB 0 0", "SYNC",
    "COPY other tutor:k", "COPY tutor:k other", "GET other", "LMOVE tutor:k other LEFT LEFT", "RENAME tutor:k other",
    "SET other x", "SUNIONSTORE tutor:k other", "XREAD STREAMS other 0",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[redis.Redis]:
    user = User(tmp_path_factory.mktemp("access"))
    yield user.client()
    user.end()


@pytest.mark.slow
@for_each("command", FORBIDDEN)
def test_the_server_itself_refuses(server, command):
    with pytest.raises(redis.ResponseError, match=r"permission|DEBUG command not allowed"):
        server.execute_command(*command.split())


@pytest.mark.parametrize("command", ["SELECT 1", "COPY tutor:k tutor:l DB 1"])
def test_there_is_one_database(server, command):
    with pytest.raises(redis.ResponseError, match="out of range"):
        server.execute_command(*command.split())


@pytest.mark.parametrize("command", ["SETRANGE tutor:k 1100000 x", "SETBIT tutor:k 9000000 1"])
def test_one_command_can_not_fill_the_memory(server, command):
    with pytest.raises(redis.ResponseError):
        server.execute_command(*command.split())


@for_each(
    "command",
    [
        "PING",
        "INFO server",
        "CLIENT ID",
        "CLIENT LIST",
        "CLIENT SETNAME x",
        "CLIENT UNBLOCK 999999",
        "SET tutor:k x",
        "PUBLISH tutor:c x",
        "XADD tutor:s * a 1",
    ],
)
def test_the_server_lets_the_program_do_its_work(server, command):
    server.execute_command(*command.split())
