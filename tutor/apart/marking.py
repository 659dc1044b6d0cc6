"""Matching answers by patterns that only re can match, in a process that is ended after half a second."""

import re

from tutor.apart.limits import MARKING, WorkStopped
from tutor.apart.pool import run
from tutor.engine.lesson.questions.patterns import PatternGaveUp, by_re


def matched_apart(pattern: str, text: str, flags: re.RegexFlag) -> bool:
    """Return whether the whole text matches. Raises: PatternGaveUp, WorkBusy."""
    try:
        return run(MARKING, by_re, pattern, text, flags)
    except WorkStopped as stopped:
        raise PatternGaveUp("The author's pattern for this answer takes too long to match.") from stopped
