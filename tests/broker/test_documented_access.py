"""deploy/redis.conf: the program works with it, nothing else does, and a restart changes nothing."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.corners import clicked
from tests.lessons import OURS
from tests.needs import need
from tests.polling import until
from tests.servers import ROOT, broker_at, free_port
from tests.tables import for_each
from tutor import library
from tutor.broker import embedded, status
from tutor.broker.access import RIGHTS
from tutor.engine.playing import player
from tutor.ports import corners, sweeping

FILE = ROOT / "deploy" / "redis.conf"
LESSONS = ROOT / "lessons"
SLUGS = [path.stem for path in OURS]


class DocumentedServer:
    """A server with exactly the shipped file; port and folder are options of the command line."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.port = free_port()
        self._words = [binary, str(FILE), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://tutor:replace-this-password@127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        self._process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL)
        until(self._answers, "the server with the shipped file")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@pytest.fixture(scope="module", params=["Valkey", pytest.param("Redis", marks=pytest.mark.slow)])
def documented(request, tmp_path_factory) -> Iterator[DocumentedServer]:
    """The server, after a restart: users that ACL SETUSER alone had made would be gone."""
    binary = str(embedded.binary()) if request.param == "Valkey" else need(shutil.which("redis-server"), "redis-server")
    server = DocumentedServer(binary, tmp_path_factory.mktemp("documented"))
    server.start()
    server.stop()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(documented) -> Iterator[redis.Redis]:
    with documented.client() as made:
        yield made


@pytest.mark.slow
def test_all_lessons_play_and_their_clicks_work(documented, settings):
    settings.LESSONS_DIR = LESSONS
    with broker_at(documented.url):
        assert status.current().findings == ()
        for slug in SLUGS:
            lesson = library.find(slug).lesson
            count = len(lesson.steps)
            with corners.temporary(lesson) as port:
                assert len(list(player.play(lesson, port))) == count
            assert len(clicked(lesson, lambda lesson=lesson: corners.temporary(lesson))) == count
        sweeping.sweep()


REFUSED = """\
KEYS * | SCAN 0 | RANDOMKEY | DBSIZE | FLUSHALL | FLUSHDB | SWAPDB 0 1 | EVAL return 0 | FCALL f 0 | SCRIPT FLUSH |
FUNCTION LIST | CONFIG GET * | CONFIG SET maxmemory 0 | ACL LIST | ACL WHOAMI | ACL SETUSER tutor ~* | DEBUG SLEEP 0 |
SHUTDOWN | SAVE | BGSAVE | MONITOR | SLOWLOG GET | LATENCY LATEST | MODULE LIST | REPLICAOF NO ONE | CLUSTER INFO |
MEMORY STATS | MEMORY DOCTOR | CLIENT PAUSE 1 | CLIENT REPLY OFF | CLIENT NO-EVICT on | CLIENT TRACKING on |
GET foreign | SET foreign x | DEL foreign | TYPE foreign | EXISTS foreign | LPUSH foreign x | RENAME tutor:a foreign |
COPY foreign tutor:a | SORT foreign | SORT tutor:a BY foreign* | SORT tutor:a GET foreign* |
SORT tutor:a STORE foreign |
PUBLISH foreign x | SPUBLISH foreign x | SUBSCRIBE foreign | SSUBSCRIBE foreign | MIGRATE h 1 tutor:a 0 1 |
OBJECT ENCODING foreign | MEMORY USAGE foreign | DUMP foreign | RESTORE tutor:a 0 x | SUNIONSTORE tutor:a foreign |
XREAD STREAMS foreign 0 | BLPOP foreign 1 | ZUNION 1 foreign | GET tutor | GET Tutor:a | SET tutors x
"""
LINES = [" ".join(line.split()) for line in REFUSED.replace("\n", " ").split("|") if line.split()]


@for_each("line", LINES)
def test_the_user_can_touch_nothing_else(client, line):
    words = line.replace("EVAL return 0", "EVAL return_1 0").split()
    with pytest.raises(redis.ResponseError, match=r"(?i)no permissions|denied|not allowed"):
        client.execute_command(*words)


@pytest.mark.slow
@for_each("name, password", [(None, None), ("default", "x"), ("tutor", "wrong"), ("operator", "another-password")])
def test_all_others_are_refused(documented, name, password):
    with (
        redis.Redis(port=documented.port, username=name, password=password) as other,
        pytest.raises(redis.AuthenticationError),
    ):
        other.ping()


@for_each("protocol", [2, 3])
def test_the_users_connections_can_introduce_themselves(documented, protocol):
    with redis.Redis.from_url(documented.url, protocol=protocol, client_name="tutor") as introduced:
        assert introduced.ping()
        assert introduced.client_getname() in ("tutor", b"tutor")


def test_the_file_has_the_same_rights_as_the_embedded_server():
    (line,) = [line for line in FILE.read_text().splitlines() if line.startswith("user tutor ")]
    assert line == f"user tutor reset on >replace-this-password {RIGHTS}"
    assert embedded.ACCESS.startswith(f"user default reset on nopass {RIGHTS} ")


def test_the_guide_shows_the_file():
    assert f"```\n{FILE.read_text()}```" in (ROOT / "docs" / "operating.md").read_text()
