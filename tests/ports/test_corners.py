"""The corner of a run on a real server: its prefix, how it ends, its faults, and that every byte is kept."""

import re
from collections.abc import Sequence
from dataclasses import replace
from time import sleep, time

import pytest

from tests.corners import commands, new_corner, replies, take
from tests.engine.plays import lesson
from tests.ports.test_corners_parity import CASES, played
from tests.servers import RedisServer, answering, broker_at, empty_but
from tests.tables import for_each
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.cast import Cast
from tutor.engine.playing.moment import Moment
from tutor.engine.playing.port import Act
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import LONGEST_TEXT
from tutor.engine.values.refusals import ErrorReply
from tutor.ports import corners, namespace
from tutor.ports.namespace import CORNER_SECONDS, INDEX
from tutor.ports.redis_corner import TEMPORARY_SECONDS, RedisCorner


def perform(of: Lesson, last: TraceEntry | None, corner: RedisCorner) -> TraceEntry:
    """Perform the step after `last`, without the way back that a click knows."""
    moment = Moment(of, last, Cast())
    return player.perform(of.steps[moment.position], moment, corner)


def restore(of: Lesson, entries: Sequence[TraceEntry], corner: RedisCorner) -> None:
    corner.restore(player.acts_again(of, entries), claim=entries[-1].claim)


def act(position: int, *words: str, claim: str = "") -> Act:
    return Act(position, "producer", (words,), claim=claim)


# The prefix


def test_every_key_of_a_run_has_its_prefix_and_the_same_slot(server):
    played = commands("LPUSH queue a", "MSET one 1 two 2", "RENAME queue other", "LMOVE other third LEFT RIGHT")
    player.play(played, corners.of_run("1234", played))
    own = {"tutor:corners", "tutor:{1234}#", "tutor:{1234}="}
    assert server.all_keys() == own | {"tutor:{1234}:one", "tutor:{1234}:two", "tutor:{1234}:third"}


def test_two_runs_of_a_lesson_do_not_see_each_other(server):
    played = commands("LPUSH queue a", "LRANGE queue 0 -1", "DEL queue")
    mine, other = new_corner(played), new_corner(played)
    first = perform(played, None, mine)
    assert player.play(played, other)[1].reply == ["a"]
    assert perform(played, first, mine).reply == ["a"]


@for_each(
    "key",
    [
        "tutor:{1234}:queue",
        "{1234}:queue",
        "../queue",
        "*",
        "tutor:*",
        "queue}:x{",
        "",
        "#",
        "=",
        "tutor:{1234}#",
        INDEX,
    ],
)
def test_no_key_leads_out_of_the_corner(server, key):
    server.ask("FLUSHALL")
    server.ask("RPUSH", "tutor:{1234}:queue", "secret")
    played = lesson(*({"command": [name, key, *rest]} for name, *rest in (["LLEN"], ["LPUSH", "x"], ["UNLINK"])))
    assert [entry.reply for entry in player.play(played, new_corner(played))] == [0, 1, 1]
    assert server.ask("LRANGE", "tutor:{1234}:queue", "0", "-1") == ["secret"]


OURS = re.compile(r"tutor:(corners$|\{[0-9a-f-]{36}\}(:|#$|=$))")


def test_no_command_of_the_list_leads_out_of_the_corner(server):
    for case in CASES:
        played(case)
    assert {key for key in server.all_keys() if not OURS.match(key)} == set()


def test_a_group_that_is_called_like_a_keyword_moves_no_key_out_of_the_corner(server):
    server.ask("XADD", "queue", "1-1", "a", "secret")
    server.ask("XGROUP", "CREATE", "queue", "streams", "0")
    came = replies(
        "XADD queue 1-1 a own", "XGROUP CREATE queue streams 0", "XREADGROUP GROUP streams me STREAMS queue >"
    )
    assert came[-1] == [["queue", [["1-1", ["a", "own"]]]]]


