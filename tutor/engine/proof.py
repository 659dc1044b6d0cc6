"""Proofs: what an author claims is run, and what comes out is compared with the claim."""

from collections.abc import Mapping, Sequence

from tutor.engine import keys, machine
from tutor.engine.broker import Corner
from tutor.engine.claims import First, Proof
from tutor.engine.errors import TutorError
from tutor.engine.lesson import Lesson
from tutor.engine.steps import CommandStep, Step
from tutor.engine.trace import TraceEntry
from tutor.engine.values import Json


class NotProvable(TutorError):
    """The proof can't be run as it is written: it names a step, key or variable that is not there."""


def variant(lesson: Lesson, proof: Proof) -> Lesson:
    """Return the lesson with the steps that the proof runs instead. Raises: NotProvable."""
    for number in proof.replace:
        if not 1 <= number <= len(lesson.steps):
            raise NotProvable(f"there is no step {number} to replace")
    if not proof.changes_steps:
        return lesson
    steps = [_changed(step, proof, number) for number, step in enumerate(lesson.steps, 1)]
    # Expectations and cached properties belong to the lesson as it is written.
    return type(lesson).model_validate({**_fields(lesson), "steps": steps})


def _fields(lesson: Lesson) -> dict[str, Json]:
    return {name: getattr(lesson, name) for name in lesson.model_fields_set if name not in ("quiz", "practice")}


def _changed(step: Step, proof: Proof, number: int) -> Step:
    if number in proof.replace:
        line = proof.replace[number]
        save = step.save if isinstance(step, CommandStep) else None
        return CommandStep(actor=step.actor, action=step.action, command=line, save=save, line=step.line, box=step.box)
    if isinstance(step, CommandStep) and step.template[0].upper() in proof.swap:
        words = step.template
        name = proof.swap[words[0].upper()]
        line = step.command.strip()[len(words[0]) :] if isinstance(step.command, str) else ""
        command = name + line if isinstance(step.command, str) else [name, *words[1:]]
        return step.model_copy(update={"command": command, "expect": {}})
    return step


def run(lesson: Lesson, proof: Proof, corner: Corner) -> tuple[Json, list[TraceEntry]]:
    """Run the proof and return the value that it finds and the trace that led there.

    Raises: NotProvable, BrokerAway.
    """
    played = machine.play(variant(lesson, proof), corner, steps=proof.after)
    return value_in(lesson, proof, played), played


def value_in(lesson: Lesson, proof: Proof, entries: Sequence[TraceEntry]) -> Json:
    """Return what the proof looks at in a trace. Raises: NotProvable."""
    if proof.first is not None:
        return _first(proof.first, entries)
    if proof.after is not None and proof.after > len(entries):
        raise NotProvable(f"there is no step {proof.after}")
    entry = entries[proof.after - 1] if proof.after else None
    if proof.output:
        if entry is None:
            raise NotProvable("nothing is put out before the first step")
        return entry.output
    name = proof.key if proof.key is not None else proof.variable
    start = {key: keys.as_value(keys.empty(type_)) for key, type_ in lesson.watched.items()}
    found: Mapping[str, Json] = _values(entry) if entry else {**lesson.start_variables, **start}
    if name not in found:
        raise NotProvable(f"nothing is called {name!r}")
    return found[str(name)]


def _first(first: First, entries: Sequence[TraceEntry]) -> int | None:
    name = str(first.key if first.key is not None else first.variable)
    if entries and name not in _values(entries[0]):
        raise NotProvable(f"nothing is called {name!r}")
    holds = (e.position for e in entries if e.position > first.after and _values(e)[name] == first.equals)
    return next(holds, None)


def _values(entry: TraceEntry) -> dict[str, Json]:
    return {**entry.variables, **{key: keys.as_value(state) for key, state in entry.keys.items()}}
