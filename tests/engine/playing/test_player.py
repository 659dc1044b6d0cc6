"""Playing, one step or many, and finding the way back to a position."""

from collections.abc import Sequence

import pytest

from tests.corners import clicked, take
from tests.engine.fake_corner import WRONGTYPE, FakeCorner
from tests.engine.plays import lesson
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.playing import player
from tutor.engine.playing.moment import Moment
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import ErrorReply

PUSH_TWO_POP_ONE = lesson(
    {"command": "LPUSH queue a"},
    {"command": "LPUSH queue b"},
    {"actor": "consumer", "action": "Takes {task!r}", "command": "RPOP queue", "save": "task"},
    {"print": "Got {task!r}"},
)


def test_playing_performs_every_step_in_order():
    entries = player.play(PUSH_TWO_POP_ONE, FakeCorner())
    assert [(entry.position, entry.output_text, entry.value_text("queue")) for entry in entries] == [
        (1, "None", "['a']"),
        (2, "None", "['b', 'a']"),
        (3, "'a'", "['b']"),
        (4, "Got 'a'", "['b']"),
    ]


def test_playing_can_stop_early():
    assert len(player.play(PUSH_TWO_POP_ONE, FakeCorner(), steps=2)) == 2


def test_an_action_shows_the_variables_after_the_step():
    assert player.play(PUSH_TWO_POP_ONE, FakeCorner())[2].action == "Takes 'a'"


def test_an_entry_holds_the_command_as_shown_and_as_sent():
    entry = player.play(lesson({"command": "LPUSH queue 'a'"}), FakeCorner())[0]
    assert (entry.command, entry.words) == ("LPUSH queue 'a'", ["LPUSH", "queue", "a"])


def test_a_step_that_sends_nothing_has_no_command():
    entry = player.play(lesson({"print": "x"}), FakeCorner())[0]
    assert (entry.command, entry.words, entry.reply) == (None, [], None)


def test_a_refused_command_is_recorded():
    refused = lesson({"command": "SET other x"}, {"command": "RPOP other", "save": "task"})
    entry = player.play(refused, FakeCorner())[1]
    assert (entry.refusal, entry.variables, entry.output) == (ErrorReply(WRONGTYPE), {"task": None}, None)


def test_the_first_step_starts_from_an_empty_corner():
    corner = FakeCorner()
    corner.keys["queue"] = ["left over"]
    assert take([], PUSH_TWO_POP_ONE, corner).value_text("queue") == "['a']"


def test_a_port_that_is_not_where_the_play_is_stops_the_step():
    entries = player.play(PUSH_TWO_POP_ONE, FakeCorner(), steps=2)
    moment = Moment.after_all(PUSH_TWO_POP_ONE, entries)
    with pytest.raises(CornerBehind, match="the corner was at 0, not at 2"):
        player.perform(PUSH_TWO_POP_ONE.steps[2], moment, FakeCorner())


def test_a_click_restores_a_corner_that_is_not_where_the_run_is():
    entries = player.play(PUSH_TWO_POP_ONE, FakeCorner())
    assert take(entries[:2], PUSH_TWO_POP_ONE, FakeCorner()) == entries[2]


def test_a_click_that_finds_its_corner_asks_for_no_history():
    entries, corner = [], FakeCorner()

    def history() -> list[TraceEntry]:
        raise AssertionError

    for _ in PUSH_TWO_POP_ONE.steps:
        entries.append(player.advance(PUSH_TWO_POP_ONE, entries[-1] if entries else None, corner, history))
    assert entries == player.play(PUSH_TWO_POP_ONE, FakeCorner())


class NeverThere(FakeCorner):
    """A corner that something else writes to all the time."""

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        super().restore(acts, claim=claim)
        self.counter = 9


def test_a_corner_that_never_is_where_the_run_is_is_given_up():
    entries = player.play(PUSH_TWO_POP_ONE, FakeCorner(), steps=2)
    with pytest.raises(BrokerAway, match="Something else writes to this run's keys"):
        take(entries, PUSH_TWO_POP_ONE, NeverThere())


def test_after_a_restore_the_next_step_is_the_same():
    entries = player.play(PUSH_TWO_POP_ONE, FakeCorner())
    empty = FakeCorner()
    empty.restore(player.acts_again(PUSH_TWO_POP_ONE, entries[:2]), claim=entries[1].claim)
    moment = Moment.after_all(PUSH_TWO_POP_ONE, entries[:2])
    assert player.perform(PUSH_TWO_POP_ONE.steps[2], moment, empty) == entries[2]


def test_the_acts_again_send_what_was_sent_and_no_reads_are_asked_for_a_reply():
    steps = [{"command": line} for line in ("SET other x", "LLEN queue", "RPOP other", "LPUSH queue a")]
    of = lesson(*steps, {"print": "x"})
    acts = player.acts_again(of, player.play(of, FakeCorner()))
    assert [act.sends for act in acts] == [
        (["SET", "other", "x"],), (["LLEN", "queue"],), (["RPOP", "other"],), (["LPUSH", "queue", "a"],), (),
    ]  # fmt: skip


def test_a_watched_key_of_another_type_is_shown_as_such():
    entry = player.play(lesson({"command": "SET queue x"}), FakeCorner())[0]
    assert entry.value_text("queue") == "(another type)"


class Legs(FakeCorner):
    """Notes how many steps each round trip carries."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        if act.position > sum(self.counts):
            self.counts.append(1 + len(ahead()))
        return super().exchange(act, ahead)


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
    entries = player.play(SENDS_WHAT_IT_SAVED, corner)
    assert corner.counts == [3, 3, 1]
    assert entries[-1].value_text("queue") == "['b', 'c', 'aa']"


def test_a_play_in_few_round_trips_gives_the_entries_of_one_step_at_a_time():
    corner = FakeCorner()
    assert player.play(SENDS_WHAT_IT_SAVED, FakeCorner()) == clicked(SENDS_WHAT_IT_SAVED, lambda: corner)


def test_a_second_play_is_a_fresh_one_in_the_same_round_trips():
    first, corner = player.play(SENDS_WHAT_IT_SAVED, FakeCorner()), Legs()
    assert player.play(SENDS_WHAT_IT_SAVED, corner) == first
    assert corner.counts == [3, 3, 1]
