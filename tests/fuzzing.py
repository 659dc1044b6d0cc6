"""Tests that try examples of a kind: how many, and whether the same each time."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import HealthCheck, Phase, settings

Place = TypeVar("Place")

PROFILES = {"fast": 12, "ci": 100, "fuzz": 1_000}
"""The profiles, and how many examples each tries where "ci" tries a hundred."""

FEWEST = 5


def register_profiles() -> None:
    """Register the hypothesis profiles; `--hypothesis-profile` chooses one, and otherwise conftest.py.

    "fast" and "ci" try the same examples whenever the same test is run, so that no test fails by chance. "fuzz" tries
    new ones, or with `--hypothesis-seed` those of a seed. What fuzzing finds is kept as an @example of the test.
    """
    for name, count in PROFILES.items():
        settings.register_profile(
            name,
            max_examples=count,
            derandomize=name != "fuzz",
            print_blob=name == "fuzz",
            database=None,
            # How long an example takes says something of the machine; tests that mean a time use timing.py.
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )


def examples(count: int) -> int:
    """Return how many examples to try of the `count` that "ci" tries. To be called when tests are imported."""
    return max(FEWEST, count * settings.default.max_examples // PROFILES["ci"])


def some_of(places: Sequence[Place], turn: int = 0) -> Sequence[Place]:
    """Return all places of an attack that tries one after the other; in "fast", every fourth.

    `turn` chooses with which of the first four to begin: an attack on several pages in turn leaves out no place.
    """
    return places[turn % 4 :: 4] if settings.default.max_examples < PROFILES["ci"] else places


def slowly(count: int) -> settings:
    """Return settings for examples that are large: none is shrunk, which can take minutes."""
    phases = [Phase.explicit, Phase.generate]
    return settings(max_examples=examples(count), suppress_health_check=list(HealthCheck), phases=phases)
