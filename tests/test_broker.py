"""The corner of a run on a real server: its prefix, its expiry, its faults, and how it is rebuilt."""

import re
from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from tests.corners import commands, new_corner, replies, take
from tests.engine.playing import lesson
from tests.servers import RedisServer, answering, broker_at, running_redis
from tests.test_broker_parity import CASES, played
from tutor import broker
from tutor.broker import ANSWER_SECONDS, CORNER_SECONDS
from tutor.engine import machine
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.values import LONGEST_TEXT, MOST_ELEMENTS


@pytest.fixture(scope="module")
def real() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def server(real) -> Iterator[RedisServer]:
    """A server that this process uses, empty."""
    real.ask("FLUSHALL")
    with broker_at(real.url):
        yield real


# The prefix


def test_every_key_of_a_run_has_its_prefix_and_the_same_slot(server):
    played = commands("LPUSH queue a", "MSET one 1 two 2", "RENAME queue other", "LMOVE other third LEFT RIGHT")
    machine.play(played, broker.corner("1234", played))
    assert server.all_keys() == {"tutor:{1234}", "tutor:{1234}:one", "tutor:{1234}:two", "tutor:{1234}:third"}


def test_two_runs_of_a_lesson_do_not_see_each_other(server):
    played = commands("LPUSH queue a", "LRANGE queue 0 -1", "DEL queue")
    mine, other = new_corner(played), new_corner(played)
    first = machine.advance(played, None, mine)
    assert machine.play(played, other)[1].reply == ["a"]
    assert machine.advance(played, first, mine).reply == ["a"]


@pytest.mark.parametrize("key", ["tutor:{1234}:queue", "{1234}:queue", "../queue", "*", "tutor:*", "queue}:x{", ""])
def test_no_key_leads_out_of_the_corner(server, key):
    server.ask("RPUSH", "tutor:{1234}:queue", "secret")
    played = lesson(*({"command": [name, key, *rest]} for name, *rest in (["LLEN"], ["LPUSH", "x"], ["UNLINK"])))
    assert [entry.reply for entry in machine.play(played, new_corner(played))] == [0, 1, 1]
    assert server.ask("LRANGE", "tutor:{1234}:queue", "0", "-1") == ["secret"]


def test_no_command_of_the_list_leads_out_of_the_corner(server):
    for case in CASES:
        played(case)
    assert {key for key in server.all_keys() if not re.match(r"tutor:\{[0-9a-f-]{36}\}(:|$)", key)} == set()


def test_a_group_that_is_called_like_a_keyword_moves_no_key_out_of_the_corner(server):
    server.ask("XADD", "queue", "1-1", "a", "secret")
    server.ask("XGROUP", "CREATE", "queue", "streams", "0")
    came = replies(
        "XADD queue 1-1 a own", "XGROUP CREATE queue streams 0", "XREADGROUP GROUP streams me STREAMS queue >"
    )
    assert came[-1] == [["queue", [["1-1", ["a", "own"]]]]]


def test_a_key_with_braces_is_as_good_as_any(server):
    twice = commands("LPUSH {{user}}:queue a", "LRANGE {{user}}:queue 0 -1", watch={"{user}:queue": "list"})
    corner = broker.corner("1234", twice)
    for _ in range(2):
        entries = machine.play(twice, corner)
    assert entries[-1].reply == entries[-1].keys["{user}:queue"]["items"] == ["a"]
    assert server.ask("TTL", "tutor:{1234}:{user}:queue") == CORNER_SECONDS


def test_the_prefix_is_taken_off_what_comes_back(server):
    played = commands("ECHO x")
    corner = broker.corner("1234", played)
    came = corner.exchange(["ECHO", "the key tutor:{1234}:queue"], [], position=1)
    assert came.reply == "the key queue"


# Expiry


EXPIRING = commands(
    "LPUSH queue a", "SET mine x EX 100", "SET mine y KEEPTTL", "EXPIRE queue 50", "PERSIST queue", "SETEX short 100 z",
    "PERSIST short", "RENAME short long", "GETEX mine PERSIST", "MSET one 1 two 2", "XADD stream * a 1", "SADD set m",
    "SMOVE set other m", "LMOVE queue third LEFT LEFT", "SET mine again", "PERSIST mine",
)  # fmt: skip


