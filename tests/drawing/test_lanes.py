"""Lanes: the beginnings and ends of actors' states, the arrows, and lost messages."""

from collections.abc import Mapping
from typing import Any

from tests.drawing.test_picture import CRASH, LISTEN, PUBLISH, PUSH, WAIT, lesson_of, played
from tests.tables import for_each
from tutor.drawing.lanes import ARRIVED, SENT, WIDTH, LaneColumn, column, frame, lanes
from tutor.drawing.stage import Stage, with_window
from tutor.drawing.tokens import token
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry


def drawn(*steps: Mapping[str, Any]) -> list[LaneColumn]:
    """Return the columns of these steps."""
    built, entries = played(*steps, watch={"queue": "list"})
    return [column(built, Story.of(built, entry)) for entry in entries]


def states(shown: LaneColumn, actor: int) -> list[tuple[int, int, str]]:
    """Return the pieces of an actor's lane, given by its hue."""
    return [(each.x1, each.x2, each.state) for each in shown.strands if each.hue == actor]


def test_producers_are_above_the_broker_and_consumers_below():
    labels = [lane.label for lane in frame(lesson_of([PUSH], {})).lanes]
    assert labels == ["Producer", "Redis", "Consumer", "Other"]


def test_lanes_are_in_order_and_inside_the_diagram():
    shown = frame(lesson_of([PUSH], {}))
    places = [lane.y for lane in shown.lanes]
    assert places == sorted(places)
    assert all(0 < lane.y < shown.height and 0 < lane.text_y < shown.height for lane in shown.lanes)


def test_waiting_lasts_from_the_step_that_began_it_to_the_step_that_ended_it():
    first, between, last = drawn(WAIT, {"print": "x"}, PUSH)
    assert states(first, 1) == [(0, SENT, "idle"), (SENT, WIDTH, "waiting")]
    assert states(between, 1) == [(0, WIDTH, "waiting")]
    assert states(last, 1) == [(0, ARRIVED, "waiting"), (ARRIVED, WIDTH, "idle")]


def test_a_command_that_waits_has_no_answer_yet():
    assert [arrow.kind for arrow in drawn(WAIT)[0].arrows] == ["command"]


def test_a_message_travels_to_whom_it_wakes_and_keeps_its_shape():
    shown = drawn(WAIT, PUSH)[1]
    assert [(arrow.kind, arrow.mark) for arrow in shown.arrows] == [
        ("command", token("a")),
        ("reply", None),
        ("event", token("a")),
    ]
    assert "'a'" in [text.text for text in shown.texts]


def test_a_message_reaches_each_subscriber_by_an_arrow_of_its_own():
    shown = drawn(LISTEN, {"actor": "other", "command": "PSUBSCRIBE c*"}, PUBLISH)[2]
    assert [(arrow.kind, arrow.hue) for arrow in shown.arrows if arrow.kind == "event"] == [("event", 1), ("event", 2)]
    assert not shown.crosses


def test_a_message_without_receivers_is_marked_as_lost():
    [shown] = drawn(PUBLISH)
    assert "lost" in [arrow.kind for arrow in shown.arrows]
    assert "lost" in [text.text for text in shown.texts]
    assert len(shown.crosses) == 1


def test_a_lane_is_cut_where_its_actor_crashes_and_goes_on_with_the_next_command():
    crashed, quiet, back = drawn(LISTEN, CRASH, PUBLISH, LISTEN)[1:]
    assert states(crashed, 1) == [(0, WIDTH // 2, "subscribed"), (WIDTH // 2, WIDTH, "crashed")]
    assert [x for x, _ in crashed.crosses] == [WIDTH // 2]
    assert states(quiet, 1) == [(0, WIDTH, "crashed")]
    assert states(back, 1) == [(0, SENT, "crashed"), (SENT, ARRIVED, "idle"), (ARRIVED, WIDTH, "subscribed")]


def test_a_step_in_which_time_passes_says_how_much():
    assert drawn({"wait": 60})[0].passed == "60 s"


def test_every_column_has_its_step_in_words():
    assert drawn(WAIT)[0].about == "Consumer waits for a message in queue"


def test_a_column_is_drawn_from_its_own_entry_and_no_other():
    built, entries = played(LISTEN, PUBLISH, CRASH, watch={})
    alone = [column(built, Story.of(built, TraceEntry.from_json(entry.as_json()))) for entry in entries]
    assert list(lanes(built, [Story.of(built, entry) for entry in entries], at=0).columns) == alone


def test_the_column_of_the_shown_step_is_marked():
    built, entries = played(LISTEN, PUBLISH, watch={})
    assert [each.is_current for each in lanes(built, [Story.of(built, entry) for entry in entries], at=1).columns] == [
        True,
        False,
    ]


@for_each(
    ("actors", "steps", "has_lanes"),
    [
        (["producer", "consumer"], [PUSH], False),
        (["producer", "consumer"], [WAIT], True),
        (["producer", "consumer", "other"], [PUSH], True),
        (["producer", "consumer", "other"], [PUSH] * 101, False),
    ],
)
def test_lanes_are_for_lessons_whose_actors_wait_or_are_many(actors: list[str], steps: list[Any], has_lanes: bool):
    built = lesson_of(steps, {}).model_copy(update={"actors": actors})
    assert built.has_lanes is has_lanes


READ = {"actor": "consumer", "read": "task"}


def test_messages_that_are_not_read_are_counted_on_the_lane():
    shown = drawn(LISTEN, PUBLISH, PUBLISH, READ, READ, READ)
    assert [[count.number for count in each.counts] for each in shown] == [[], [1], [2], [2], [1], []]
    assert {count.hue for each in shown for count in each.counts} == {1}


def test_a_read_shows_what_it_took_and_sends_nothing():
    confirmed, read, nothing = drawn(LISTEN, PUBLISH, READ, READ, READ)[2:]
    assert not any(each.arrows for each in (confirmed, read, nothing))
    assert [[text.text for text in each.texts] for each in (confirmed, read, nothing)] == [
        ["read"],
        ["read", "'hello'"],
        ["read", "nil"],
    ]


def test_copies_of_a_message_are_one_arrow():
    shown = drawn(LISTEN, {"actor": "consumer", "command": "PSUBSCRIBE c*"}, PUBLISH)[2]
    assert [arrow.hue for arrow in shown.arrows if arrow.kind == "event"] == [1]
    assert any(text.text.endswith(" 2x") for text in shown.texts)


def test_a_page_works_out_the_story_of_each_step_once():
    built, entries = played(WAIT, PUSH, {"print": "x"}, watch={"queue": "list"})
    shown = with_window(Stage(built, "x", None, 3, 3, entries[-1], history=entries), entries)
    assert shown.story is shown.stories[3]
    assert [row.reply_lines for row in shown.rows] == [("(waiting…)",), ("(integer) 1",), ()]
    assert shown.lanes is not None
    assert [each.about for each in shown.lanes.columns] == [shown.stories[n].sentence for n in (1, 2, 3)]
