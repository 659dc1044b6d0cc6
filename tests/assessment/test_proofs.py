"""Proofs as learners see them: run on a real server, side by side, with nothing left behind."""

from uuid import uuid4

import pytest

from tests.engine.plays import lesson
from tutor.assessment.proofs import ProofTable, ShownProof, prove
from tutor.broker import connection
from tutor.engine.asking.proof import NotProvable
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.playing.port import PortAnswer
from tutor.ports import corners, namespace

LESSON = lesson(
    {"command": "LPUSH queue task1"},
    {"command": "LPUSH queue task2"},
    {"command": "RPOP queue", "save": "task"},
    {"print": "Processed {task!r}"},
    {"command": "RPOP queue", "save": "task"},
)


def found(lesson: Lesson = LESSON, **proof: object) -> ShownProof:
    return prove(Proof.model_validate(proof), lesson)


@pytest.fixture
def corner(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of all corners in which the test's proofs are run."""
    known = uuid4()
    monkeypatch.setattr(corners, "uuid4", lambda: known)
    return f"play-{known}"


def left_behind(corner: str) -> int:
    own, place = (namespace.counter_of(corner), namespace.names_of(corner)), f"tutor:{{{corner}}}:"
    is_known = connection.client().zscore(namespace.INDEX, corner) is not None
    return connection.client().exists(*own, f"{place}queue", f"{place}other") + is_known


def cells(table: ProofTable, mark: str) -> list[tuple[int, str]]:
    """Return step and text of each cell that differs, or is the answer."""
    return [(row.step, cell.shown.text) for row in table.rows for cell in row.cells if getattr(cell, mark)]


def test_a_variable_after_a_step_is_found_in_the_lesson_itself():
    shown = found(after=3, variable="task")
    assert (shown.found.text, shown.place) == ("'task1'", "task after step 3")
    (table,) = shown.tables
    assert table.names == ("queue", "task", "Output")
    assert cells(table, "is_answer") == [(3, "'task1'")]
    assert cells(table, "differs") == []


def test_the_first_step_at_which_something_holds():
    shown = found(first={"key": "queue", "equals": [], "after": 1})
    assert shown.found.text == "step 5"
    assert [row.step for row in shown.tables[0].rows if row.is_answer] == [5]
    assert cells(shown.tables[0], "is_answer") == [(5, "[]")]


def test_a_condition_that_never_holds_is_not_found():
    shown = found(first={"key": "queue", "equals": ["never"]})
    assert (shown.found.text, cells(shown.tables[0], "is_answer")) == ("at no step", [])


def test_an_output():
    shown = found(after=4, output=True)
    assert (shown.place, cells(shown.tables[0], "is_answer")) == ("what step 4 puts out", [(4, "Processed 'task1'")])


def test_changed_steps_are_shown_beside_the_lesson_with_differences_marked():
    shown = found(after=3, key="queue", swap={"LPUSH": "RPUSH"})
    own, changed = shown.tables
    assert shown.found.text == "['task1']"
    assert [row.command for row in own.rows] == ["LPUSH queue task1", "LPUSH queue task2", "RPOP queue"]
    assert [row.command for row in changed.rows] == ["RPUSH queue task1", "RPUSH queue task2", "RPOP queue"]
    assert [row.step for row in changed.rows if row.is_changed] == [1, 2]
    assert cells(own, "differs") == [(2, "['task2', 'task1']"), (3, "['task2']"), (3, "'task1'")]
    assert cells(changed, "differs") == [(2, "['task1', 'task2']"), (3, "['task1']"), (3, "'task2'")]
    assert (cells(own, "is_answer"), cells(changed, "is_answer")) == ([], [(3, "['task1']")])


def test_commands_that_were_sent_are_counted():
    assert found(after=4, key="queue").commands_count == 3
    assert found(after=2, key="queue", swap={"LPUSH": "RPUSH"}).commands_count == 4


def test_before_the_first_step_nothing_is_run():
    shown = found(after=0, key="queue")
    assert (shown.found.text, shown.place, shown.commands_count) == ("[]", "queue at the start", 0)


def test_messages_are_tokens_as_everywhere():
    assert [token.text for token in found(after=2, key="queue").found.tokens or ()] == ["'task2'", "'task1'"]


def test_values_are_never_markdown():
    sneaky = lesson({"command": ["LPUSH", "queue", "**bold** <script>"]})
    shown = found(sneaky, after=1, key="queue")
    assert (shown.found.is_value, shown.found.html) == (True, "")


def test_of_a_long_lesson_the_rows_before_the_answer_are_shown():
    long = lesson(*[{"command": ("RPUSH queue 0", "RPOP queue")[number % 2]} for number in range(120)])
    table = found(long, after=100, key="queue").tables[0]
    assert ([row.step for row in table.rows], table.skipped_count) == (list(range(51, 101)), 50)
    table = found(long, first={"key": "queue", "equals": ["0"]}).tables[0]
    assert ([row.step for row in table.rows][:2], table.skipped_count) == ([1, 2], 70)


def test_nothing_is_left_behind(corner: str):
    found(after=3, key="queue", replace={"2": "LPUSH other x"})
    assert left_behind(corner) == 0


def test_nothing_is_left_behind_by_a_proof_that_fails(corner: str):
    with pytest.raises(NotProvable):
        found(after=3, key="nothing")
    assert left_behind(corner) == 0


def test_a_server_that_goes_away_is_said_and_not_covered_up(monkeypatch: pytest.MonkeyPatch):
    class Away(corners.TemporaryCorner):
        def exchange(self, *_: object, **__: object) -> PortAnswer:
            raise BrokerAway("Redis does not answer right now.")

        def clear(self) -> None:
            raise BrokerAway("It does not answer now either.")

    monkeypatch.setattr(corners, "TemporaryCorner", Away)
    with pytest.raises(BrokerAway, match="right now"):
        found(after=3, key="queue")
