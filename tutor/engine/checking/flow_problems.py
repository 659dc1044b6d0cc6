"""Problems of the concept flow: boxes that name what does not exist, and steps that light another box than they say."""

from collections.abc import Collection, Iterator, Sequence

from tutor.engine.lesson.flow import BoxCondition
from tutor.engine.lesson.lesson import CLAIMS, Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem, name_facts
from tutor.engine.lesson.run_names import is_watched
from tutor.engine.playing.boxes import boxes_fitting, fits
from tutor.engine.redis.table import ALLOWED
from tutor.engine.trace.entry import TraceEntry


def flow_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield the names in the conditions of boxes that do not exist, and conditions that say nothing."""
    for i, box in enumerate(lesson.flow.described if lesson.flow else ()):
        at: Path = ("flow", "boxes", i, "when")
        for k, condition in enumerate(box.conditions):
            yield from _condition_problems(lesson, condition, (*at, k) if isinstance(box.when, list) else at)


def _condition_problems(lesson: Lesson, condition: BoxCondition, at: Path) -> Iterator[Problem]:
    if condition.is_empty:
        yield Problem(at, "this condition says nothing: give `actor`, `sends`, `kind`, `step`, `expect` or `unless`")
    names = [actor.name for actor in lesson.cast]
    yield from _unknown(_listed(condition.actor), names, "actor", "an actor", (*at, "actor"))
    yield from _unknown(_listed(condition.step), lesson.step_ids, "step", "a step's name", (*at, "step"))
    firsts = [line.split()[0].upper() if line.split() else "" for line in _listed(condition.sends)]
    yield from _unknown(firsts, ALLOWED, "command", "a command", (*at, "sends"))
    known = (*lesson.watch, *lesson.start_variables, *CLAIMS)
    for field, claims in (("expect", condition.expect), ("unless", condition.unless)):
        missing = [name for name in claims if name not in known and not is_watched(lesson, name)]
        for name in missing:
            message = f"nothing is called {name!r} here; known: {', '.join(known)}"
            yield Problem((*at, field, name), message, facts=name_facts(name, known, "a name to claim"))


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else [*names]


def _unknown(names: Sequence[str], known: Collection[str], noun: str, wanted: str, at: Path) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            facts = name_facts(name, known, wanted)
            hint = f"; did you mean {facts.suggestion!r}?" if facts.suggestion else ""
            yield Problem(at, f"there is no {noun} {name!r}{hint}", facts=facts)


def lit_boxes_problems(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that say another box than the one that describes them; `entries`: a play from the start."""
    described = lesson.flow.described if lesson.flow else ()
    if not any(box.is_described for box in described):
        return
    for entry in entries:
        fitting, written = boxes_fitting(lesson, entry), lesson.steps[entry.position - 1].box
        at: Path = ("steps", entry.position - 1)
        if written is None and len(fitting) > 1:
            message = f"the boxes {_and(fitting)} describe this step; write which, as in `box: {fitting[0]}`"
            yield Problem(
                at, message, facts=Facts("one box", f"the boxes {_and(fitting)}", example=f"box: {fitting[0]}")
            )
        elif written is not None and written <= len(described) and written not in fitting:
            yield from _wrong_box(lesson, written, fitting, (*at, "box"))


def _wrong_box(lesson: Lesson, written: int, fitting: Sequence[int], path: Path) -> Iterator[Problem]:
    boxes = lesson.flow.described if lesson.flow else ()
    if fitting:
        shown = _and(fitting)
        message = f"box {written} ({boxes[written - 1].text}) is not about this step; box {shown} describes it"
        facts = Facts(f"box {shown} ({boxes[fitting[0] - 1].text})", f"box {written}", meant=str(fitting[0]))
        yield Problem(path, f"{message}, so leave `box` out" if len(fitting) == 1 else message, facts=facts)
    elif boxes[written - 1].is_described:
        message = f"box {written} ({boxes[written - 1].text}) is not about this step, and no other box describes it"
        yield Problem(path, f"{message}; leave `box` out, or add the step to the box's `when`")


def dark_boxes(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the boxes that no step of a whole play lights, unless `when: []` says so."""
    # A box that describes a step which names another box is no second mistake.
    lit = {number for entry in entries for number in (entry.box, *boxes_fitting(lesson, entry))}
    for number, box in enumerate(lesson.flow.described if lesson.flow else (), 1):
        if number not in lit and not box.is_never_lit:
            message = f"no step lights box {number} ({box.text})"
            advice = "correct its `when`" if box.is_described else f"give a step `box: {number}`, or the box a `when`"
            yield Problem(
                ("flow", "boxes", number - 1), f"{message}; {advice}, or write `when: []` if it is meant so", "strict"
            )


def needless_conditions(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the parts of `when` in a strict lesson without which a box would be lit by the same steps of a whole play.

    A condition that fits nothing is one of them, and a value that no step has.
    """
    for i, box in enumerate(lesson.flow.described if lesson.flow and lesson.strict else ()):
        at: Path = ("flow", "boxes", i, "when")
        lit = [_steps_fitting(lesson, entries, condition) for condition in box.conditions]
        for k, condition in enumerate(box.conditions):
            path = (*at, k) if isinstance(box.when, list) else at
            if not lit[k].difference(*lit[:k], *lit[k + 1 :]):
                why = "all steps that this describes fit another part of `when`" if lit[k] else "no step is like this"
                yield Problem(
                    path, f"{why}; correct it, or leave it out", "strict", Facts("a step that only this fits")
                )
            else:
                yield from _needless_parts(lesson, entries, condition, path)


def _steps_fitting(lesson: Lesson, entries: Sequence[TraceEntry], condition: BoxCondition) -> frozenset[int]:
    return frozenset(entry.position for entry in entries if fits(lesson, entry, condition))


def _needless_parts(
    lesson: Lesson, entries: Sequence[TraceEntry], condition: BoxCondition, at: Path
) -> Iterator[Problem]:
    whole = _steps_fitting(lesson, entries, condition)
    for path, without in _lessened(condition):
        if _steps_fitting(lesson, entries, without) == whole:
            message = "without this, the condition fits the same steps; correct it, or leave it out"
            yield Problem((*at, *path), message, "strict", Facts("a part that the condition needs"))


def _lessened(condition: BoxCondition) -> Iterator[tuple[Path, BoxCondition]]:
    """Yield the condition without each of its alternatives and claims, and the path to what is left out."""
    for field in ("actor", "sends", "kind", "step"):
        listed = getattr(condition, field)
        for k in range(len(listed)) if isinstance(listed, list) and len(listed) > 1 else ():
            yield (field, k), condition.model_copy(update={field: [*listed[:k], *listed[k + 1 :]]})
    for field in ("expect", "unless"):
        claims = getattr(condition, field)
        for name in claims:
            rest = {each: value for each, value in claims.items() if each != name}
            yield (field, name), condition.model_copy(update={field: rest})


def _and(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last
