"""Pub/sub as if the run had the server to itself, while others use the same server; sharded channels; PUBSUB."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.corners import replies
from tests.ports.test_wires import Steps, played
from tests.servers import RedisServer
from tests.tables import for_each
from tutor.engine.values.refusals import ErrorReply

NAMES = ("news", "chat")


@pytest.fixture
def stranger(server: RedisServer) -> Iterator[redis.client.PubSub]:
    """Another user's client on the same server, which listens to everything."""
    with redis.Redis(port=server.port, protocol=2, decode_responses=True, socket_timeout=5) as client:
        pubsub = client.pubsub()
        pubsub.subscribe(*NAMES)
        pubsub.psubscribe("*", "n*")
        pubsub.ssubscribe(*NAMES)
        confirmed = [pubsub.get_message(timeout=5) for _ in range(2 * len(NAMES) + 2)]
        assert all(confirmed)
        yield pubsub
        pubsub.close()


def asks(*lines: str) -> list[dict[str, Any]]:
    return [{"actor": "producer", "command": line} for line in lines]


HOLD = {
    "news": {"actor": "consumer", "command": "SUBSCRIBE news"},
    "n*": {"actor": "consumer", "command": "PSUBSCRIBE n*"},
    "also n*": {"actor": "other", "command": "PSUBSCRIBE n* ne*"},
    "shard": {"actor": "other", "command": "SSUBSCRIBE zoo news"},
}

QUESTIONS = (
    "PUBSUB CHANNELS",
    "PUBSUB CHANNELS n*",
    "PUBSUB CHANNELS x*",
    "PUBSUB NUMSUB",
    "PUBSUB NUMSUB news chat n*",
    "PUBSUB NUMPAT",
    "pubsub shardchannels",
    "PUBSUB SHARDCHANNELS z?o",
    "PUBSUB SHARDNUMSUB news chat",
)

ANSWERS = {
    (): [[], [], [], [], ["news", 0, "chat", 0, "n*", 0], 0, [], [], ["news", 0, "chat", 0]],
    ("news",): [["news"], ["news"], [], [], ["news", 1, "chat", 0, "n*", 0], 0, [], [], ["news", 0, "chat", 0]],
    ("news", "n*", "also n*"): [
        ["news"], ["news"], [], [], ["news", 1, "chat", 0, "n*", 0], 2, [], [], ["news", 0, "chat", 0],
    ],
    ("shard",): [
        [], [], [], [], ["news", 0, "chat", 0, "n*", 0], 0, ["news", "zoo"], ["zoo"], ["news", 1, "chat", 0],
    ],
}  # fmt: skip
"""The replies to PUBSUB questions, by the actors' subscriptions."""


@pytest.mark.parametrize("held", ANSWERS, ids=lambda held: " and ".join(held) or "nothing")
@pytest.mark.usefixtures("stranger")
def test_pubsub_answers_as_if_there_were_no_other_clients(held: tuple[str, ...]):
    entries = played([*(HOLD[each] for each in held), *asks(*QUESTIONS)])
    assert [entry.reply for entry in entries[len(held) :]] == ANSWERS[held]


@pytest.mark.usefixtures("stranger")
def test_a_plain_corner_knows_of_no_subscriber():
    found = replies(*QUESTIONS, "PUBLISH news hi", "SPUBLISH news hi")
    assert found == [*ANSWERS[()], 0, 0]


@pytest.mark.usefixtures("stranger")
def test_a_transaction_answers_so_too():
    lines = asks("MULTI", *QUESTIONS, "PUBLISH news hi", "PUBLISH news hi", "SPUBLISH zoo hi", "EXEC")
    entries = played([HOLD["news"], HOLD["n*"], HOLD["also n*"], *lines])
    assert entries[-1].reply == [*ANSWERS["news", "n*", "also n*"], 4, 4, 0]


@pytest.mark.usefixtures("stranger")
def test_publish_counts_the_subscriptions_of_the_run_alone():
    entries = played(
        [HOLD["news"], HOLD["n*"], HOLD["shard"], *asks("PUBLISH news a", "SPUBLISH news b", "PUBLISH x c")]
    )
    assert [entry.reply for entry in entries[-3:]] == [2, 1, 0]


