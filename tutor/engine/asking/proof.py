"""Proofs: run the lesson, with the proof's changed steps if any, to find the value that a question's key claims."""

from collections.abc import Mapping, Sequence

from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problems.step_problems import command_problems
from tutor.engine.lesson.questions.proofs import First, Proof
from tutor.engine.lesson.run_names import MOST_SHOWN, type_of
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.kinds import Step
from tutor.engine.playing import player
from tutor.engine.playing.port import Port
from tutor.engine.redis import key_states
from tutor.engine.redis.command_line import BadCommandLine
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.replies import Json


class NotProvable(TutorError):
    """The proof names a step, key or variable that does not exist."""


def variant(lesson: Lesson, proof: Proof) -> Lesson:
    """Return the lesson with the proof's changes to its steps; the same lesson if it has none.

    Expectations of changed steps are dropped, and so are the questions. Raises: NotProvable.
    """
    if not proof.changes_steps:
        return lesson
    for number in proof.replace:
        if not 1 <= number <= len(lesson.steps) or not isinstance(lesson.steps[number - 1], CommandStep):
            raise NotProvable(f"there is no command in step {number} to replace")
    steps = [changed(step, proof, number) for number, step in enumerate(lesson.steps, 1)]
    for step in steps:
        # A command forbidden in lessons must not reach a server.
        for problem in command_problems(lesson, step, ()) if isinstance(step, CommandStep) else ():
            raise NotProvable(problem.message)
    return _with_steps(lesson, steps)


def cut(lesson: Lesson, count: int) -> Lesson:
    """Return the lesson with at most its first `count` steps and without its questions."""
    return _with_steps(lesson, lesson.steps[:count])


def _with_steps(lesson: Lesson, steps: Sequence[Step]) -> Lesson:
    # A copy (model_copy) would keep the cached properties that were computed from the old steps.
    kept = {name: getattr(lesson, name) for name in lesson.model_fields_set if name not in ("quiz", "practice")}
    return type(lesson).model_validate({**kept, "steps": list(steps)})


def changed(step: Step, proof: Proof, number: int) -> Step:
    """Return step `number` as the proof runs it: `step` itself, or its replacement."""
    if not isinstance(step, CommandStep):
        return step
    if number in proof.replace:
        return _with_command(step, proof.replace[number])
    name = swapped_name(step, proof)
    if name is None:
        return step
    return _with_command(step, _renamed(step, name))


def _with_command(step: CommandStep, command: str | list[str]) -> CommandStep:
    # As in _with_steps: a copy would keep the words of the old command.
    kept = {name: getattr(step, name) for name in step.model_fields_set if name != "expect"}
    return type(step).model_validate({**kept, "command": command})


def swapped_name(step: CommandStep, proof: Proof) -> str | None:
    """Return the name that the step's command has in the proof, None if it keeps its own."""
    swaps = {old.upper(): new for old, new in proof.swap.items()}
    try:
        words = step.template
    except BadCommandLine:
        return None
    return swaps.get(words[0].upper()) if words else None


def _renamed(step: CommandStep, name: str) -> str | list[str]:
    words = step.template
    line = step.command.strip() if isinstance(step.command, str) else ""
    # Keep the rest as typed, so that learners see no other difference.
    return name + line[len(words[0]) :] if line.startswith(words[0]) else [name, *words[1:]]


def run(lesson: Lesson, proof: Proof, port: Port) -> tuple[Json, list[TraceEntry]]:
    """Run the proof and return the value it finds and the trace.

    `port` must be one for `variant(lesson, proof)`, which may touch other keys than the lesson.
    Raises: NotProvable, BrokerAway, StepFault.
    """
    played = player.play(variant(lesson, proof), port, steps=proof.after)
    return value_in(lesson, proof, played), played


def value_in(lesson: Lesson, proof: Proof, entries: Sequence[TraceEntry]) -> Json:
    """Return the value that the proof selects from a trace. Raises: NotProvable."""
    if proof.first is not None:
        return _first(lesson, proof.first, entries)
    if proof.after is not None and proof.after > len(entries):
        raise NotProvable(f"there is no step {proof.after}")
    name = str(proof.key if proof.key is not None else proof.variable)
    if proof.after:
        entry = entries[proof.after - 1]
        return entry.output if proof.output else _value(lesson, entry, name)
    if proof.output:
        raise NotProvable("nothing is put out before the first step")
    return _start_value(lesson, name)


def _start_value(lesson: Lesson, name: str) -> Json:
    type_ = type_of(lesson, name)
    return _named(lesson.start_variables, name) if type_ is None else key_states.as_value(key_states.empty(type_))


def _first(lesson: Lesson, first: First, entries: Sequence[TraceEntry]) -> int | None:
    name = str(first.key if first.key is not None else first.variable)
    later = (entry for entry in entries if entry.position > first.after)
    return next((entry.position for entry in later if is_same(first.equals, _value(lesson, entry, name))), None)


def _value(lesson: Lesson, entry: TraceEntry, name: str) -> Json:
    type_ = type_of(lesson, name)
    if type_ is None:
        return _named(entry.variables, name)
    if entry.may_be_unshown(name):
        raise NotProvable(f"{name} is not among the {MOST_SHOWN} keys that are shown after step {entry.position}")
    state = entry.state_of(name, type_)
    if state["type"] == "other":
        raise NotProvable(f"{name} is of another type after step {entry.position}")
    if not key_states.is_whole(state):
        raise NotProvable(f"{name} is too long to be compared after step {entry.position}")
    return key_states.as_value(state)


def _named(values: Mapping[str, Json], name: str) -> Json:
    if name not in values:
        raise NotProvable(f"nothing is called {name!r}")
    return values[name]
