"""The variables that a step changed or set, each with the actor whose program has it."""

from collections.abc import Iterable
from dataclasses import dataclass

from tutor.engine.story.story import Story
from tutor.engine.values.formatting import drawn_repr


@dataclass(frozen=True, slots=True)
class VariableValue:
    """A variable and its value, as Python prints it."""

    name: str
    text: str


def changed_variables(story: Story, actor: str) -> tuple[VariableValue, ...]:
    """Return the variables of an actor's program that the step changed, also by a message to that actor."""
    entry = story.entry
    owners = {event["saved"]: event["actor"] for event in entry.events if event["saved"]}
    names = [name for name in entry.variables if name in entry.was and owners.get(name, entry.actor) == actor]
    return _assignments(story, names)


def kept(story: Story) -> tuple[VariableValue, ...]:
    """Return what the program keeps of the step's reply, also if a variable has the same value as before."""
    return _assignments(story, story.step.saves) if story.step.puts_out(story.entry) else ()


def is_dropped(story: Story) -> bool:
    """Return whether a reply came of which the program keeps nothing."""
    entry = story.entry
    is_answered = bool(entry.sent or entry.read) and not entry.refusal and not story.is_waiting
    return is_answered and not story.step.saves


def _assignments(story: Story, names: Iterable[str]) -> tuple[VariableValue, ...]:
    return tuple(VariableValue(name, drawn_repr(story.entry.variables[name])) for name in names)
