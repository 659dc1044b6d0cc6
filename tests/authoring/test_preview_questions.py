"""Questions as their author checks them: the key marked, nothing hidden."""

import pytest

from tests.lessons import OURS, PUSH, lesson
from tests.tables import for_each
from tutor.assessment.questions import PARTS
from tutor.authoring.preview import examined
from tutor.authoring.preview_questions import AuthorsCard, cards
from tutor.engine.asking.listing import steps_beside


def card(question: str, part: str = "quiz", steps: str = PUSH) -> AuthorsCard:
    found = examined(lesson(f"{steps}{part}:\n  - {question}\n"), "x.yaml")
    assert found.lesson, found.problems
    return cards(found.lesson, found, part)[0]


CHOICE = "question: Q?, choices: {Q: one, B: two, C: three}"


def test_choices_keep_the_files_order_and_letters_with_the_key_marked():
    shown = card(f"{{{CHOICE}, answer: B}}").shown
    assert [(option.letter, option.shown.text, option.verdict) for option in shown.options] == [
        ("Q", "one", ""), ("B", "two", "missed"), ("C", "three", ""),
    ]  # fmt: skip


def test_several_keys_are_marked_and_the_rule_is_shown():
    found = card(f"{{{CHOICE}, answers: [Q, C]}}")
    assert [option.verdict for option in found.shown.options] == ["missed", "", "missed"]
    assert found.rules


@for_each(
    ("question", "key", "rules"),
    [
        ("{question: Q?, text: a, also: [b, c], ignore_case: false}", "a", ["Also right: b, c.", "Case counts."]),
        ("{question: Q?, text: a, pattern: 'a+'}", "a", ["Also right: whatever matches a+."]),
        ("{question: Q?, number: 5, tolerance: 0.5, unit: steps}", "5 steps", ["Right within 0.5 steps."]),
        ("{question: Q?, state: [b, a], pool: [c]}", "['b', 'a']", ["Offered besides: c."]),
        ("{question: Q?, number: 5, hint: H, hint_costs: 0.25}", "5", ["The hint costs 25% of the marks."]),
    ],
)  # fmt: skip
def test_what_is_typed_has_its_key_and_what_else_is_right(question, key, rules):
    found = card(question)
    assert found.is_typed
    assert found.shown.key_shown.text == key
    assert list(found.rules) == rules


def test_lines_are_shown_in_the_right_order():
    found = card("{question: Q?, order: [one, two, three]}")
    assert not found.is_typed
    assert [line.text for line in found.shown.settled_lines] == ["one", "two", "three"]


def test_a_proof_says_where_it_looks_and_what_it_found():
    proof = card("{question: Q?, number: 1, proof: {first: {key: queue, equals: [a]}}}").proof
    assert (proof.place, proof.found.text) == ("the first step after which queue is ['a']", "step 1")
    proof = card("{question: Q?, state: [a], proof: {after: 1, key: queue, swap: {LPUSH: RPUSH}}}").proof
    assert (proof.place, proof.changes, proof.found) == ("queue after step 1", ("RPUSH is sent for every LPUSH",), None)
    proof = card("{question: Q?, state: [b], proof: {after: 1, key: queue, replace: {1: LPUSH queue b}}}").proof
    assert proof.changes == ("step 1 sends LPUSH queue b",)


def test_a_proof_without_a_result_is_shown_without_a_value():
    other = "  - {actor: producer, action: Replace, command: SET queue x}\n"
    assert card("{question: Q?, state: [a], proof: {after: 1, key: queue}}", steps=other).proof.found is None


def test_mistakes_name_the_choice_that_comes_of_them():
    found = card(f"{{{CHOICE}, answer: B, mistakes: {{C: 'It is `two`.'}}}}")
    assert [(letter, str(said)) for letter, said in found.mistakes] == [("C", 'It is <code translate="no">two</code>.')]
    found = card(f"{{{CHOICE}, answer: B, mistakes: [Too fast.]}}")
    assert [letter for letter, _ in found.mistakes] == [""]


@pytest.mark.slow
@for_each("path", OURS)
def test_all_that_the_questions_of_our_lessons_have_can_be_shown(path):
    found = examined(path.read_bytes(), path.name)
    for part in ("quiz", "practice"):
        for each in cards(found.lesson, found, part):
            assert each.is_typed or [o for o in each.shown.options if o.verdict == "missed"] or each.shown.settled_lines
            assert (each.question.solution is None) == (not each.solution_steps)


@for_each("path", OURS)
def test_a_question_has_the_steps_beside_it_that_learners_get(path):
    found = examined(path.read_text(), path.name)
    assert found.lesson, found.problems
    for part in PARTS:
        for each in cards(found.lesson, found, part):
            assert each.shown.beside == steps_beside(each.question, found.lesson)
    assert any(each.shown.beside for part in PARTS for each in cards(found.lesson, found, part))
