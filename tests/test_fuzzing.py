"""No test that tries examples fails by chance, and fuzzing tries new ones in each of them."""

import pytest
from hypothesis import is_hypothesis_test, settings


def test_every_test_that_tries_examples_does_so_as_the_profile_says(request: pytest.FixtureRequest):
    found = [item for item in request.session.items if is_hypothesis_test(getattr(item, "obj", None))]
    own = {item.nodeid: item.obj._hypothesis_internal_use_settings or settings.default for item in found}
    profile = (settings.default.derandomize, settings.default.deadline)
    assert {name: chosen for name, chosen in own.items() if (chosen.derandomize, chosen.deadline) != profile} == {}


@pytest.mark.parametrize(("profile", "is_same_each_time"), [("fast", True), ("ci", True), ("fuzz", False)])
def test_a_profile_is_the_same_each_time_unless_it_is_for_fuzzing(profile: str, is_same_each_time: bool):
    assert settings.get_profile(profile).derandomize is is_same_each_time
