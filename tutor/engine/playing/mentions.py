"""Where a lesson's steps use a variable or give it a new value, so that no step has to read all later ones."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock

from cachetools import LRUCache, cached

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.program.interpolation import names_in

MOST_KEPT = 128
"""Maximum number of lessons whose mentions are cached per process, the most recently used ones."""

VariableMention = tuple[int, bool]
"""The number of a step, and whether it uses the variable; otherwise it gives it a new value."""


def is_used_after(lesson: Lesson, position: int, actor: str, name: str) -> bool:
    """Return whether the actor uses the variable after step `position`, before it gets a new value."""
    mentions = _index(lesson)[1].get((actor, name), ())
    later = bisect_right(mentions, (position, True))
    return later < len(mentions) and mentions[later][1]


def names_used(step: StepFields) -> set[str]:
    """Return the variables that the step's texts name."""
    texts = [text for text in step.texts.values() if isinstance(text, str)]
    return {name for text in texts for name in names_in(text)}


# The cached lesson stays alive, so that no other one gets its id.
@cached(LRUCache(MOST_KEPT), key=id, lock=Lock())
def _index(lesson: Lesson) -> tuple[Lesson, Mapping[tuple[str, str], Sequence[VariableMention]]]:
    """Return the lesson, and its mentions by actor and variable, in the order of the steps."""
    mentions: dict[tuple[str, str], list[VariableMention]] = defaultdict(list)
    for position, step in enumerate(lesson.steps, start=1):
        sent = {name for template in step.templates for name in template.variables}
        saved = set(step.saves)
        for name in sent | names_used(step) | saved:
            mentions[step.actor, name].append((position, name not in saved))
    return lesson, dict(mentions)
