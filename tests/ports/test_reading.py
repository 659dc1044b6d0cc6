"""`read` steps compared with redis-py: a real PubSub on a real server reads the same in the same order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from tests.corners import clicked
from tests.fuzzing import slowly
from tests.polling import until
from tests.ports.test_wires import Steps, lesson, played
from tests.servers import RedisServer
from tests.tables import for_each
from tutor.engine.errors import TooLarge
from tutor.engine.playing import player
from tutor.engine.program import limits
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

LISTEN = {"actor": "consumer", "command": "SUBSCRIBE news"}
ONE = {"actor": "producer", "command": "PUBLISH news one"}
TWO = {"actor": "producer", "command": "PUBLISH news two"}
READ = {"actor": "consumer", "read": "message"}
QUIET = {**READ, "ignore_subscribe_messages": True}
CRASH = {"actor": "consumer", "crash": True}
LEAVE = {"actor": "consumer", "command": "UNSUBSCRIBE"}

STORIES: Mapping[str, str] = {
    "a message": "SUBSCRIBE news; PUBLISH news one; READ x3",
    "two messages": "SUBSCRIBE news; PUBLISH news one; PUBLISH news two; READ x4",
    "confirmations are ignored": "SUBSCRIBE news chat; PUBLISH news one; QUIET x4",
    "a pattern": "PSUBSCRIBE n*; PUBLISH news one; PUBLISH chat no; READ x3",
    "a channel and a pattern": "SUBSCRIBE news; PSUBSCRIBE n*; PUBLISH news one; READ x5",
    "a sharded channel": "SSUBSCRIBE news; SUBSCRIBE news; SPUBLISH news s; PUBLISH news p; READ x5",
    "what came before the end": "SUBSCRIBE news; PUBLISH news one; UNSUBSCRIBE; PUBLISH news two; READ x4",
    "a subscription is left, another stays": "SUBSCRIBE a b; UNSUBSCRIBE a; PUBLISH b x; READ x5",
    "nothing was subscribed": "READ; UNSUBSCRIBE; READ; SUBSCRIBE news; READ x3",
    "left and taken up again unread": "SUBSCRIBE a; UNSUBSCRIBE; SUBSCRIBE a; PUBLISH a x; READ x5",
    "left twice": "SUBSCRIBE a; UNSUBSCRIBE; UNSUBSCRIBE; READ x3; SUBSCRIBE a; READ x3",
    "patterns are left, channels stay": "SUBSCRIBE a; PSUBSCRIBE a*; PUNSUBSCRIBE; UNSUBSCRIBE b; PUBLISH a x; READ x6",
    "all of several": "SUBSCRIBE b a c; UNSUBSCRIBE; READ x7",
    "a ping": "SUBSCRIBE a; PING; PUBLISH a x; PING hello; QUIET x5",
}


def steps_of(story: Sequence[str]) -> list[dict[str, Any]]:
    """Return the lesson's steps: who publishes is the producer, all else is the consumer's."""
    found: list[dict[str, Any]] = []
    for line in story:
        name = line.split()[0]
        if name in ("READ", "QUIET"):
            found.append(READ if name == "READ" else QUIET)
        else:
            found.append({"actor": "producer" if "PUBLISH" in name else "consumer", "command": line})
    return found


class Script:
    """The same story as a program with redis-py. Each command is done by the server before the next one is sent."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._client = redis.Redis(port=server.port, protocol=2, decode_responses=True, socket_timeout=5)
        self._pubsub = self._client.pubsub()

    def close(self) -> None:
        self._pubsub.close()
        self._client.close()

    def do(self, line: str) -> None:
        name, *words = line.split()
        if "PUBLISH" in name:
            self._client.execute_command(name, *words)
            return
        before = self._server.calls(name)
        getattr(self._pubsub, name.lower())(*words)
        until(lambda: self._server.calls(name) > before, "the server to run the command")

    def read(self, *, is_quiet: bool, something_comes: bool) -> Any:
        # Sent messages may still be on their way.
        return self._pubsub.get_message(ignore_subscribe_messages=is_quiet, timeout=3 if something_comes else 0.01)


def require_read_as_by_redis_py(server: RedisServer, story: Sequence[str]) -> None:
    steps = steps_of(story)
    script = Script(server)
    try:
        for line, entry in zip(story, played(steps), strict=True):
            if entry.kind != "read":
                assert not entry.refusal
                script.do(line)
                continue
            came = script.read(is_quiet=line == "QUIET", something_comes=entry.read is not None)
            assert entry.variables["message"] == came, f"step {entry.position} of {'; '.join(story)}"
    finally:
        script.close()


