"""Boxes that describe their steps: every wrong number is found, and none is needed where one box fits."""

from pathlib import Path

import pytest

from tests.lessons import OURS
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.ports import corners

LESSONS = OURS

SHOWN = {
    "a-crash-and-the-pending-list": [1, 1, 1, 1, 2, 2, 3, 3, 4, 3, 4, 4, 4, 5, 5, 5],
    "a-message-nobody-hears": [2, 3, 2, 3, 1, 2, 4, 3, 2, 2, 1, 5],
    "a-reliable-queue": [1, 1, 2, 3, 4, 2, 3, 3, 1, 5, 5, 2, 3, 4],
    "delayed-jobs": [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 4, 5, 4, 2, 1],
    "priorities-with-several-lists": [1, 1, 1, 3, 4, 3, 4, 1, 3, 4, 3, 4, 5, 5, 4],
    "publish-and-subscribe": [1, 2, 4, 1, 3, 3, 1, 3, 4, 5],
    "redis-as-message-broker": [1, 2, 3, 4, 3, 4, 5],
    "streams-and-consumer-groups": [1, 1, 2, 2, 2, 3, 4, 3, 5, 2, 1, 4, 5, 5, 3],
    "the-loop-that-freezes-the-app": [1, 1, 1, 2, 3, 3, 2, 3, 4, 4, 4, 4, 4, 5, 1, 5, 5, 5, 5, 5, 1, 5, 5, 5],
    "waiting-with-brpop": [1, 2, 2, 4, 4, 5, 2, 2, 4, 3, 4],
    "watch-and-a-lost-race": [None, 2, 2, None, None, None, 1, 2, None, 3, 3, 4, 5, 5, 2, 3, 3, 4],
}
"""The boxes that each step lit while steps named them by number, or that a step of later has lit since."""


@pytest.mark.slow
@for_each("path", LESSONS)
def test_a_lesson_lights_the_boxes_that_it_always_lit(path: Path):
    lesson = library.read(path.read_bytes(), path.name).lesson
    assert lesson is not None
    assert [entry.box for entry in proving.play(lesson, corners.temporary)] == SHOWN[path.stem]


@pytest.mark.slow
@for_each("path", LESSONS)
def test_every_other_number_of_a_step_is_a_problem(path: Path):
    lesson = library.read(path.read_bytes(), path.name).lesson
    assert lesson is not None
    assert lesson.flow is not None
    boxes = range(1, len(lesson.flow.boxes) + 1)
    for shift in range(1, len(boxes)):
        wrong = [((number or 1) - 1 + shift) % len(boxes) + 1 for number in SHOWN[path.stem]]
        steps = [step.model_copy(update={"box": box}) for step, box in zip(lesson.steps, wrong, strict=True)]
        found = proving.prove(lesson.model_copy(update={"steps": steps}), corners.temporary)
        assert {each.path[1] for each in found if each.path[2:] == ("box",)} == set(range(len(steps)))


HEAD = "title: A\ntrack: tests\nformat: 2\nactors: [p, c]\nwatch: {q: list}\nvariables: [task]\n"
STEPS = (
    "steps:\n"
    "  - {actor: p, id: push, action: A, command: LPUSH q a%s}\n"
    "  - {actor: c, action: B, command: RPOP q, save: task}\n"
    "  - {actor: c, action: C, print: '{task}'}\n"
)


@for_each(
    ("boxes", "box", "problems"),
    [
        ("{text: One, when: LPUSH}, {text: Two, when: [RPOP, print]}", "", []),
        ("{text: One, when: lpush q}, {text: Two, when: {actor: c}}", "", []),
        ("{text: One, when: {step: push}}, {text: Two, when: {kind: [command, print], actor: c}}", "", []),
        ("{text: One, when: {expect: {q: [a]}}}, {text: Two, when: {unless: {task: null}}}", "", []),
        ("{text: One, when: LPUSH}, {text: Two, when: {actor: c}}, {text: Never, when: []}", "", []),
        (
            "{text: One, when: LPUSH}, {text: Two, when: {actor: c}}",
            ", box: 2",
            ["box 2 (Two) is not about this step; box 1 describes it, so leave `box` out"],
        ),
        (
            "{text: One, when: LPUSH}, {text: Two, when: {actor: [p, c]}}",
            "",
            ["the boxes 1 and 2 describe this step; write which, as in `box: 1`"],
        ),
        ("{text: One, when: LPUSH}, {text: Two, when: {actor: [p, c]}}", ", box: 1", []),
        (
            "{text: One, when: LPUSSH}, {text: Two, when: {actor: c}}",
            "",
            ["there is no command 'LPUSSH'; did you mean 'LPUSH'?"],
        ),
        (
            "{text: One, when: {actor: pp, step: pus}}, {text: Two, when: {actor: c}}",
            "",
            ["there is no actor 'pp'", "there is no step 'pus'; did you mean 'push'?"],
        ),
        (
            "{text: One, when: LPUSH}, {text: Two, when: {actor: c}}, {text: Dark, when: INCR}",
            "",
            ["no step lights box 3 (Dark); correct its `when`, or write `when: []` if it is meant so"],
        ),
        (
            "{text: One, when: {}}, {text: Two, when: {actor: c}}",
            "",
            ["this condition says nothing: give `actor`, `sends`, `kind`, `step`, `expect` or `unless`"],
        ),
    ],
)
def test_a_box_says_which_steps_it_is_about(boxes: str, box: str, problems: list[str]):
    checked = proving.check_text(f"{HEAD}flow: {{boxes: [{boxes}]}}\n{STEPS % box}", "x.yaml", corners.temporary)
    said = [each.message for each in checked.problems]
    assert [each for each in problems if not any(one.startswith(each) for one in said)] == []
    assert len(said) >= len(problems) > 0 or said == []
