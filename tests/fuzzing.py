"""How many examples hypothesis tries: all of them in the full suite, a few where slow tests are left out."""

import os

FAST = "TUTOR_TEST_FAST"
"""The environment variable that conftest.py sets for the fast suite."""

SHARE = 8
"""The fast suite tries one example of so many."""


def examples(count: int) -> int:
    """Return how many examples to try of the `count` that the full suite tries."""
    return max(5, count // SHARE) if os.environ.get(FAST) else count
