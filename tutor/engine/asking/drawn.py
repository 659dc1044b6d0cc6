"""Questions that nobody wrote: made from a lesson's trace, their wrong choices from plays with plausible mistakes.

How difficult one is: easy if at most two changes of the key have to be kept in mind, or if the step only prints;
medium if there are more, or if a step has to be searched; hard if it is about another run than the lesson's own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random

from tutor.engine.asking import drafts, proof
from tutor.engine.asking.drafts import Draft, Other, Played, Said
from tutor.engine.asking.mistakes import mistakes_in
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import Choice
from tutor.engine.lesson.questions.quiz import ChoiceQuestion
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.replay import replayed
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.replies import is_text

Play = Callable[[Lesson], Sequence[TraceEntry]]
"""Plays a lesson from the start on a real server."""

MOST_STEPS = 60
"""Steps of a lesson that are asked about."""

LONGEST_CHOICE = 80
"""Characters of a choice."""

FEWEST_WRONG, MOST_WRONG = 2, 3
"""Wrong choices of a question; one with fewer is not asked."""


@dataclass(frozen=True, slots=True)
class DrawnQuestion:
    """A question made from a trace; `id` is like trace/state/5, and stays for as long as the lesson's text does."""

    id: str
    question: ChoiceQuestion


def trace_questions(lesson: Lesson, play: Play, seed: int) -> list[DrawnQuestion]:
    """Return the questions that the lesson's first steps give; `seed` decides on wrong choices and on the order.

    The lesson is played once, and once more for each plausible mistake: at most 1 + MOST_MISTAKES plays.
    Raises: what `play` raises.
    """
    played = _played(lesson, play)
    found = [*drafts.states(played), *drafts.outputs(played), *drafts.emptied(played), *drafts.what_ifs(played)]
    made = (_made(draft, Random(f"{seed} {draft.id}")) for draft in found)  # noqa: S311 - an order, not a secret
    return [question for question in made if question]


def _played(lesson: Lesson, play: Play) -> Played:
    short = proof.cut(lesson, MOST_STEPS) if len(lesson.steps) > MOST_STEPS else lesson
    entries = list(takewhile(_is_certain, play(short)))
    others = [Other(mistake, mistake.lesson(short), ()) for mistake in mistakes_in(short) if entries]
    others = [other for each in others for other in _played_out(each, play, len(entries))]
    return Played(short, entries, others, is_beginning=len(entries) < len(lesson.steps))


def _played_out(other: Other, play: Play, count: int) -> Iterator[Other]:
    """Yield the same with its first `count` entries; nothing where the mistake leads beyond a limit."""
    try:
        yield Other(other.mistake, other.lesson, play(other.lesson)[:count])
    except StepFault:
        return


def _is_certain(entry: TraceEntry) -> bool:
    """Return whether the step comes out the same in every run: not by the server's chance, nor by its clock."""
    if not entry.words:
        return True
    if tells_time(entry.words) or is_left_to_chance(entry.words):
        return False
    return replayed(entry.words, entry.reply) == entry.words


def _made(draft: Draft, chance: Random) -> DrawnQuestion | None:
    wrong = _wrong(draft, chance)
    if len(wrong) < FEWEST_WRONG or not _is_sayable(draft.key) or not is_text([draft.question, draft.explanation]):
        return None
    shown = [draft.key, *wrong]
    chance.shuffle(shown)
    by_letter = dict(zip("ABCD", shown, strict=False))
    question = ChoiceQuestion(
        question=draft.question,
        choices={
            letter: Choice(text=_markdown(said.text), value=as_claim(said.value)) for letter, said in by_letter.items()
        },
        answer=next(letter for letter, said in by_letter.items() if said is draft.key),
        mistakes={letter: said.reason for letter, said in by_letter.items() if said is not draft.key},
        proof=draft.proof,
        concept=draft.concept,
        difficulty=draft.difficulty,
        explanation=draft.explanation,
        steps=list(draft.steps),
    )
    return DrawnQuestion(draft.id, question)


def _wrong(draft: Draft, chance: Random) -> list[Said]:
    """Return at most MOST_WRONG wrong choices, no two of them alike, none like the key."""
    wrong: list[Said] = []
    for group in draft.wrong:
        for said in chance.sample(list(group), len(group)):
            if _is_sayable(said) and all(_differ(said, other) for other in (draft.key, *wrong)):
                wrong.append(said)
            if len(wrong) == MOST_WRONG:
                return wrong
    return wrong


def _differ(one: Said, other: Said) -> bool:
    return one.text != other.text and not is_same(one.value, other.value)


def _is_sayable(said: Said) -> bool:
    """Return whether a choice can say it: bytes that are no UTF-8 can't be kept in a question."""
    text = said.text
    return text.isprintable() and "`" not in text and len(text) <= LONGEST_CHOICE and is_text([said.value, said.reason])


_PLAIN = re.compile(r"[\w ',\[\].:-]*")


def _markdown(text: str) -> str:
    """Return the text as Markdown that shows every character of it."""
    return text if _PLAIN.fullmatch(text) and "_" not in text else f"`{text}`"
