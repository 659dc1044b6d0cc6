"""Aligning the equal lines of two texts, within about a second for any texts."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_WORK = 20_000_000
"""Most comparisons of one alignment: pairs of equal lines, times the lines in which each block is searched."""


def aligned(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    """Return how two lists of lines correspond.

    difflib takes cubic time in the worst case (https://docs.python.org/3/library/difflib.html): half a minute for 2,000
    repeated lines. Beyond MOST_WORK, the commonest lines are matched only next to other equal lines.
    """
    before, after = Counter(old), Counter(new)
    pairs = {line: before[line] * after[line] for line in before.keys() & after.keys()}
    left = MOST_WORK // max(len(old), len(new), 1)
    too_common = set[str]()
    for line in sorted(pairs, key=lambda line: (pairs[line], line)):
        left -= pairs[line]
        if left < 0:
            too_common.add(line)
    return SequenceMatcher(too_common.__contains__, old, new, autojunk=False)
