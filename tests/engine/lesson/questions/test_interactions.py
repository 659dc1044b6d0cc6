"""How a question is answered, in the terms of other systems: out of a question and back into one."""

import pytest

from tests.engine.lesson.questions.test_quiz import EACH_KIND, question
from tutor.engine.lesson.questions.interactions import OrderInteraction, TextInteraction
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS, kind_of, question_fields


@pytest.mark.parametrize("kind", QUESTION_KINDS)
def test_a_kind_that_is_preferred_makes_the_same_key_of_its_interaction(kind: str):
    asked = question(**EACH_KIND[kind])
    again = question(**question_fields(asked.interaction(), kind))
    assert (again.kind, again.key_text) == (kind, asked.key_text)


def test_without_a_preference_the_first_kind_that_fits_is_made():
    typed = TextInteraction(("['a']",), "counts")
    assert kind_of(question_fields(typed)) == "text"
    assert kind_of(question_fields(typed, "state")) == "state"
    assert kind_of(question_fields(TextInteraction(("'a",), "counts"), "state")) == "text"


def test_a_preferred_kind_that_is_answered_otherwise_is_passed_over():
    assert kind_of(question_fields(OrderInteraction(("a", "b")), "choice")) == "order"


@pytest.mark.parametrize("credit", ["right_minus_wrong", "each_choice", "all_or_nothing"])
def test_the_rule_for_picks_is_kept(credit: str):
    asked = question(**EACH_KIND["several"], credit=credit)
    assert question(**question_fields(asked.interaction())).credit == credit
