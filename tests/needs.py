"""Requirements of tests: without them a test is skipped, or fails if all requirements are mandatory."""

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
