"""Every lesson in lessons/: nothing is said against it, its sample runs, and the program can make questions of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from tests.lessons import OURS
from tests.tables import for_each
from tutor import library
from tutor.assessment import proofs
from tutor.authoring import proving
from tutor.drawing.tokens import token
from tutor.engine.asking import proof
from tutor.engine.asking.trace_questions import trace_questions
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.quiz.choice import ChoiceQuestion
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

FOLDER = Path(__file__).parent.parent / "lessons"
SLUGS = [path.stem for path in OURS]

LONGEST_SAMPLE = 15
LONGEST_PROGRAM = 40
SECONDS = 10
"""Lines that a sample and a file of a program may have, and how long a sample may run."""


@dataclass(frozen=True)
class Sample:
    """The output of a lesson's sample; `before` is sent before it starts, `beside` while it runs."""

    prints: str
    before: Callable[[redis.Redis], object] | None = None
    beside: Callable[[redis.Redis], object] | None = None


SAMPLES = {
    "redis-as-message-broker": Sample("task1\n"),
}

NEEDS_OWN_SERVER = """\
import functools, redis, sys
redis.Redis = functools.partial(redis.Redis, unix_socket_path=sys.argv[1])
exec(compile(sys.stdin.read(), "sample", "exec"), {"__name__": "__main__"})
"""


def lesson(slug: str) -> Lesson:
    found = library.read((FOLDER / f"{slug}.yaml").read_text(), slug).lesson
    assert found is not None
    return found


def play(each: Lesson) -> list[TraceEntry]:
    return player.play(each, corners.temporary(each))


@pytest.mark.slow
@for_each("slug", SLUGS)
def test_nothing_is_said_against_a_lesson_not_even_a_warning(slug: str):
    found = proving.check([FOLDER / f"{slug}.yaml"], lambda each: corners.of_run(f"test-{uuid4()}", each))
    assert list(map(str, found)) == []


@for_each("slug", SLUGS)
def test_a_lesson_has_all_its_parts(slug: str):
    each = lesson(slug)
    assert each.program or each.sample
    assert all([each.flow, each.summary, each.closing, each.transcript, each.key_moments])
    assert min(len(each.quiz), len(each.practice)) >= 3
    assert 5 <= len(each.snapshot) <= 7
    assert each.sample is None or len(each.sample.code.splitlines()) <= LONGEST_SAMPLE
    assert all(len(text.splitlines()) <= LONGEST_PROGRAM for text in each.program.values())
    assert all(question.hint and question.explanation and question.concept for question in [*each.quiz, *each.practice])
    assert all(task.solution and task.solution.check for task in each.practice)


@pytest.mark.slow
def test_all_samples_are_run():
    assert sorted(SAMPLES) == [slug for slug in SLUGS if lesson(slug).sample]


@for_each("slug", SLUGS)
def test_most_steps_of_a_lesson_claim_something(slug: str):
    steps = lesson(slug).steps
    assert all(step.expect for step in steps if step.kind in ("command", "print"))


@pytest.mark.slow
@pytest.mark.parametrize("slug", SAMPLES)
def test_a_sample_runs_and_prints_what_it_should(slug: str, own_server: Path):
    sample = lesson(slug).sample
    assert sample is not None
    expected = SAMPLES[slug]
    with redis.Redis(unix_socket_path=str(own_server)) as client:
        if expected.before:
            expected.before(client)
        running = subprocess.Popen(
            [sys.executable, "-c", NEEDS_OWN_SERVER, str(own_server)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            assert running.stdin is not None
            running.stdin.write(sample.code)
            running.stdin.close()
            running.stdin = None
            if expected.beside:
                expected.beside(client)
            printed, _ = running.communicate(timeout=SECONDS)
        finally:
            running.kill()
            running.wait()
    assert printed == expected.prints
    assert running.returncode == 0


@pytest.mark.slow
@for_each("slug", SLUGS)
def test_no_two_values_of_a_lesson_have_both_colour_and_shape_in_common(slug: str):
    drawn: dict[tuple[int, int], str] = {}
    for entry in play(lesson(slug)):
        values = [value for value in entry.variables.values() if isinstance(value, str | bytes)]
        words = [word for sent in entry.sent for word in sent.words[1:]]
        for shown in map(token, (*values, *words)):
            assert drawn.setdefault((shown.hue, shown.shape), shown.text) == shown.text


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_questions_made_of_a_lesson_are_true(slug: str):
    each = lesson(slug)
    for drawn in trace_questions(each, play, 1):
        question = drawn.question
        assert isinstance(question, ChoiceQuestion)
        assert question.proof is not None
        value = proof.value_in(each, question.proof, play(proof.variant(each, question.proof)))
        assert question.key_says(value), drawn.id
        assert question.distractor_that_says(value) is None, drawn.id


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_what_a_learner_sees_as_a_proof_finds_the_key(slug: str):
    each = lesson(slug)
    for question in [*each.quiz, *each.practice]:
        proof = proofs.of_answer(question)
        if proof is not None:
            shown = proofs.prove(proof, each)
            assert shown.tables
            assert all(table.rows for table in shown.tables), question.question
