"""Steps listed under a question, so that it can be answered without the table: what was sent, never what came."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.redis import key_states
from tutor.engine.redis.table import traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.wording import without_backticks

LONGEST_LISTING = 12
"""Maximum number of steps listed in a drawn question; of more, the last ones, and what there was before them."""

MOST_STEPS = 24
"""Maximum number of steps beside an author's question."""

LONGEST_STATE = 300
"""Maximum number of characters of the state before a listing."""


@dataclass(frozen=True, slots=True)
class ListedStep:
    """A step beside a question; `text` is "" where it would give the answer away."""

    number: int
    who: str
    text: str


def steps_beside(question: QuestionFields, lesson: Lesson) -> tuple[ListedStep, ...]:
    """Return the steps that a question about the lesson's run needs beside it; none for any other question.

    These are the steps up to the last one that it or its proof names; all steps if it names only a variable or a key.
    """
    last = _last_named(question, lesson)
    first = max(1, last - MOST_STEPS + 1)
    labels = {actor.name: actor.shown for actor in lesson.cast}
    return tuple(
        ListedStep(number, labels[step.actor] if step.is_done_by_actor else "", _beside(lesson, step, question))
        for number, step in enumerate(lesson.steps[first - 1 : last], first)
    )


_STEP = re.compile(r"\bsteps? \D{0,3}(\d{1,3})\b", re.IGNORECASE)
_CODE = re.compile(r"`([^`]+)`")


def _last_named(question: QuestionFields, lesson: Lesson) -> int:
    """Return the number of the last step that is needed, 0 if the question is not about the run."""
    asked, total = question.proof, len(lesson.steps)
    if asked is not None and asked.run is not None:
        return 0
    if asked is not None and asked.first is not None:
        return total
    named = [int(number) for number in _STEP.findall(question.question)]
    if asked is not None:
        named += [asked.after or 0, *asked.replace]
    last = max((number for number in named if number <= total), default=0)
    names = {*lesson.watched, *lesson.start_variables}
    return last or (total if names & {*_CODE.findall(question.question)} else 0)


def _beside(lesson: Lesson, step: StepFields, question: QuestionFields) -> str:
    text = step.listing or step.code(lesson.start_variables, lesson.redis_client)
    return "" if _is_key_in(question, text) else text


def _is_key_in(question: QuestionFields, text: str) -> bool:
    """Return whether the line of a step has the answer in it, which is a command then."""
    key = without_backticks(question.key_text)
    words = key.split()
    is_command = bool(words) and bool(traits_of([words[0].upper()]).name)
    return is_command and re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text, re.IGNORECASE) is not None


def listing(lesson: Lesson, entries: Sequence[TraceEntry], last: int, *, first: int | None = None) -> str:
    """Return the steps up to `last` as a block of code for a drawn question; "" if they can't be listed.

    `entries`: a play of that lesson. Of more than LONGEST_LISTING steps the last ones are listed, by default, with the
    keys and variables before them; `first`: the first step to list.
    """
    if first is None:
        first = max(1, last - LONGEST_LISTING + 1)
    if last - first >= MOST_STEPS:
        return ""
    lines = [f"{number}  {text}" for number, text in enumerate(_steps_listed(lesson)[first - 1 : last], first)]
    if first > 1:
        before = _state_after(entries[first - 2])
        lines.insert(0, f"after step {first - 1}: {before}")
        if not before:
            return ""
    if any("`" in line or not line.isprintable() for line in lines):
        return ""
    return "\n\n```text\n" + "\n".join(lines) + "\n```"


def _state_after(entry: TraceEntry) -> str:
    """Return the keys and variables after a step in a line; "" if they are too long for one."""
    if entry.unshown or not all(map(key_states.is_whole, entry.keys.values())):
        return ""
    keys = [f"{name} = {key_states.as_text(state)}" for name, state in entry.keys.items()]
    line = ", ".join([*keys, *(f"{name} = {as_repr(value)}" for name, value in entry.variables.items())])
    return line if len(line) <= LONGEST_STATE else ""


def _steps_listed(lesson: Lesson) -> list[str]:
    # With two actors, a producer and a consumer, the command shows which one acts; with more it does not.
    callers = {actor.name: f"{actor.shown}: " if len(lesson.cast) > 2 else "" for actor in lesson.cast}
    return [_listed(lesson, step, callers[step.actor]) for step in lesson.steps]


def _listed(lesson: Lesson, step: StepFields, caller: str) -> str:
    """Return a step without its action, which may tell the result, and need not be true of another play."""
    if step.listing:
        return f"{caller}{step.listing}"
    if step.saves:
        return f"{caller}{step.code(lesson.start_variables, lesson.redis_client)}"
    return step.announced(lesson.labels.get(step.actor) or step.actor)
