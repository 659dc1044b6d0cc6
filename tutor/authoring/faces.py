"""From format 1 to format 2: what a program has of replies changes there, and with it what a lesson shows and claims.

Both lessons are played with the same replies, and all that differs is compared. Claims about whole values are
rewritten; anything else is for the author to decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tutor.authoring import proving
from tutor.authoring.proving import PortOf
from tutor.engine.checking.key_proofs import false_keys
from tutor.engine.errors import Raised, StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.playing import player
from tutor.engine.playing.port import Act, Ahead, Port, PortAnswer, nothing_ahead
from tutor.engine.program.client import Client
from tutor.engine.program.interpolation import only_name
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import ProgramError
from tutor.engine.values.replies import Json, Value, Words, as_python

LONGEST_VALUE = 120
"""Characters of a value that a sentence shows."""

DEEPEST_PICK = 5

_CLIENT = Client()


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs: claims in their new form by step, from 0; values that look different; what is for the author."""

    claims: Mapping[int, Mapping[str, Json]]
    notes: Sequence[Problem]
    problems: Sequence[Problem]


@dataclass(slots=True)
class _Heard:
    """What was sent at each step of a play, and answered."""

    sends: list[tuple[Words, ...]] = field(default_factory=list)
    answers: list[PortAnswer] = field(default_factory=list)


class _Noting:
    """A port that notes what goes through it."""

    def __init__(self, port: Port, heard: _Heard) -> None:
        self._port, self._heard = port, heard

    def __enter__(self) -> Self:
        self._port.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._port.__exit__(*exc)

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Do what the step asks, and note it."""
        answer = self._port.exchange(act, ahead)
        self._heard.sends.append(act.sends)
        self._heard.answers.append(answer)
        return answer

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Bring the port to where these acts leave it."""
        self._port.restore(acts, claim=claim)


class _SendsOtherwise(StepFault):
    """The lesson sends something else at this step than it did in its own format."""


class _Repeating:
    """A port at which everything is answered as it was noted."""

    def __init__(self, heard: _Heard) -> None:
        self._heard = heard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is left anywhere."""

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - a port's own arguments
        """Return what was answered. Raises: _SendsOtherwise."""
        if [*map(list, act.sends)] != [*map(list, self._heard.sends[act.position - 1])]:
            raise _SendsOtherwise
        return self._heard.answers[act.position - 1]

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Nothing to bring anywhere."""


def compare(before: Lesson, after: Lesson, port_of: PortOf) -> Compared:
    """Return what differs between a lesson and the same in format 2. Raises: BrokerAway, BrokerLacks, StepFault."""
    heard = _Heard()
    old = player.play(before, _Noting(port_of(before), heard))
    new, problems = _again(after, heard, old)
    pairs = list(zip(old, new, strict=False))
    problems += [problem for pair in pairs for problem in _differences(after, *pair)]
    claims = {one.position - 1: dict(_new_claims(after, one, other)) for one, other in pairs}
    if not problems:
        problems += _questions(before, old, after, new, port_of)
    notes = [note for pair in pairs for note in _notes(after, *pair)]
    return Compared({i: each for i, each in claims.items() if each}, notes, problems)


def _again(lesson: Lesson, heard: _Heard, old: Sequence[TraceEntry]) -> tuple[list[TraceEntry], list[Problem]]:
    """Return the play with the same replies, up to a step that sends something else."""
    try:
        return player.play(lesson, _Repeating(heard)), []
    except _SendsOtherwise as differs:
        position = differs.position
    new = player.play(lesson, _Repeating(heard), steps=position - 1) if position > 1 else []
    words = " ".join(old[position - 1].words or [])
    message = f"in format 2 this does not send {_short(words)}: redis-py returns other values for what is filled in"
    return new, [Problem(("steps", position - 1, "command"), message)]


