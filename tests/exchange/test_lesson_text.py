"""Questions appended to a lesson's text: their place, their form, and that nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.questions import KINDS, question, questions
from tests.fuzzing import slowly
from tests.lessons import HEAD, PUSH, lesson
from tests.tables import for_each
from tutor import exchange, library
from tutor.engine.lesson.questions.question import QuestionFields

BARE = lesson(PUSH)
ASKED = question(question="How long?", number=1)
WRITTEN = "  - question: 'How long?'\n    number: 1\n"


def quiz_of(text: str) -> list[QuestionFields]:
    reading = library.read(text, "x.yaml")
    assert reading.lesson is not None, reading.problems
    return list(reading.lesson.quiz)


@for_each(
    ("before", "after"),
    [
        (BARE, f"{BARE}quiz:\n{WRITTEN}"),
        (BARE.rstrip("\n"), f"{BARE}quiz:\n{WRITTEN}".rstrip("\n")),
        (f"{BARE}\n# the end\n\n", f"{BARE}\n# the end\nquiz:\n{WRITTEN}\n"),
        (f"{BARE}quiz:\n{WRITTEN} # last\n", f"{BARE}quiz:\n{WRITTEN}{WRITTEN} # last\n"),
        (f"{BARE}quiz:\n- question: A?\n  text: b # b\n# end\n", None),
        (f"{BARE}quiz: []  # none yet\nclosing: C\n", f"{BARE}quiz:  # none yet\n{WRITTEN}closing: C\n"),
        (f"{BARE}quiz:\nclosing: C\n", f"{BARE}quiz:\n{WRITTEN}closing: C\n"),
        (f"{BARE}quiz: [{{question: A?, text: b}}]\n", None),
        (f"quiz:\n  - question: A?\n    text: b\n\n# x\n{BARE}", None),
    ],
)  # fmt: skip
def test_questions_are_appended_to_existing_ones(before: str, after: str | None):
    came = exchange.with_questions(before, [ASKED])
    assert quiz_of(came)[-1] == ASKED
    if after is not None:
        assert came == after
    rest = iter(came)
    assert all(char in rest for char in before.replace(" []", ""))


@for_each(
    ("before", "ids"),
    [
        (BARE, ["mine", "how-long", "other"]),
        (BARE.replace("{actor", "{id: mine, actor"), ["how-long", "how-long-2", "other"]),
        (BARE.replace("action: Push", "action: Mine"), ["how-long", "how-long-2", "other"]),
        (f"{BARE}quiz:\n  - {{question: Mine?, text: b}}\n", ["mine", "how-long", "how-long-2", "other"]),
    ],
)
def test_an_id_that_is_taken_is_left_out_and_nothing_else_gets_another(before: str, ids: list[str]):
    new = [question(question="How long?", number=1, id=id_) for id_ in ("mine", "mine", "other")]
    came = library.read(exchange.with_questions(before, new), "x.yaml")
    assert came.problems == ()
    assert list(came.lesson.quiz_ids) == ids
    assert came.lesson.step_ids == library.read(before, "x.yaml").lesson.step_ids


def test_the_files_own_line_breaks_and_mark_are_kept():
    before = "\ufeff" + BARE.replace("\n", "\r\n")
    came = exchange.with_questions(before, [ASKED, question(question="a\n\nb", text="c")])
    assert came.startswith(before)
    assert "\n" not in came.replace("\r\n", "")
    assert quiz_of(came)[1].question == "a\n\nb"


def test_texts_of_several_lines_are_written_as_read():
    came = exchange.with_questions(BARE, [question(question="What?\n\n```\na\n  b\n```", text="c")])
    assert "  - question: |-\n      What?\n\n      ```\n      a\n        b\n      ```\n    text: c\n" in came


@slowly(60)
@given(st.lists(st.sampled_from(sorted(KINDS)).flatmap(questions), min_size=1, max_size=3))
def test_any_question_says_in_the_file_what_it_said(asked: list[QuestionFields]):
    assert quiz_of(exchange.with_questions(BARE, asked)) == asked


def test_a_practice_task_gets_its_solution_of_the_explanation():
    asked = question(question="What?", text="a", explanation="Because.")
    lesson = library.read(exchange.with_questions(BARE, [asked], "practice"), "x.yaml").lesson
    assert lesson is not None
    solution = lesson.practice[0].solution
    assert solution is not None
    assert (solution.steps, solution.answer) == (["Because."], "a")


@for_each(
    "text",
    [
        "",
        "- a\n",
        f"{{title: x}}\n{HEAD}",
        "{title: x, track: y, quiz: []}\n",
        f"{BARE}...\n",
        f"{BARE}quiz: text\n",
        "a: *b\n",
    ],
)
def test_a_text_that_has_no_place_for_questions_is_left_alone(text: str):
    with pytest.raises(exchange.NotAdded):
        exchange.with_questions(text, [ASKED])


def test_no_questions_change_nothing():
    assert exchange.with_questions(BARE, []) == BARE
