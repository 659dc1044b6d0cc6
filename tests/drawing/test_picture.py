"""The picture of a step: waiting and listening actors, every type of key, and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.tables import for_each
from tutor.drawing.keys_and_channels import ShownKey, short_id
from tutor.drawing.picture import Picture, ShownActor, picture, shown_events
from tutor.drawing.tokens import token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

Steps = Sequence[Mapping[str, Any]]
PUSH = {"actor": "producer", "command": "LPUSH queue a"}
WAIT = {"actor": "consumer", "command": "BRPOP queue 0", "save": "task", "pick": 1}
LISTEN = {"actor": "consumer", "command": "SUBSCRIBE chat", "save": "task"}
CRASH = {"actor": "consumer", "crash": True}
PUBLISH = {"actor": "producer", "command": "PUBLISH chat hello"}


def lesson_of(steps: Steps, watch: Mapping[str, str]) -> Lesson:
    """Return a lesson of these steps; who acts is the producer where nothing else is said."""
    filled = [{"actor": "producer", "action": "Acts", **step} for step in steps]
    head = {"title": "A test", "track": "tests", "actors": ["producer", "consumer", "other"], "variables": ["task"]}
    return Lesson.model_validate({**head, "watch": dict(watch), "steps": filled})


def played(*steps: Mapping[str, Any], watch: Mapping[str, str]) -> tuple[Lesson, list[TraceEntry]]:
    """Return the lesson and its entries, played in a corner of their own."""
    built = lesson_of(steps, watch)
    return built, player.play(built, corners.temporary(built))


def seen(*steps: Mapping[str, Any], **watch: str) -> Picture:
    """Return the picture after the last step."""
    built, entries = played(*steps, watch=watch)
    return picture(built, Story.of(built, entries[-1]))


def key(*commands: str, **watch: str) -> ShownKey:
    """Return the first watched key after these commands."""
    return seen(*({"command": command} for command in commands), **watch).keys[0]


def consumer(shown: Picture) -> ShownActor:
    """Return the first consumer."""
    return shown.consumers[0]


def test_who_waits_says_at_which_key_and_since_when():
    shown = consumer(seen(WAIT, {"print": "x"}, queue="list"))
    assert (shown.state, shown.state_text, shown.holding) == ("waiting", "on queue, since step 1", None)


def test_the_message_that_wakes_someone_arrives_in_its_hand():
    shown = seen(WAIT, PUSH, queue="list")
    assert (consumer(shown).holding, consumer(shown).motion) == (token("a"), "is-arriving")
    assert (consumer(shown).state, consumer(shown).note) == ("", "waited since step 1")


def test_a_message_arrives_also_where_no_variable_takes_it():
    shown = consumer(seen({"actor": "consumer", "command": "SUBSCRIBE chat"}, PUBLISH))
    assert (shown.holding, shown.motion, shown.note) == (token("hello"), "is-arriving", "received on chat")


def test_a_time_limit_that_passes_leaves_the_hand_empty():
    shown = consumer(seen({"actor": "consumer", "command": "BRPOP queue 5"}, {"wait": 6}, queue="list"))
    assert (shown.state, shown.holding, shown.note) == ("", None, "time limit passed")


def test_no_actor_acts_while_time_passes():
    assert not any(actor.is_active for actor in seen({"wait": 6}, queue="list").producers)


def test_who_listens_names_its_channels():
    assert consumer(seen(LISTEN)).state_text == "listens on chat"


def test_a_transaction_counts_what_is_queued():
    steps = [{"actor": "consumer", "command": text} for text in ("MULTI", "INCR stock", "INCR stock")]
    assert consumer(seen(*steps[:2])).state_text == "1 command queued"
    assert consumer(seen(*steps)).state_text == "2 commands queued"


def test_a_crash_loses_what_the_program_held():
    shown = consumer(seen(WAIT, PUSH, CRASH, queue="list"))
    assert (shown.state_text, shown.holding, shown.motion) == ("connection cut", None, "")


def test_a_channel_names_who_listens_and_by_which_pattern():
    [channel] = seen(LISTEN, {"actor": "other", "command": "PSUBSCRIBE c*"}, PUBLISH).channels
    assert channel.about == "channel, 2 subscribers"
    ways = [(each.label, each.is_direct, each.patterns) for each in channel.subscribers]
    assert ways == [("Consumer", True, ()), ("Other", False, ("c*",))]
    assert (channel.sent, channel.reached, channel.reached_text) == (token("hello"), 2, "reached 2 subscribers")


def test_a_client_with_two_subscriptions_is_one_subscriber():
    built, entries = played(LISTEN, {**LISTEN, "command": "PSUBSCRIBE c* x*"}, PUBLISH, watch={})
    shown = picture(built, Story.of(built, entries[-1]))
    channel, lonely = shown.channels
    assert (channel.about, channel.reached_text) == ("channel, 1 subscriber", "reached 1 subscriber by 2 subscriptions")
    [only] = channel.subscribers
    assert (only.label, only.is_direct, only.patterns) == ("Consumer", True, ("c*",))
    assert (lonely.name, lonely.about) == ("x*", "pattern of channels, 1 subscriber")
    [event] = shown_events(built, Story.of(built, entries[-1]))
    assert event.tail == "on chat twice: for the channel and for the pattern c*"


def test_a_sharded_channel_is_drawn_apart_from_the_plain_one_of_its_name():
    other = {"actor": "other", "command": "SSUBSCRIBE chat"}
    plain, sharded = seen(LISTEN, other, {"command": "SPUBLISH chat hello"}).channels
    assert (plain.about, [each.label for each in plain.subscribers], plain.sent) == (
        "channel, 1 subscriber",
        ["Consumer"],
        None,
    )
    assert (sharded.about, [each.label for each in sharded.subscribers]) == ("sharded channel, 1 subscriber", ["Other"])
    assert (sharded.sent, sharded.reached_text) == (token("hello"), "reached 1 subscriber")


def test_a_channel_that_is_only_asked_about_is_not_drawn():
    asks = [{"command": line} for line in ("PUBSUB NUMSUB chat", "PUBSUB CHANNELS c*", "PUBSUB SHARDNUMSUB s")]
    assert seen(*asks).channels == ()
    assert [channel.name for channel in seen(*asks, PUBLISH).channels] == ["chat"]


def test_an_entry_of_an_older_version_does_not_say_what_is_a_pattern():
    built, entries = played(LISTEN, {"actor": "other", "command": "PSUBSCRIBE c*"}, watch={})
    lanes = {actor: {"state": "subscribed", "channels": lane["channels"]} for actor, lane in entries[1].lanes.items()}
    [channel] = picture(built, Story.of(built, replace(entries[1], lanes=lanes))).channels
    assert [(each.label, each.patterns) for each in channel.subscribers] == [("Consumer", ()), ("Other", ("c*",))]


READ = {"actor": "consumer", "read": "task"}


def test_what_is_not_read_is_not_in_the_hand():
    shown = consumer(seen(LISTEN, READ, PUBLISH, PUBLISH, READ))
    assert (shown.holding, shown.motion) == (token("hello"), "is-arriving")
    assert (shown.state, shown.state_text) == ("subscribed", "listens on chat; 1 message unread")
    unread = consumer(seen(LISTEN, {**READ, "read": True}, PUBLISH))
    assert (unread.holding, unread.note) == (None, "received on chat, not read yet")


def test_messages_that_are_left_when_a_subscription_has_ended_are_counted():
    shown = consumer(seen(LISTEN, PUBLISH, PUBLISH, {"actor": "consumer", "command": "UNSUBSCRIBE"}, READ))
    assert (shown.state, shown.state_text) == ("unread", "2 messages and 1 notice unread")


def test_a_message_without_receivers_is_shown_with_the_servers_count():
    [channel] = seen(PUBLISH).channels
    assert (channel.about, channel.sent, channel.reached) == ("channel, no subscribers", token("hello"), 0)


def test_a_channel_keeps_nothing():
    assert seen(PUBLISH, {"print": "x"}).channels[0].sent is None


def test_a_pattern_without_a_matching_channel_is_drawn_itself():
    names = [channel.name for channel in seen({"actor": "other", "command": "PSUBSCRIBE news.*"}, PUBLISH).channels]
    assert names == ["chat", "news.*"]


def test_a_string_shows_its_time_to_live():
    shown = key("SET token abc EX 90", token="string")
    assert (shown.about, [cell.token for cell in shown.cells]) == ("string, expires in 90 s", [token("abc")])


def test_a_hash_is_drawn_field_by_field_and_what_changed_is_new():
    shown = key("HSET user name Ann role admin", "HSET user role owner", user="hash")
    assert [(c.label, c.token, c.motion) for c in shown.cells] == [
        ("name", token("Ann"), ""),
        ("role", token("owner"), "is-new"),
    ]


def test_a_sorted_set_is_drawn_in_order_with_its_scores():
    shown = key("ZADD delayed 30 b 10 a", delayed="zset")
    assert [(cell.token, cell.label) for cell in shown.cells] == [(token("a"), "10"), (token("b"), "30")]
    assert shown.about == "sorted set, 2 members, lowest score first"


def test_a_set_marks_its_new_member():
    shown = key("SADD tags a", "SADD tags b", tags="set")
    assert [(cell.token, cell.motion) for cell in shown.cells] == [(token("a"), ""), (token("b"), "is-new")]


def test_a_stream_is_drawn_with_ids_groups_and_what_is_pending():
    shown = key(
        "XGROUP CREATE jobs workers $ MKSTREAM",
        "XADD jobs 1-1 job resize",
        "XADD jobs 1-2 job mail",
        "XREADGROUP GROUP workers c1 COUNT 1 STREAMS jobs >",
        jobs="stream",
    )
    assert [(cell.label, cell.token) for cell in shown.cells] == [("1-1", token("resize")), ("1-2", token("mail"))]
    [group] = shown.groups
    assert (group.name, group.last) == ("workers", "1-1")
    assert [(each.consumer, each.tokens) for each in group.pending] == [("c1", (token("resize"),))]


@pytest.mark.parametrize(("id_", "text"), [("1-1", "1-1"), ("1795452186811-0", "…6811-0")])
def test_a_long_id_is_shown_by_its_end(id_: str, text: str):
    assert short_id(id_) == text


@for_each("type_", ["list", "string", "hash", "set", "zset", "stream"])
def test_a_key_of_every_type_can_be_empty_or_of_another_type(type_: str):
    assert key("PING", thing=type_).is_empty
    other = "SET thing x" if type_ != "string" else "LPUSH thing x"
    assert key(other, thing=type_).type == "other"


def test_effects_on_other_actors_are_listed_line_by_line():
    built, entries = played(LISTEN, {"actor": "other", "command": "BRPOP queue 5"}, PUBLISH, {"wait": 6}, watch={})
    [heard], [ended] = (shown_events(built, Story.of(built, entry)) for entry in entries[2:4])
    assert (heard.actor.label, heard.said, heard.token, heard.tail) == (
        "Consumer",
        "received",
        token("hello"),
        "on chat",
    )
    assert (ended.actor.label, ended.said) == ("Other", "got nothing: its time limit passed")