def test_others_hear_nothing_under_the_names_that_the_run_uses(stranger: redis.client.PubSub):
    played([HOLD["news"], *asks("PUBLISH news a", "SPUBLISH news b")])
    heard = [stranger.get_message(timeout=0.2) for _ in range(4)]
    assert {each["channel"] for each in heard if each and each["pattern"] != "*"} == set()


SHARDED: Steps = [
    {"actor": "consumer", "command": "SSUBSCRIBE news", "save": "message"},
    {"actor": "other", "command": "SUBSCRIBE news"},
    {"actor": "producer", "command": "SPUBLISH news one"},
    {"actor": "producer", "command": "PUBLISH news two"},
    {"actor": "consumer", "command": "SUBSCRIBE news"},
    {"actor": "consumer", "command": "SUNSUBSCRIBE"},
    {"actor": "producer", "command": "SPUBLISH news three"},
    {"actor": "producer", "command": "PUBLISH news four"},
]


def test_a_sharded_channel_is_another_than_the_plain_one_of_its_name():
    entries = played(SHARDED)
    assert [event["reply"] for event in entries[2].events] == [["smessage", "news", "one"]]
    assert [event["reply"] for event in entries[3].events] == [["message", "news", "two"]]
    assert entries[2].variables["message"] == "one"


def test_who_leaves_the_sharded_channels_keeps_the_others():
    entries = played(SHARDED)
    assert entries[5].reply == ["sunsubscribe", "news", 0]
    assert entries[5].lanes["consumer"] == {"state": "subscribed", "channels": ["news"], "spaces": ["channel"]}
    assert [entry.reply for entry in entries[6:]] == [0, 2]


@for_each("command", ["GET k", "PUBSUB CHANNELS", "PUBLISH news hi", "SPUBLISH news hi", "MULTI"])
@for_each("held", ["news", "n*"])
def test_to_who_is_subscribed_the_server_refuses_all_else(held: str, command: str):
    refusal = played([HOLD[held], {"actor": "consumer", "command": command}])[1].refusal
    assert isinstance(refusal, ErrorReply)
    assert refusal.said.startswith("ERR Can't execute")
    assert "allowed in this context" in refusal.said


def test_patterns_that_are_left_or_lost_are_not_counted():
    crash = {"actor": "other", "crash": True}
    leave = {"actor": "consumer", "command": "PUNSUBSCRIBE"}
    steps = [HOLD["n*"], HOLD["also n*"], *asks("PUBSUB NUMPAT"), crash, *asks("PUBSUB NUMPAT"), leave]
    entries = played([*steps, *asks("PUBSUB NUMPAT")])
    assert [entry.reply for entry in entries if entry.words and entry.words[0] == "PUBSUB"] == [2, 1, 0]


def test_messages_for_several_patterns_come_in_one_order_each_time():
    patterns = " ".join(f"{'n' * count}*" for count in range(1, 9))
    steps: Steps = [
        {"actor": "consumer", "command": f"PSUBSCRIBE {patterns}"},
        {"actor": "consumer", "command": "SUBSCRIBE nnnnnnnnn"},
        *asks("MULTI", "PUBLISH nnnnnnnnn x", "PUBLISH nnnnnnnnn x", "EXEC"),
    ]
    reply = [event["reply"] for event in played(steps)[-1].events]
    assert reply[:9] == reply[9:]
    assert reply[0] == ["message", "nnnnnnnnn", "x"]
    assert [each[1] for each in reply[1:9]] == sorted(patterns.split())


def test_the_end_of_all_subscriptions_is_confirmed_by_name():
    entries = played(
        [{"actor": "consumer", "command": "SUBSCRIBE c a d b"}, {"actor": "consumer", "command": "UNSUBSCRIBE"}]
    )
    assert [(each[1], each[2]) for each in entries[1].reply] == [("a", 3), ("b", 2), ("c", 1), ("d", 0)]
