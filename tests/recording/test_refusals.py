"""Scripts that can't be recorded: each gets a sentence with its line, nothing is written, nothing is left running."""

import os
import sys
import tempfile
from pathlib import Path

import pytest
import redis

from tests.polling import until
from tests.recording.recording import CONNECT, corner, recorded, told
from tutor.recording import performance, recorder
from tutor.recording.performance import NO_SERVER
from tutor.recording.recorder import NotRecorded, Order

SENT = f'{CONNECT}r.set("a", 1)\n'

CHANCE = f"""{CONNECT}r.sadd("s", *range(50))
r.spop("s", 20)
for i in range(28):
    r.sismember("s", i)
"""

TWO_WAYS = f"""{CONNECT}p = r.pubsub()
p.subscribe("news")
p.get_message(timeout=1)
r.publish("news", "x")
for message in p.listen():
    break
"""

ASYNCIO = """import asyncio, redis.asyncio
async def f():
    await redis.asyncio.Redis().get('a')
asyncio.run(f())
"""

FAILED = ["script.py:5: the script failed", "in f\n", "ZeroDivisionError"]
NO_EVALSHA = ["script.py:3: EVALSHA is not a command that a lesson may send"]

PARTS = [
    ("crash", f"{SENT}def f():\n    return 1 / 0\nf()\n", FAILED),
    ("thread", f"{SENT}import threading\nthreading.Thread(target=lambda: 1 / 0).start()\n", ["ZeroDivisionError"]),
    ("exit", f"{SENT}import sys\nsys.exit(3)\n", ["script.py:5:", "sys.exit(3)"]),
    ("exit with words", f"{SENT}import sys\nsys.exit('no luck')\n", ["no luck\n", "script.py:5:"]),
    ("_exit", f"{SENT}import os\nos._exit(5)\n", ["ended before it was done (status 5)"]),
    ("killed", f"{SENT}import os\nos.kill(os.getpid(), 9)\n", ["ended before it was done (status -9)"]),
    ("syntax", "import redis\ndef f(:\n", ["script.py:2: this is not Python: "]),
    ("no Python", "title: My lesson\ntrack: tests\n", ["script.py:1: this is not Python: "]),
    ("NUL", "a = 1\x00\n", ["this is not Python: "]),
    ("empty", "", ["sent no command to Redis with redis-py"]),
    ("no redis", "print('hello')\n", ["sent no command to Redis with redis-py"]),
    ("FLUSHALL", f"{SENT}r.flushall()\n", ["script.py:4: FLUSHALL is not a command that a lesson may send"]),
    ("EVAL", f"{SENT}r.eval('return 1', 0)\n", ["script.py:4: EVAL is not a command that a lesson may send"]),
    ("a lock", f"{CONNECT}with r.lock('l'):\n    pass\n", NO_EVALSHA),
    ("CONFIG", f"{SENT}r.config_get()\n", ["script.py:4: CONFIG GET is not a command that a lesson may send"]),
    ("a cluster", "import redis\nredis.RedisCluster(host='localhost')\n", ["script.py:2: CLUSTER SLOTS is not "]),
    ("bytes", f"{SENT}r.set('b', b'\\xff\\xfe')\n", ["script.py:4: SET sends bytes that are not text"]),
    ("NUL in text", f"{SENT}r.set('b', 'x\\x00')\n", ["script.py:4: SET sends bytes that are not text"]),
    ("databases", f"{SENT}redis.Redis(db=1).get('a')\n", ["the script uses the databases 0, 1; a lesson has one"]),
    ("keys", f"{CONNECT}for i in range(40):\n    r.set(f'k{{i}}', 1)\n", ["script.py:4: the script touches 40 keys"]),
    ("steps", f"{CONNECT}for i in range(400):\n    r.incr('k')\n", ["script.py:4: here the lesson would get its"]),
    ("words", f"{CONNECT}r.rpush('q', *range(70))\n", ["script.py:3: RPUSH has 72 words; a lesson's command has 64"]),
    ("a long line", f"{SENT}print('x' * 10_000_000)\n", ["script.py:4: prints more than 1,000 characters at once"]),
    ("megabytes", f"{SENT}for _ in range(10**9):\n    print('x' * 100)\n", ["script.py:5: the script does more"]),
    ("asyncio", ASYNCIO, ["script.py:3: ", "redis.asyncio is not recorded"]),
    ("input", f"{SENT}input('name? ')\n", ["script.py:4: the script asks for input"]),
    ("fork", f"{SENT}import os\nos.fork()\n", ["script.py:5: the script starts another process"]),
    ("processes", f"{SENT}import multiprocessing\nmultiprocessing.Process(target=print).start()\n",
     ["script.py:5: the script starts another process"]),
    ("two ways to read", TWO_WAYS, ["script.py:5: reads messages with get_message() and in listen()"]),
    ("chance", CHANCE, ["script.py:6: SISMEMBER answered", "What depends on the clock or on chance"]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("text", "parts"), [pytest.param(*rest, id=name) for name, *rest in PARTS])
def test_an_unrecordable_script_gets_the_reason(tmp_path: Path, text: str, parts: list[str]):
    with pytest.raises(NotRecorded) as refused:
        recorded(tmp_path, text)
    said = str(refused.value)
    assert [part for part in parts if part not in said] == []
    assert "recording/" not in said
    assert not (tmp_path / "lesson.yaml").exists()


@pytest.mark.slow
def test_all_problems_come_at_once(tmp_path: Path):
    with pytest.raises(NotRecorded) as refused:
        recorded(tmp_path, f"{SENT}r.flushall()\nr.keys()\nr.config_set('maxmemory', 1)\n")
    assert [line.split(": ")[1].split()[0] for line in str(refused.value).splitlines()[:3]] == [
        "FLUSHALL",
        "KEYS",
        "CONFIG",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "loop", ["while True:\n    pass\n", "while True:\n    r.incr('a')\n    __import__('time').sleep(.1)\n"]
)
def test_a_script_without_an_end_is_stopped(tmp_path: Path, loop: str):
    with pytest.raises(
        NotRecorded, match=r"did not end within 3 seconds, and nothing was written. Its last command was"
    ):
        recorded(tmp_path, f"{SENT}{loop}", seconds=3)


@pytest.mark.slow
def test_nothing_is_left_of_a_script_that_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    told_pid = tmp_path / "pid"
    tell = f"import os, pathlib\npathlib.Path({str(told_pid)!r}).write_text(str(os.getpid()))\n"
    text = f"{SENT}{tell}while True:\n    pass\n"
    with pytest.raises(NotRecorded, match="did not end"):
        recorded(tmp_path, text, seconds=3)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told_pid.read_text()), 0)
    until(lambda: not list(temporary.iterdir()), "the folder of the private server to be removed")


