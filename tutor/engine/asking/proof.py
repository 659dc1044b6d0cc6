"""Proofs: run the lesson, with the proof's changed steps if any, to find the value that a question's key claims."""

from collections.abc import Mapping, Sequence

from tutor.engine.asking import scenarios
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.errors import Raised
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
from tutor.engine.redis.key_states import KeyState
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value, as_python


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


def played_lesson(lesson: Lesson, proof: Proof) -> Lesson:
    """Return the lesson to play: the proof's scenario, or the lesson with its changes. Raises: NotProvable."""
    return variant(lesson, proof) if proof.run is None else scenarios.scenario(lesson, proof.run)


def run(lesson: Lesson, proof: Proof, port: Port) -> tuple[Value, list[TraceEntry]]:
    """Run the proof and return the value it finds and the trace.

    `port` must be one for `played_lesson(lesson, proof)`, which may touch other keys than the lesson.
    Raises: NotProvable, BrokerAway, StepFault.
    """
    mine = played_lesson(lesson, proof)
    played = player.play(mine, port, steps=proof.after)
    return value_in(mine, proof, played), played


def value_after(lesson: Lesson, entries: Sequence[TraceEntry], name: str, step: int) -> Value:
    """Return the value of a watched key or a variable after a step, 0 for the start. Raises: NotProvable."""
    is_key = type_of(lesson, name) is not None
    return _looked_at(lesson, Proof(after=step, key=name) if is_key else Proof(after=step, variable=name), entries)


def value_in(lesson: Lesson, proof: Proof, entries: Sequence[TraceEntry]) -> Value:
    """Return the value that the proof selects from a trace of `lesson`, the one it played. Raises: NotProvable."""
    if proof.first is not None:
        return _first(lesson, proof.first, entries)
    if proof.after is not None and proof.after > len(entries):
        raise NotProvable(f"there is no step {proof.after}")
    value = _looked_at(lesson, proof, entries)
    try:
        return lesson.redis_client.part(value, proof.places) if proof.places else value
    except Raised as raised:
        raise NotProvable(f"`pick` finds nothing in {as_repr(value)}: {raised}") from None


def _looked_at(lesson: Lesson, proof: Proof, entries: Sequence[TraceEntry]) -> Value:
    position = len(entries) if proof.after is None else proof.after
    if position:
        return _look(lesson, proof, entries[position - 1])
    if proof.key is None and proof.variable is None:
        raise NotProvable("nothing is put out before the first step")
    if proof.key is not None and type_of(lesson, proof.key) is not None:
        return _part_of(_start_state(lesson, proof), proof, None)
    return _named(lesson.start_variables, str(proof.key if proof.variable is None else proof.variable))


def _look(lesson: Lesson, proof: Proof, entry: TraceEntry) -> Value:
    if proof.output:
        return entry.output
    if proof.reply:
        return as_python(entry.reply)
    if proof.waiting:
        found = sorted(actor for actor, lane in entry.lanes.items() if lane["state"] == "waiting")
        return len(found) if proof.length else found
    if proof.sum:
        return _total([_named(entry.variables, name) for name in proof.sum])
    if proof.key is None:
        return _value(lesson, entry, str(proof.variable))
    return _of_key(lesson, proof, entry, proof.key)


def _total(values: Sequence[Value]) -> Value:
    wrong = next((value for value in values if isinstance(value, bool) or not isinstance(value, int | float)), None)
    if wrong is not None or None in values:
        raise NotProvable(f"{as_repr(wrong)} is no number to be added")
    return sum(value for value in values if isinstance(value, int | float))


def _of_key(lesson: Lesson, proof: Proof, entry: TraceEntry, key: str) -> Value:
    if proof.life:
        life = entry.lives.get(key)
        return None if life is None else round(life / 1000)
    if not _asks_for_part(proof):
        return _value(lesson, entry, key)
    return _part_of(_state(lesson, entry, key), proof, entry)


def _asks_for_part(proof: Proof) -> bool:
    return proof.length or any(each is not None for each in (proof.field, proof.score, proof.rank))


def _part_of(state: KeyState, proof: Proof, entry: TraceEntry | None) -> Value:
    """Return the part of a key's state that the proof looks at; None for a field or member that does not exist."""
    if entry is None and not _asks_for_part(proof):
        return None if proof.life else key_states.as_value(state)
    if proof.length:
        return len(state["value"] or "") if state["type"] == "string" else int(state["length"])
    if proof.field is not None:
        pairs = _pairs_of(state, "hash", proof)
        return next((value for name, value in pairs if name == proof.field), None)
    pairs = _pairs_of(state, "zset", proof)
    if proof.score is not None:
        return key_states.scores(state).get(proof.score)
    return next((rank for rank, (member, _) in enumerate(pairs) if member == proof.rank), None)


def _pairs_of(state: KeyState, type_: str, proof: Proof) -> Sequence[Sequence[str]]:
    if state["type"] != type_:
        raise NotProvable(f"{proof.key} is a {state['type']}, not a {type_}")
    return tuple(state["items"])


def _start_state(lesson: Lesson, proof: Proof) -> KeyState:
    type_ = type_of(lesson, str(proof.key))
    if type_ is None:
        raise NotProvable(f"nothing is called {proof.key!r}")
    return key_states.empty(type_)


def _first(lesson: Lesson, first: First, entries: Sequence[TraceEntry]) -> int | None:
    name = str(first.key if first.key is not None else first.variable)
    later = (entry for entry in entries if entry.position > first.after)
    return next((entry.position for entry in later if is_same(first.equals, _value(lesson, entry, name))), None)


def _value(lesson: Lesson, entry: TraceEntry, name: str) -> Json:
    if type_of(lesson, name) is None:
        return _named(entry.variables, name)
    return key_states.as_value(_state(lesson, entry, name))


def _state(lesson: Lesson, entry: TraceEntry, name: str) -> KeyState:
    type_ = type_of(lesson, name)
    if type_ is None:
        raise NotProvable(f"nothing is called {name!r}")
    if entry.may_be_unshown(name):
        raise NotProvable(f"{name} is not among the {MOST_SHOWN} keys that are shown after step {entry.position}")
    state = entry.state_of(name, type_)
    if state["type"] == "other":
        raise NotProvable(f"{name} is of another type after step {entry.position}")
    if not key_states.is_whole(state):
        raise NotProvable(f"{name} is too long to be compared after step {entry.position}")
    return state


def _named(values: Mapping[str, Json], name: str) -> Json:
    if name not in values:
        raise NotProvable(f"nothing is called {name!r}")
    return values[name]
