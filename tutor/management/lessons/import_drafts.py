"""`manage.py lessons import`: lesson files become drafts of the Studio, byte for byte."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import DatabaseError

from tutor.authoring.diagnostics import printable
from tutor.authoring.starter import NotMade
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.management.lessons.shelf import database_fault, lesson_files
from tutor.management.lessons.verb import Say
from tutor.studio import files
from tutor.studio.drafts import LONGEST_NOTE, CannotBeKept


class Import:
    """Takes in file after file; exit status 1 if one can't be taken in."""

    summary = "Take lesson files into the Studio, each as the newest revision of the draft of its name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files."""
        parser.add_argument(
            "files",
            nargs="*",
            type=Path,
            help="lesson files, folders of them or names; by default all of the lessons' folder",
        )
        parser.add_argument("--note", default="", help="what changed, for the history")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Take them in and say what became of each."""
        paths = lesson_files(options["files"])
        return max([0, *(_take_in(path, options["note"], say) for path in paths)])


def _take_in(path: Path, note: str, say: Say) -> int:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        taken = files.take_in(path.stem, content, None, note=(note or f"From the file {path.name}")[:LONGEST_NOTE])
    except OSError as error:
        say(printable(f"{path} can't be read: {error.strerror}."))
    except (CannotBeKept, NotMade) as reason:
        say(printable(f"{path}: {reason}"))
    except DatabaseError as fault:
        say(database_fault(fault))
    else:
        now = "now" if taken.is_new else "already"
        say(f"{path}: {now} revision {taken.revision.number} of the draft {taken.draft.slug}")
        return 0
    return 1
