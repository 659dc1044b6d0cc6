"""What a step changed, as old and new values."""

from typing import Any

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.story.differences import LONGEST_SIDE, differences
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

Changes = list[tuple[str, str, str]]

PUSH = {"command": "LPUSH queue a"}
POP = {"actor": "consumer", "command": "RPOP queue", "save": "task"}
TTL = {"command": "TTL queue", "save": "task"}


def played(*steps: dict[str, Any], **fields: Any) -> tuple[Lesson, list[TraceEntry]]:
    built = lesson(*steps, **fields)
    return built, player.play(built, corners.temporary(built))


def changes(*steps: dict[str, Any], **fields: Any) -> Changes:
    """Return the differences of the last step."""
    entry = played(*steps, **fields)[1][-1]
    return [(each.name, each.was, each.now) for each in differences(entry)]


@for_each(
    ("steps", "expected"),
    [
        ([PUSH], [("queue", "[]", "['a']")]),
        ([PUSH, {"command": "LPUSH queue b"}], [("queue", "['a']", "['b', 'a']")]),
        ([PUSH, POP], [("queue", "['a']", "[]"), ("task", "None", "'a'")]),
        ([PUSH, POP, POP], [("task", "'a'", "None")]),
        ([PUSH, {"command": "LLEN queue"}], []),
        ([{"assign": {"task": 5}}], [("task", "None", "5")]),
        ([{"print": "hello"}], []),
        # The server refuses the command, so nothing has changed.
        ([PUSH, {"command": "INCR queue", "save": "task"}], []),
        # A time to live that is asked for is new; that it is lower the next time is no change by the step.
        ([PUSH, {"command": "EXPIRE queue 100"}, TTL], [("task", "None", "100")]),
        ([PUSH, {"command": "EXPIRE queue 100"}, TTL, {"wait": 5}, TTL], []),
        ([PUSH, {"command": "EXPIRE queue 100"}, {"wait": 5}], []),
        ([PUSH, {"command": "EXPIRE queue 100"}, {"wait": 200}], [("queue", "['a']", "[]")]),
    ],
)
def test_a_step_says_what_it_changed(steps: list[dict[str, Any]], expected: Changes):
    assert changes(*steps) == expected


def test_a_key_that_only_a_pattern_watches_comes_and_goes():
    steps = [{"command": "SET job:1 new"}, {"command": "DEL job:1"}]
    fields: dict[str, Any] = {"watch": {"job:*": "string"}, "format": 2}
    assert changes(steps[0], **fields) == [("job:1", "None", "'new'")]
    assert changes(*steps, **fields) == [("job:1", "'new'", "gone")]


def test_long_values_are_cut_and_long_lists_counted():
    words = " ".join(f"element-{number}" for number in range(40))
    many = {"command": f"RPUSH queue {words}"}
    assert changes(many) == [("queue", "0 elements", "40 elements")]
    assert changes(many, {"command": "RPUSH queue last"}) == [("queue", "40 elements", "41 elements")]
    ((_, _, now),) = changes({"command": f"SET s {'x' * 500}"}, watch={"s": "string"})
    assert len(now) == LONGEST_SIDE
    assert now.endswith("…")
