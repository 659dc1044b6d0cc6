"""The choices for a prediction: the step's result, and the results that mistakes give when they are played."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from pydantic import ValidationError

from tutor.engine.asking import proof
from tutor.engine.asking.prediction import (
    PredictedPart,
    asked_of,
    difference,
    is_readable,
    preview_of,
    question_of,
    state_before,
    truth_of,
)
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.typed_answers import plain_form
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.playing.player import Play
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.replay import replayed
from tutor.engine.redis.table import traits_of, twins
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Value
from tutor.engine.values.wording import words_in

MOST_WRONG = 3
"""Maximum number of wrong choices."""

MOST_TRIES = 10
"""Maximum number of mistakes that are played for one step."""

LONGEST_CHOICE = 60
"""Maximum number of characters of a choice; a longer one would not fit on its button."""

MOST_LEFT_OUT = 4
"""How many of the steps before are left out, one at a time."""

Steps = Sequence[StepFields]


@dataclass(frozen=True, slots=True)
class StepChoice:
    """A result as a learner could type it; `mistake`: the mistake whose play gives it, "" for the right one."""

    text: str
    value: Value
    mistake: str = ""

    @property
    def reason(self) -> str:
        """Why a wrong choice may seem right."""
        return f"So it would be with {self.mistake}." if self.mistake else ""


@dataclass(frozen=True, slots=True)
class StepChoices:
    """The choices for a step, and the state before it in the play that gave them."""

    before: str
    choices: tuple[StepChoice, ...]
    """Sorted by their text; none if there is nothing to predict."""


def is_certain(entry: TraceEntry) -> bool:
    """Return whether the step has the same result in every run, independent of chance and the clock."""
    if not entry.words:
        return True
    if tells_time(entry.words) or is_left_to_chance(entry.words):
        return False
    return replayed(entry.words, entry.reply) == entry.words


def state_text(entry: TraceEntry | None) -> str:
    """Return the keys and variables after a step as text, to compare two runs; None is the start."""
    if entry is None:
        return ""
    stored = entry.as_json()
    return json.dumps([stored["keys"], stored["variables"]], sort_keys=True)


def step_choices(lesson: Lesson, number: int, play: Play) -> StepChoices:
    """Return the choices for step `number`, by its result and by the mistakes that can be made at it and before it.

    There are none if no mistake gives another result, if the result depends on chance, or if the question contains it.
    Raises: the exceptions of `play`.
    """
    entries = play(proof.cut(lesson, number))
    entry, step = entries[number - 1], lesson.steps[number - 1]
    before = state_text(entries[number - 2] if number > 1 else None)
    variables, keys = state_before(entry)
    asked = asked_of(lesson, step, keys, variables)
    right = _choice(asked, entry, "")
    is_asked = is_certain(entry) and right is not None and difference(asked, right.text, entry).is_right
    if right is None or not is_asked or _is_told(right.value, sentence_of(lesson, step, asked, entry)):
        return StepChoices(before, ())
    wrong = _different(asked, entry, _mistaken(lesson, number, asked, play))
    return StepChoices(before, tuple(sorted([right, *wrong], key=lambda each: each.text)) if wrong else ())


def sentence_of(lesson: Lesson, step: StepFields, asked: PredictedPart, entry: TraceEntry) -> str:
    """Return the preview of a step and the question about it as one text."""
    preview = preview_of(step, state_before(entry)[0], lesson.redis_client, who=lesson.labels.get(step.actor, ""))
    return f"{preview.announced} {preview.code} {question_of(asked)}"


def _is_told(value: Value, sentence: str) -> bool:
    """Return whether the sentence contains the value, word by word; a list's elements in a row."""
    answer, said = words_in(plain_form(as_str(value))), words_in(plain_form(sentence))
    starts = range(len(said) - len(answer) + 1)
    return bool(answer) and any(said[start : start + len(answer)] == answer for start in starts)


def _choice(asked: PredictedPart, entry: TraceEntry, mistake: str) -> StepChoice | None:
    state = entry.keys.get(asked.name) if asked.about in ("key", "length") else None
    if state is not None and state["type"] == "other":
        return None
    value = truth_of(asked, entry)
    text = as_str(value) if asked.shape == "line" else as_repr(value)
    is_fit = text.isprintable() and len(text) <= LONGEST_CHOICE and is_readable(asked, text)
    return StepChoice(text, value, mistake) if is_fit else None


