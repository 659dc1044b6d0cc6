"""Whether strict lessons save what they seem to: in whose variable, which part of a reply, and until when."""

from collections.abc import Iterator, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr


def saving_problems(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the problems of what steps save; `entries`: a play from the start."""
    if lesson.strict:
        yield from _others_variables(lesson)
        yield from _other_claims(lesson, entries)
        yield from _other_picks(lesson, entries)
        yield from _kept_after_crash(lesson, entries)


def _others_variables(lesson: Lesson) -> Iterator[Problem]:
    """Yield the steps that set a variable which by its name is another actor's, as `ben_job` is Ben's `job`."""
    owners = {
        name: actor.name
        for name in lesson.start_variables
        for actor in lesson.cast
        if name.startswith(f"{actor.name}_")
    }
    for i, step in enumerate(lesson.steps):
        for name in step.saves:
            owner = owners.get(name, step.actor)
            if owner != step.actor:
                message = f"{name} is a variable of {owner} by its name, and {step.actor} sets it here"
                yield Problem(("steps", i, step.saves_field), message, "strict", Facts(f"a variable of {step.actor}"))


def _other_claims(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that claim other variables, and not the one to which they give a new value."""
    for entry in entries:
        i = entry.position - 1
        step = lesson.steps[i]
        claimed = [name for name in step.expect if name in lesson.start_variables]
        # `lessons fill` claims no value that stays as it was.
        stays = {name for name in step.saves if name not in entry.was and entry.variables.get(name) is not None}
        if claimed and {*step.saves} - stays and not {*claimed} & {*step.saves}:
            message = (
                f"the step sets {', '.join(step.saves)}, and claims only {', '.join(claimed)}; claim both, or neither"
            )
            yield Problem(("steps", i, step.saves_field), message, "strict", Facts(claimed[0], step.saves[0]))


def _other_picks(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the picks that find nothing, and differ from those of the same command where it finds something."""
    found: dict[tuple[str, int], Sequence[int | str]] = {}
    empty: list[tuple[tuple[str, int], TraceEntry, CommandStep]] = []
    for entry in entries:
        step = lesson.steps[entry.position - 1]
        if not isinstance(step, CommandStep) or not step.save or not step.places or not entry.words:
            continue
        form = (entry.words[0].upper(), len(entry.words))
        if entry.output is None:
            empty.append((form, entry, step))
        else:
            found.setdefault(form, step.places)
    for form, entry, step in empty:
        if form in found and list(found[form]) != list(step.places):
            wanted = _shown(found[form])
            message = f"this finds nothing here, and where {form[0]} brings something the lesson picks {wanted}"
            yield Problem(("steps", entry.position - 1, "pick"), message, "strict", Facts(wanted, _shown(step.places)))


def _shown(places: Sequence[int | str]) -> str:
    return as_repr(places[0] if len(places) == 1 else list(places))


def _kept_after_crash(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the crashes after which a variable of the crashed program keeps its value to the end of the lesson."""
    setters = {name: {step.actor for step in lesson.steps if name in step.saves} for name in lesson.start_variables}
    for entry in entries:
        step = lesson.steps[entry.position - 1]
        if not step.cuts_connection:
            continue
        later = {name for each in lesson.steps[entry.position :] for name in each.saves}
        for name, value in entry.variables.items():
            if setters.get(name) == {step.actor} and name not in later and value is not None:
                message = (
                    f"with {step.actor}, its variable {name} is gone, and here it stays {as_repr(value)}: add a step"
                    f" with `assign: {{{name}: null}}`"
                )
                facts = Facts(f"{name} is None", as_repr(value), example=f"assign: {{{name}: null}}")
                yield Problem(("steps", entry.position - 1, step.kind), message, "strict", facts)
