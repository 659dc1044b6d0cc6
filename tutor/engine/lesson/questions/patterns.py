"""Checks of authors' regular expressions: whether one compiles, and whether it could backtrack for ever.

Python's re takes exponential time for nested repetitions: https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
"""

import re

MOST_REPETITIONS = 4
"""Maximum number of variable repetitions; each one multiplies the time for an answer that does not match."""

OPTIONS_IN_REPETITION = 5
"""Number of `?` that cost as much as one repetition: 2 * 2 * 2 * 2 * 2 ways."""

_VARIES = re.compile(r"[*+|V]|\{\d*,?\d*\}|(?<=.)\?")


def complaint_about(pattern: str) -> str | None:
    """Return the fault of a regular expression, None if it is usable."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"this is no regular expression: {error}"
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
