"""`manage.py lessons import`: import lesson files into the Studio as drafts, byte for byte."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.authoring.diagnostics import printable
from tutor.authoring.starter import NotMade
from tutor.files import changes
from tutor.files.changes import NotWritten
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.studio import files
from tutor.studio.drafts import CannotBeKept


class Import:
    """Imports the files one by one; exit status 1 if one can't be imported."""

    summary = "Import lesson files into the Studio, each as the newest revision of the draft of its name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files."""
        add_files(parser)
        parser.add_argument("--note", default="", help="what changed, for the history")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Import the files and report each. Raises: DatabaseError."""
        paths = lesson_files(options["files"])
        return max([0, *(_import(path, options["note"], say) for path in paths)])


def _import(path: Path, note: str, say: Say) -> int:
    try:
        content = changes.content_of(path)
        imported = files.import_content(path.stem, content, None, note=note or f"From the file {path.name}")
    except NotWritten as reason:
        say(printable(str(reason)))
    except (CannotBeKept, NotMade) as reason:
        say(printable(f"{path}: {reason}"))
    else:
        now = "now" if imported.is_new else "already"
        say(f"{path}: {now} revision {imported.revision.number} of the draft {imported.draft.slug}")
        return 0
    return 1
