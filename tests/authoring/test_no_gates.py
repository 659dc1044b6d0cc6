"""No problem hides another: whatever is wrong in one part, what is wrong in the others is reported beside it."""

from itertools import combinations

from tests.lessons import PUSH, lesson
from tests.tables import for_each
from tutor.authoring import proving
from tutor.ports import corners

POP = "  - {id: pop, actor: consumer, action: Pop, command: RPOP queue, save: task, expect: {task: %s}}\n"
PRINT = "  - {actor: consumer, action: Print, print: 'Got {task!r}'}\n"

SESSION = "closing: |\n  ```redis-cli\n  > LPUSH q a\n  (integer) 7\n  ```\n"
SCENARIO = (
    "  - {question: 'What is the reply to `LLEN q`?', number: %s, proof: {run: [LPUSH q a, LLEN q], reply: true}}\n"
)
CITED = "  - {question: Why?, choices: {A: x, B: y}, answer: A, hint: 'See {step %s}.'}\n"

WRONG = {
    "a field": ("key_moments: [{question: Why?, answer: So., stepps: [1]}]\n", "unknown field 'stepps'"),
    "a session": (SESSION, "claims that redis-cli shows (integer) 7"),
    "a reference": ("quiz:\n" + CITED % "nowhere", "{step nowhere} stays as it is"),
    "a scenario": ("practice:\n" + SCENARIO.replace("}}\n", "}, solution: {steps: [x], answer: '1'}}\n") % 5, "says 5"),
    "a claim": (POP % "b", "claims that task is 'b'"),
    "a sample": ("sample: {code: 'r.lpush('}\n", "the sample is not Python"),
    "a program": ("program: {Worker.py: pass}\n", "Worker.py"),
}


def text_with(*wrong: str) -> str:
    step = WRONG["a claim"][0] if "a claim" in wrong else POP % "a"
    return lesson(PUSH + step + PRINT) + "".join(WRONG[each][0] for each in wrong if each != "a claim")


def said(text: str) -> list[str]:
    return [each.message for each in proving.check_text(text, "x.yaml", corners.temporary).problems]


def test_nothing_is_said_of_what_is_right():
    assert said(text_with()) == []


@for_each("wrong", [[each] for each in WRONG] + [list(pair) for pair in combinations(WRONG, 2)] + [list(WRONG)])
def test_every_wrong_part_is_reported_beside_the_others(wrong: list[str]):
    found = said("format: 2\n" + text_with(*wrong))
    missing = [each for each in wrong if not any(WRONG[each][1] in message for message in found)]
    assert not missing, found
