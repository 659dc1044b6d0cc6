"""Authors' regular expressions: checked, and matched against answers in linear time by RE2.

Python's re takes exponential time for some patterns: https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
A pattern that RE2 can't express, such as one with a lookahead, is matched by re, which the web program does in a
process that it can end (see `Backtracking`).
"""

import re
from collections.abc import Callable
from functools import lru_cache

from tutor.engine.errors import TutorError
from tutor.engine.lesson.questions.linear_patterns import LinearPattern, NotLinear, linear

MOST_REPETITIONS = 4
"""Maximum number of variable repetitions of a pattern that re matches; each one multiplies the time for an answer that
does not match."""

OPTIONS_IN_REPETITION = 5
"""Number of `?` that cost as much as one repetition: 2 * 2 * 2 * 2 * 2 ways."""

GIVE_UP_SECONDS = 0.5
"""Maximum time to match one answer by a pattern that RE2 can't express."""

NOT_LINEAR = (
    f"this pattern can't be matched in linear time: {{reason}}; marking gives up after {GIVE_UP_SECONDS} seconds, and"
    " the answer is not marked"
)

_VARIES = re.compile(r"[*+|V]|\{\d*,?\d*\}|(?<=.)\?")

Backtracking = Callable[[str, str, re.RegexFlag], bool]
"""Matches a whole text by a pattern that takes re: (pattern, text, flags). Raises: PatternGaveUp."""


class PatternGaveUp(TutorError):
    """Matching an answer by the author's pattern took too long, so the answer can't be marked."""


def by_re(pattern: str, text: str, flags: re.RegexFlag) -> bool:
    """Return whether the whole text matches, by Python's re, without any limit on time."""
    return re.fullmatch(pattern, text, flags) is not None


_backtracking: Backtracking = by_re


def backtrack_by(matcher: Backtracking) -> None:
    """Have patterns that RE2 can't express matched by `matcher` from now on, in this process."""
    global _backtracking
    _backtracking = matcher


def is_match(pattern: str, text: str, flags: re.RegexFlag) -> bool:
    """Return whether the whole text matches the pattern, as re.fullmatch would. Raises: PatternGaveUp."""
    compiled = _compiled(pattern, flags)
    if isinstance(compiled, LinearPattern):
        try:
            return compiled.matches(text)
        except NotLinear:
            pass
    return _backtracking(pattern, text, flags)


def is_linear(pattern: str, flags: re.RegexFlag) -> bool:
    """Return whether RE2 matches the pattern."""
    return isinstance(_compiled(pattern, flags), LinearPattern)


@lru_cache(maxsize=128)
def _compiled(pattern: str, flags: re.RegexFlag) -> LinearPattern | str:
    """Return the pattern for RE2, or the reason why there is none."""
    try:
        return linear(pattern, flags)
    except NotLinear as reason:
        return str(reason)


def complaint_about(pattern: str) -> str | None:
    """Return the fault of a regular expression, None if it is usable."""
    try:
        found = _compiled(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        return f"this is no regular expression: {error}"
    return _danger_in(pattern) if isinstance(found, str) else None


def warning_about(pattern: str) -> str | None:
    """Return a warning about a usable regular expression that RE2 can't express, else None."""
    found = _compiled(pattern, re.IGNORECASE)
    return NOT_LINEAR.format(reason=found) if isinstance(found, str) else None


def _danger_in(pattern: str) -> str | None:
    """Return why re could take too long, None if nothing obvious shows it."""
    plain = _without_literals(pattern)
    if _repeats_what_varies(plain):
        return "a repeated group that itself repeats or has alternatives can take for ever; list answers under `also`"
    repetitions, options = re.findall(r"[*+]|\{\d*,\d*\}", plain), re.findall(r"(?<=[^*+?}(])\?", plain)
    if len(repetitions) + len(options) / OPTIONS_IN_REPETITION > MOST_REPETITIONS:
        return (
            f"at most {MOST_REPETITIONS} repetitions (*, + and {{1,9}}) are allowed, "
            f"where {OPTIONS_IN_REPETITION} ? count as one"
        )
    return None


def _without_literals(pattern: str) -> str:
    """Return the pattern with `x` for each escaped character, character class and letter."""
    plain = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    return re.sub(r"[^\W\d]", "x", plain)


def _repeats_what_varies(plain: str) -> bool:
    # From the innermost group outwards, each becomes V if the length of its match varies, else x.
    while group := re.search(r"\(([^()]*)\)", plain):
        plain = plain[: group.start()] + ("V" if _VARIES.search(group[1]) else "x") + plain[group.end() :]
    return bool(re.search(r"V(?:[*+]|\{)", plain))
