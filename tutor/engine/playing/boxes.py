"""Which box of the concept flow a step lights: the one that it names, or the only one that describes it."""

from collections.abc import Sequence

from tutor.engine.lesson.flow import BoxCondition
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.claims import contradiction
from tutor.engine.trace.entry import TraceEntry


def box_lit(lesson: Lesson, entry: TraceEntry) -> int | None:
    """Return the number of the box that the played step lights, from 1; None for none."""
    if entry.box is not None:
        return entry.box
    fitting = boxes_fitting(lesson, entry)
    return fitting[0] if len(fitting) == 1 else None


def boxes_fitting(lesson: Lesson, entry: TraceEntry) -> list[int]:
    """Return the numbers of the boxes that describe the played step."""
    boxes = lesson.flow.described if lesson.flow else ()
    return [
        number
        for number, box in enumerate(boxes, 1)
        if any(fits(lesson, entry, condition) for condition in box.conditions)
    ]


def fits(lesson: Lesson, entry: TraceEntry, condition: BoxCondition) -> bool:
    """Return whether a condition describes the played step."""
    step_id = lesson.step_ids[entry.position - 1]
    return (
        _is_among(entry.actor, condition.actor)
        and _is_among(entry.kind, condition.kind)
        and _is_among(step_id, condition.step)
        and _begins(entry, condition.sends)
        and all(contradiction(name, value, entry) is None for name, value in condition.expect.items())
        and not any(contradiction(name, value, entry) is None for name, value in condition.unless.items())
    )


def _is_among(name: str, wanted: str | Sequence[str]) -> bool:
    return not wanted or name in ([wanted] if isinstance(wanted, str) else wanted)


def _begins(entry: TraceEntry, wanted: str | Sequence[str]) -> bool:
    lines = [wanted] if isinstance(wanted, str) else wanted
    return not lines or any(begins_with(each.words, line) for each in entry.sent for line in lines)


def begins_with(words: Sequence[str], line: str) -> bool:
    """Return whether a command begins with the words of a line, the first word in any case."""
    begin = line.split()
    return bool(begin) and _folded(words[: len(begin)]) == _folded(begin)


def _folded(words: Sequence[str]) -> list[str]:
    return [word if i else word.upper() for i, word in enumerate(words)]
