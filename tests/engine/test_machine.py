"""Playing, one step or many, and finding the way back to a position."""

import pytest

from tests.engine.fake_corner import WRONGTYPE, FakeCorner
from tests.engine.playing import lesson
from tutor.engine import machine
from tutor.engine.errors import CornerBehind
from tutor.engine.trace import TraceEntry

PUSH_TWO_POP_ONE = lesson(
    {"command": "LPUSH queue a"},
    {"command": "LPUSH queue b"},
    {"actor": "consumer", "action": "Takes {task!r}", "command": "RPOP queue", "save": "task"},
    {"print": "Got {task!r}"},
)


def test_playing_performs_every_step_in_order():
    entries = machine.play(PUSH_TWO_POP_ONE, FakeCorner())
    assert [(entry.position, entry.output_text, entry.value_text("queue")) for entry in entries] == [
        (1, "None", "['a']"),
        (2, "None", "['b', 'a']"),
        (3, "'a'", "['b']"),
        (4, "Got 'a'", "['b']"),
    ]


def test_playing_can_stop_early():
    assert len(machine.play(PUSH_TWO_POP_ONE, FakeCorner(), steps=2)) == 2


def test_an_action_tells_the_variables_as_they_are_after_the_step():
    assert machine.play(PUSH_TWO_POP_ONE, FakeCorner())[2].action == "Takes 'a'"


def test_an_entry_holds_the_command_as_shown_and_as_sent():
    entry = machine.play(lesson({"command": "LPUSH queue 'a'"}), FakeCorner())[0]
    assert (entry.command, entry.words) == ("LPUSH queue 'a'", ["LPUSH", "queue", "a"])


def test_a_step_that_sends_nothing_has_no_command():
    entry = machine.play(lesson({"print": "x"}), FakeCorner())[0]
    assert (entry.command, entry.words, entry.reply) == (None, None, None)


def test_a_refused_command_is_recorded():
    refused = lesson({"command": "SET other x"}, {"command": "RPOP other", "save": "task"})
    entry = machine.play(refused, FakeCorner())[1]
    assert (entry.refusal, entry.variables, entry.output) == (WRONGTYPE, {"task": None}, None)


def test_the_first_step_starts_from_an_empty_corner():
    corner = FakeCorner()
    corner.keys["queue"] = ["left over"]
    assert machine.advance(PUSH_TWO_POP_ONE, None, corner).value_text("queue") == "['a']"


def test_a_corner_that_is_not_where_the_run_is_stops_the_step():
    entries = machine.play(PUSH_TWO_POP_ONE, FakeCorner(), steps=2)
    with pytest.raises(CornerBehind, match="the corner was at 0, not at 2"):
        machine.advance(PUSH_TWO_POP_ONE, entries[-1], FakeCorner())


def test_after_a_rebuild_the_next_step_is_the_same():
    entries = machine.play(PUSH_TWO_POP_ONE, FakeCorner())
    empty = FakeCorner()
    machine.rebuild(entries[:2], empty)
    assert machine.advance(PUSH_TWO_POP_ONE, entries[1], empty) == entries[2]


def test_the_history_leaves_out_what_only_reads_prints_or_was_refused():
    steps = [{"command": line} for line in ("SET other x", "LLEN queue", "RPOP other", "LPUSH queue a")]
    entries = machine.play(lesson(*steps, {"print": "x"}), FakeCorner())
    assert machine.history(entries) == [["SET", "other", "x"], ["LPUSH", "queue", "a"]]


def test_a_watched_key_of_another_type_is_shown_as_such():
    entry = machine.play(lesson({"command": "SET queue x"}), FakeCorner())[0]
    assert entry.value_text("queue") == "(another type)"


class Legs(FakeCorner):
    """Notes how many steps each round trip carries."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def exchanges(self, asked, reads, *, position: int):
        self.counts.append(len(asked))
        return super().exchanges(asked, reads, position=position)


SENDS_WHAT_IT_SAVED = lesson(
    {"command": "LPUSH queue a"},
    {"command": "RPOP queue", "save": "task"},
    {"print": "Got {task!r}"},
    {"command": "LPUSH queue {task}{task}"},
    {"assign": {"task": "b"}},
    {"command": "LPUSH queue c"},
    {"command": "LPUSH queue {task}"},
)


def test_steps_go_in_one_round_trip_up_to_one_that_sends_what_was_saved():
    corner = Legs()
    entries = machine.play(SENDS_WHAT_IT_SAVED, corner)
    assert corner.counts == [3, 3, 1]
    assert entries[-1].value_text("queue") == "['b', 'c', 'aa']"


def test_a_play_in_few_round_trips_gives_the_entries_of_one_step_at_a_time():
    corner, single = FakeCorner(), list[TraceEntry]()
    for _ in SENDS_WHAT_IT_SAVED.steps:
        single.append(machine.advance(SENDS_WHAT_IT_SAVED, single[-1] if single else None, corner))
    assert machine.play(SENDS_WHAT_IT_SAVED, FakeCorner()) == single


def test_playing_again_sends_what_was_sent_in_one_round_trip():
    first, corner = machine.play(SENDS_WHAT_IT_SAVED, FakeCorner()), Legs()
    assert machine.play(SENDS_WHAT_IT_SAVED, corner, again=first) == first
    assert corner.counts == [7]
