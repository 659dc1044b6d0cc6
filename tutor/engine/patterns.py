"""Patterns of authors: whether one can be used, and whether it could keep the program busy for ever."""

import re

MOST_OPEN_ENDS = 4
"""Repetitions without an upper bound that a pattern may have; each multiplies the time for an answer that fails."""

_VARIES = re.compile(r"[*+|V]|\{\d*,?\d*\}|(?<=.)\?")


def complaint_about(pattern: str) -> str | None:
    """Return what is wrong with a regular expression, None if it can be used."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"this is no regular expression: {error}"
    plain = _without_literals(pattern)
    if _repeats_what_varies(plain):
        return "a repeated group that itself repeats or has alternatives can take for ever; list answers under `also`"
    if len(re.findall(r"[*+]|\{\d*,\}", plain)) > MOST_OPEN_ENDS:
        return f"at most {MOST_OPEN_ENDS} repetitions without an end (* and +) are allowed"
    return None


def _without_literals(pattern: str) -> str:
    """Return the pattern with `x` for each escaped character, class of characters and letter."""
    plain = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    return re.sub(r"[^\W\d]", "x", plain)


def _repeats_what_varies(plain: str) -> bool:
    # From the innermost group outwards, each becomes V if what it matches varies, else x.
    while group := re.search(r"\(([^()]*)\)", plain):
        plain = plain[: group.start()] + ("V" if _VARIES.search(group[1]) else "x") + plain[group.end() :]
    return bool(re.search(r"V(?:[*+]|\{)", plain))
