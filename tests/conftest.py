"""What all tests share; the settings and the test run's own folder are in settings.py next to this."""

import gc
import os
import shutil

import pytest
from hypothesis import settings

from tests.fuzzing import FAST, examples
from tests.needs import need


def pytest_configure(config: pytest.Config) -> None:
    """Try few examples where slow tests are left out: `make test-fast` is for the minute between two edits."""
    if "not slow" in config.option.markexpr:
        os.environ[FAST] = "1"
    # How long an example takes says something of the machine; tests that mean a time say so themselves.
    settings.register_profile("here", max_examples=examples(100), deadline=None)
    settings.load_profile("here")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the fast ones first, and mark what meets the database: that is tried on PostgreSQL as well."""
    for item in items:
        starts_program = "reliability" in item.path.parts or hasattr(getattr(item, "module", None), "program")
        if starts_program or item.get_closest_marker("django_db"):
            item.add_marker("database")
    items.sort(key=lambda item: ("browser" in item.path.parts, bool(item.get_closest_marker("slow"))))


@pytest.fixture(scope="session")
def real_redis_url() -> str:
    """The address of a Redis server that tests may use, given as TEST_REDIS_URL."""
    return need(os.environ.get("TEST_REDIS_URL"), "TEST_REDIS_URL, the address of a Redis server")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the test run's folder when the first process ends."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["TUTOR_TEST_RUN"], ignore_errors=True)


def pytest_collection_finish() -> None:
    """Keep the thousands of tests out of the garbage collector's way, which would walk through them again and again."""
    gc.collect()
    gc.freeze()
