"""Sessions of redis-cli in texts: what is read, what the check finds, and that redis-cli prints the same."""

import re
import shutil
import subprocess
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.needs import need
from tests.servers import running_redis
from tests.tables import for_each
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.sessions.cli_session import ClaimedLine, read_session
from tutor.engine.sessions.comparison import first_difference, fits
from tutor.engine.sessions.replies_shown import shown_turns
from tutor.engine.sessions.scenario import scenario_of
from tutor.engine.sessions.session_check import session_problems
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners


def play(lesson: Lesson) -> Sequence[TraceEntry]:
    return player.play(lesson, corners.temporary(lesson))


def found(*lines: str) -> list[str]:
    """Return the problems of a session as `line:column: message`, both from 1."""
    problems = session_problems("\n".join(lines), play)
    return [f"{fault.number + 1}:{fault.column + 1}: {fault.message}" for fault, _ in problems]


BY_CHANCE = "; it is different each time (an id, a time or a pick), so write … for the part that changes"

TRUE = {
    "a status, a number, a string, nil": [
        "> SET a x", "OK", "> INCR n", "(integer) 1", "> GET a", '"x"', "> GET b", "(nil)",
    ],
    "an array in an array": [
        "> XADD s 1-1 a 1", '"1-1"', "> XRANGE s - +", '1) 1) "1-1"', '   2) 1) "a"', '      2) "1"',
    ],
    "an error": [
        "> SET a x", "> LPUSH a y", "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
    ],
    "a prompt with an address": ["127.0.0.1:6379> SET a x", "OK", "localhost:7000> GET a", '"x"'],
    "a transaction": [
        "> MULTI", "OK", "127.0.0.1:6379(TX)> INCR a", "QUEUED", "127.0.0.1:6379(TX)> EXEC", "1) (integer) 1",
    ],
    "no claim": ["> LPUSH a x", "> LPUSH a y"],
    "a wildcard in a line": ["> XADD s * a 1", '"…"', "> XADD s * a 1", '"...-..."'],
    "a wildcard for lines": ["> RPUSH a 1 2 3", "> LRANGE a 0 -1", '1) "1"', "...", '3) "3"'],
    "a wildcard for no line": ["> RPUSH a 1", "> LRANGE a 0 -1", "...", '1) "1"', "…"],
    "text escaped or not": ["> SET a é", "> GET a", r'"\xc3\xa9"', "> GET a", '"é"'],
    "braces": ["> SET a {b}", "> GET a", '"{b}"'],
    "a waiting client": ["anna> BRPOP q 0", "ben> LPUSH q x", "(integer) 1", "anna>", '1) "q"', '2) "x"', "(2.05s)"],
    "messages": [
        "anna> SUBSCRIBE a b",
        "Reading messages... (press Ctrl-C to quit)",
        '1) "subscribe"', '2) "a"', "3) (integer) 1", '1) "subscribe"', '2) "b"', "3) (integer) 2",
        "> PUBLISH a x", "(integer) 1", "> PUBLISH b y",
        "anna>",
        '1) "message"', '2) "a"', '3) "x"', '1) "message"', '2) "b"', '3) "y"',
    ],
    "comments and empty lines": ["# first", "> PING", "", "PONG"],
}  # fmt: skip


@for_each("kind", TRUE)
def test_a_true_session_has_no_problem(kind: str):
    assert found(*TRUE[kind]) == []


@for_each(
    ("lines", "problem"),
    [
        (["> PING", "PONK"], "2:4: claims that redis-cli shows PONK, but it is PONG"),
        (["> PING", "PON"], "2:4: claims that redis-cli shows PON, but it is PONG"),
        (
            ["> RPUSH a 1 2", "> LRANGE a 0 -1", '1) "1"'],
            '3:7: the reply goes on behind this line with 2) "2"; write …',
        ),
        (["> PING", "PONG", "PONG"], "3:1: claims that redis-cli shows PONG, but nothing more comes"),
        (["> GET a", '"x"'], '2:1: claims that redis-cli shows "x", but it is (nil)'),
        (["anna> BRPOP q 0"], "1:7: the client waits here for something that no later command brings"),
        (["anna> BRPOP q 0", '1) "q"', "> LPUSH q x"], "2:1: the client waits, and has no reply before line 2 further"),
        (
            ["anna> SUBSCRIBE a", "anna>", '1) "x"'],
            '3:1: claims that what reaches anna is 1) "x", but nothing has come',
        ),
        (["> FLUSHALL"], "1:3: FLUSHALL is not a command that a lesson may send: it empties the server"),
        (["> SET a 'x"], "1:3: the quote ' is never closed"),
        (["PONG"], "1:1: a session begins with a command behind a prompt, such as `> PING`"),
        ([""], "1:1: the session has no command"),
        (["127.0.0.1:6379[1]> PING"], "1:1: a lesson has database 0 alone"),
        (["> PING"] * 101, "101:1: the session has 101 lines; one may have 100"),
        (["> PING"] * 41, "41:3: the session has 41 commands; one may have 40"),
        ([f"c{i}> PING" for i in range(9)], "1:1: the session has 9 clients; one may have 8"),
        (["anna> BRPOP q 0", "anna> PING", "> LPUSH q x"], "2:7: this can't be sent: anna still waits"),
    ],
)
def test_a_fault_is_reported_at_its_place(lines: list[str], problem: str):
    assert any(each.startswith(problem) for each in found(*lines)), found(*lines)