@pytest.mark.slow
@for_each("story", STORIES.values())
def test_a_story_is_read_as_redis_py_reads_it(server: RedisServer, story: str):
    require_read_as_by_redis_py(server, in_any_order(story))


def in_any_order(story: str) -> list[str]:
    """Return the story line by line; several subscriptions end by name, not in the order of a hash table."""
    lines: list[str] = []
    for each in story.split(";"):
        line, _, times = each.strip().partition(" x")
        lines += [line] * int(times) if times.isdigit() else [each.strip()]
    return ["UNSUBSCRIBE a b c" if line == "UNSUBSCRIBE" and "SUBSCRIBE b a c" in lines else line for line in lines]


LINES = st.sampled_from(
    "SUBSCRIBE a|SUBSCRIBE b a|PSUBSCRIBE a*|SSUBSCRIBE a|UNSUBSCRIBE a|UNSUBSCRIBE|PUNSUBSCRIBE|SUNSUBSCRIBE|"
    "SUNSUBSCRIBE a|PUBLISH a x|PUBLISH ab y|SPUBLISH a z|READ|READ|READ|QUIET".split("|")
)


def without_hash_order(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines, the end of all channels by name where there may be two."""
    for line in lines:
        yield "UNSUBSCRIBE a b" if line == "UNSUBSCRIBE" and "SUBSCRIBE b a" in lines else line


@pytest.mark.slow
@slowly(60)
@given(lines=st.lists(LINES, max_size=14))
def test_any_story_is_read_as_redis_py_reads_it(server: RedisServer, lines: list[str]):
    require_read_as_by_redis_py(server, [*without_hash_order(lines), *["READ"] * 4])


def told(entries: Sequence[TraceEntry]) -> list[tuple[Any, ...]]:
    return [(entry.read, entry.output, entry.variables, entry.lanes, entry.events) for entry in entries]


@pytest.mark.slow
@for_each("story", STORIES.values())
def test_clicks_read_what_the_check_reads(story: str):
    built = lesson(steps_of(in_any_order(story)))
    run_id = f"wires-{uuid4()}"
    entries = clicked(built, lambda: corners.of_run(run_id, built))
    stored = [TraceEntry.from_json(entry.as_json()) for entry in entries]
    assert told(stored) == told(player.play(built, corners.of_run(run_id, built)))


def test_a_message_is_in_the_variable_when_it_is_read_and_not_when_it_is_sent():
    entries = played([LISTEN, ONE, TWO, *[{**READ, "pick": "data"}] * 3])
    assert [entry.variables["message"] for entry in entries] == [None, None, None, 1, "one", "two"]
    assert [entry.lanes["consumer"].get("unread", 0) for entry in entries] == [0, 1, 2, 2, 1, 0]


def test_who_has_no_step_that_reads_gets_a_message_when_it_is_sent():
    steps: Steps = [{**LISTEN, "save": "message"}, {**LISTEN, "actor": "other"}, ONE, {**READ, "actor": "other"}]
    assert [entry.variables["message"] for entry in played(steps)][:3] == [None, None, "one"]


def test_a_save_of_who_reads_is_left_out_of_the_play():
    assert played([{**LISTEN, "save": "message"}, ONE, {**READ, "read": True}])[1].variables["message"] is None


@pytest.mark.parametrize("after", [[CRASH, LISTEN], [CRASH]])
def test_a_crash_takes_with_it_what_was_unread(after: Steps):
    entries = played([LISTEN, ONE, *after, READ, READ])
    assert entries[2].lanes == {"consumer": {"state": "crashed"}}
    assert [entry.read for entry in entries[-2:]] == [["subscribe", "news", 1] if len(after) == 2 else None, None]


def test_what_came_before_the_end_of_a_subscription_is_seen_as_unread():
    entries = played([LISTEN, ONE, LEAVE, READ, READ, READ])
    assert entries[2].lanes == {"consumer": {"state": "unread", "unread": 1, "notices": 2}}
    assert entries[-1].lanes == {}


@pytest.mark.parametrize(
    ("most", "text"), [("MOST_UNREAD", "consumer would have 4 messages to read"), ("UNREAD_BYTES", "bytes to read")]
)
def test_what_is_unread_is_bounded(monkeypatch: pytest.MonkeyPatch, most: str, text: str):
    monkeypatch.setattr(limits, most, 3)
    with pytest.raises(TooLarge, match=text):
        played([LISTEN, ONE, ONE, ONE, READ])
