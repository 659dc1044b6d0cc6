"""A shelf of lessons for the tests of a module."""

from collections.abc import Callable
from pathlib import Path

import pytest


def shelf_of(shelve: Callable[[Path], object] = lambda _: None) -> Callable[..., Path]:
    """Return a fixture that needs no asking for: the program finds the lessons that `shelve` writes, and no others."""

    @pytest.fixture(autouse=True)
    def shelf(settings, tmp_path: Path) -> Path:
        settings.LESSONS_DIR = tmp_path
        shelve(tmp_path)
        return tmp_path

    return shelf
