"""Waiting, messages, transactions, crashes and time, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.trace.messages import message_in
from tutor.engine.values.wording import duration
from tutor.ports import corners

WAIT = {"actor": "consumer", "command": "BRPOP queue 0", "save": "task", "pick": 1}
LISTEN = {"actor": "consumer", "command": "SUBSCRIBE chat"}
CRASH = {"actor": "consumer", "crash": True}
RACE = [
    {"actor": "consumer", "command": "WATCH stock"},
    {"actor": "consumer", "command": "MULTI"},
    {"actor": "consumer", "command": "SET stock 1"},
]
EXEC = {"actor": "consumer", "command": "EXEC"}


def played(*steps: Mapping[str, Any], watch: Sequence[str] = ("queue",)) -> list[Story]:
    """Play the steps on real connections, in a corner of their own."""
    built = lesson(*map(dict, steps), watch=dict.fromkeys(watch, "list"))
    return [Story.of(built, entry) for entry in player.play(built, corners.temporary(built))]


def said(*steps: Mapping[str, Any], watch: Sequence[str] = ("queue",)) -> str:
    """Return the sentence about the last step."""
    return played(*steps, watch=watch)[-1].sentence


def test_who_waits_is_said_with_what_for():
    assert said(WAIT) == "Consumer waits for a message in queue"


@for_each(
    ("command", "what"),
    [
        ("BLPOP high low 0", "a message in high or low"),
        ("BLMOVE queue working LEFT RIGHT 0", "a message in queue"),
        ("BZPOPMIN delayed 0", "a member in delayed"),
        ("XREAD BLOCK 0 STREAMS jobs $", "an entry in jobs"),
    ],
)
def test_every_waiting_command_says_what_it_waits_for(command: str, what: str):
    assert said({"actor": "consumer", "command": command}, watch=()) == f"Consumer waits for {what}"


def test_who_is_woken_is_said_with_what_it_got():
    assert said(WAIT, {"command": "LPUSH queue a"}, watch=()) == (
        "LPUSH put 'a' into queue; Consumer got 'a' (waiting since step 1); task = 'a'"
    )


def test_the_labels_of_actors_are_used_where_they_are_known():
    assert replace(played(WAIT)[0], labels={"consumer": "Worker 1"}).sentence == "Worker 1 waits for a message in queue"


@for_each(
    ("reply", "value"),
    [
        (["queue", "a"], "a"),
        ("a", "a"),
        (["delayed", "mail", "5"], "mail"),
        ([["jobs", [["1-1", ["job", "a"]]]]], "a"),
        ([["jobs", [["1-1", ["job", "a", "user", "7"]]]]], "job a, user 7"),
        ([["jobs", []]], None),
        (None, None),
        ({"error": "UNBLOCKED"}, None),
    ],
)
def test_the_message_is_found_in_every_shape_of_reply(reply: Any, value: Any):
    assert message_in(reply) == value


def test_a_time_limit_that_passes_is_said():
    waits = {"actor": "consumer", "command": "BRPOP queue 5"}
    assert said(waits, {"wait": 6}) == "6 s passed; Consumer waited in vain: its time limit passed (since step 1)"


@for_each(
    ("seconds", "text"), [(0.5, "0.5 s"), (60, "60 s"), (90, "90 s"), (300, "5 min"), (7200, "2 h"), (86_400, "24 h")]
)
def test_durations_have_a_fitting_unit(seconds: float, text: str):
    assert duration(seconds) == text


def test_a_message_without_receivers_is_narrated_as_lost():
    assert said({"command": "PUBLISH chat hi"}) == "PUBLISH reached 0 subscribers: 'hi' is lost"


def test_a_message_names_who_received_it():
    assert said(LISTEN, {"command": "PUBLISH chat hi"}) == (
        "PUBLISH reached 1 subscriber; Consumer received 'hi' on chat"
    )


def test_subscribing_and_leaving_are_said():
    assert said(LISTEN) == "Consumer listens on chat"
    assert said({"actor": "consumer", "command": "PSUBSCRIBE c*"}) == "Consumer listens on every channel like c*"
    assert said(LISTEN, {"actor": "consumer", "command": "UNSUBSCRIBE chat"}) == "Consumer no longer listens on chat"


def test_a_transaction_is_said_step_by_step():
    texts = [story.sentence for story in played(*RACE, EXEC, watch=())]
    assert texts == [
        "Consumer watches stock: EXEC will run nothing if that changes",
        "Consumer opened a transaction: its commands are queued until EXEC",
        "SET is queued and runs at EXEC",
        "EXEC ran 1 command in one go",
    ]


def test_a_lost_race_is_said():
    other = {"actor": "producer", "command": "SET stock 9"}
    assert said(*RACE, other, EXEC, watch=()) == "EXEC answered nil: a watched key had changed, so nothing was run"


def test_a_transaction_that_is_given_up_is_said():
    assert said(*RACE, {"actor": "consumer", "command": "DISCARD"}) == "DISCARD threw the queued commands away"


def test_a_crash_is_said():
    assert said(CRASH) == "Consumer's connection is cut"


PUBLISH = {"command": "PUBLISH chat hi"}
MATCH = {"actor": "consumer", "command": "PSUBSCRIBE c* ch*"}


def test_a_client_with_two_subscriptions_counts_as_one():
    assert said(LISTEN, {**MATCH, "command": "PSUBSCRIBE c*"}, PUBLISH) == (
        "PUBLISH reached 1 subscriber by 2 subscriptions, so it returned 2; "
        "Consumer received 'hi' on chat twice: for the channel and for the pattern c*"
    )
    assert said(LISTEN, MATCH, PUBLISH).endswith(
        "on chat 3 times: for the channel, for the pattern c* and for the pattern ch*"
    )
    assert said({**MATCH, "command": "PSUBSCRIBE c*"}, PUBLISH) == (
        "PUBLISH reached 1 subscriber; Consumer received 'hi' on chat for the pattern c*"
    )


def test_the_same_message_again_is_another_one():
    again = [{"command": line} for line in ("MULTI", "PUBLISH chat hi", "PUBLISH chat hi", "PUBLISH chat ho", "EXEC")]
    came = played(LISTEN, {**MATCH, "command": "PSUBSCRIBE c*"}, *again)[-1].happenings
    assert [(each.value, each.ways) for each in came] == [("hi", ("", "c*"))] * 2 + [("ho", ("", "c*"))]
    only = played({**MATCH, "command": "PSUBSCRIBE c*"}, *again)[-1].happenings
    assert [(each.value, each.ways) for each in only] == [("hi", ("c*",))] * 2 + [("ho", ("c*",))]


def test_two_clients_are_two():
    assert said(LISTEN, {"actor": "producer", "command": "SUBSCRIBE chat"}, {**PUBLISH, "actor": "third"}).startswith(
        "PUBLISH reached 2 subscribers; Consumer received 'hi' on chat; Producer received 'hi' on chat"
    )


SHARDED = {"actor": "consumer", "command": "SSUBSCRIBE a b"}


def test_sharded_channels_are_said_to_be_that():
    assert said(SHARDED) == "Consumer listens on the sharded channels a and b"
    assert said(SHARDED, {"command": "SPUBLISH a hi"}) == (
        "SPUBLISH reached 1 subscriber; Consumer received 'hi' on the sharded channel a"
    )
    assert said({"command": "SPUBLISH a hi"}) == "SPUBLISH reached 0 subscribers: 'hi' is lost"
    leave = {"actor": "consumer", "command": "SUNSUBSCRIBE"}
    assert said(SHARDED, leave) == "Consumer no longer listens on any sharded channel"
    assert said(SHARDED, {**leave, "command": "SUNSUBSCRIBE b"}) == (
        "Consumer no longer listens on the sharded channel b"
    )


READ = {"actor": "consumer", "read": "task"}
PART = {**READ, "pick": "data"}


def test_what_is_not_read_yet_is_said_to_be_so():
    assert said(LISTEN, PUBLISH, READ) == (
        "Consumer reads the confirmation of SUBSCRIBE chat; 1 message unread; "
        "task = {'type': 'subscribe', 'pattern': None, …"
    )
    texts = [story.sentence for story in played(LISTEN, PUBLISH, PUBLISH, PART, PART, PART, {**READ, "read": True})]
    assert texts[1] == "PUBLISH reached 1 subscriber; Consumer's client received 'hi' on chat; it is not read yet"
    assert texts[4:] == [
        "Consumer reads 'hi', which came on chat; 1 message unread; task = 'hi'",
        "Consumer reads 'hi', which came on chat",
        "Consumer reads, and nothing has come: get_message() returns None",
    ]


def test_copies_that_are_not_read_are_one_message_that_came_twice():
    assert said(LISTEN, {**MATCH, "command": "PSUBSCRIBE c*"}, {**READ, "read": True}, PUBLISH).endswith(
        "Consumer's client received 'hi' on chat twice: for the channel and for the pattern c*; neither is read yet"
    )
