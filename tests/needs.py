"""What a test needs of the machine: without it the test is skipped, or fails where everything has to be there."""

import os
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")


def need(thing: Thing | None, what: str) -> Thing:
    """Return `thing`; if there is none, skip the test, or fail it under TUTOR_REQUIRE_ALL."""
    if thing:
        return thing
    if os.environ.get("TUTOR_REQUIRE_ALL"):
        pytest.fail(f"needs {what}, and TUTOR_REQUIRE_ALL is set", pytrace=False)
    pytest.skip(f"needs {what}")
