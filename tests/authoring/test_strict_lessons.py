"""What strict lessons must say twice, so that a slip in either place is found: who acts, which steps, which values."""

import pytest

from tests.tables import for_each
from tutor.authoring import proving
from tutor.ports import corners

SOUND = """\
title: Two cups
track: tests
format: 2
strict: true
actors: [{name: guest, label: The guest}, barista]
watch: {orders: list}
variables: [order, barista_cup, guest_cup]
flow:
  boxes:
    - {text: One orders, when: {sends: [LPUSH, LLEN], actor: guest}}
    - {text: One makes it, when: [{sends: RPOP, unless: {order: null}}, print]}
    - {text: One waits, when: {sends: RPOP, expect: {order: null}}}
    - {text: One goes, when: [assign, crash]}
steps:
  - {actor: guest, id: tea, action: The guest orders tea, command: LPUSH orders tea}
  - {actor: barista, id: take, action: 'Barista takes {order!r}', command: RPOP orders, save: order}
  - {actor: barista, id: call, action: 'It calls {order}', print: 'Here is {order}',
     why: "The order is {order after take}."}
  - {actor: guest, id: look, action: The guest looks, command: LLEN orders}
  - {actor: barista, id: none, action: Barista finds nothing, command: RPOP orders, save: order, expect: {order: null}}
  - {actor: barista, id: cup, action: Barista takes a cup, assign: {barista_cup: 1}, expect: {barista_cup: 1},
     why: "The order is {order after none!r}."}
  - {actor: barista, id: home, action: Barista goes home, crash: true}
  - {actor: barista, id: gone, action: And with barista the cup is gone, assign: {barista_cup: null}}
  - {actor: guest, id: mug, action: The guest takes a mug, assign: {guest_cup: 2}, expect: {guest_cup: 2}}
closing: "The barista took the order `{order after take}`. All began with `LPUSH orders tea`."
key_moments:
  - {question: When?, answer: "At {step take}, after {step tea}.", steps: [tea, take]}
quiz:
  - question: What is `order` after {step none}?
    choices: {A: "None", B: "'tea'"}
    answer: A
    steps: [take, none]
    mistakes: {B: "That was tea at {step take}."}
    proof: {after: none, variable: order}
"""


def messages(text: str) -> list[str]:
    return [each.message for each in proving.check_text(text, "x.yaml", corners.temporary).problems if each.is_error]


def test_a_strict_lesson_that_says_all_of_it_has_no_problem():
    assert messages(SOUND) == []


@pytest.mark.slow
@for_each(
    ("was", "now", "message"),
    [
        # The texts and the lists of steps.
        ('answer: "At {step take}', 'answer: "At {step call}', "this speaks of step 3 (call), which `steps` does not"),
        ("steps: [tea, take]", "steps: [tea, look]", "this speaks of step 2 (take), which `steps` does not list"),
        ("steps: [tea, take]", "steps: [tea, take, call]", "no text here speaks of step 3 (call)"),
        ("steps: [tea, take]", "steps: [tea, take, take]", "step 2 is listed twice"),
        (
            "That was tea at {step take}",
            "That was tea at {step tea}",
            "this speaks of step 1 (tea), which `steps` does not list",
        ),
        ("`{order after take}", "`{order after look}", "{order after look} is older: step 4 does nothing with order"),
        (
            "`{order after take}",
            "`{barista_cup after take}",
            "{barista_cup after take} is older: step 2 does nothing with",
        ),
        ("is {order after take}", "is {order after none}", "{order after none} is of a later step than the text that"),
        (
            "is {order after none!r}",
            "is {order after take!r}",
            "{order after take!r} is older: step 5 has to do with order as well; write {order after none!r}",
        ),
        (
            "took the order `",
            "took `",
            "the sentence does not say what {order after take} is, and step 2 has to do with orders too",
        ),
        ("with `LPUSH orders tea`", "with `LPUSH orders milk`", "nothing in the lesson runs LPUSH orders milk"),
        # Who acts, and with what.
        (
            "actor: guest, id: look",
            "actor: barista, id: look",
            "this says that guest acts, and the step's actor is bar",
        ),
        (
            "actor: barista, id: call",
            "actor: guest, id: call",
            "this says that barista acts, and the step's actor is g",
        ),
        ("Barista takes a cup", "A cup", "this does not say who acts: name barista"),
        (
            "takes {order!r}",
            "takes {guest_cup!r}",
            "{guest_cup} is a value of another step: this one has to do with or",
        ),
        # Boxes.
        ("[LPUSH, LLEN]", "[LPUSH, RPUSH]", "without this, the condition fits the same steps"),
        ("print]", "print, {sends: RPOP, expect: {order: tea}}]", "all steps that this describes fit another part"),
        ("print]", "print, RPUSH]", "no step is like this; correct it, or leave it out"),
        ("unless: {order: null}", "unless: {order: null, guest_cup: 7}", "without this, the condition fits the same"),
        # What steps save.
        ("assign: {guest_cup: 2}, expect: {guest_cup: 2}", "assign: {barista_cup: 2}", "barista_cup is a variable of"),
        ("save: order, expect", "save: guest_cup, expect", "the step sets guest_cup, and claims only order"),
        ("assign: {barista_cup: null}", "assign: {order: null}", "with barista, its variable barista_cup is gone, and"),
    ],
)
def test_a_slip_in_one_place_is_found_by_the_other(was: str, now: str, message: str):
    assert SOUND.count(was) == 1, was
    found = messages(SOUND.replace(was, now))
    assert [each for each in found if each.startswith(message)], found


def test_a_pick_that_finds_nothing_is_that_of_the_same_command_elsewhere():
    text = SOUND.replace("RPOP orders, save: order}", "BRPOP orders 1, save: order, pick: 1}")
    text = text.replace("RPOP orders, save: order, expect", "BRPOP orders 1, save: order, pick: 0, expect")
    text = text.replace("sends: RPOP", "sends: BRPOP")
    assert "this finds nothing here, and where BRPOP brings something the lesson picks 1" in messages(text)


@for_each(
    ("was", "now"),
    [
        ("steps: [tea, take]", "steps: [tea, take, call]"),
        ("action: The guest looks", "action: A look"),
        ("[LPUSH, LLEN]", "[LPUSH, LLEN, RPUSH]"),
        ("{order after take}", "{order after look}"),
    ],
)
def test_other_lessons_may_say_it_once(was: str, now: str):
    text = SOUND.replace("strict: true\n", "").replace(was, now)
    assert not proving.check_text(text, "x.yaml", corners.temporary).problems
