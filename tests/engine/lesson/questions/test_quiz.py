"""Marking: the right answers of each kind of question, and that no answer can break it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.tables import for_each
from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.options import identities, picks, shuffled
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS, Question
from tutor.engine.lesson.questions.quiz.choice import ChoiceQuestion
from tutor.engine.lesson.questions.quiz.choices import WithChoices
from tutor.engine.lesson.questions.quiz.number import NumberQuestion
from tutor.engine.lesson.questions.quiz.order import OrderQuestion
from tutor.engine.lesson.questions.quiz.several import SeveralQuestion
from tutor.engine.lesson.questions.quiz.state import StateQuestion
from tutor.engine.lesson.questions.quiz.text import TextQuestion
from tutor.engine.values.replies import Json

CHOICES = {"A": "None", "B": "'task2'", "C": "'task1'", "D": {"text": "only it", "value": ["task1"]}}


def question(**fields: object) -> QuestionFields:
    return TypeAdapter(Question).validate_python({"question": "What?", **fields})


def one() -> ChoiceQuestion:
    found = question(choices=CHOICES, answer="C")
    assert isinstance(found, ChoiceQuestion)
    return found


def several(**fields: object) -> SeveralQuestion:
    found = question(choices=CHOICES, answers=["B", "C"], **fields)
    assert isinstance(found, SeveralQuestion)
    return found


def picked(asked: WithChoices, letters: str) -> list[str]:
    return [identity for letter in letters for identity, its in asked.letters.items() if its == letter]


EACH_KIND = {
    "choice": {"choices": CHOICES, "answer": "C"},
    "several": {"choices": CHOICES, "answers": ["B", "C"]},
    "text": {"text": "Received: hello", "pattern": "hello"},
    "number": {"number": 5, "tolerance": 0.5},
    "order": {"order": ["push", "pop", "push"]},
    "state": {"state": ["task2", "task1"]},
}


@for_each(("kind", "fields"), EACH_KIND.items())
def test_a_questions_kind_follows_from_its_key(kind: str, fields: dict[str, object]):
    assert type(question(**fields)) is QUESTION_KINDS[kind]


def test_there_is_an_example_of_each_kind():
    assert EACH_KIND.keys() == QUESTION_KINDS.keys()


def test_a_question_without_a_key_is_none():
    with pytest.raises(ValidationError, match="a question needs its key"):
        question(hint="There is none.")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EACH_KIND)
@given(answer=json_values)
def test_no_answer_breaks_a_question(kind: str, answer: Json):
    asked = question(**EACH_KIND[kind])
    assert 0 <= asked.mark(answer).score <= 1
    assert isinstance(asked.answer_text(answer), str)


@for_each("kind", EACH_KIND)
@for_each("answer", [None, True, 7, 0.1, "", "what", [], [None], [[]], [{}], {}, {"a": 1}, "9" * 5000])
def test_an_answer_that_is_none_is_worth_nothing(kind: str, answer: Json):
    assert question(**EACH_KIND[kind]).mark(answer).score == 0


@given(value=json_values)
def test_no_value_that_a_proof_finds_breaks_a_question(value: Json):
    for fields in EACH_KIND.values():
        asked = question(**fields)
        assert asked.key_says(value) in (True, False)
        assert asked.distractor_that_says(value) is None or isinstance(asked, WithChoices)


# One choice


@for_each(("letter", "score"), [("A", 0), ("B", 0), ("C", 1), ("D", 0)])
def test_of_one_choice_only_the_key_is_right(letter: str, score: float):
    (identity,) = picked(one(), letter)
    mark = one().mark(identity)
    assert (mark.score, mark.is_right, mark.parts) == (score, score == 1, {identity: score == 1})


def test_a_letter_is_no_answer():
    assert one().mark("C").score == 0


def test_a_choice_in_words():
    assert (one().key_text, one().answer_text(one().key)) == ("'task1'", "'task1'")


def test_an_identity_does_not_depend_on_the_letter_or_the_place():
    moved = question(choices={"A": "'task1'", "B": "None"}, answer="A")
    assert isinstance(moved, ChoiceQuestion)
    assert moved.key == one().key


def test_equal_texts_have_different_identities():
    assert len(set(identities(["a", "a", "a#1"]))) == 3


def test_an_order_depends_on_the_seed_alone():
    assert shuffled("abc", "x") == shuffled("cba", "x")
    assert len({tuple(shuffled("abc", str(seed))) for seed in range(50)}) == 6


def test_picks_are_those_that_can_be_picked():
    assert picks(["b", [], None, "x", {}, "a"], ["a", "b"]) == ["b", "a"]
    assert picks("ab", ["a", "b"]) == []


# Several choices


@for_each(
    ("credit", "letters", "score"),
    [
        ("all_or_nothing", "BC", 1),
        ("all_or_nothing", "CB", 1),
        ("all_or_nothing", "B", 0),
        ("all_or_nothing", "ABC", 0),
        ("each_choice", "BC", 1),
        ("each_choice", "B", 0.75),
        ("each_choice", "ABC", 0.75),
        ("each_choice", "A", 0.25),
        ("each_choice", "AD", 0),
        ("each_choice", "", 0),
        ("right_minus_wrong", "BC", 1),
        ("right_minus_wrong", "B", 0.5),
        ("right_minus_wrong", "AB", 0),
        ("right_minus_wrong", "ABC", 0.5),
        ("right_minus_wrong", "ABCD", 0),
        ("right_minus_wrong", "A", 0),
        ("right_minus_wrong", "BB", 0.5),
    ],
)
def test_several_choices_are_marked_by_the_rule(credit: str, letters: str, score: float):
    asked = several(credit=credit)
    assert asked.mark(picked(asked, letters)).score == score


@pytest.mark.parametrize("credit", Credit)
def test_picking_everything_is_never_full_marks(credit: Credit):
    asked = several(credit=credit.value)
    assert asked.mark(picked(asked, "ABCD")).score < 1


@pytest.mark.parametrize("credit", Credit)
def test_every_rule_is_a_sentence(credit: Credit):
    assert credit.rule.endswith(".")


def test_each_pick_is_marked_right_or_wrong():
    asked = several()
    (right, wrong) = picked(asked, "BA")
    assert asked.mark([right, wrong, "zz"]).parts == {right: True, wrong: False}


def test_several_choices_in_words():
    assert (several().key_text, several().answer_text(picked(several(), "CA"))) == ("'task2'; 'task1'", "'task1'; None")


# A short text


@for_each(
    "answer",
    [
        "Received: hello",
        "  received:  HELLO ",
        "'Received: hello'",
        '"Received: hello"',
        "\u201cReceived: hello\u201d",
        "`Received: hello`",
        "Received:\thello\n",
    ],
)
def test_spaces_quotes_and_case_are_forgiven(answer: str):
    assert question(text="Received: hello").mark(answer).is_right


@for_each("answer", ["Received: hell", "Received hello", "Received: hello!", "", "''"])
def test_another_text_is_wrong(answer: str):
    assert not question(text="Received: hello").mark(answer).is_right


def test_case_counts_where_the_author_says_so():
    strict = question(text="LPUSH", ignore_case=False)
    assert [strict.mark(answer).score for answer in ("LPUSH", "lpush")] == [1, 0]


def test_other_right_answers_count():
    assert question(text="FIFO", also=["first in, first out"]).mark("First in,  first out").is_right


@pytest.mark.parametrize(("answer", "is_right"), [("publish", True), ("r.publish", True), ("xpublish", False)])
def test_a_pattern_matches_the_whole_answer(answer: str, is_right: bool):
    assert question(text="publish", pattern=r"(r\.)?publish").mark(answer).is_right is is_right


def test_a_pattern_sees_every_quote_mark_as_a_plain_one():
    assert question(text="x", pattern=r"publish\('updates'\)").mark('publish("updates")').is_right


def test_what_is_longer_than_any_answer_is_cut_before_a_pattern_sees_it():
    assert not question(text="x", pattern="a+b").mark("a" * 100_000 + "b").is_right


# A number


@for_each("answer", [5, 5.0, "5", " 5 ", "5.0", "5,0", "5e0"])
def test_a_number_however_it_is_written(answer: Json):
    assert question(number=5).mark(answer).is_right


@for_each("answer", [4, "five", "5 steps", "nan", "inf", "-5", True, [5]])
def test_another_number_is_wrong(answer: Json):
    assert not question(number=5).mark(answer).is_right


def test_true_is_not_one():
    assert not question(number=1).mark(True).is_right


@for_each(("answer", "is_right"), [("0.2", True), ("0.4", True), ("0.41", False), ("0.19", False)])
def test_a_tolerance_goes_both_ways_and_includes_its_ends(answer: str, is_right: bool):
    assert question(number=0.3, tolerance=0.1).mark(answer).is_right is is_right


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400])
def test_a_key_that_cannot_be_compared_is_refused(number: float):
    with pytest.raises(ValidationError):
        question(number=number)


def test_a_number_in_words():
    assert question(number=5, unit="steps").key_text == "5 steps"


# Put in order


def ordered() -> OrderQuestion:
    found = question(order=["push", "pop", "push"])
    assert isinstance(found, OrderQuestion)
    return found


def test_the_right_order_is_right():
    assert ordered().mark(list(ordered().options)).is_right


def test_equal_lines_may_change_places():
    first, second, third = ordered().options
    assert ordered().mark([third, second, first]).is_right


def test_another_order_is_wrong_and_each_place_is_marked():
    first, second, third = ordered().options
    mark = ordered().mark([first, third, second])
    assert (mark.score, mark.parts) == (0, {first: True, third: False, second: False})


def test_an_order_with_lines_missing_or_too_many_is_wrong():
    lines = list(ordered().options)
    assert [ordered().mark(answer).score for answer in (lines[:2], [*lines, lines[0]])] == [0, 0]


def test_an_order_is_never_shown_as_the_right_one():
    shown = [ordered().arranged(str(seed)) for seed in range(30)]
    assert all(sorted(order) == sorted(ordered().options) for order in shown)
    assert not any(ordered().mark(order).is_right for order in shown)


# The state of a list


@for_each(
    "answer",
    [
        ["task2", "task1"],
        "['task2', 'task1']",
        '["task2","task1"]',
        "[task2, task1]",
        "task2 task1",
        "task2,task1",
        "\u2018task2\u2019, \u2018task1\u2019",
    ],
)
def test_a_list_however_it_is_written(answer: Json):
    assert question(state=["task2", "task1"]).mark(answer).is_right


@for_each("answer", ["task1 task2", "['task2']", "task2, task1, task1", "[]", "'task2' task1", {"a": 1}])
def test_another_list_is_wrong(answer: Json):
    assert not question(state=["task2", "task1"]).mark(answer).is_right


@for_each("answer", [[], "[]", "[ ]", "empty", "Empty", "(empty array)"])
def test_an_empty_list_however_it_is_written(answer: Json):
    assert question(state=[]).mark(answer).is_right


def test_elements_with_spaces_need_their_quotes():
    assert question(state=["a b", "c"]).mark("['a b', 'c']").is_right


def test_offered_messages_do_not_reveal_the_order():
    offered = question(state=["b", "a", "b"], pool=["c", "a"])
    assert isinstance(offered, StateQuestion)
    assert offered.offered == ["a", "b", "c"]


# Values claimed by a key


@for_each(
    ("text", "value"),
    [
        ("'task1'", "task1"),
        ("task1", "task1"),
        ("`'task1'`", "task1"),
        (" None ", None),
        ("['a', 'b']", ["a", "b"]),
        ("Step 5", 5),
        ("step 5", 5),
        ("5", 5),
        ("[]", []),
        ("True", True),
    ],
)
def test_a_choice_claims_what_its_text_says_as_python_prints_it(text: str, value: Json):
    asked = question(choices={"A": text, "B": "something else"}, answer="A")
    assert asked.key_says(value)
    assert asked.distractor_that_says(value) is None


@for_each(
    ("text", "value"),
    [("'Task1'", "task1"), ("task1", ["task1"]), ("Step 5", "5"), ("none", None), ("['b', 'a']", ["a", "b"])],
)
def test_a_choice_does_not_claim_what_is_only_like_it(text: str, value: Json):
    assert not question(choices={"A": text, "B": "something else"}, answer="A").key_says(value)


@pytest.mark.parametrize(("value", "is_said"), [(["task1"], True), ("only it", False), (None, False)])
def test_a_choice_with_a_value_claims_that_alone(value: Json, is_said: bool):
    assert question(choices=CHOICES, answer="D").key_says(value) is is_said


def test_a_value_of_null_is_a_claim():
    never = question(choices={"A": {"text": "Never", "value": None}, "B": "Step 1"}, answer="A")
    assert [never.key_says(value) for value in (None, "Never")] == [True, False]


def test_true_and_one_are_different_claims():
    asked = question(choices={"A": {"text": "one", "value": 1}, "B": {"text": "yes", "value": True}}, answer="A")
    assert (asked.key_says(True), asked.distractor_that_says(True)) == (False, "yes")


def test_a_wrong_choice_that_claims_the_value_is_named():
    assert (one().distractor_that_says("task2"), one().distractor_that_says("task1")) == ("'task2'", None)


@for_each(
    ("value", "key", "wrong"),
    [
        (["task1", "task2"], True, None),
        (["task2", "task1", "task1"], True, None),
        (["task1"], False, None),
        (["task1", "task1"], False, None),
        (["task1", "task2", None], False, "None"),
        ("task1", False, None),
    ],
)
def test_several_choices_claim_a_list_together(value: Json, key: bool, wrong: str | None):
    assert (several().key_says(value), several().distractor_that_says(value)) == (key, wrong)


@for_each(
    ("fields", "value", "is_said"),
    [
        ({"text": "task1"}, "task1", True),
        ({"text": "None"}, None, True),
        ({"text": "['a']"}, ["a"], True),
        ({"text": "task1"}, "task2", False),
        ({"number": 2}, 2, True),
        ({"number": 1}, True, False),
        ({"number": 2}, "2", False),
        ({"order": ["a", "b"]}, ["a", "b"], True),
        ({"order": ["a", "b"]}, ["b", "a"], False),
        ({"state": ["a"]}, ["a"], True),
        ({"state": []}, None, False),
    ],
)
def test_what_other_kinds_claim(fields: dict[str, object], value: Json, is_said: bool):
    assert question(**fields).key_says(value) is is_said


@for_each("kind", [TextQuestion, NumberQuestion, OrderQuestion, StateQuestion])
def test_kinds_without_choices_have_no_wrong_ones(kind: type[QuestionFields]):
    assert question(**EACH_KIND[kind.kind]).distractor_that_says("x") is None


# A form


@for_each(
    ("kind", "fields", "answer"),
    [
        ("choice", ["zz"], None),
        ("several", [], None),
        ("text", [" hello\0 "], "hello"),
        ("text", [" "], None),
        ("number", ["5,5"], "5,5"),
        ("number", ["five"], None),
        ("order", ["zz"], None),
        ("state", ["[a, b]"], ["a", "b"]),
        ("state", ["[]"], []),
        ("state", [""], None),
    ],
)
def test_a_form_gives_an_answer_or_none(kind: str, fields: list[str], answer: Json):
    assert question(**EACH_KIND[kind]).read(fields) == answer


@pytest.mark.parametrize("kind", ["choice", "several", "order"])
def test_a_form_gives_back_what_was_picked(kind: str):
    asked = question(**EACH_KIND[kind])
    shown = asked.arranged("seed")
    read = asked.read(shown)
    assert read == shown[0] if kind == "choice" else sorted(read or []) == sorted(shown)
    assert all(asked.option_text(identity) for identity in shown)


def test_choices_keep_the_authors_order_where_shuffling_is_off():
    fixed = question(choices=CHOICES, answer="C", shuffle=False)
    assert isinstance(fixed, ChoiceQuestion)
    assert fixed.arranged("any") == list(fixed.options)
