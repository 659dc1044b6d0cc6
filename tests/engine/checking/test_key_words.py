"""A mistake at another letter, another key, or another value of a wrong choice contradicts the texts around it."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.checking.key_words import is_said, key_word_problems

WORDS = ["mail", "report", "invoice", "backup", "None", "0", "-1", "1-0", "['mail']", "{Step pop}", "`LPOP jobs`"]


def said(**question: object) -> list[str]:
    of = lesson({"command": "LPUSH queue a", "id": "pop"}, quiz=[{"question": "What?", **question}])
    return [problem.message for problem in key_word_problems(of.quiz[0], ("quiz", 0))]


def solved(answer: str, **question: object) -> dict[str, object]:
    return {**question, "solution": {"steps": ["Look."], "answer": answer}}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.permutations(WORDS), st.integers(2, 6))
def test_mistakes_that_name_their_choice_can_not_change_places(words: list[str], count: int):
    choices = dict(zip("ABCDEF"[:count], words, strict=False))
    mistakes = {letter: f"That gives {text} instead." for letter, text in choices.items() if letter != "A"}
    question = {"choices": choices, "answer": "A", "explanation": f"It gives {words[0]}."}
    assert said(**question, mistakes=mistakes) == []
    for order in permutations(mistakes.values()):
        moved = dict(zip(mistakes, order, strict=True))
        if moved != mistakes:
            assert said(**question, mistakes=moved), moved


@settings(max_examples=60, deadline=None)
@given(st.permutations(WORDS), st.integers(2, 6), st.integers(1, 3))
def test_a_solution_fits_one_key_alone(words: list[str], count: int, right: int):
    choices = dict(zip("ABCDEF"[:count], words, strict=False))
    answers = sorted(choices)[: min(right, count)]
    question = solved(" and ".join(choices[letter] for letter in answers), choices=choices)
    assert said(**question, answers=answers) == []
    for letter in choices:
        other = sorted({*answers} ^ {letter})
        if other:
            assert said(**question, answers=other), other


CODE = ["while True:", '    job = r.blmove("a", "b", 2)', "    if job is not None:", "        do(job)"]
PROSE = ["The producer adds it.", "A consumer takes it.", "The consumer is done with it."]


@for_each(
    ("order", "answer"),
    [
        (CODE, "Loop with `while`, `blmove`, test for `None`, `do(job)`."),
        (PROSE, "It is added, one takes it, and in the end it is done."),
        (["a", "b", "c"], "a, b, c"),
        (["pubsub = r.pubsub()", "pubsub.subscribe()", "r = Redis()"], "`r.pubsub()`, `subscribe`, `Redis`"),
    ],
)
def test_a_solution_names_the_lines_in_their_order(order: list[str], answer: str):
    assert said(**solved(answer, order=order)) == []
    for other in permutations(order):
        assert (said(**solved(answer, order=list(other))) == []) == (list(other) == order), other


@for_each(
    ("question", "other"),
    [
        ({"number": 1300}, {"number": 1301}),
        ({"number": 13}, {"number": 1300}),
        ({"text": "LREM working 1 42"}, {"text": "LREM working 2 42"}),
    ],
)
def test_a_solution_gives_the_typed_answer(question: dict[str, object], other: dict[str, object]):
    (key,) = question.values()
    assert said(**solved(f"It is `{key}`.", **question)) == []
    assert said(**solved(f"It is `{key}`.", **other))


VALUED = {"A": "none", "B": {"text": "Only the first", "value": ["task1"]}}


@for_each(
    ("mistake", "is_said"),
    [
        ("`['task1']`, the first, is there before.", True),
        ({"text": "The first one.", "made_by": {"after": 1}}, True),
        ("`['task2']`, the first, is there before.", False),
        ("The first one.", False),
        ({"text": "`['task1']`, the first, is there before."}, False),
    ],
)
def test_the_value_of_a_wrong_choice_is_said_or_made(mistake: object, is_said: bool):
    found = said(choices=VALUED, answer="A", mistakes={"B": mistake})
    assert (found == []) == is_said, found


@for_each(
    ("value", "text", "is_it"), [(None, "It is `None`.", True), (None, "It is `[None]`.", False), (1, "[1] 2", False)]
)
def test_a_value_in_a_list_is_another_one(value: object, text: str, is_it: bool):
    assert is_said(value, text) == is_it


@for_each(
    ("right", "explanation", "is_said"),
    [
        ("`LPUSH queue a`", "`LPUSH queue a` adds it.", True),
        ("`LPUSH queue a`", "`LPUSH` adds it.", False),
        ("`LPUSH queue a`", "`LPUSH queue ab` adds it.", False),
        ("`LPUSH`", "It adds.", True),  # a name alone
        ("It sends `LPUSH queue a`", "It adds.", True),  # a sentence
        ("`queue a`", "It adds.", True),  # no command
    ],
)
def test_the_explanation_quotes_the_command_that_is_right(right: str, explanation: str, *, is_said: bool):
    found = said(choices={"A": right, "B": "`RPUSH queue a`"}, answer="A", explanation=explanation)
    assert (found == []) is is_said, found
