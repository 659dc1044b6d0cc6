"""The lesson files that a verb works on: the named ones, or all of the lessons' folder."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from tutor.engine.lesson.reserved import NOT_LESSONS
from tutor.files.regular import is_hidden, is_regular


def add_files(parser: ArgumentParser) -> None:
    """Declare the files."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        help="lesson files, folders of them or names; by default all of the lessons' folder",
    )


def lesson_files(named: Sequence[Path]) -> list[Path]:
    """Return the named files and those of named folders, each once; if none is named, all of the lessons' folder."""
    if not named:
        return [seen_from_here(path) for path in _in_folder(Path(settings.LESSONS_DIR))]
    # A folder without lessons is kept as a path; reading it gives the right error.
    found = [file for path in named for file in (_in_folder(path) or [lesson_file(path)])]
    return list(dict.fromkeys(found))


def lesson_file(named: Path) -> Path:
    """Return the file at the path, or the file of that name in the lessons' folder if it is a lesson's name."""
    shelved = Path(settings.LESSONS_DIR) / f"{named.name}.yaml"
    is_name = str(named) == named.name and not named.exists()
    return seen_from_here(shelved) if is_name and is_regular(shelved) else named


def seen_from_here(path: Path) -> Path:
    """Return the path relative to the current folder if it is inside, for output that can be typed again."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def database_fault(fault: Exception) -> str:
    """Return what to do about a database error, in a sentence or two."""
    said = " ".join(str(fault).split())
    return f"The database can't be used: {said}. make run prepares it; on a server, python manage.py migrate does."


def _in_folder(folder: Path) -> list[Path]:
    """Return every YAML file of a folder, even under names that no lesson can have; none if it is not a folder.

    Hidden and irregular files are not lessons: macOS adds `._lesson.yaml` to the files that it copies (AppleDouble).
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not is_hidden(path))
    except OSError:
        return []
    return [path for path in found if is_regular(path) and path.name not in NOT_LESSONS]
