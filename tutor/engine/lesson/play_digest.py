"""The digest of what a lesson plays: everything that its run and its program depend on, without texts and claims."""

import json
from hashlib import sha256

from tutor.engine.lesson.lesson import Lesson

PLAYED = ("format", "client", "program", "variables", "watch")
"""The fields of a lesson that a play depends on, besides its actors and steps."""

SHOWN = ("id", "action", "why", "expect", "line", "box")
"""The fields of a step that change nothing in the play."""


def play_digest(lesson: Lesson) -> str:
    """Return SHA-256 in hex of what is played; two lessons with the same digest have the same trace.

    The names of the steps count, because proofs and references name steps.
    """
    steps = [step.model_dump(mode="json", exclude=set(SHOWN), exclude_defaults=True) for step in lesson.steps]
    parts = {
        **lesson.model_dump(mode="json", include=set(PLAYED), exclude_defaults=True),
        "actors": [[actor.name, actor.runs] for actor in lesson.cast],
        "steps": [[name, step] for name, step in zip(lesson.step_ids, steps, strict=True)],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
