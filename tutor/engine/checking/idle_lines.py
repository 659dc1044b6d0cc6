"""Lines of a scenario without which the proof finds the same: they prove nothing, and could say anything."""

import re
from collections.abc import Callable, Hashable, Iterator

from tutor.engine.asking.scenarios import is_crash, is_tried
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.wording import cut

_CRASH = re.compile(r"\bcrash", re.IGNORECASE)

LONGEST_LINE = 100
"""Maximum number of characters of a line in a message."""


Finds = Callable[[Proof], Hashable]
"""Returns what a proof finds, equal for two proofs that find the same."""


def idle_lines(asked: Proof, question: QuestionFields, finds: Finds, at: Path) -> Iterator[Problem]:
    """Yield a problem for each line of the proof's scenario without which it finds the same.

    A line that gives another one its part is not idle: a subscription that a crash ends, say, where the crash would be
    idle without it. A refused command changes nothing. Nor has a crash to, if the question speaks of one.
    """
    lines = asked.run or []
    judged = [i for i, line in enumerate(lines) if not is_tried(line) and not (is_crash(line) and has_crash(question))]
    less = {i: _without(asked, i) for i in judged}
    found = finds(asked)
    idle = {i for i in judged if finds(less[i]) == found}
    for i in sorted(idle):
        serves = (k for k in judged if k not in idle and finds(_without(less[i], k - (i < k))) == found)
        if next(serves, None) is None:
            message = (
                f"the proof finds the same without this line ({cut(lines[i], LONGEST_LINE)}): leave it out, or look at"
                " what it does"
            )
            yield Problem((*at, "run", i), message, "strict")


def has_crash(question: QuestionFields) -> bool:
    """Return whether a question, or a right choice of it, speaks of a crash."""
    right = (question.letter_text(letter) for letter in getattr(question, "right_letters", ()))
    return any(_CRASH.search(text) for text in (question.question, *right))


def _without(asked: Proof, i: int) -> Proof:
    fields = {name: getattr(asked, name) for name in asked.model_fields_set}
    fields["run"] = [*(asked.run or ())[:i], *(asked.run or ())[i + 1 :]]
    if asked.after is not None and i < asked.after:
        fields["after"] = asked.after - 1
    return Proof.model_validate(fields)
