"""Falsehoods that only a run of the program shows."""

import pytest

from tests.needs import need
from tests.rehearsal.programs import CONNECT, lesson_text
from tests.tables import for_each
from tutor.broker import embedded
from tutor.mutation import judging
from tutor.mutation.rehearsals import rehearsal_fault
from tutor.mutation.survey import Subject

FILE = "one-push.yaml"

TEXT = lesson_text(
    {"anna.py": CONNECT + 'length = r.lpush("queue", "a")\nprint(f"now {length}")\nr.rpop("queue")\n'},
    [
        {"actor": "anna", "action": "Anna pushes", "command": "LPUSH queue a", "save": "length"},
        {"actor": "anna", "action": "Anna prints", "print": "now {length}"},
        {"actor": "anna", "action": "Anna pops", "command": "RPOP queue"},
    ],
    watch={"queue": "list"},
    variables=["length"],
)


@pytest.fixture(autouse=True)
def embedded_server() -> None:
    need(embedded.is_available(), "the embedded server")


def test_a_program_that_does_the_steps_has_no_fault():
    assert rehearsal_fault(TEXT, FILE) == ""


@for_each(
    ("was", "now", "fault"),
    [
        ('"queue", "a"', '"queue", "b"', "step 1: the program sends LPUSH queue b"),
        ('f"now {length}"', 'f"then {length}"', "step 2: the program prints 'then 1'"),
        ('r.rpop("queue")', 'r.lpop("queue")', "step 3: the program sends LPOP queue"),
        ("r = redis", "r = (redis", "is not Python"),
    ],
)
def test_a_program_that_does_something_else_has_its_fault_named(was: str, now: str, fault: str):
    assert was in TEXT
    assert fault in rehearsal_fault(TEXT.replace(was, now), FILE)


def test_a_false_line_of_a_program_is_found_by_a_rehearsal_and_not_counted_without_one():
    subject = Subject(TEXT, FILE, judging.play(TEXT, FILE), ["program"])
    mutant = next(each for each in subject.mutants if (each.was, each.now) == ("rpop", "lpop"))
    outcomes = [
        subject.judge(mutant, lambda text: judging.judged(text, FILE), rehearse).outcome
        for rehearse in (None, lambda text: rehearsal_fault(text, FILE))
    ]
    assert outcomes == ["unrun", "found"]


def test_only_a_text_that_plays_otherwise_is_rehearsed():
    subject = Subject(TEXT, FILE, judging.play(TEXT, FILE), ["words", "expectations", "commands in prose"])
    for mutant in subject.mutants:
        subject.judge(mutant, lambda text: judging.judged(text, FILE), lambda _: pytest.fail("it was rehearsed"))
