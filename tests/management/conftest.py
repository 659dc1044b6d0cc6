"""A shelf that `manage.py lessons` works on."""

from pathlib import Path

import pytest

from tests.lessons import SOUND


@pytest.fixture
def shelf(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lessons' folder, with one sound lesson, as the current folder's `lessons`."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    settings.LESSONS_DIR = folder
    monkeypatch.chdir(tmp_path)
    (folder / "sound.yaml").write_text(SOUND)
    return folder
