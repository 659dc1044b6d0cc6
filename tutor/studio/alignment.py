"""Which lines of two texts are the same ones, found within a second or so whatever the texts are."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_WORK = 20_000_000
"""Comparisons that an alignment may come to: pairs of equal lines, times the lines that each block is looked for in."""


def aligned(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    """Return how two lists of lines go together.

    difflib's time grows with the third power of lines that come again and again: 2,000 of them take half a minute. So
    where it would be too long, the commonest lines are found only beside others that are the same.
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