def test_a_key_with_braces_is_as_good_as_any(server):
    twice = commands("LPUSH {{user}}:queue a", "LRANGE {{user}}:queue 0 -1", watch={"{user}:queue": "list"})
    corner = corners.of_run("1234", twice)
    for _ in range(2):
        entries = player.play(twice, corner)
    assert entries[-1].reply == entries[-1].keys["{user}:queue"]["items"] == ["a"]
    assert server.ask("LLEN", "tutor:{1234}:{user}:queue") == 1
    assert server.ask("SMEMBERS", "tutor:{1234}=") == {"tutor:{1234}:{user}:queue"}


def test_the_prefix_is_taken_off_what_comes_back(server):
    corner = corners.of_run("1234", commands("ECHO x"))
    came = corner.exchange(act(1, "ECHO", "the key tutor:{1234}:queue"))
    assert came.replies == ("the key queue",)


# How a corner ends: the learner's keys have no end of the program's own, and the index knows when each corner's is


EXPIRING = commands(
    "LPUSH queue a", "SET mine x EX 100", "SET mine y KEEPTTL", "EXPIRE queue 50", "PERSIST queue", "SETEX short 100 z",
    "PERSIST short", "RENAME short long", "GETEX mine PERSIST", "MSET one 1 two 2", "XADD stream * a 1", "SADD set m",
    "SMOVE set other m", "LMOVE queue third LEFT LEFT", "SET mine again", "PERSIST mine",
)  # fmt: skip


def ends(server: RedisServer) -> dict[str, float]:
    """Return when each corner ends, as the index knows it."""
    flat = server.ask("ZRANGE", INDEX, "0", "-1", "WITHSCORES")
    return {
        run_id: float(end) for run_id, end in (flat if flat and isinstance(flat[0], list | tuple) else _pairs(flat))
    }


