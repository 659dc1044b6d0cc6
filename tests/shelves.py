"""A shelf of lessons for the tests of a module."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from tutor import library

READ_ONCE = lru_cache(64)(library.read)
"""Each test has a folder of its own, with the lessons of the test before: their texts need no parsing again."""


def shelf_of(shelve: Callable[[Path], object] = lambda _: None) -> Callable[..., Path]:
    """Return a fixture that needs no asking for: the program finds the lessons that `shelve` writes, and no others."""

    @pytest.fixture(autouse=True)
    def shelf(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        settings.LESSONS_DIR = tmp_path
        monkeypatch.setattr(library, "read", READ_ONCE)
        shelve(tmp_path)
        return tmp_path

    return shelf
