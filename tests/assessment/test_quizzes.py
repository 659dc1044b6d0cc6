"""Attempts and help are stored once and never changed, and give each learner's progress."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.asking import LESSON, SLUG, shelve
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor import library, runs
from tutor.assessment import questions, quizzes
from tutor.assessment.questions import NoSuchQuestion, PlacedQuestion
from tutor.assessment.quizzes import MOST_ATTEMPTS, AttemptOutOfOrder, NotAnsweredYet, PartProgress, Sheet
from tutor.models import Attempt, Help, LessonText

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)

ALI, MAL = uuid4(), uuid4()


@pytest.fixture
def sheet() -> Sheet:
    return quizzes.sheet_of(ALI, SLUG)


def asked(sheet: Sheet, id_: str = "quiz/1") -> PlacedQuestion:
    return questions.find(sheet.lesson, id_)


def pick(sheet: Sheet, text: str, id_: str = "quiz/1") -> str:
    question = asked(sheet, id_).question
    return next(identity for identity in question.arranged("") if question.option_text(identity) == text)


def test_an_answer_is_stored_with_attempt_identity_score_and_time(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    (stored,) = Attempt.objects.all()
    assert (stored.learner, stored.slug, stored.text_id) == (ALI, SLUG, sheet.digest)
    assert (stored.question, stored.meaning) == ("one-choice", asked(sheet).question.meaning)
    assert (stored.number, stored.answer, stored.score) == (1, pick(sheet, "red"), 0)
    assert timezone.now() - stored.taken_at < timedelta(minutes=1)


def test_the_second_attempt_is_recorded_as_such(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    found = quizzes.submit(sheet, asked(sheet), 2, pick(sheet, "green"))
    assert [(attempt.number, attempt.score) for attempt in found.attempts] == [(1, 0), (2, 1)]
    assert (found.is_right, found.is_closed) == (True, True)


def test_the_same_attempt_again_answers_with_what_is_stored(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    found = quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    assert [attempt.answer for attempt in found.attempts] == [pick(sheet, "red")]
    assert Attempt.objects.count() == 1


@for_each("number", [0, 2, 99, 10**30])
def test_an_attempt_that_is_not_next_is_refused(sheet: Sheet, number: int):
    with pytest.raises(AttemptOutOfOrder):
        quizzes.submit(sheet, asked(sheet), number, pick(sheet, "green"))
    assert not Attempt.objects.exists()


def test_nothing_is_taken_after_the_right_answer(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    with pytest.raises(AttemptOutOfOrder):
        quizzes.submit(sheet, asked(sheet), 2, pick(sheet, "red"))


def test_an_answer_that_is_none_is_not_counted(sheet: Sheet):
    assert quizzes.submit(sheet, asked(sheet), 1, None).next_number == 1
    assert not Attempt.objects.exists()


def test_after_the_last_attempt_the_answer_is_shown(sheet: Sheet):
    for number in range(1, MOST_ATTEMPTS + 1):
        found = quizzes.submit(sheet, asked(sheet, "quiz/3"), number, "wrong")
    assert (found.is_closed, found.is_revealed, found.is_right) == (True, True, False)
    with pytest.raises(AttemptOutOfOrder):
        quizzes.submit(sheet, asked(sheet, "quiz/3"), MOST_ATTEMPTS + 1, "sesame")


def test_a_hint_is_recorded_once(sheet: Sheet):
    quizzes.show_help(sheet, asked(sheet), "hint")
    found = quizzes.show_help(sheet, asked(sheet), "hint")
    assert found.helps == {"hint"}
    assert list(Help.objects.values_list("learner", "question", "kind")) == [(ALI, "one-choice", "hint")]


def test_a_hint_costs_what_the_lesson_says(sheet: Sheet, shelf: Path):
    shelve(shelf, LESSON.replace("answer: B, ", "answer: B, hint_costs: 0.25, "))
    costly = quizzes.sheet_of(ALI, SLUG)
    quizzes.show_help(costly, asked(costly), "hint")
    found = quizzes.submit(costly, asked(costly), 1, pick(costly, "green"))
    assert (found.is_right, found.marks) == (True, 0.75)


def test_a_hint_costs_nothing_otherwise(sheet: Sheet):
    quizzes.show_help(sheet, asked(sheet), "hint")
    assert quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green")).marks == 1


def test_a_worked_solution_can_be_asked_for_at_once(sheet: Sheet):
    found = quizzes.show_help(sheet, asked(sheet, "practice/1"), "solution")
    assert (found.is_revealed, found.is_closed) == (True, False)
    assert Help.objects.get().kind == "solution"


def test_the_answer_to_any_other_question_only_after_some_attempts(sheet: Sheet):
    with pytest.raises(NotAnsweredYet):
        quizzes.show_help(sheet, asked(sheet, "quiz/3"), "solution")
    for number in range(1, 4):
        quizzes.submit(sheet, asked(sheet, "quiz/3"), number, "wrong")
    assert quizzes.show_help(sheet, asked(sheet, "quiz/3"), "solution").is_revealed


def test_no_help_is_recorded_for_what_is_known(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    quizzes.show_help(sheet, asked(sheet), "hint")
    quizzes.show_help(sheet, asked(sheet), "solution")
    assert not Help.objects.exists()


def test_a_question_without_proof_has_none(sheet: Sheet):
    with pytest.raises(NoSuchQuestion):
        quizzes.provable(sheet, asked(sheet))


def test_all_questions_of_a_part_in_two_queries(sheet: Sheet, django_assert_num_queries):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    quizzes.show_help(sheet, asked(sheet, "quiz/2"), "hint")
    with django_assert_num_queries(2):
        found = quizzes.standings(sheet, "quiz")
    assert [(len(each.attempts), set(each.helps)) for each in found[:3]] == [(1, set()), (0, {"hint"}), (0, set())]
    assert quizzes.progress(sheet, "quiz") == PartProgress(0, 6)


def test_learners_do_not_see_each_other(sheet: Sheet):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    other = quizzes.sheet_of(MAL, SLUG)
    assert quizzes.standing(other, asked(other)).attempts == []
    assert quizzes.answered(MAL, {SLUG: sheet.lesson}) == {}


def test_right_answers_are_counted_in_one_query(sheet: Sheet, django_assert_num_queries):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    quizzes.submit(sheet, asked(sheet, "quiz/3"), 1, "wrong")
    quizzes.submit(sheet, asked(sheet, "quiz/4"), 1, "4711")
    quizzes.submit(sheet, asked(sheet, "practice/2"), 1, pick(sheet, "yes 2", "practice/2"))
    with django_assert_num_queries(1):
        assert quizzes.answered(ALI, {SLUG: sheet.lesson, "other": sheet.lesson}) == {SLUG: (2, 1)}


def test_a_run_binds_the_questions_to_its_text(sheet: Sheet, shelf: Path):
    run = runs.start(ALI, library.find(SLUG), 1)
    shelve(shelf, LESSON.replace("One choice?", "Another?"))
    assert quizzes.sheet_of(ALI, SLUG).digest == run.text_id
    assert quizzes.sheet_of(ALI, SLUG).lesson.quiz[0].question == "One choice?"
    assert quizzes.sheet_of(MAL, SLUG).lesson.quiz[0].question == "Another?"


def test_the_text_that_an_answer_was_given_under_is_kept(sheet: Sheet, shelf: Path):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    assert LessonText.objects.get(pk=sheet.digest).source == LESSON


CHANGES = {
    "another question before it": (("quiz:\n", "quiz:\n  - {question: New?, number: 1}\n"), True),
    "another hint and other wrong choices": (("A: red", "C: blue, A: red"), True),
    "an id that the text had already": (("question: One choice?", "question: Reworded, id: one-choice"), True),
    "another key": (("answer: B, mistakes: {A: a", "answer: A, mistakes: {B: a"), False),
    "other words and no id": (("One choice?", "Another?"), False),
    "another id": (("question: One choice?", "question: One choice?, id: renamed"), False),
    "another question of that id": (("quiz:\n", "quiz:\n  - {id: one-choice, question: New?, number: 1}\n"), False),
}


@pytest.mark.parametrize(("change", "counts"), CHANGES.values(), ids=CHANGES)
def test_an_answer_counts_under_a_newer_text_where_id_and_key_are_the_same(
    sheet: Sheet, shelf: Path, change: tuple[str, str], counts: bool
):
    quizzes.show_help(sheet, asked(sheet), "hint")
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    quizzes.submit(sheet, asked(sheet), 2, pick(sheet, "green"))
    after = LESSON.replace(*change)
    assert after != LESSON
    shelve(shelf, after)
    changed = quizzes.sheet_of(ALI, SLUG)
    assert changed.digest != sheet.digest
    found = [each for each in quizzes.standings(changed, "quiz") if each.attempts or each.helps]
    assert [(len(each.attempts), each.is_right, set(each.helps)) for each in found] == [(2, True, {"hint"})] * counts
    assert all(quizzes.standing(changed, each.asked) == each for each in quizzes.standings(changed, "quiz"))
    assert quizzes.progress(changed, "quiz").right == counts
    assert quizzes.answered(ALI, {SLUG: changed.lesson}) == ({SLUG: (1, 0)} if counts else {})


def test_attempts_go_on_under_a_newer_text(sheet: Sheet, shelf: Path):
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "red"))
    shelve(shelf, LESSON.replace("title: A lesson", "title: The lesson"))
    changed = quizzes.sheet_of(ALI, SLUG)
    found = quizzes.submit(changed, asked(changed), 2, pick(changed, "green"))
    assert [(each.number, each.score) for each in found.attempts] == [(1, 0), (2, 1)]
    assert {each.text_id for each in Attempt.objects.all()} == {sheet.digest, changed.digest}


def test_an_answer_belongs_to_one_lesson(sheet: Sheet, shelf: Path):
    (shelf / "copy.yaml").write_text(LESSON)
    quizzes.submit(sheet, asked(sheet), 1, pick(sheet, "green"))
    quizzes.show_help(sheet, asked(sheet, "quiz/2"), "hint")
    copy = quizzes.sheet_of(ALI, "copy")
    assert copy.digest == sheet.digest
    assert not any(each.attempts or each.helps for each in quizzes.standings(copy, "quiz"))
    assert quizzes.show_help(copy, asked(copy, "quiz/2"), "hint").helps == {"hint"}
    assert quizzes.standing(copy, asked(copy, "quiz/2")).helps == {"hint"}


@pytest.mark.django_db(transaction=True)
def test_parallel_submissions_count_once():
    learner = uuid4()
    together, found = Barrier(8), []

    def press(text: str) -> None:
        try:
            mine = quizzes.sheet_of(learner, SLUG)
            together.wait(10)
            found.append(quizzes.submit(mine, asked(mine), 1, pick(mine, text)))
        finally:
            connection.close()

    presses = [Thread(target=press, args=["green" if number % 2 else "red"]) for number in range(8)]
    for each in presses:
        each.start()
    for each in presses:
        each.join(20)
    (stored,) = Attempt.objects.filter(learner=learner)
    assert [[attempt.answer for attempt in standing.attempts] for standing in found] == [[stored.answer]] * 8


def test_an_attempt_takes_few_queries(sheet: Sheet, django_assert_max_num_queries):
    runs.start(ALI, library.find(SLUG), 1)
    bound = quizzes.sheet_of(ALI, SLUG)
    with django_assert_max_num_queries(5):  # two of them begin and end the transaction
        quizzes.submit(bound, asked(bound), 1, pick(bound, "green"))
