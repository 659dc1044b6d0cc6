"""The commands and results of each kind of step."""

import pytest
from pydantic import ValidationError

from tests.tables import for_each
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import Outcome
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.kinds import STEP_KINDS, kind_of
from tutor.engine.lesson.steps.printing import PrintStep


def command(line: str | list[str], save: str | None = None) -> CommandStep:
    return CommandStep(actor="a", action="A", command=line, save=save)


def test_a_command_step_sends_its_words_with_variables_filled_in():
    assert command("LPUSH queue '{task} again'").sends({"task": "task1"}) == (["LPUSH", "queue", "task1 again"],)


def test_a_variable_with_spaces_stays_one_word():
    assert command("LPUSH queue {task}").sends({"task": "two words"}) == (["LPUSH", "queue", "two words"],)


def test_a_command_can_be_given_as_a_list_of_words():
    assert command(["LPUSH", "queue", "it's"]).sends({}) == (["LPUSH", "queue", "it's"],)


def test_a_command_as_a_list_is_shown_as_a_line():
    assert command(["LPUSH", "queue", "a"]).line_shown == "LPUSH queue a"


def test_a_value_that_is_saved_is_the_output_and_the_variable():
    assert command("RPOP queue", "task").conclude("task1", {"task": None}) == Outcome({"task": "task1"}, "task1")


def test_a_value_that_is_not_saved_is_no_output():
    assert command("LPUSH queue a").conclude(1, {"task": None}) == Outcome({"task": None}, None)


def test_a_print_step_sends_nothing_and_prints_its_line():
    step = PrintStep(actor="a", action="A", print="Processed {task!r}")
    assert step.sends({}) == ()
    assert step.conclude(None, {"task": "task1"}) == Outcome({"task": "task1"}, "Processed 'task1'", printed=True)


def test_an_assignment_copies_a_variable_with_its_type():
    step = AssignStep(actor="a", action="A", assign={"done": "{count}"})
    assert step.conclude(None, {"count": 3, "done": None}).variables == {"count": 3, "done": 3}


def test_an_assignment_fills_in_text_and_takes_other_values_as_they_are():
    step = AssignStep(actor="a", action="A", assign={"text": "{count} tasks", "number": 5, "items": ["{count}"]})
    assert step.conclude(None, {"count": 3}).variables == {
        "count": 3,
        "text": "3 tasks",
        "number": 5,
        "items": ["{count}"],
    }


@for_each(
    ("step", "kind"),
    [
        ({"command": "PING"}, "command"),
        ({"print": "x"}, "print"),
        ({"assign": {"a": 1}}, "assign"),
        ({"comand": "PING"}, None),
        ("PING", None),
        (PrintStep(actor="a", action="A", print="x"), "print"),
    ],
)
def test_a_steps_kind_is_the_field_that_names_it(step: object, kind: str | None):
    assert kind_of(step) == kind


def test_the_registry_holds_each_kind_under_its_own_name():
    assert {kind: step.kind for kind, step in STEP_KINDS.items()} == {kind: kind for kind in STEP_KINDS}


def test_a_step_of_two_kinds_is_an_error():
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Lesson.model_validate(
            {
                "title": "T",
                "track": "t",
                "actors": ["a"],
                "steps": [{"actor": "a", "action": "A", "command": "PING", "print": "x"}],
            }
        )
