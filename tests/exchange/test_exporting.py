"""Exports in all formats never fail, and list everything that they leave out."""

import pytest

from tests.exchange.questions import lesson_with, question
from tutor import exchange
from tutor.engine.lesson.questions.interactions import Interaction
from tutor.engine.lesson.questions.quiz.text import TextQuestion


class Riddle(TextQuestion):
    """A kind that no other system has."""

    kind = "riddle"

    def interaction(self) -> Interaction | None:
        return None


RIDDLE = Riddle(question="What has keys but no locks?", text="Redis")


@pytest.mark.parametrize(("to", "system"), [("moodle", "Moodle"), ("gift", "GIFT"), ("qti", "QTI")])
def test_a_kind_without_a_counterpart_is_left_out_and_named(to: exchange.ExportFormat, system: str):
    file = exchange.exported(lesson_with(RIDDLE, question(text="a"), practice=(RIDDLE,)), "x", to)
    assert file.notes == (f"left out, because {system} has no riddle question: quiz 1; practice 1",)
    if to != "qti":
        assert [each.question for each in exchange.imported(file.content, to).questions] == [question(text="a")]


@pytest.mark.parametrize("to", ["moodle", "gift", "qti"])
def test_a_lesson_of_such_questions_alone_gives_an_empty_file(to: exchange.ExportFormat):
    file = exchange.exported(lesson_with(RIDDLE), "x", to)
    assert file.content
    assert len(file.notes) == 1


@pytest.mark.parametrize("to", ["moodle", "gift", "qti"])
@pytest.mark.parametrize("faulty", [
    {"choices": {"A": "a", "B": "b"}, "answer": "Z"},
    {"choices": {"A": "a", "B": "b"}, "answers": ["Z"]},
    {"text": " "},
])  # fmt: skip
def test_a_question_that_the_check_refuses_does_not_break_an_export(
    faulty: dict[str, object], to: exchange.ExportFormat
):
    assert exchange.exported(lesson_with(question(**faulty)), "x", to).content