def test_no_key_is_ever_without_an_end_to_its_life(server):
    corner, last = new_corner(EXPIRING), None
    for _ in EXPIRING.steps:
        last = machine.advance(EXPIRING, last, corner)
        lives = {key: server.ask("TTL", key) for key in server.all_keys()}
        assert lives
        assert all(0 < life <= CORNER_SECONDS for life in lives.values()), (last.command, lives)


def test_no_key_is_without_an_end_to_its_life_after_a_rebuild(server):
    corner = new_corner(EXPIRING)
    entries = machine.play(EXPIRING, corner)
    for count in range(1, len(entries)):
        machine.rebuild(entries[:count], corner)
        assert all(0 < server.ask("TTL", key) <= CORNER_SECONDS for key in server.all_keys())


def test_a_life_that_the_lesson_gave_a_key_is_kept(server):
    assert replies("SET mine x EX 100", "TTL mine", "GET mine", "TTL mine")[1::2] == [100, 100]


def test_each_step_gives_the_corner_its_whole_life_again(server):
    played = commands("LPUSH queue a", "LLEN queue")
    corner = broker.corner("1234", played)
    first = machine.advance(played, None, corner)
    for key in server.all_keys():
        server.ask("EXPIRE", key, "10")
    machine.advance(played, first, corner)
    assert all(server.ask("TTL", key) == CORNER_SECONDS for key in server.all_keys())


# Faults: what speaks of the server is not an answer to the learner


OF_THE_SERVER = [
    "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "READONLY You can't write against a read only replica.",
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "NOPERM User default has no permissions to run the 'lpush' command",
    "NOREPLICAS Not enough good replicas to write.",
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "UNKILLABLE Sorry the script already executed write commands against the dataset.",
    "CLUSTERDOWN Hash slot not served",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "MOVED 3999 127.0.0.1:6381",
    "ASK 3999 127.0.0.1:6381",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "ERR max number of clients reached",
]
OF_THE_COMMAND = [
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "ERR value is not an integer or out of range",
    "ERR no such key",
    "ERR syntax error",
    "ERR wrong number of arguments for 'lpush' command",
    "EXECABORT Transaction discarded because of previous errors.",
    "NOSCRIPT No matching script.",
    "NOGROUP No such key 'x' or consumer group",
    "BUSYGROUP Consumer Group name already exists",
]


EMPTY = {"SET": "$-1", "LLEN": ":0", "LRANGE": "*0", "LPUSH": ":1"}
"""What a server that knows no key answers, in its protocol; anything else is OK."""


def empty_but(**answers: str) -> Callable[[list[str]], str]:
    return lambda words: {**EMPTY, **answers}.get(words[0], "+OK")


@pytest.mark.parametrize("line", OF_THE_SERVER)
@pytest.mark.parametrize("command", ["LPUSH", "SET", "LLEN", "EXPIRE"])
def test_an_error_about_the_servers_state_is_never_recorded(line, command):
    played = commands("LPUSH queue a")
    with answering(empty_but(**{command: f"-{line}"})) as url, broker_at(url), pytest.raises(BrokerAway) as raised:
        machine.advance(played, None, new_corner(played))
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize("line", OF_THE_COMMAND)
def test_an_error_about_the_command_is_recorded_as_the_server_said_it(line):
    played = lesson({"command": "LPUSH other a"}, watch={})
    with answering(empty_but(LPUSH=f"-{line}")) as url, broker_at(url):
        assert machine.advance(played, None, new_corner(played)).refusal == line


@pytest.mark.parametrize("counter", ["-ERR syntax error", "-WRONGTYPE Operation against a key"])
def test_a_server_that_can_not_keep_the_counter_is_as_good_as_away(counter):
    played = commands("LPUSH queue a")
    with answering(empty_but(SET=counter)) as url, broker_at(url), pytest.raises(BrokerAway):
        machine.advance(played, None, new_corner(played))


def test_a_server_that_can_not_let_keys_expire_is_as_good_as_away():
    played = commands("LPUSH queue a")
    with (
        answering(empty_but(EXPIRE="-ERR wrong number of arguments")) as url,
        broker_at(url),
        pytest.raises(BrokerAway),
    ):
        machine.advance(played, None, new_corner(played))


@pytest.mark.parametrize("counter", ["$-1", "$3\r\nabc", "$1\r\n1", "$2\r\n-1", "$4\r\n1 zz", "$0\r\n"])
def test_a_counter_that_is_not_ours_has_the_corner_rebuilt(counter):
    played = commands("LPUSH queue a", "LPUSH queue b")
    with answering(empty_but(SET=counter)) as url, broker_at(url):
        first = machine.advance(played, None, new_corner(played))
        with pytest.raises(CornerBehind):
            machine.advance(played, first, new_corner(played))


