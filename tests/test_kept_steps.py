"""Steps that many learners take: each gets the entry that it would have got alone, with its own time and claim."""

import json
import re
from collections.abc import Sequence
from uuid import uuid4

import pytest
from redis.connection import Connection

from tests.corners import commands
from tests.tables import for_each
from tests.test_lessons import SLUGS
from tests.test_lessons import lesson as shelved
from tutor import kept_steps
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.moment import Moment
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import encoded
from tutor.kept_steps import PerformedStep
from tutor.ports import corners, redis_corner
from tutor.ports.namespace import counter_of
from tutor.ports.redis_corner import PackedAct

pytestmark = pytest.mark.usefixtures("server")

TEXT = "text"


class Run:
    """A run that is clicked through."""

    def __init__(self, lesson: Lesson) -> None:
        self.id, self.lesson = str(uuid4()), lesson
        self.steps: list[PerformedStep] = []

    def click(self) -> TraceEntry:
        record = self.steps[-1].record if self.steps else None
        state = kept_steps.state_of(TEXT, self.lesson, record)
        self.steps.append(state.perform(self.id, self.entries))
        return self.steps[-1].entry.whole

    def entries(self) -> list[TraceEntry]:
        return [TraceEntry.from_json(json.loads(step.record)) for step in self.steps]

    def walk(self) -> list[TraceEntry]:
        for _ in self.lesson.steps:
            self.click()
        return self.entries()


def alone(lesson: Lesson) -> list[TraceEntry]:
    """Play the lesson by the player alone."""
    return player.play(lesson, corners.temporary(lesson))


def told(entries: Sequence[TraceEntry]) -> str:
    """Return the entries as text without what is each run's own."""
    text = json.dumps([entry.as_json() for entry in entries])
    return re.sub(r'"(elapsed_us|claim)": (\d+|"\w*")', "", text)


@pytest.fixture
def planned(monkeypatch) -> list[int]:
    """The positions of the steps that were planned and concluded anew."""
    done, concluded = list[int](), player.concluded
    monkeypatch.setattr(
        player, "concluded", lambda plan, answer: (done.append(plan.act.position), concluded(plan, answer))[1]
    )
    return done


@for_each("slug", SLUGS)
def test_every_run_of_a_lesson_has_the_entries_of_a_play_alone(slug):
    lesson = shelved(slug)
    if lesson.needs_connections or lesson.gives_lives:
        return  # played without kept steps
    expected = told(alone(lesson))
    assert [told(Run(lesson).walk()) for _ in range(3)] == [expected] * 3


def test_an_entry_is_concluded_once_and_each_run_has_its_own_time_and_claim(planned):
    lesson = commands("LPUSH queue a", "RPOP queue")
    runs = [Run(lesson) for _ in range(4)]
    played = [run.walk() for run in runs]
    assert planned == [1, 2]
    claims = {entry.claim for entries in played for entry in entries}
    assert len(claims) == 8
    for run in runs:
        for step in run.steps:
            assert json.loads(step.record)["claim"] == step.entry.claim
            assert json.loads(step.record)["elapsed_us"] == step.entry.elapsed_us


def test_another_answer_of_redis_is_another_entry(server, planned):
    lesson = commands("LPUSH queue a", "LRANGE queue 0 -1")
    first, second = Run(lesson), Run(lesson)
    first.walk()
    second.click()
    server.ask("RPUSH", f"tutor:{{{second.id}}}:queue", "stranger")
    assert second.click().reply == ["a", "stranger"]
    assert Run(lesson).walk()[1].reply == ["a"]
    assert planned == [1, 2, 2]


def test_a_lost_corner_is_restored_for_a_kept_step(server):
    lesson = commands("LPUSH queue a", "LPUSH queue b", "RPOP queue")
    expected = told(Run(lesson).walk())
    run = Run(lesson)
    for _ in lesson.steps:
        server.ask("FLUSHALL")
        run.click()
    assert told(run.entries()) == expected


