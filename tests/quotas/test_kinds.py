"""The table of limits: its settings, its faults, and its place in the documentation."""

import re
from pathlib import Path

import pytest

from tests.tables import for_each
from tutor.quotas.kinds import AMOUNTS, NO_LIMITS, RATES, limits_from
from tutor.quotas.rates import BadLimit, Rate

DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()


def rows_of(columns: int) -> list[tuple[str, ...]]:
    """Return the documented rows of limits with that many columns, without the first's backticks."""
    rows = [line.strip("| ").split(" | ") for line in DOCUMENTED.splitlines() if line.startswith("| `LIMIT_")]
    return [(row[0].strip("`"), *row[1:]) for row in rows if len(row) == columns]


def test_the_documented_rates_are_the_defaults():
    assert rows_of(4) == [(each.variable, each.learner, each.address, each.meaning) for each in RATES]


def test_the_documented_amounts_are_the_defaults():
    assert rows_of(3) == [(each.variable, each.amount, each.meaning) for each in AMOUNTS]


def test_a_variable_changes_one_rate():
    limits = limits_from({"LIMIT_STEPS": "3/min burst 9", "LIMIT_RUNS_PER_ADDRESS": "off", "LIMIT_KEPT_RUNS": "5"})
    assert limits.rates["steps"].learner == Rate(3, 60, 9)
    assert limits.rates["steps"].address == limits_from({}).rates["steps"].address
    assert limits.rates["runs"].address is None
    assert (limits.kept_runs, limits.kept_tests) == (5, 20)


def test_one_switch_turns_all_off_but_those_with_a_variable():
    limits = limits_from({"LIMITS": "off", "LIMIT_STEPS": "3/s"})
    assert limits.rates["steps"].learner == Rate(3, 1, 3)
    assert limits.rates["steps"].address is limits.storage is None
    assert {rate for pair in NO_LIMITS.rates.values() for rate in (pair.learner, pair.address)} == {None}


@for_each(
    ("variable", "text"),
    [("LIMIT_STEPS", "many"), ("LIMIT_BYTES_PER_ADDRESS", "1 TB/day"), ("LIMIT_STORAGE", "lots"), ("LIMITS", "maybe")],
)
def test_a_wrong_variable_is_named_with_its_text(variable, text):
    with pytest.raises(BadLimit, match=f"^{variable} is {re.escape(repr(text))}\\."):
        limits_from({variable: text})


def test_a_misspelt_variable_is_refused_with_the_likely_one():
    with pytest.raises(BadLimit, match=r"^LIMIT_STEP is not the name of a limit\. Did you mean LIMIT_STEPS\?"):
        limits_from({"LIMIT_STEP": "5/s"})


def test_a_learner_alone_never_meets_the_limit_of_the_address():
    for each in limits_from({}).rates.values():
        assert each.learner.burst <= each.address.burst
        assert each.learner.interval >= each.address.interval
