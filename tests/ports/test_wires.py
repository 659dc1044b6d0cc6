"""Actors with connections of their own, on the real server: waiting, woken, subscribed, crashed; time that passes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest

from tests.corners import clicked
from tests.polling import until
from tests.servers import broker_at, others, running_redis
from tests.tables import for_each
from tutor.broker import connection
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import moment, player
from tutor.engine.playing.port import Act
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import ErrorReply, NotSent
from tutor.ports import corners

Steps = Sequence[Mapping[str, Any]]
QUEUE: Steps = [
    {"actor": "consumer", "command": "BRPOP queue 0", "save": "task", "pick": 1},
    {"actor": "other", "command": "BRPOP queue 5"},
    {"actor": "producer", "command": "LPUSH queue a"},
    {"actor": "consumer", "wait": 6},
    {"actor": "producer", "command": "LPUSH queue b"},
]
CHAT: Steps = [
    {"actor": "producer", "command": "PUBLISH chat lost"},
    {"actor": "consumer", "command": "SUBSCRIBE chat", "save": "message"},
    {"actor": "other", "command": "PSUBSCRIBE c*"},
    {"actor": "producer", "command": "PUBLISH chat hello"},
    {"actor": "consumer", "command": "UNSUBSCRIBE chat"},
    {"actor": "producer", "command": "PUBLISH chat again"},
]
STREAM: Steps = [
    {"actor": "producer", "command": "XGROUP CREATE jobs workers $ MKSTREAM"},
    {"actor": "producer", "command": "XADD jobs * job 1"},
    {"actor": "consumer", "command": "XREADGROUP GROUP workers c1 COUNT 1 STREAMS jobs >"},
    {"actor": "consumer", "crash": True},
    {"actor": "other", "wait": 60},
    {"actor": "other", "command": "XAUTOCLAIM jobs workers c2 30000 0 JUSTID"},
]


def lesson(steps: Steps, **fields: Any) -> Lesson:
    """Return a lesson with these steps."""
    head = {
        "title": "A test",
        "track": "tests",
        "actors": ["producer", "consumer", "other"],
        "variables": ["task", "message"],
        "watch": [],
    }
    return Lesson.model_validate({**head, **fields, "steps": [{"action": "Acts", **step} for step in steps]})


def played(steps: Steps, **fields: Any) -> list[TraceEntry]:
    """Play the steps in a corner of their own."""
    built = lesson(steps, **fields)
    return player.play(built, corners.temporary(built))


def clients() -> int:
    """Return how many clients the server has, of which one asks here."""
    listed: Any = connection.client().execute_command("CLIENT", "LIST")  # type: ignore[no-untyped-call]
    return len(others(listed.decode().splitlines()))


def test_a_pop_waits_until_another_actor_pushes():
    entries = played(QUEUE, watch=["queue"])
    assert entries[0].lanes == {
        "consumer": {"state": "waiting", "command": "BRPOP queue 0", "words": ["BRPOP", "queue", "0"], "since": 1}
    }
    assert entries[0].variables["task"] is None
    [woken] = entries[2].events
    assert (woken["actor"], woken["kind"], woken["reply"]) == ("consumer", "reply", ["queue", "a"])
    assert entries[2].variables["task"] == "a"
    assert entries[2].keys["queue"]["items"] == []


def test_the_server_gives_the_message_to_who_waited_longest():
    entries = played(QUEUE)
    assert [event["actor"] for event in entries[2].events] == ["consumer"]
    assert entries[2].lanes.keys() == {"other"}


def test_a_time_limit_passes_without_anybody_waiting_for_it():
    entries = played(QUEUE, watch=["queue"])
    [ended] = entries[3].events
    assert (ended["actor"], ended["kind"], ended["reply"]) == ("other", "timeout", None)
    assert entries[4].keys["queue"]["items"] == ["b"]


def test_a_message_before_anyone_listens_is_lost():
    entries = played(CHAT)
    assert entries[0].reply == 0
    assert all(not entry.events for entry in entries[:3])


def test_a_published_message_reaches_every_subscriber():
    entry = played(CHAT)[3]
    assert entry.reply == 2
    assert [(event["actor"], event["reply"]) for event in entry.events] == [
        ("consumer", ["message", "chat", "hello"]),
        ("other", ["pmessage", "c*", "chat", "hello"]),
    ]
    assert entry.variables["message"] == "hello"


def test_who_unsubscribed_hears_nothing_more():
    entries = played(CHAT)
    assert entries[4].reply == ["unsubscribe", "chat", 0]
    assert [event["actor"] for event in entries[5].events] == ["other"]
    assert entries[5].variables["message"] == "hello"


def test_a_lost_race_makes_exec_answer_nil():
    entries = played(
        [
            {"actor": "consumer", "command": "WATCH stock"},
            {"actor": "consumer", "command": "MULTI"},
            {"actor": "consumer", "command": "SET stock 1"},
            {"actor": "other", "command": "SET stock 9"},
            {"actor": "consumer", "command": "EXEC"},
        ],
        watch={"stock": "string"},
    )
    assert entries[2].reply == {"status": "QUEUED"}
    assert entries[2].lanes == {"consumer": {"state": "transaction", "queued": 1}}
    assert entries[4].reply is None
    assert entries[4].keys["stock"]["value"] == "9"


def test_exec_without_multi_is_the_servers_own_refusal():
    [entry] = played([{"actor": "consumer", "command": "EXEC"}])
    assert entry.refusal == ErrorReply("ERR EXEC without MULTI")


def test_a_crash_leaves_the_job_in_the_pending_list_until_another_claims_it():
    entries = played(STREAM, watch={"jobs": "stream"})
    assert entries[3].lanes == {"consumer": {"state": "crashed"}}
    id_ = entries[1].reply
    assert entries[5].reply == ["0-0", [id_], []]


def test_who_waited_and_crashed_gets_nothing():
    entries = played(
        [
            {"actor": "consumer", "command": "BRPOP queue 0", "save": "task"},
            {"actor": "consumer", "crash": True},
            {"actor": "producer", "command": "LPUSH queue a"},
        ],
        watch=["queue"],
    )
    assert entries[2].events == []
    assert entries[2].keys["queue"]["items"] == ["a"]


def test_keys_grow_old_while_time_passes():
    entries = played(
        [
            {"actor": "producer", "command": "SET token x EX 10"},
            {"actor": "other", "wait": 4},
            {"actor": "other", "command": "TTL token"},
            {"actor": "other", "wait": 7},
            {"actor": "other", "command": "GET token"},
        ]
    )
    assert entries[2].reply in (5, 6)
    assert entries[4].reply is None


@pytest.mark.parametrize("steps", [QUEUE, CHAT, STREAM], ids=["queue", "chat", "stream"])
def test_step_by_step_is_the_same_as_in_one_go(steps: Steps):
    built = lesson(steps)
    run_id = f"wires-{uuid4()}"
    entries = clicked(built, lambda: corners.of_run(run_id, built))
    again = player.play(built, corners.temporary(built))
    told = [([event["actor"] for event in entry.events], entry.lanes) for entry in entries]
    assert told == [([event["actor"] for event in entry.events], entry.lanes) for entry in again]


def test_no_connection_stays_open():
    with running_redis() as server, broker_at(server.url):
        for _ in range(5):
            played(QUEUE)
        until(lambda: clients() == 1, "the server to have no client but the one that asks")


def test_who_waits_in_vain_is_named():
    entries = played(QUEUE[:2])
    assert moment.still_waiting(entries) == {"consumer": 1, "other": 2}


def test_runs_do_not_hear_each_other():
    entries = played([{"actor": "consumer", "command": "SUBSCRIBE chat"}, {"actor": "other", "wait": 1}])
    assert entries[0].reply == ["subscribe", "chat", 1]
    with corners.temporary(lesson(CHAT)) as stranger:
        assert stranger.exchange(Act(1, "producer", (("PUBLISH", "chat", "hi"),))).replies == (0,)


WAITS = {"actor": "consumer", "command": "BRPOP queue 0", "save": "task", "pick": 1}


def test_who_waits_can_send_nothing_and_still_gets_what_it_waits_for():
    entries = played([WAITS, {"actor": "consumer", "command": "LPUSH other x"}, QUEUE[2]], watch=["other"])
    assert entries[1].refusal == NotSent("consumer still waits for the reply to step 1")
    assert entries[1].keys["other"]["items"] == []
    assert entries[2].variables["task"] == "a"


def test_a_transaction_that_is_refused_is_over():
    entries = played(
        [
            {"actor": "consumer", "command": "MULTI"},
            {"actor": "consumer", "command": "LPUSH queue"},
            {"actor": "consumer", "command": "EXEC"},
            {"actor": "consumer", "command": "LPUSH queue a"},
        ]
    )
    assert entries[2].refusal == ErrorReply("EXECABORT Transaction discarded because of previous errors.")
    assert entries[2].lanes == {}
    assert entries[3].reply == 1


def test_in_a_transaction_no_channel_is_subscribed():
    entries = played([{"actor": "consumer", "command": "MULTI"}, {"actor": "consumer", "command": "SUBSCRIBE chat"}])
    assert isinstance(entries[1].refusal, NotSent)


def test_a_part_of_a_reply_is_saved():
    read = "XREADGROUP GROUP team me COUNT 1 STREAMS jobs >"
    entries = played(
        [
            {"actor": "producer", "command": "XADD jobs 1-0 job mail"},
            {"actor": "producer", "command": "XGROUP CREATE jobs team 0"},
            {"actor": "consumer", "command": read, "save": "task", "pick": [0, 1, 0, 0]},
            {"actor": "consumer", "command": read, "save": "task", "pick": [0, 1, 0, 0]},
        ]
    )
    assert [entry.variables["task"] for entry in entries] == [None, None, "1-0", None]


def test_a_key_may_be_called_like_an_option():
    entries = played([{"actor": "consumer", "command": "BRPOP block 60"}, {"actor": "other", "wait": 5}])
    assert entries[1].lanes.keys() == {"consumer"}


def test_a_group_may_be_called_like_an_option():
    entries = played(
        [
            {"actor": "other", "command": "XGROUP CREATE jobs block $ MKSTREAM"},
            {"actor": "consumer", "command": "XREADGROUP GROUP block count BLOCK 3000 STREAMS jobs >"},
            {"actor": "other", "wait": 4},
        ]
    )
    assert entries[1].lanes.keys() == {"consumer"}
    assert entries[2].events[0]["kind"] == "timeout"


@pytest.mark.parametrize(
    "command", ["BRPOP queue 0.001", "BLMOVE queue done LEFT LEFT 0.001", "XREAD BLOCK 1 STREAMS jobs $"]
)
def test_a_time_limit_does_not_pass_on_the_clock(command: str):
    steps: Steps = [
        {"actor": "consumer", "command": command},
        *({"actor": "other", "command": "PING"} for _ in range(20)),
    ]
    entries = played([*steps, {"actor": "other", "wait": 1}])
    assert {*entries[-2].lanes} == {"consumer"}
    assert [event["kind"] for event in entries[-1].events] == ["timeout"]


@for_each("limit", ["-1", "abc", "inf", "nan", "1e99", "99999999999999999999", ""])
def test_a_time_limit_that_is_none_is_the_servers_own_refusal(limit: str):
    [entry] = played([{"actor": "consumer", "command": f"BRPOP queue '{limit}'"}])
    assert isinstance(entry.refusal, ErrorReply)
    assert entry.refusal.said.startswith("ERR timeout")


def test_a_time_limit_that_is_written_in_an_unusual_way_is_the_servers_affair():
    [entry] = played([{"actor": "consumer", "command": "BRPOP queue 0x10"}])
    assert entry.refusal or entry.lanes.keys() == {"consumer"}
