"""Comparing a lesson in format 1 with the same in format 2, where its program gets other values of some replies.

The lesson is played in format 1, and again in format 2 with the same replies. Claims about whole values are rewritten;
every other difference is reported to the author.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tutor.authoring import proving
from tutor.authoring.proving import PortOf
from tutor.authoring.raised_errors import DECODES, is_decoding_error
from tutor.engine.checking.key_proofs import false_keys
from tutor.engine.errors import Raised, StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.playing import player
from tutor.engine.playing.port import Act, Ahead, Port, PortAnswer, nothing_ahead
from tutor.engine.program.client import Client, places_of
from tutor.engine.program.interpolation import only_name
from tutor.engine.trace.claims import contradiction
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import ProgramError
from tutor.engine.values.replies import Json, Value, Words, as_python
from tutor.engine.values.wording import cut

LONGEST_VALUE = 120
"""Maximum number of characters of a value in a message."""

DEEPEST_PICK = 5
"""Maximum depth of the search in a value for the part that a lesson picks."""

_CLIENT = Client()


@dataclass(frozen=True, slots=True)
class FormatDifferences:
    """The differences between the formats: claims in their new form by step, from 0; notes; problems for the author."""

    claims: Mapping[int, Mapping[str, Json]]
    notes: Sequence[Problem]
    problems: Sequence[Problem]


@dataclass(slots=True)
class _Exchanges:
    """The commands and the answer of each step of a play."""

    sends: list[tuple[Words, ...]] = field(default_factory=list)
    answers: list[PortAnswer] = field(default_factory=list)


class _RecordingPort:
    """A port that records the exchanges of another one."""

    def __init__(self, port: Port, exchanges: _Exchanges) -> None:
        self._port, self._exchanges = port, exchanges

    def __enter__(self) -> Self:
        self._port.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._port.__exit__(*exc)

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Perform the act and record it."""
        answer = self._port.exchange(act, ahead)
        self._exchanges.sends.append(act.sends)
        self._exchanges.answers.append(answer)
        return answer

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Bring the port to the state after these acts."""
        self._port.restore(acts, claim=claim)


class _SendsDifferently(StepFault):
    """In format 2 the lesson sends another command at this step than in format 1."""


class _ReplayingPort:
    """A port that answers with recorded exchanges and sends nothing."""

    def __init__(self, exchanges: _Exchanges) -> None:
        self._exchanges = exchanges

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Do nothing: there is no connection to close."""

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - a port's own arguments
        """Return the recorded answer. Raises: _SendsDifferently."""
        if [*map(list, act.sends)] != [*map(list, self._exchanges.sends[act.position - 1])]:
            raise _SendsDifferently
        return self._exchanges.answers[act.position - 1]

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Do nothing: there are no keys to restore."""


def compare(before: Lesson, after: Lesson, port_of: PortOf) -> FormatDifferences:
    """Return the differences between a lesson in both formats. Raises: BrokerAway, BrokerLacks, StepFault."""
    exchanges = _Exchanges()
    old = player.play(before, _RecordingPort(port_of(before), exchanges))
    new, problems = _replayed(after, exchanges, old)
    pairs = list(zip(old, new, strict=False))
    problems += [problem for pair in pairs for problem in _differences(after, *pair)]
    claims = {one.position - 1: dict(_new_claims(after, one, other)) for one, other in pairs}
    if not problems:
        problems += _questions(before, old, after, new, port_of)
    notes = [note for pair in pairs for note in _notes(after, *pair)]
    return FormatDifferences({i: each for i, each in claims.items() if each}, notes, problems)


def _replayed(
    lesson: Lesson, exchanges: _Exchanges, old: Sequence[TraceEntry]
) -> tuple[list[TraceEntry], list[Problem]]:
    """Return the play with the recorded replies, up to a step that sends another command, and that step's problem."""
    try:
        return player.play(lesson, _ReplayingPort(exchanges)), []
    except _SendsDifferently as different:
        position = different.position
    new = player.play(lesson, _ReplayingPort(exchanges), steps=position - 1) if position > 1 else []
    was = old[position - 1]
    message = (
        f"in format 2 this does not send {_short(' '.join(was.words))}: redis-py returns other values for its variables"
    )
    return new, [Problem(("steps", position - 1, was.kind), message)]


