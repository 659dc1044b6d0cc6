"""Stable ids of steps and questions: readable, unique, and independent of an item's place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.engine.plays import lesson
from tests.lessons import but_unused
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.identities import LONGEST_ID, Named, ids_of
from tutor.engine.lesson.lesson import Lesson

TEXTS = st.text(min_size=1, max_size=90) | st.sampled_from(["Push", "push", "Push 2", "push-2", "Push 3", "42", "…"])
IDS = st.just("") | st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True) | st.sampled_from(["push", "push-2", "step"])


def of_texts(*texts: str) -> tuple[str, ...]:
    return ids_of([Named("", text, "step") for text in texts])


@for_each(
    ("text", "id_"),
    [
        ("Producer pushes 'task1'", "producer-pushes-task1"),
        ("Consumer takes {task!r}", "consumer-takes-task"),
        ("Café crème", "cafe-creme"),
        ("3 tasks wait", "step-3-tasks-wait"),
        ("What is `task` after step 3?", "what-is-task-after-step-3"),
    ],
)
def test_a_derived_id_reads_like_its_text(text: str, id_: str):
    assert of_texts(text) == (id_,)


@for_each(
    ("one", "other"),
    [
        ("Производитель", "Потребитель"),
        ("推", "拉"),
        ("…", "!"),
        (f"{'many words ' * 10}end", f"{'many words ' * 10}beginning"),
        ("a" * 200, "a" * 201),
        ("What is put out?\n\n    print(1)", "What is put out?\n\n    print(2)"),
    ],
)
def test_texts_with_equal_slugs_are_distinguished_by_a_digest_independent_of_their_place(one: str, other: str):
    assert of_texts(one, other) == of_texts(other, one)[::-1]
    assert len({*of_texts(one, other)}) == 2


def test_a_repeated_text_is_numbered():
    assert of_texts("Push", "Pop", "Push", "Push") == ("push", "pop", "push-2", "push-3")


def test_a_repeated_text_takes_no_name_that_another_text_has():
    assert of_texts("Push", "Push", "Push 2") == ("push", "push-3", "push-2")


def test_a_derived_id_avoids_what_the_author_uses_elsewhere():
    named = [Named("", "Push", "step"), Named("push", "Something else", "step")]
    assert ids_of(named) == ("push-2", "push")


@given(st.lists(st.tuples(IDS, TEXTS), max_size=12))
def test_ids_are_valid_and_all_different_except_where_the_author_repeats_one(items: list[tuple[str, str]]):
    found = ids_of([Named(id_, text, "step") for id_, text in items])
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", id_) and len(id_) <= LONGEST_ID for id_ in found)
    derived = [id_ for id_, (own, _) in zip(found, items, strict=True) if not own]
    authors = {own for own, _ in items if own}
    assert len({*derived}) == len(derived)
    assert not authors & {*derived}
    assert all(id_ == own for id_, (own, _) in zip(found, items, strict=True) if own)


@given(st.lists(st.integers(0, 10**6).map("Step number {}".format), unique=True, max_size=12), st.randoms())
def test_ids_stay_when_other_items_are_put_in_or_moved(texts: list[str], chance):
    before = dict(zip(texts, of_texts(*texts), strict=True))
    moved = [*texts, "Something new", "推"]
    chance.shuffle(moved)
    after = dict(zip(moved, of_texts(*moved), strict=True))
    assert before.items() <= after.items()


def test_many_equal_texts_take_no_time_that_grows_with_their_square():
    assert of_texts(*["Push"] * 10_000)[-1] == "push-10000"


QUIZ = [{"question": "How many?", "number": 1}, {"id": "first", "question": "Which?", "text": "a"}]
TASK = {"question": "How many?", "number": 2, "solution": {"steps": ["Count."], "answer": "2"}}


def asked() -> Lesson:
    return lesson({"print": "a", "action": "How many?"}, {"id": "b", "print": "b"}, quiz=QUIZ, practice=[TASK])


def test_one_id_names_one_thing_in_the_whole_lesson():
    found = asked()
    assert found.step_ids == ("how-many", "b")
    assert (found.quiz_ids, found.practice_ids) == (("how-many-2", "first"), ("how-many-3",))
    assert found.positions == {"how-many": 1, "b": 2}
    assert but_unused(problems_of(found)) == []


@for_each(
    ("fields", "path", "place"),
    [
        ({"steps": [{"id": "x", "print": "a"}, {"id": "x", "print": "b"}]}, ("steps", 1, "id"), "step 1"),
        ({"steps": [{"id": "x", "print": "a"}], "quiz": [QUIZ[0] | {"id": "x"}]}, ("quiz", 0, "id"), "step 1"),
        ({"quiz": [QUIZ[0] | {"id": "x"}], "practice": [TASK | {"id": "x"}]}, ("practice", 0, "id"), "question 1"),
        ({"practice": [TASK | {"id": "x"}] * 2}, ("practice", 1, "id"), "practice task 1"),
    ],
)
def test_an_id_that_is_there_already_is_a_problem_at_its_place(fields, path, place):
    steps = fields.pop("steps", [{"print": "a"}])
    (problem,) = problems_of(lesson(*steps, **fields))
    assert (problem.path, problem.message) == (path, f"the id 'x' is already that of {place}")


@for_each("id_", ["", "Push", "1st", "-a", "a_b", "a b", "é", "a" * 61, 5, []])
def test_invalid_ids_are_reported(id_: object):
    with pytest.raises(ValidationError):
        lesson({"id": id_, "print": "a"})


def test_the_meaning_of_a_question_is_its_kind_and_its_key():
    def meaning(**fields: object) -> str:
        return lesson({"print": "a"}, quiz=[{"question": "Q", **fields}]).quiz[0].meaning

    choices = {"A": "one", "B": "two"}
    assert meaning(choices=choices, answer="A") == meaning(choices={"A": "two", "C": "one"}, answer="C", hint="new")
    assert meaning(choices=choices, answer="A") != meaning(choices=choices, answer="B")
    assert meaning(number=1) != meaning(number=2)
    assert meaning(text="1") != meaning(number=1)
