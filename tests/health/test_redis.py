"""Redis servers that can't serve: what strangers, operators and visitors read, and that nothing is left behind."""

import json
import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from tests.health.redis_faults import FAULTS, PASSWORD, address, grant
from tests.needs import need
from tests.polling import until
from tests.servers import ROOT, RedisServer, broker_at, free_port, running_redis
from tests.tables import for_each
from tests.timing import promptly
from tutor import findings
from tutor.broker import status
from tutor.health import examination, readiness, redis_trials, wrappers

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def limited() -> Iterator[RedisServer]:
    """A server with a user for the program that has the documented rights."""
    with running_redis() as server:
        grant(server)
        yield server


@pytest.fixture(autouse=True)
def new_process(settings):
    """Let each test find out everything anew, with the lessons that come along."""
    settings.LESSONS_DIR = ROOT / "lessons"
    readiness._probers.cache_clear()
    findings._said.clear()


def ready() -> tuple[int, list[str]]:
    """Return the code and the reasons of an answer that is no older than this call."""
    readiness._probers.cache_clear()
    reply = wrappers._answer(wrappers.READY, "GET", {})
    content = json.loads(reply.body)
    return reply.status, [each["reason"] for each in content.get("failed", ())]


def doctor() -> tuple[int, list[dict[str, str]]]:
    """Return the exit code of the doctor, and what it found of Redis."""
    out, code = StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    parts = {part["part"]: part["findings"] for part in json.loads(out.getvalue())["parts"]}
    return code, [*parts["redis"], *parts["lessons' commands"]]


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_reason_and_cure_and_reaches_no_visitor(limited, name, caplog):
    row = FAULTS[name]
    with caplog.at_level(logging.WARNING), row.fault(limited), broker_at(address(limited)):
        assert ready() == (503, [row.reason])
        code, (finding, *more) = doctor()
        page = Client().get("/").content.decode()
        health = json.loads(Client().get("/health/").content)
    assert (code, more, finding["severity"]) == (1, [], "problem")
    assert row.sentence in finding["problem"]
    assert row.cure in finding["cure"]
    assert row.sentence in caplog.text
    assert health == {"status": "degraded", "redis": False, "database": True}
    assert 'class="broker-badge is-away"' in page
    for secret in (PASSWORD, "WRONGPASS", "NOPERM", "127.0.0.1", "user tutor", "client|", "maxmemory"):
        assert secret not in page
    assert PASSWORD not in caplog.text


