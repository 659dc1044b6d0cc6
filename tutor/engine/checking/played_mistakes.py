"""Silent mistakes that a play shows: a letter picked from a text, and a pair printed as if it were its element."""

from collections.abc import Iterator, Sequence

from tutor.engine.checking.sample_problems import keeps_and_prints
from tutor.engine.errors import Raised
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.program.client import Client
from tutor.engine.program.interpolation import plain_names_in
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Value
from tutor.engine.values.wording import cut

LONGEST_SHOWN = 60
"""Maximum number of characters of a value in a message."""


def played_mistakes(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the silent mistakes in a play from the start."""
    yield from _picked_letters(lesson, entries)
    yield from _whole_pairs(lesson, entries)


def _picked_letters(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that pick from a value without parts, each once, at the first reply that shows it."""
    seen = set[int]()
    for entry in entries:
        for i, words, value in _arrived(lesson, entry):
            step = lesson.steps[i]
            if i in seen or not step.places:
                continue
            whole = _without_parts(lesson.redis_client, value, step.places)
            if whole is None:
                continue
            seen.add(i)
            noun = "a number" if isinstance(whole, int | float) else "a text"
            message = (
                f"`pick` finds no part here: {words[0]} brought {_short(whole)}, which is {noun}; leave `pick` out"
            )
            yield Problem(("steps", i, "pick"), message, "strict", Facts("a list, a tuple or a dict", _short(whole)))


def _arrived(lesson: Lesson, entry: TraceEntry) -> Iterator[tuple[int, Sequence[str], Value]]:
    """Yield the values that came to steps that save them: the step's index, its command, the whole value."""
    i = entry.position - 1
    step = lesson.steps[i]
    if isinstance(step, CommandStep) and step.save and step.puts_out(entry) and entry.sent:
        yield from _returned(lesson, i, entry.words, entry)


def _returned(
    lesson: Lesson, i: int, words: Sequence[str], entry: TraceEntry
) -> Iterator[tuple[int, Sequence[str], Value]]:
    try:
        yield i, words, lesson.redis_client.returned(words, entry.reply)
    except Raised:
        return  # claim_problems reports what the program raises


def _without_parts(client: Client, value: Value, places: Sequence[int | str]) -> Value:
    """Return the text, bytes or number from which `places` would pick a part; None if it has parts."""
    for place in places:
        if isinstance(value, str | bytes | int | float) and not isinstance(value, bool):
            return value
        if not isinstance(value, list | tuple | dict) or not value:
            return None
        try:
            value = client.part(value, [place])
        except Raised:
            return None
    return None


def _whole_pairs(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that save a key with its element, if a text shows the variable as if it were the element."""
    saved_at: dict[str, int] = {}
    seen = set[int]()
    for entry in entries:
        step = lesson.steps[entry.position - 1]
        saved_at.update(_savers(lesson, entry))
        texts = [text for field, text in step.texts.items() if field != "action"]
        used = {name for text in texts for name in plain_names_in(text)}
        used |= {name for command in step.templates for name in command.variables}
        for name in used & saved_at.keys():
            i = saved_at[name]
            pair = entry.variables.get(name)
            is_meant = keeps_and_prints(lesson, lesson.steps[i], step, name)
            if i in seen or is_meant or not _has_key(lesson, i, pair):
                continue
            seen.add(i)
            message = (
                f"{name} is {_short(pair)} at step {entry.position}, which uses it: the reply names the key too;"
                f" save the element alone with `pick: {_pick(pair)}`"
            )
            yield Problem(("steps", i, "save"), message, "strict", Facts(example=f"pick: {_pick(pair)}"))


def _savers(lesson: Lesson, entry: TraceEntry) -> dict[str, int]:
    """Return the variables that got a whole reply at this step, each with the index of the step that saves it."""
    own, found = entry.position - 1, dict[str, int]()
    step = lesson.steps[own]
    found |= {name: own for name in step.saves if isinstance(step, CommandStep) and not step.places}
    for event in entry.events:
        i = int(event.get("since", entry.position)) - 1
        waiting = lesson.steps[i]
        if event["saved"] and isinstance(waiting, CommandStep) and not waiting.places:
            found[str(event["saved"])] = i
    return found


def _has_key(lesson: Lesson, i: int, value: Value) -> bool:
    """Return whether the value begins with a key that the saving step's command names."""
    keys = {key for command in lesson.steps[i].templates for key in command.keys}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, tuple | list) or len(value) < 2:
        return False
    first = value[0].decode(errors="replace") if isinstance(value[0], bytes) else value[0]
    return isinstance(first, str) and first in keys


def _pick(value: Value) -> str:
    if isinstance(value, list) and len(value) == 1:
        return "[0, 1, 0]"
    inner = value[1] if isinstance(value, list | tuple) else None
    return "[1, 0]" if isinstance(inner, list) and inner else "1"


def _short(value: Value) -> str:
    return cut(as_repr(value), LONGEST_SHOWN)
