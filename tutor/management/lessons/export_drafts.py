"""`manage.py lessons export`: write drafts of the Studio to lesson files, byte for byte."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from tutor.files import atomic, changes
from tutor.files.changes import FileChange, NotWritten
from tutor.management.lessons.offer import add_asking, offer
from tutor.management.lessons.shelf import seen_from_here
from tutor.management.lessons.verb import Say
from tutor.models import Draft
from tutor.studio import drafts, files


class Export:
    """Writes the files one by one; exit status 1 if one can't be written."""

    summary = "Write drafts of the Studio into lesson files: what is published, else the newest revision."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the drafts, the folder, and whether to ask."""
        parser.add_argument("slugs", nargs="*", help="names of drafts; by default all of them")
        parser.add_argument("--to", type=Path, default=None, help="the folder; by default that of the lessons")
        parser.add_argument("--newest", action="store_true", help="the newest revisions, published or not")
        add_asking(parser)

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Write the files, and ask before an existing file is changed. Raises: NoSuchDraft, DatabaseError."""
        found = [drafts.find(slug) for slug in options["slugs"]] or list(Draft.objects.order_by("slug"))
        if not found:
            say("There are no drafts in the Studio.")
        folder = options["to"] or seen_from_here(Path(settings.LESSONS_DIR))
        return max([0, *(_write(draft, folder, options, say) for draft in found)])


def _write(draft: Draft, folder: Path, options: Mapping[str, Any], say: Say) -> int:
    revision = drafts.latest(draft) if options["newest"] else files.exported(draft)
    path, content, word = folder / f"{draft.slug}.yaml", revision.source.encode(), f"revision {revision.number}"
    try:
        if path.exists():
            change = FileChange(path, changes.content_of(path), content, word=word)
            offer(change, options, say, unchanged=f"is {word} already")
        elif options["diff"]:
            say(f"{path}: would be new, {word}")
        else:
            # A new file replaces nothing, so it is written without a question.
            folder.mkdir(parents=True, exist_ok=True)
            atomic.replace(path, content)
            say(f"{path}: {word} written")
    except NotWritten as reason:
        say(str(reason))
    except OSError as error:
        say(f"{path} can't be written: {error.strerror}.")
    else:
        return 0
    return 1