def _pairs(flat: list[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def require_known(server: RedisServer, seconds: int = CORNER_SECONDS) -> None:
    """The one corner is in the index with its whole life, all its keys' names are known, and none has an end."""
    [(run_id, end)] = ends(server).items()
    assert time() + seconds - 60 < end <= time() + seconds + 1
    counter, names = namespace.counter_of(run_id), namespace.names_of(run_id)
    keys = server.all_keys() - {INDEX, counter, names}
    assert keys <= set(server.ask("SMEMBERS", names))
    assert {key: server.ask("TTL", key) for key in (*keys, names, INDEX)} == dict.fromkeys((*keys, names, INDEX), -1)
    assert 0 < server.ask("TTL", counter) <= CORNER_SECONDS


def test_at_rest_no_key_has_an_end_of_its_own_and_the_index_knows_all_of_them(server):
    corner, last = new_corner(EXPIRING), None
    for _ in EXPIRING.steps:
        last = perform(EXPIRING, last, corner)
        require_known(server)


def test_after_a_restore_and_its_step_no_key_has_an_end_of_its_own_and_the_index_knows_all_of_them(server):
    corner = new_corner(EXPIRING)
    entries = player.play(EXPIRING, corner)
    for count in range(1, len(entries)):
        corner.clear()
        take(entries[:count], EXPIRING, corner)
        require_known(server)


def test_a_life_that_the_lesson_gave_a_key_is_kept(server):
    assert replies("SET mine x EX 100", "TTL mine", "GET mine", "TTL mine")[1::2] == [100, 100]


@pytest.mark.slow
def test_a_time_to_live_does_not_run_between_two_steps(server):
    played = commands("SET mine x PX 300", "GET mine", "GET mine")
    corner = new_corner(played)
    entries = [perform(played, None, corner)]
    for _ in range(2):
        sleep(0.4)
        entries.append(perform(played, entries[-1], corner))
    assert [entry.reply for entry in entries[1:]] == ["x", "x"]


def test_the_servers_own_bookkeeping_is_all_that_a_lesson_sees_of_lives(server):
    came = replies(
        "SET plain v", "TTL plain", "PTTL plain", "PERSIST plain", "EXPIRE plain 100 XX", "EXPIRE plain 100 NX"
    )
    assert came[1:] == [-1, -1, 0, 0, 1]


def test_each_step_gives_the_corner_its_whole_life_again(server):
    played = commands("LPUSH queue a", "LLEN queue")
    corner = corners.of_run("1234", played)
    first = perform(played, None, corner)
    server.ask("ZADD", INDEX, "10", "1234")
    server.ask("EXPIRE", "tutor:{1234}#", "10")
    perform(played, first, corner)
    require_known(server)
    assert server.ask("TTL", "tutor:{1234}#") == CORNER_SECONDS


def test_a_temporary_corner_leaves_nothing_behind(server):
    player.play(EXPIRING, corners.temporary(EXPIRING))
    assert server.all_keys() == set()


def test_a_temporary_corner_that_is_cut_off_ends_sooner(server):
    corner = corners.temporary(EXPIRING)
    perform(EXPIRING, None, corner)
    require_known(server, TEMPORARY_SECONDS)


def test_a_temporary_corner_leaves_nothing_behind_when_the_play_fails(server):
    def fail() -> None:
        with corners.temporary(EXPIRING) as corner:
            perform(EXPIRING, None, corner)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert server.all_keys() == set()


# Faults: errors about the server are not replies to the learner


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


@pytest.mark.slow
@for_each("line", OF_THE_SERVER)
@for_each("command", ["LPUSH", "SET", "LLEN", "ZADD", "SADD", "UNLINK"])
def test_an_error_about_the_servers_state_is_never_recorded(line, command):
    played = commands("LPUSH queue a")
    with answering(empty_but(**{command: f"-{line}"})) as url, broker_at(url), pytest.raises(BrokerAway) as raised:
        perform(played, None, new_corner(played))
    assert "127.0.0.1" not in str(raised.value)


@for_each("line", OF_THE_COMMAND)
def test_an_error_about_the_command_is_recorded_as_the_server_said_it(line):
    played = lesson({"command": "LPUSH other a"}, watch={})
    with answering(empty_but(LPUSH=f"-{line}")) as url, broker_at(url):
        assert perform(played, None, new_corner(played)).refusal == ErrorReply(line)


@for_each("line", ["ERR syntax error", "WRONGTYPE Operation against a key"])
@for_each("command", ["SET", "ZADD", "UNLINK", "SADD"])
def test_a_server_that_does_not_take_the_programs_own_commands_is_as_good_as_away(command, line):
    """The counter, the index, the empty beginning, the names of the keys."""
    played = commands("LPUSH queue a")
    with answering(empty_but(**{command: f"-{line}"})) as url, broker_at(url), pytest.raises(BrokerAway):
        perform(played, None, new_corner(played))


@pytest.mark.parametrize("command", ["PEXPIRE", "PERSIST"])
def test_a_server_that_can_not_let_keys_expire_is_as_good_as_away(command):
    """A life that goes on between two clicks would be seen."""
    played = commands("SET mine x EX 100", "GET mine", watch={})
    sound, counter = {"PTTL": ":100000"}, {"SET": "$3\r\n1 c"}
    with answering(empty_but(**sound)) as url, broker_at(url):
        first = replace(perform(played, None, new_corner(played)), claim="c")
    refusing = {**sound, **counter, command: "-ERR wrong number of arguments"}
    with answering(empty_but(**refusing)) as url, broker_at(url), pytest.raises(BrokerAway):
        perform(played, first, new_corner(played))


def test_a_command_that_the_server_lacks_is_never_recorded():
    played = lesson({"command": "LPUSH other a"}, watch={})
    refusal = "-ERR unknown command 'LPUSH', with args beginning with: 'other' 'a'"
    with answering(empty_but(LPUSH=refusal)) as url, broker_at(url), pytest.raises(BrokerAway):
        perform(played, None, new_corner(played))


@for_each("counter", ["$-1", "$3\r\nabc", "$1\r\n1", "$2\r\n-1", "$4\r\n1 zz", "$0\r\n"])
def test_a_counter_that_is_not_ours_has_the_corner_restored(counter):
    played = commands("LPUSH queue a", "LPUSH queue b")
    with answering(empty_but(SET=counter)) as url, broker_at(url):
        first = perform(played, None, new_corner(played))
        with pytest.raises(CornerBehind):
            perform(played, first, new_corner(played))


@pytest.mark.slow
def test_a_corner_that_is_never_where_the_run_is_is_as_good_as_away():
    played = commands("LPUSH queue a", "LPUSH queue b")
    with answering(empty_but(SET="$4\r\n1 zz")) as url, broker_at(url):
        first = perform(played, None, new_corner(played))
        with pytest.raises(BrokerAway, match="Something else writes"):
            take([first], played, new_corner(played))


def test_a_full_server_is_away_and_a_step_is_taken_once_when_it_has_room(server):
    played = commands("LPUSH queue a", "LPUSH queue b", "LRANGE queue 0 -1")
    corner = new_corner(played)
    first = perform(played, None, corner)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(BrokerAway):
            take([first], played, corner)
        # A key that the index does not know would stay for ever.
        assert server.all_keys() == set()
    finally:
        server.ask("CONFIG", "SET", "maxmemory", "0")
    second = take([first], played, corner)
    assert take([first, second], played, corner).reply == ["b", "a"]


def test_a_request_that_was_given_up_and_arrives_late_is_found_out(server):
    played = commands("LPUSH queue a", "LPUSH queue b", "LRANGE queue 0 -1")
    corner = new_corner(played)
    first = perform(played, None, corner)
    second = perform(played, first, corner)
    with pytest.raises(CornerBehind):
        corner.exchange(act(2, "LPUSH", "queue", "b", claim=first.claim))
    with pytest.raises(CornerBehind):
        perform(played, second, corner)
    restore(played, [first, second], corner)
    assert perform(played, second, corner).reply == ["b", "a"]


# Replies


def test_a_long_text_is_whole_and_clipped_in_the_state_of_its_key(server):
    played = commands(f"SET key {'x' * 5000}", "GET key", "STRLEN key", watch={"key": "string"})
    entries = player.play(played, new_corner(played))
    assert [entry.reply for entry in entries[1:]] == ["x" * 5000, 5000]
    assert "(5,000 bytes, SHA-256 " in entries[0].keys["key"]["value"]
    assert len(entries[0].keys["key"]["value"]) < LONGEST_TEXT + 100


PILE = [f"RPUSH pile {' '.join(str(n) for n in range(60))}" for _ in range(20)]


@pytest.mark.parametrize("line", ["LRANGE pile 0 -1", "LPOP pile 1200"])
def test_a_long_array_is_whole(server, line):
    assert replies(*PILE, line, watch={})[-1] == [str(n) for _ in range(20) for n in range(60)]


def test_what_a_restore_has_to_know_is_never_cut(server):
    adds = [f"SADD set {' '.join(str(n) for n in range(start, start + 60))}" for start in range(0, 600, 60)]
    assert len(replies(*adds, "SPOP set 300", watch={})[-1]) == 300


def test_bytes_that_are_no_text_are_kept(server):
    with server.client() as client:
        client.connection_pool.connection_kwargs["decode_responses"] = False
        client.set("tutor:{1234}:key", b"\xff\x00a")
    reads = Act(2, "producer", (("GET", "key"),), [("STRLEN", "key")])
    corner = corners.of_run("1234", commands("GET key"))
    server.ask("SET", "tutor:{1234}#", "1 ")
    came = corner.exchange(reads)
    assert (came.replies, came.reads) == (("\udcff\x00a",), [3])


def test_bytes_that_are_no_text_are_sent_as_they_were_got(server):
    saving = lesson(
        {"command": r'SET key "\xff\x00a"'}, {"command": "GET key", "save": "task"}, {"command": "SET copy {task}"},
        {"command": "GET copy"}, {"command": "STRLEN copy"}, watch={},
    )  # fmt: skip
    assert [entry.reply for entry in player.play(saving, new_corner(saving))][-2:] == ["\udcff\x00a", 3]
