"""Whether the sentence of a step says who acts, and shows only values that the step has to do with."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.program.interpolation import names_in
from tutor.engine.trace.entry import TraceEntry

_PRONOUN = re.compile(r"(?:He|She|It|They)\b")
_ARTICLE = re.compile(r"(?:the|a|an) ", re.IGNORECASE)


def action_problems(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the sentences of a strict lesson that name another actor or no actor, or a value of another step."""
    if not lesson.strict:
        return
    names = {actor.name: _names_of(actor.name, actor.shown) for actor in lesson.cast}
    before = ""
    for entry in entries:
        step = lesson.steps[entry.position - 1]
        if step.is_done_by_actor:
            yield from _actor_problems(step, entry, names, before)
            before = step.actor
        yield from _value_problems(lesson, step, entry)


def _names_of(name: str, label: str) -> re.Pattern[str]:
    spoken = {name.replace("_", " "), _ARTICLE.sub("", label, count=1)}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(spoken, key=len, reverse=True)))})\b", re.IGNORECASE)


def _actor_problems(
    step: StepFields, entry: TraceEntry, names: Mapping[str, re.Pattern[str]], before: str
) -> Iterator[Problem]:
    if step.actor not in names:
        return  # reported as an unknown actor
    found = {name: spoken.search(step.action) for name, spoken in names.items()}
    places = ((place.start(), -len(place[0]), name) for name, place in found.items() if place)
    named = [name for _, _, name in sorted(places)]
    if _PRONOUN.match(step.action):
        named = [before] if before else []
    if named[:1] == [step.actor]:
        return
    yield _other_actor(step.actor, named[0] if named else "", ("steps", entry.position - 1, "action"))


def _other_actor(actor: str, named: str, path: Path) -> Problem:
    if named:
        message = f"this says that {named} acts, and the step's actor is {actor}; name {actor} first"
    else:
        message = f"this does not say who acts: name {actor}, the step's actor"
    return Problem(path, message, "strict", Facts(actor, named or "no actor"))


def _value_problems(lesson: Lesson, step: StepFields, entry: TraceEntry) -> Iterator[Problem]:
    """Yield the variables in the sentence that the step neither sets nor uses."""
    used = {*step.saves, *(str(event["saved"]) for event in entry.events if event["saved"])}
    used |= {name for template in step.templates for name in template.variables}
    used |= {name for field, text in step.texts.items() if field != "action" for name in names_in(text)}
    shown = ", ".join(sorted(used)) or "no variable"
    for name in dict.fromkeys(names_in(step.action)):
        if name in lesson.start_variables and name not in used:
            message = f"{{{name}}} is a value of another step: this one has to do with {shown}"
            yield Problem(("steps", entry.position - 1, "action"), message, "strict", Facts(shown, name))
