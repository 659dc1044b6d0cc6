"""Words that several sentences share."""

import pytest

from tutor.engine.values.wording import listed


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_with_one_and(names: list[str], text: str):
    assert listed(names) == text