def _differences(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[Problem]:
    """Yield the changes that an author has to make at a step."""
    step = lesson.steps[old.position - 1]
    # The first difference of the step itself is enough; the others follow from it.
    found = next((found for rule in _STEP_RULES if (found := rule(step, old, new))), None)
    if found:
        field_name, message = found
        yield Problem(("steps", old.position - 1, field_name), message)
    if isinstance(step, AssignStep):
        yield from _assigned_differences(step, old, new)
    for one, other in zip(old.events, new.events, strict=True):
        yield from _event_differences(lesson, old.position, one, other)


_Found = tuple[str, str] | None
"""A field of a step, and a sentence on it; None if nothing differs."""


def _raises_now(step: StepFields, old: TraceEntry, new: TraceEntry) -> _Found:
    if not isinstance(new.refusal, ProgramError) or new.refusal == old.refusal:
        return None
    field_name, hint = ("pick", _other_pick(old, new)) if _has_pick(step) else (new.kind, "")
    hint = f": {DECODES}" if is_decoding_error(new.refusal.said) else hint
    return field_name, f"in format 2 the program raises {new.refusal.said}{hint}"


def _prints_differently(step: StepFields, old: TraceEntry, new: TraceEntry) -> _Found:  # noqa: ARG001 - one signature
    if not old.printed or old.output == new.output:
        return None
    return "print", f"prints {_short(str(old.output))}, and in format 2 {_short(str(new.output))}"


def _reads_differently(step: StepFields, old: TraceEntry, new: TraceEntry) -> _Found:  # noqa: ARG001 - one signature
    if old.action == new.action:
        return None
    return "action", f"says {_short(old.action)!r}, and in format 2 {_short(new.action)!r}"


def _picks_differently(step: StepFields, old: TraceEntry, new: TraceEntry) -> _Found:
    if not _has_pick(step) or is_same(old.output, new.output):
        return None
    return "pick", _both_values(old.output, new.output) + _other_pick(old, new)


_STEP_RULES: Sequence[Callable[[StepFields, TraceEntry, TraceEntry], _Found]] = (
    _raises_now,
    _prints_differently,
    _reads_differently,
    _picks_differently,
)


def _assigned_differences(step: AssignStep, old: TraceEntry, new: TraceEntry) -> Iterator[Problem]:
    """Yield the assigned texts that differ; a variable assigned as a whole is noted where it was saved."""
    for name, value in step.assign.items():
        is_text = isinstance(value, str) and only_name(value) is None
        if is_text and old.variables[name] != new.variables[name]:
            path = ("steps", old.position - 1, "assign", name)
            yield Problem(path, _both_values(old.variables[name], new.variables[name]))


def _event_differences(
    lesson: Lesson, position: int, one: Mapping[str, Value], other: Mapping[str, Value]
) -> Iterator[Problem]:
    at = ("steps", int(one.get("since", position)) - 1)
    step = lesson.steps[at[1]]
    if other.get("raised"):
        yield Problem((*at, step.kind), f"in format 2 the program raises {other['raised']}")
    elif _has_pick(step) and one["kind"] != "message" and not is_same(one["value"], other["value"]):
        yield Problem((*at, "pick"), _both_values(one["value"], other["value"]))


def _has_pick(step: StepFields) -> bool:
    """Return whether the step saves its reply and has a `pick`, even an empty one."""
    return step.saves_reply_in is not None and "pick" in step.model_fields_set


def _other_pick(old: TraceEntry, new: TraceEntry) -> str:
    """Return the value of format 2, and the `pick` that gives the old part if exactly one place holds it."""
    whole = _whole(new)
    places = list(places_of(old.output, whole, DEEPEST_PICK))
    is_clear = len(places) == 1 and not isinstance(old.output, list | None)
    place = places[0] if is_clear else []
    shown = str(place[0]) if len(place) == 1 else "[" + ", ".join(map(str, place)) + "]"
    return f"; redis-py returns {_short(as_repr(whole))}" + (f": write `pick: {shown}`" if is_clear else "")


def _whole(entry: TraceEntry) -> Value:
    """Return the whole value that redis-py returns with decode_responses=True."""
    try:
        return _CLIENT.returned(entry.words, entry.reply)
    except Raised:
        return as_python(entry.reply)


def _new_claims(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[tuple[str, Json]]:
    """Yield the claims that hold in format 1 only, with the value that redis-py returns in format 2."""
    for name, claimed in lesson.steps[old.position - 1].expect.items():
        real: Any = new.variables.get(name, new.output if name == "output" else None)
        if (
            contradiction(name, claimed, old) is None
            and contradiction(name, claimed, new) is not None
            and contradiction(name, as_claim(real), new) is None
        ):
            yield name, as_claim(real)


def _notes(lesson: Lesson, old: TraceEntry, new: TraceEntry) -> Iterator[Problem]:
    """Yield the variables whose values have another form after a step, as warnings."""
    saved = set(lesson.steps[old.position - 1].saves) | {str(event["saved"]) for event in new.events}
    for name in saved & new.variables.keys():
        if not is_same(old.variables[name], new.variables[name]):
            message = f"{name} {_both_values(old.variables[name], new.variables[name])}"
            yield Problem(("steps", old.position - 1), message, "warning")


def _questions(
    before: Lesson, old: Sequence[TraceEntry], after: Lesson, new: Sequence[TraceEntry], port_of: PortOf
) -> Iterator[Problem]:
    """Yield the answers of questions that their proofs contradict in format 2 only."""
    known = {_identity(each) for each in false_keys(before, old, lambda lesson: proving.play(lesson, port_of))}
    for problem in false_keys(after, new, lambda lesson: proving.play(lesson, port_of)):
        if problem.severity == "error" and _identity(problem) not in known:
            yield Problem(problem.path, f"in format 2 {problem.message}")


def _identity(problem: Problem) -> tuple[Path, str]:
    return problem.path, problem.message


def _both_values(old: Value, new: Value) -> str:
    return f"is {_short(as_repr(old))}, and in format 2 {_short(as_repr(new))}"


def _short(text: str) -> str:
    return cut(text, LONGEST_VALUE)
