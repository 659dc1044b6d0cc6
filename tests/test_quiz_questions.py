"""The questions of our quizzes: most of them are about another run than the one beside them."""

import pytest

from tests.test_lessons import SLUGS, lesson
from tutor.engine.asking.listing import steps_beside
from tutor.engine.lesson.questions.question import QuestionFields


def is_look_up(question: QuestionFields) -> bool:
    """Return whether the answer stands in the learner's own table: the proof only looks at the lesson's run."""
    proof = question.proof
    return proof is not None and proof.run is None and not proof.changes_steps


def test_at_most_a_third_of_the_quiz_questions_are_look_ups():
    asked = [(slug, question) for slug in SLUGS for question in lesson(slug).quiz]
    look_ups = [f"{slug}: {question.question}" for slug, question in asked if is_look_up(question)]
    assert 3 * len(look_ups) <= len(asked), "\n".join(look_ups)


@pytest.mark.slow
def test_every_quiz_question_has_a_proof():
    assert [question.question for slug in SLUGS for question in lesson(slug).quiz if question.proof is None] == []


@pytest.mark.slow
def test_what_is_about_the_run_has_its_steps_beside_it():
    for slug in SLUGS:
        each = lesson(slug)
        for question in (*each.quiz, *each.practice):
            beside = steps_beside(question, each)
            proof = question.proof
            if proof is not None and proof.run is None:
                named = {*proof.replace, *([proof.after] if proof.after else [])}
                assert named <= {step.number for step in beside}, (slug, question.question)
            numbers = [step.number for step in beside]
            assert numbers == sorted(numbers)
            for step in beside:
                assert "\n" not in step.text