def test_a_corner_that_another_exchange_has_claimed_is_restored(server):
    lesson = commands("LPUSH queue a", "LPUSH queue b", "LLEN queue")
    Run(lesson).walk()
    run = Run(lesson)
    run.click()
    server.ask("SET", counter_of(run.id), f"1 {'0' * 16}")
    run.click()
    assert run.click().reply == 2


LOOKALIKES = {
    "a field of the same name as the claim": ("HSET h claim 0123456789abcdef", "HGETALL h"),
    "a field of the same name as the time": ("HSET h elapsed_us 5", "HGETALL h"),
    "a key of that name": ("SET claim 0123456789abcdef", "GET claim"),
    "a text that looks like both": (
        """SET k '"elapsed_us": 5, "claim": "0123456789abcdef", "claim": ""'""",
        "GET k",
    ),
    "bytes that are not text": (r'SET k "\xff\x00"', "GET k"),
    "text that is not ASCII": ("SET k größe", "GET k"),
    "a value that is too long to be shown": (f"SET k {'y' * 3000}", "GET k"),
    "a refusal": ("SET k 1", "LPUSH k a"),
}


@pytest.mark.parametrize("lines", LOOKALIKES.values(), ids=LOOKALIKES.keys())
def test_what_looks_like_a_runs_own_value_stays_as_it_is(lines):
    lesson = commands(*lines, "PING")
    expected = told(alone(lesson))
    assert [told(Run(lesson).walk()) for _ in range(2)] == [expected] * 2


def test_postgresql_keeps_names_in_another_order():
    lesson = commands("LPUSH queue a", "RPOP queue")
    run = Run(lesson)
    run.click()
    record = json.dumps(dict(sorted(json.loads(run.steps[0].record).items(), key=lambda each: (len(each[0]), each[0]))))
    state = kept_steps.state_of(TEXT, lesson, record)
    assert state.last
    assert state.last.whole == run.entries()[0]
    assert state.perform(run.id, run.entries).entry.neutral.reply == "a"


def test_a_step_that_cannot_be_performed_is_refused_at_its_position():
    lesson = commands("GET k", f"SET k {'y' * 200_000}")
    run = Run(lesson)
    run.click()
    for _ in range(2):
        with pytest.raises(StepFault) as fault:
            run.click()
        assert fault.value.position == 2


def test_what_is_kept_is_bounded(monkeypatch):
    assert kept_steps._states._by_name.maxsize == kept_steps._entries._by_name.maxsize == kept_steps.MOST_BYTES
    large = commands(f"SET k {'y' * 20_000}", *["GET k"] * 60)
    Run(large).walk()
    for kept in (kept_steps._states, kept_steps._entries):
        assert 0 < kept._by_name.currsize <= kept_steps.MOST_BYTES
        assert len(kept._by_name) < 61


# Packed acts


@for_each("line", ["LPUSH queue a", "MSET one 1 two größe", r'SET k "\xff\x00"', "PUBSUB CHANNELS", "PING"])
def test_a_packed_act_sends_what_redis_py_would(line):
    lesson = commands(line, watch={"queue": "list"})
    act = player.planned(lesson.steps[0], Moment.at_start(lesson)).act
    batch = PackedAct(act, lesson).batch(str(uuid4()), "0" * 16, "1234567890")
    words = [[encoded(word) for word in each] for each in batch.words()]
    assert batch.data == b"".join(Connection().pack_commands(words))
    assert batch.count == len(words)
    assert not any(mark.encode() in batch.data for mark in (redis_corner._RUN, redis_corner._WORD, redis_corner._ENDS))


@for_each(
    "values", [("short", "0" * 16, "1234567890"), (str(uuid4()), "0", "1234567890"), (str(uuid4()), "0" * 16, "1")]
)
def test_a_value_of_another_length_is_not_sent(values):
    lesson = commands("PING")
    act = player.planned(lesson.steps[0], Moment.at_start(lesson)).act
    with pytest.raises(ValueError, match="characters"):
        PackedAct(act, lesson).batch(*values)