def test_the_documented_rights_are_enough_and_nothing_is_left_behind(limited):
    with broker_at(address(limited)):
        assert ready() == (200, [])
        found = doctor()[1]
    assert [each["problem"] for each in found if each["severity"] == "problem"] == []
    assert limited.all_keys() == set()


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory) -> Iterator[int]:
    """A Redis that speaks only TLS, with a certificate that nobody has signed."""
    binary = need(_with_tls(), "a redis-server with TLS, and openssl")
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(["openssl", *new, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate]
    places = ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", "--save", "", "--dir", folder]
    process = subprocess.Popen([binary, *places, *files], stdout=subprocess.DEVNULL)
    with broker_at(f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none&ssl_check_hostname=false"):
        until(lambda: status.current(max_age=0).takes_steps, "the server with TLS to answer")
    yield port
    process.kill()
    process.wait()


def _with_tls() -> str:
    """Return a Redis server that was built with TLS, "" if there is none: the package's has none."""
    found = shutil.which("redis-server") if shutil.which("openssl") else None
    linked = subprocess.run(["ldd", found], capture_output=True, check=False).stdout if found else b""
    return str(found) if b"libssl" in linked else ""


def test_a_connection_without_tls_to_a_port_with_it_is_named(tls_port):
    with broker_at(f"redis://127.0.0.1:{tls_port}/0"):
        assert ready() == (503, ["Redis refuses the program; its log has the reason."])
        (finding,) = doctor()[1]
    assert finding["problem"].endswith("speaks TLS.")
    assert "Write rediss://" in finding["cure"]


def test_a_certificate_that_is_not_trusted_is_named(tls_port):
    with broker_at(f"rediss://127.0.0.1:{tls_port}/0"):
        (finding,) = doctor()[1]
    assert "certificate" in finding["problem"]
    assert "ssl_ca_certs" in finding["cure"]


URLS = [
    ("redis://127.0.0.1:{port}/99", "no database of the number in REDIS_URL", "smaller number"),
    ("rediss://127.0.0.1:{port}/0", "does not speak TLS", "Write redis://"),
    ("redis://:secret-word@127.0.0.1:{port}/0", "Redis has none for its user default", "Remove the password"),
    ("redis://ana:secret-word@127.0.0.1:{port}/0", "refuses the password of user ana", "Correct the user and password"),
    ("redis://host.invalid:{port}/0", "host name of Redis at host.invalid", "Correct the host"),
    ("redis://127.0.0.1:{free}/0", "No server listens", "Start Redis"),
    ("unix:///nowhere/redis.sock", "There is no socket /nowhere/redis.sock", "unixsocket"),
]


@for_each("url, sentence, cure", URLS)
def test_a_wrong_address_is_named(limited, url, sentence, cure):
    with broker_at(url.format(port=limited.port, free=free_port())):
        code_of_ready, reasons = ready()
        code, (finding, *more) = doctor()
        page = Client().get("/").content.decode()
    assert (code_of_ready, code, more) == (503, 1, [])
    assert reasons[0] in {"Redis refuses the program; its log has the reason.", "Redis does not answer."}
    assert sentence in finding["problem"]
    assert cure in finding["cure"]
    for text in (page, finding["problem"], finding["cure"]):
        assert "secret-word" not in text


def test_a_server_that_lacks_a_command_of_the_program_is_not_ready():
    with running_redis("--rename-command", "UNLINK", "") as server, broker_at(server.url):
        assert ready() == (503, ["Redis lacks a command that the program needs; the program's log names it."])
        (finding,) = doctor()[1]
    assert "UNLINK" in finding["problem"]


def test_a_server_that_lacks_a_command_of_some_lessons_is_a_warning():
    with running_redis("--rename-command", "LMOVE", "") as server, broker_at(server.url):
        assert ready() == (200, [])
        found = [finding.detail for part in examination.examine() for finding in part.findings]
    assert any("LMOVE" in sentence and "a-reliable-queue" in sentence for sentence in found)


SETTINGS = [
    (("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"), []),
    (("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"), ["evicts keys"]),
    ((), ["has no memory limit"]),
    (("--maxmemory", "8mb", "--maxmemory-policy", "noeviction"), ["less than 32 MB left"]),
]


@for_each("options, sentences", SETTINGS)
def test_settings_that_will_do_harm_are_warnings(options, sentences):
    with running_redis(*options) as server, broker_at(server.url):
        assert ready() == (200, [])
        found = doctor()[1]
    assert [each["severity"] for each in found] == ["warning"] * len(sentences), found
    assert all(sentence in each["problem"] for sentence, each in zip(sentences, found, strict=True))


@for_each("seconds, sentence", [(-3600, "3,600 seconds ahead of"), (3600, "3,600 seconds behind"), (1, "")])
def test_a_clock_that_differs_is_named(limited, seconds, sentence):
    with broker_at(address(limited)):
        found = redis_trials.try_lessons(lambda: time.time() + seconds)
    clocks = [each.detail for each in found if each.part == "clock"]
    assert sentence in clocks[0] if sentence else not clocks, clocks


def test_each_reason_is_logged_once_a_minute_however_often_it_is_met(limited, caplog):
    with caplog.at_level(logging.WARNING), broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        for _ in range(5):
            ready()
            Client().get("/")
    lines = [record.getMessage() for record in caplog.records if "No server listens" in record.getMessage()]
    assert len(lines) == len(set(lines)) <= 2


def test_the_doctor_ends_in_time_however_many_parts_hang(limited):
    with broker_at(address(limited)), limited.hanging(), promptly(6):
        doctor()