def _differences(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[Problem]:
    """Yield what an author has to change at a step."""
    step, at = lesson.steps[old.position - 1], ("steps", old.position - 1)
    if isinstance(new.refusal, ProgramError) and new.refusal != old.refusal:
        yield Problem((*at, "pick" if _has_pick(step) else "command"), _raises(step, new.refusal.said, old, new))
    elif old.printed and old.output != new.output:
        yield Problem((*at, "print"), f"prints {_short(str(old.output))}, and in format 2 {_short(str(new.output))}")
    elif old.action != new.action:
        yield Problem((*at, "action"), f"says {_short(old.action)!r}, and in format 2 {_short(new.action)!r}")
    elif _has_pick(step) and not is_same(old.output, new.output):
        yield Problem((*at, "pick"), f"{_are(old.output, new.output)}{_other_pick(step, old, new)}")
    for name, value in step.assign.items() if isinstance(step, AssignStep) else ():
        if isinstance(value, str) and only_name(value) is None and old.variables[name] != new.variables[name]:
            yield Problem((*at, "assign", name), _are(old.variables[name], new.variables[name]))
    for one, other in zip(old.events, new.events, strict=True):
        yield from _differing_event(lesson, old.position, one, other)


def _differing_event(
    lesson: Lesson, position: int, one: Mapping[str, Value], other: Mapping[str, Value]
) -> Iterator[Problem]:
    at = ("steps", int(one.get("since", position)) - 1)
    if other.get("raised"):
        yield Problem((*at, "command"), f"in format 2 the program raises {other['raised']}")
    elif _has_pick(lesson.steps[at[1]]) and one["kind"] != "message" and not is_same(one["value"], other["value"]):
        yield Problem((*at, "pick"), _are(one["value"], other["value"]))


def _has_pick(step: object) -> bool:
    return isinstance(step, CommandStep) and step.save is not None and "pick" in step.model_fields_set


def _raises(step: object, raised: str, old: TraceEntry, new: TraceEntry) -> str:
    said = f"in format 2 the program raises {raised}"
    if raised.startswith("UnicodeDecodeError"):
        return f"{said}: {proving.DECODES}"
    return said + (_other_pick(step, old, new) if _has_pick(step) else "")


def _other_pick(step: object, old: TraceEntry, new: TraceEntry) -> str:
    """Return what to pick instead, as far as one place alone holds what was picked."""
    if not isinstance(step, CommandStep):
        return ""
    whole = _whole(new)
    places = list(_places_of(old.output, whole, DEEPEST_PICK))
    is_clear = len(places) == 1 and not isinstance(old.output, list | None)
    way = places[0] if is_clear else []
    shown = str(way[0]) if len(way) == 1 else "[" + ", ".join(map(str, way)) + "]"
    return f"; redis-py returns {_short(as_repr(whole))}" + (f": write `pick: {shown}`" if is_clear else "")


def _whole(entry: TraceEntry) -> Value:
    """Return all of the value that redis-py returns, as a decoding client has it."""
    words = entry.words or []
    try:
        return _CLIENT.returned(words, entry.reply)
    except Raised:
        return as_python(entry.reply)


def _places_of(value: Value, part: Value, depth: int) -> Iterator[list[int | str]]:
    if is_same(value, part):
        yield []
    elif depth and isinstance(part, dict):
        for name, inner in part.items():
            yield from ([name, *way] for way in _places_of(value, inner, depth - 1))
    elif depth and isinstance(part, list | tuple):
        for i, inner in enumerate(part):
            yield from ([i, *way] for way in _places_of(value, inner, depth - 1))


def _new_claims(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[tuple[str, Json]]:
    """Yield claims that held and no longer do, about values that redis-py returns in another form."""
    for name, claimed in lesson.steps[old.position - 1].expect.items():
        real: Any = new.variables.get(name, new.output if name == "output" else None)
        if (
            proving.contradiction(name, claimed, old) is None
            and proving.contradiction(name, claimed, new) is not None
            and proving.contradiction(name, as_claim(real), new) is None
        ):
            yield name, as_claim(real)


def _notes(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[Problem]:
    """Yield the variables that a step gives a value of another form."""
    saved = set(lesson.steps[old.position - 1].saves) | {str(event["saved"]) for event in new.events}
    for name in saved & new.variables.keys():
        if not is_same(old.variables[name], new.variables[name]):
            message = f"{name} {_are(old.variables[name], new.variables[name])}"
            yield Problem(("steps", old.position - 1), message, "warning")


def _questions(
    before: Lesson, old: Sequence[TraceEntry], after: Lesson, new: Sequence[TraceEntry], port_of: PortOf
) -> Iterator[Problem]:
    """Yield the keys of questions that are proved no longer."""
    known = {_named(each) for each in false_keys(before, old, lambda lesson: proving.play(lesson, port_of))}
    for problem in false_keys(after, new, lambda lesson: proving.play(lesson, port_of)):
        if problem.severity == "error" and _named(problem) not in known:
            yield Problem(problem.path, f"in format 2 {problem.message}")


def _named(problem: Problem) -> tuple[Path, str]:
    return problem.path, problem.message


def _are(old: Value, new: Value) -> str:
    return f"is {_short(as_repr(old))}, and in format 2 {_short(as_repr(new))}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