@for_each(
    ("lines", "place"),
    [
        (["> XADD s * a 1", '"1-1"'], "2:"),
        (["> SADD s a b", "> SPOP s", '"a"'], "3:"),
        (["> SADD s a b", "> SRANDMEMBER s", '"b"'], "3:"),
        (["> TIME", '1) "1"', '2) "2"'], "2:"),
        (["> XADD s * a 1", "> XRANGE s - +", '1) 1) "1-1"', "..."], "3:"),
    ],
)
def test_what_the_server_chooses_cannot_be_claimed(lines: list[str], place: str):
    (problem,) = found(*lines)
    assert problem.startswith(place)
    # Ids that follow from the clock differ between two plays, unless both are in the same millisecond.
    assert problem.endswith(BY_CHANCE) or "XRANGE" in lines[1]


NAMES, WORDS = st.sampled_from("abc"), st.sampled_from(["x", "y y", "é", "1", '"', "\n"])


def quote(word: str) -> str:
    return '"' + word.replace('"', '\\"').replace("\n", "\\n") + '"'


COMMANDS = st.one_of(
    st.builds(lambda key, word: f"SET s:{key} {quote(word)}", NAMES, WORDS),
    st.builds("GET s:{}".format, NAMES),
    st.builds(lambda key, word: f"RPUSH l:{key} {quote(word)} z", NAMES, WORDS),
    st.builds("LRANGE l:{} 0 -1".format, NAMES),
    st.builds("LPOP l:{}".format, NAMES),
    st.builds("INCR s:{}".format, NAMES),
    st.builds("LPUSH s:{} x".format, NAMES),
    st.builds(lambda key, word: f"HSET h:{key} f {quote(word)}", NAMES, WORDS),
    st.builds("HGETALL h:{}".format, NAMES),
    st.builds("ZADD z:{} 1.5 a 2 b".format, NAMES),
    st.builds("ZRANGE z:{} 0 -1 WITHSCORES".format, NAMES),
    st.sampled_from(["XADD x * f 1", "XLEN x", "XADD y 1-1 f 1", "XRANGE y - +"]),
)


def shown(commands: Sequence[str]) -> list[list[str]]:
    """Return the lines that our redis-cli shows for each command."""
    session = read_session("\n".join(f"> {command}" for command in commands))
    lesson, faults = scenario_of(session)
    assert lesson is not None, faults
    return [list(turn.lines) for turn in shown_turns(session, play(lesson))]


@pytest.mark.slow
@given(st.lists(COMMANDS.filter(lambda line: "*" not in line), min_size=1, max_size=8), st.data())
@settings(max_examples=examples(100))
def test_the_check_finds_every_changed_reply(commands: list[str], data: st.DataObject):
    lines = [line for command, came in zip(commands, shown(commands), strict=True) for line in (f"> {command}", *came)]
    assert found(*lines) == []
    place = data.draw(st.sampled_from([i for i, line in enumerate(lines) if not line.startswith("> ")]))
    kind = data.draw(st.sampled_from(["letter", "line gone", "line more"]))
    changed = {
        "letter": [
            *lines[:place],
            f"{lines[place][:-1]}{'#' if lines[place][-1] != '#' else '!'}",
            *lines[place + 1 :],
        ],
        "line gone": [*lines[:place], *lines[place + 1 :]],
        "line more": [*lines[: place + 1], "more", *lines[place + 1 :]],
    }[kind]
    problems = found(*changed)
    lone = lines[place - 1].startswith("> ") and (place + 1 == len(lines) or lines[place + 1].startswith("> "))
    if kind == "line gone" and lone:
        assert problems == []  # a command without a reply claims nothing
    else:
        assert len(problems) == 1
        assert abs(int(problems[0].split(":")[0]) - 1 - place) <= 1


@pytest.mark.slow
def test_redis_cli_prints_the_same():
    cli = need(shutil.which("redis-cli"), "redis-cli")
    kinds = [
        "XADD y 1-1 f 1",
        "XRANGE y - +",
        "RPUSH l a b c d e f g h i j k",
        "LRANGE l 0 -1",
        "GET none",
        "LPUSH y x",
    ]
    kinds += ['SET q "a\\"b\\n\\x00"', "GET q", "SET u é", "GET u", "ZADD z 1.5 a", "ZRANGE z 0 -1 WITHSCORES"]
    kinds += ["HSET h a 1 b 2", "HGETALL h", "LRANGE none 0 -1", "MULTI", "INCR n", "TYPE q", "EXEC", "ZSCORE z a"]
    with running_redis() as server:
        command = [cli, "--no-raw", "-u", server.url]
        # In one process, so that MULTI and EXEC meet; a blank ECHO marks where each reply ends.
        typed = "".join(f"{each}\n" for each in kinds)
        printed = subprocess.run(command, input=typed, capture_output=True, text=True, check=True, timeout=20).stdout
    came = [line for lines in shown(kinds) for line in lines]
    said = [line for line in printed.splitlines() if line]
    assert len(said) == len(came)
    assert [(one, other) for one, other in zip(came, said, strict=True) if not fits(one, other)] == []


TEXTS = st.text("ab.…", max_size=8)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=examples(200))
def test_a_wildcard_stands_for_any_text(before: str, within: str, after: str):
    assert fits(f"{before}…{after}", f"{before}{within}{after}")
    assert fits(before, before)


@given(st.lists(st.sampled_from("abc"), max_size=6), st.data())
def test_the_first_differing_line_is_found(came: list[str], data: st.DataObject):
    claimed = data.draw(st.lists(st.sampled_from(["a", "b", "c", "…"]), min_size=1, max_size=6))
    pattern = "".join("[abc]*" if line == "…" else line for line in claimed)
    is_true = re.fullmatch(pattern, "".join(came)) is not None
    difference = first_difference([ClaimedLine(i, line) for i, line in enumerate(claimed)], came)
    assert (difference is None) is is_true