@pytest.mark.slow
def test_flushing_at_the_start_is_left_out(tmp_path: Path):
    assert told(recorded(tmp_path, f"{CONNECT}r.flushdb()\nr.flushall()\nr.set('a', 1)\n")) == ["program: SET a 1"]


@pytest.mark.slow
def test_the_authors_own_redis_is_not_touched(tmp_path: Path, own_server: Path):
    own = redis.Redis(unix_socket_path=str(own_server))
    before = own.info("stats")["total_connections_received"]
    connect = f"import redis\nr = redis.Redis(unix_socket_path={str(own_server)!r}, password='secret')\n"
    lesson = recorded(tmp_path, f"{connect}r.set('mine', 1)\nr.delete('theirs')\n")
    assert told(lesson) == ["program: SET mine 1", "program: DEL theirs"]
    assert own.dbsize() == 0
    assert own.info("stats")["total_connections_received"] == before
    own.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["redis://user:secret@nowhere.invalid:1/0", "rediss://nowhere.invalid", "unix:///no/such/socket"]
)
def test_no_address_is_really_connected_to(tmp_path: Path, address: str):
    text = f"import redis\nr = redis.from_url({address!r})\nr.set('a', 1)\n"
    assert told(recorded(tmp_path, text)) == ["program: SET a 1"]


@pytest.mark.slow
def test_what_a_script_does_to_python_stays_in_its_process(tmp_path: Path):
    text = (
        f"{SENT}import builtins, os, sys\nos.environ['X_OF_SCRIPT'] = '1'\nsys.modules.clear()\nbuiltins.len = None\n"
    )
    recorded(tmp_path, text)
    assert "X_OF_SCRIPT" not in os.environ
    assert len(sys.modules) > 10


def test_a_system_without_the_embedded_server_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(performance.embedded, "find_spec", lambda _name: None)
    with pytest.raises(NotRecorded) as refused:
        recorded(tmp_path, SENT)
    assert str(refused.value) == NO_SERVER


def test_bytes_that_are_no_text_are_no_script(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotRecorded, match="is no Python script: it has bytes that are not UTF-8"):
        recorder.record(Order(script, output=tmp_path / "lesson.yaml"), corner)


def test_a_script_that_is_not_there_or_too_long_is_not_run(tmp_path: Path):
    with pytest.raises(NotRecorded, match=r"missing.py can't be read: No such file or directory."):
        recorder.record(Order(tmp_path / "missing.py", output=tmp_path / "lesson.yaml"), corner)
    with pytest.raises(NotRecorded, match=r"has 11,002 characters; a lesson shows the script"):
        recorded(tmp_path, "#" * 11_002)
