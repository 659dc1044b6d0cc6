"""Settings in production: in a separate process, with only the given variables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import free_port
from tests.tables import for_each

ROOT = Path(__file__).resolve().parents[2]
KEY = "pLZ3kq0Jm2-nHs8vYt6wXc4bRf1gDa7eUi5oKz9_QxTjW-test-only"
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "tutor.example.org, www.example.org", "BEHIND_TLS": "1"}


@pytest.fixture
def manage(tmp_path):
    """Run manage.py with these variables only, and return the finished process."""

    def run(variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TUTOR_VAR": str(tmp_path / "var"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


SHOW = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "tutor.settings"
from django.conf import settings
print(json.dumps({n: getattr(settings, n) for n in os.environ["SHOW"].split()}, default=str))
"""


@pytest.fixture
def setting(tmp_path):
    """Return settings as a process with these variables reads them."""

    def read(variables: dict[str, str], name: str) -> object:
        shown = subprocess.run(
            [sys.executable, "-c", SHOW],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TUTOR_VAR": str(tmp_path / "var"), "SHOW": name, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(shown.stdout)[name]

    return read


@pytest.mark.slow
def test_debug_is_off_by_default(setting):
    assert setting(PRODUCTION, "DEBUG") is False


@pytest.mark.slow
def test_hosts_are_separated_by_commas(setting):
    assert setting(PRODUCTION, "ALLOWED_HOSTS") == ["tutor.example.org", "www.example.org"]


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
@pytest.mark.parametrize("command", ["check", "migrate"])
def test_production_refuses_to_start_without(manage, missing, command):
    done = manage(PRODUCTION | {missing: ""}, command)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Redis Tutor can't start: {missing} is not set. Set it to ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("module", ["tutor.wsgi", "tutor.asgi", "tutor.watch_asgi"])
@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"REDIS_URL": "redis://host?protocol=3"}, "REDIS_URL has a wrong value for protocol; it takes only 2"),
    ],
)
def test_an_application_refuses_to_start_with_one_sentence(tmp_path, module, variable, sentence):
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TUTOR_VAR": str(tmp_path), **PRODUCTION, **variable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Redis Tutor can't start: {sentence}")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_server_refuses_to_start_without_a_traceback(tmp_path, interface):
    granian, port = Path(sys.executable).with_name("granian"), str(free_port())
    done = subprocess.run(
        [granian, "--interface", interface, "--port", port, f"tutor.{interface}:application"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TUTOR_VAR": str(tmp_path), **PRODUCTION, "REDIS_URL": "redis://:pa/ss@host"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Redis Tutor can't start: REDIS_URL has a user name or password with unescaped characters" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'. Set it to 1 or 0."),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL does not begin with postgres://"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL does not begin with redis://, rediss:// or unix://"),
        ({"REDIS_URL": "redis://host?foo=bar"}, "REDIS_URL has the option foo that it can't have"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'LOUD'. Set it to DEBUG, INFO, WARNING or ERROR."),
        ({"TUTOR_VAR": "/dev/null/var"}, "TUTOR_VAR is /dev/null/var, which can't be made"),
        ({"LIMIT_STEPS": "fast"}, "LIMIT_STEPS is 'fast'. Write it like \"10/s burst 60\""),
        ({"LIMIT_STEP": "5/s"}, "LIMIT_STEP is not the name of a limit. Did you mean LIMIT_STEPS?"),
    ],
)
def test_a_wrong_variable_is_a_sentence(manage, variable, sentence):
    done = manage(PRODUCTION | variable, "check")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


WORDS = [["check"], ["migrate"], ["serve"], ["lessons", "check"], ["lessons", "watch"], ["create_instructor", "ana"]]


@pytest.mark.slow
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_malformed_address_ends_every_command(manage, words):
    done = manage(PRODUCTION | {"REDIS_URL": "redis://:secretly/odd@host"}, *words)
    assert done.returncode == 1
    assert done.stderr.startswith("Redis Tutor can't start: REDIS_URL has a user name or password with unescaped")
    assert done.stderr.count("\n") == 1
    assert "secretly" not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ({"LESSONS_DIR": "/nowhere"}, "LESSONS_DIR is /nowhere, and there is no such folder."),
    ],
)
def test_the_system_check_finds(manage, variable, sentence):
    done = manage(PRODUCTION | variable, "check")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "HINT" in done.stderr


@pytest.mark.slow
def test_a_lessons_folder_without_lessons_is_a_warning(manage, tmp_path):
    done = manage(PRODUCTION | {"LESSONS_DIR": str(tmp_path)}, "check")
    assert done.returncode == 0
    assert "There is no lesson" in done.stderr


@pytest.mark.slow
def test_djangos_deployment_check_finds_nothing(manage):
    done = manage(PRODUCTION, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_database_url_takes_precedence_and_persists_connections(setting):
    databases = setting(PRODUCTION | {"DATABASE_URL": "postgres://me:secret@db.example.org:5433/tutor"}, "DATABASES")
    found = databases["default"]
    assert found["ENGINE"] == "tutor.databases.postgresql"
    assert "options" not in found["OPTIONS"]  # PgBouncer refuses them
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.org", 5433, "tutor")
    assert found["CONN_MAX_AGE"] == 600
    assert found["CONN_HEALTH_CHECKS"] is True


@pytest.mark.django_db(transaction=True)  # one that has the file needs to wait for nobody
def test_sqlite_is_set_up_for_many_small_writes():
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("is about SQLite")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (2000,)
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (1,)


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.django_db
@for_each("path", ["/", "/nothing-here/", "/static/css/base.css", "/static/nothing-here.css"])
def test_every_answer_carries_the_headers(client, path):
    answer = client.get(path)
    answer.close()
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/nothing-here/"])
def test_an_answer_to_a_strange_host_carries_the_headers(client, path):
    answer = client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
