"""Falsehoods that only a run of the program shows."""

import pytest

from tests.needs import need
from tests.rehearsal.programs import CONNECT, lesson_text
from tests.tables import for_each
from tutor.broker import embedded
from tutor.engine.lesson.lesson import Lesson
from tutor.mutation import judging, rehearsals
from tutor.mutation.rehearsals import Rehearsals
from tutor.mutation.survey import RehearsalFault, Subject
from tutor.rehearsal import held_programs
from tutor.rehearsal.rehearsing import Rehearsal

FILE = "one-push.yaml"

SOURCE = 'length = r.lpush("queue", "a")\nprint(f"now {length}")\nr.rpop("queue")\n'


def with_program(source: str) -> str:
    return lesson_text(
        {"anna.py": CONNECT + source},
        [
            {"actor": "anna", "action": "Anna pushes", "command": "LPUSH queue a", "save": "length"},
            {"actor": "anna", "action": "Anna prints", "print": "now {length}"},
            {"actor": "anna", "action": "Anna pops", "command": "RPOP queue"},
        ],
        watch={"queue": "list"},
        variables=["length"],
    )


TEXT = with_program(SOURCE)


@pytest.fixture(autouse=True)
def embedded_server() -> None:
    need(embedded.is_available(), "the embedded server")


def fault(text: str, unchanged: str = TEXT) -> RehearsalFault | None:
    return Rehearsals(unchanged, FILE).fault(text)


def test_a_program_that_does_the_steps_has_no_fault():
    assert fault(TEXT) is None


@pytest.mark.slow
@for_each(
    ("was", "now", "said"),
    [
        ('"queue", "a"', '"queue", "b"', "step 1: the program sends LPUSH queue b"),
        ('f"now {length}"', 'f"then {length}"', "step 2: the program prints 'then 1'"),
        ('r.rpop("queue")', 'r.lpop("queue")', "step 3: the program sends LPOP queue"),
        ("r = redis", "r = (redis", "is not Python"),
    ],
)
def test_a_program_that_does_something_else_has_its_fault_named(was: str, now: str, said: str):
    assert was in TEXT
    found = fault(TEXT.replace(was, now))
    assert found is not None
    assert said in found.message
    assert not found.is_of_time


@pytest.mark.slow
def test_a_program_that_runs_on_is_run_again_with_more_patience(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(held_programs, "ACT_SECONDS", 0.2)
    monkeypatch.setattr(rehearsals, "PATIENCE", 3)
    found = fault(with_program(SOURCE + "while True:\n    pass\n"))
    assert found is not None
    assert found.is_of_time
    assert "runs on" in found.message
    assert "in 0.6 seconds" in found.message


@pytest.mark.slow
def test_a_program_that_was_only_slow_is_not_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(held_programs, "ACT_SECONDS", 0.0)
    tries: list[float] = []
    real = rehearsals.rehearse

    def rehearse(lesson: Lesson, patience: float = 1) -> Rehearsal:
        tries.append(patience)
        monkeypatch.setattr(held_programs, "ACT_SECONDS", 0.0 if patience == 1 else 4.0)
        return real(lesson, patience)

    monkeypatch.setattr(rehearsals, "rehearse", rehearse)
    assert fault(TEXT) is None
    assert tries == [1, rehearsals.PATIENCE]


@pytest.mark.slow
def test_a_line_that_no_step_runs_any_more_is_found_unless_it_was_so_before():
    unrun = with_program(SOURCE + 'if length == 2:\n    r.rpop("other")\n')
    found = fault(unrun)
    assert found is not None
    assert 'no step runs line 7 of anna.py (r.rpop("other"))' in found.message
    assert fault(unrun, unrun) is None


@pytest.mark.slow
def test_a_false_line_of_a_program_is_found_by_a_rehearsal_and_not_counted_without_one():
    subject = Subject(TEXT, FILE, judging.play(TEXT, FILE), ["program"])
    mutant = next(each for each in subject.mutants if (each.was, each.now) == ("rpop", "lpop"))
    outcomes = [
        subject.judge(mutant, lambda text: judging.judged(text, FILE), rehearse).outcome
        for rehearse in (None, Rehearsals(TEXT, FILE).fault)
    ]
    assert outcomes == ["unrun", "found"]


def test_only_a_text_that_plays_otherwise_is_rehearsed():
    subject = Subject(TEXT, FILE, judging.play(TEXT, FILE), ["words", "expectations", "facts in prose"])
    for mutant in subject.mutants:
        subject.judge(mutant, lambda text: judging.judged(text, FILE), lambda _: pytest.fail("it was rehearsed"))
