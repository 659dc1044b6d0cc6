"""Comparing the variables of the lesson with what the program's lines set them to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import Variables
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Value
from tutor.engine.values.serialization import from_stored
from tutor.rehearsal.departure import Departure
from tutor.rehearsal.messages import Assignment, ProgramLine


@dataclass(frozen=True, slots=True)
class _Due:
    """A value that a step gives to a variable in an actor's program."""

    actor: str
    name: str
    value: Value


class Accounts:
    """The program's assignments, each accounted for by a step.

    A line that only sets a variable runs on the way to the actor's next event, so its assignment may be accounted for
    by one of the actor's steps until then. After a crash, a step may set variables to None without a line: they are
    gone with their program. `has_begun(actor)` says whether the actor's program runs, or has run to its end.
    """

    def __init__(
        self, lesson: Lesson, assignments: Mapping[str, list[Assignment]], has_begun: Callable[[str], bool]
    ) -> None:
        self._lesson = lesson
        self._has_begun = has_begun
        self._made = assignments
        self._before: Variables = lesson.start_variables

    def check_open(self, actor: str) -> None:
        """Require that all assignments of the actor are accounted for. Raises: Departure."""
        for each in self._made[actor]:
            if not self._changes_nothing(each):
                raise _unaccounted(each, self._before[each.name])
        self._made[actor].clear()

    def check_step(self, entry: TraceEntry) -> ProgramLine:
        """Require that the program has made the step's assignments; return the line of the last one of its actor.

        Raises: Departure.
        """
        line = ProgramLine()
        for due in self._due(entry):
            made = self._take(due)
            line = made if due.actor == entry.actor else line
        self._before = entry.variables
        return line

    def check_replies(self, actor: str, line: ProgramLine) -> None:
        """Require in a strict lesson that no reply is kept which the step, done at that line, drops. Raises: Departure.

        Elsewhere a line may set a variable to the value that it has in the lesson already.
        """
        kept = next((each for each in self._made[actor] if self._lesson.strict and each.line == line), None)
        if kept:
            message = f"the program keeps the reply in {kept.name} at {line}, and the step drops it"
            raise Departure(
                f"{message}: add `save: {kept.name}`", line, expected=f"save: {kept.name}", came="no `save`"
            )

    def _due(self, entry: TraceEntry) -> Iterator[_Due]:
        step = self._lesson.steps[entry.position - 1]
        of_events = {str(event["saved"]) for event in entry.events if event["saved"]}
        is_queued = entry.lane.get("state") == "transaction"
        if isinstance(step, AssignStep) or (step.puts_out(entry) and not is_queued and not entry.refusal):
            yield from (_Due(entry.actor, name, entry.variables[name]) for name in step.saves if name not in of_events)
        for event in entry.events:
            if event["saved"]:
                yield _Due(str(event["actor"]), str(event["saved"]), event["value"])

    def _changes_nothing(self, made: Assignment) -> bool:
        """Return whether the lesson has that value already, or the program begins, perhaps anew, with the first one."""
        is_first = made.is_early and _gives(made, self._lesson.start_variables[made.name])
        return is_first or _gives(made, self._before[made.name])

    def _take(self, due: _Due) -> ProgramLine:
        """Remove the assignment, and those before it that changed nothing, and return its line. Raises: Departure."""
        made = self._made[due.actor]
        mine = [each for each in made if each.name == due.name]
        for each in mine:
            made.remove(each)
            if _gives(each, due.value):
                return each.line
            if not self._changes_nothing(each):
                raise _other_value(each, due)
        is_gone = due.value is None and not self._has_begun(due.actor)
        if is_gone or _is_equal(due.value, self._before[due.name]):
            return ProgramLine()  # no line has to set it
        raise Departure(
            f"the step gives {due.name} the value {as_repr(due.value)}, and no line of the program of {due.actor} sets"
            f" {_told(due.actor, due.name)} before its next event",
        )


def _gives(made: Assignment, value: Value) -> bool:
    return any(_is_equal(from_stored(each), value) for each in (made.value, made.data))


def _is_equal(one: Value, other: Value) -> bool:
    # A list claims a tuple, but not the other way round.
    return is_same(one, other) and is_same(other, one)


def _told(actor: str, name: str) -> str:
    own = name.removeprefix(f"{actor}_")
    return f"{own} (its name for {name})" if own != name else "it"


def _other_value(made: Assignment, due: _Due) -> Departure:
    came, expected = as_repr(from_stored(made.value)), as_repr(due.value)
    return Departure(
        f"the program sets {made.name} to {came} at {made.line}, the step to {expected}",
        made.line,
        expected=expected,
        came=came,
    )


def _unaccounted(made: Assignment, value: Value) -> Departure:
    came, expected = as_repr(from_stored(made.value)), as_repr(value)
    return Departure(
        f"the program sets {made.name} to {came} at {made.line}, and no step does; in the lesson it is {expected}",
        made.line,
        expected=expected,
        came=came,
    )