def _different(asked: PredictedPart, entry: TraceEntry, found: Iterator[StepChoice]) -> list[StepChoice]:
    """Return the first wrong choices that differ from the right one and from each other."""
    wrong: dict[str, StepChoice] = {}
    for each in found:
        if not difference(asked, each.text, entry).is_right:
            wrong.setdefault(each.text, each)
        if len(wrong) == MOST_WRONG:
            break
    return list(wrong.values())


def _mistaken(lesson: Lesson, number: int, asked: PredictedPart, play: Play) -> Iterator[StepChoice]:
    for label, steps in islice(_mistakes(lesson, number, asked), MOST_TRIES):
        try:
            entry = play(_of_steps(lesson, steps))[-1]
        except (ValidationError, NotProvable, StepFault, KeyError):
            continue  # this mistake can't be made here
        # What the server refuses is a result; a step that could not even be sent says nothing about Redis.
        choice = None if isinstance(entry.refusal, NotSent) else _choice(asked, entry, label)
        if choice is not None:
            yield choice


def _mistakes(lesson: Lesson, number: int, asked: PredictedPart) -> Iterator[tuple[str, Steps]]:
    """Yield mistakes with the steps that they would run, the most plausible first; the last step is looked at."""
    steps = tuple(lesson.steps[:number])
    *before, step = steps
    yield from _at_the_step(before, step, number)
    swaps = [*_swapped_everywhere(steps)]
    yield from swaps
    if before and asked.about in ("key", "length", "variable"):
        yield f"step {number} left out", before
    left_out = [
        (f"step {n} left out", (*before[: n - 1], *before[n:], step))
        for n in range(number - 1, max(0, number - 1 - MOST_LEFT_OUT), -1)
    ]
    yield from left_out
    yield f"step {number} done twice", (*steps, step)
    yield f"step {number} alone, without the steps before it", (step,)
    for (wrong, _), (gap, fewer) in product(swaps, left_out):
        swapped = dict(_swapped_everywhere(fewer)).get(wrong)
        if swapped is not None:
            yield f"{wrong}, and {gap}", swapped


def _at_the_step(before: Steps, step: StepFields, number: int) -> Iterator[tuple[str, Steps]]:
    words = step.template
    for right, wrong in twins():
        if words and words[0].upper() == right.name:
            yield f"`{wrong}` in place of `{right.name}`", (*before, _changed(step, number, swap={right.name: wrong}))
    peek = traits_of(words).peek if len(words) == 2 else ""
    if peek:
        line = peek.replace("<1>", words[1])
        yield f"`{line}`, which leaves the element", (*before, _changed(step, number, replace={number: line}))


def _swapped_everywhere(steps: Steps) -> Iterator[tuple[str, Steps]]:
    names = {each.template[0].upper() for each in steps if each.template}
    for right, wrong in twins():
        if right.name in names:
            swapped = tuple(_changed(each, number, swap={right.name: wrong}) for number, each in enumerate(steps, 1))
            yield f"`{wrong}` in place of each `{right.name}`", swapped


def _changed(step: Any, number: int, **changes: object) -> StepFields:
    made: StepFields = proof.changed(step, Proof.model_validate({"after": 0, "output": True, **changes}), number)
    return made


_KEPT = ("format", "title", "track", "actors", "variables", "client")
_OWN = ("id", "expect", "line", "box")


def _of_steps(lesson: Lesson, steps: Steps) -> Lesson:
    """Return a lesson that only plays these steps. Raises: ValidationError."""
    kept = {name: getattr(lesson, name) for name in _KEPT if name in lesson.model_fields_set}
    # A type that was guessed from all commands must not be guessed again from others.
    watch = dict(lesson.watched) if set(lesson.watch) <= lesson.watched.keys() else lesson.watch
    return type(lesson).model_validate({**kept, "watch": watch, "steps": [_bare(each) for each in steps]})


def _bare(step: StepFields) -> StepFields:
    fields = step.model_fields_set - {*_OWN}
    return type(step).model_validate({name: getattr(step, name) for name in fields})