def test_a_full_server_is_away_and_a_step_is_taken_once_when_it_has_room(server):
    played = commands("LPUSH queue a", "LPUSH queue b", "LRANGE queue 0 -1")
    corner = new_corner(played)
    first = machine.advance(played, None, corner)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(BrokerAway):
        machine.advance(played, first, corner)
    server.ask("CONFIG", "SET", "maxmemory", "0")
    second = take([first], played, corner)
    assert machine.advance(played, second, corner).reply == ["b", "a"]


def test_a_request_that_was_given_up_and_arrives_late_is_found_out(server):
    played = commands("LPUSH queue a", "LPUSH queue b", "LRANGE queue 0 -1")
    corner = new_corner(played)
    first = machine.advance(played, None, corner)
    second = machine.advance(played, first, corner)
    corner.exchange(["LPUSH", "queue", "b"], [], position=2)
    with pytest.raises(CornerBehind):
        machine.advance(played, second, corner)
    machine.rebuild([first, second], corner)
    assert machine.advance(played, second, corner).reply == ["b", "a"]


# Which server it is


def test_the_server_that_answers_is_named_with_its_version(server):
    known = broker.status()
    with server.client() as client:
        info = client.info("server")
    version = info.get("valkey_version") or info["redis_version"]
    assert (known.name.split()[-1], known.is_up) == (version, True)


def test_a_server_that_does_not_tell_its_version_is_there_all_the_same():
    refusal = "-NOPERM this user has no permissions to run the 'info' command"
    with answering(empty_but(INFO=refusal)) as url, broker_at(url):
        assert broker.status() == broker.BrokerStatus("Redis", "", is_up=True)


@pytest.mark.slow
def test_a_server_that_hangs_is_known_to_be_away_within_a_second(server):
    with server.hanging():
        begun = monotonic()
        assert not broker.status().is_up
        assert not broker.is_there()
        assert monotonic() - begun < 2


@pytest.mark.slow
def test_a_server_that_hangs_is_asked_once_not_twice(server):
    assert broker.status().is_up
    with server.hanging():
        begun = monotonic()
        with pytest.raises(BrokerAway):
            replies("PING")
        assert monotonic() - begun < 2 * ANSWER_SECONDS


def test_a_server_that_is_back_is_there_at_once(server):
    server.kill()
    assert not broker.status().is_up
    server.start()
    assert broker.is_there()
    assert broker.status().is_up


def test_a_server_that_was_replaced_is_named_anew(server):
    assert replies("PING") == [{"status": "PONG"}]
    known = broker.status()
    server.kill()
    with pytest.raises(BrokerAway):
        replies("PING")
    assert broker.known_status() == broker.BrokerStatus(known.name, known.kind, is_up=False)
    server.start()
    assert replies("PING") == [{"status": "PONG"}]
    assert broker.known_status() == known


# What comes back


def test_a_long_text_is_cut(server):
    (_, came) = replies(f"SET key {'x' * 5000}", "GET key")
    assert (len(came), came[-1]) == (LONGEST_TEXT, "…")


PILE = [f"RPUSH pile {' '.join(str(n) for n in range(60))}" for _ in range(20)]


@pytest.mark.parametrize("line", ["LRANGE pile 0 -1", "LPOP pile 1200"])
def test_a_long_array_is_cut(server, line):
    came = replies(*PILE, line, watch={})[-1]
    assert (len(came), came[-1]) == (MOST_ELEMENTS + 1, "… 1,000 more")


def test_what_a_rebuild_has_to_know_is_never_cut(server):
    adds = [f"SADD set {' '.join(str(n) for n in range(start, start + 60))}" for start in range(0, 600, 60)]
    assert len(replies(*adds, "SPOP set 300", watch={})[-1]) == 300


def test_bytes_that_are_no_text_are_shown_escaped(server):
    server.ask("SET", "tutor:{1234}:key", "x")
    with server.client() as client:
        client.connection_pool.connection_kwargs["decode_responses"] = False
        client.set("tutor:{1234}:key", b"\xff\x00a")
    came = broker.corner("1234", commands("GET key")).exchange(["GET", "key"], [], position=2)
    assert came.reply == "\\xff\\x00a"
