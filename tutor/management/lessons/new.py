"""`manage.py lessons new <slug>`: make a short working lesson to start from."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from tutor.authoring import starter
from tutor.management.lessons.shelf import seen_from_here
from tutor.management.lessons.verb import Say


class New:
    """Makes a short working lesson; exit status 1 if it can't be made."""

    summary = "Make a short working lesson with comments, to be changed into your own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the lesson's name."""
        parser.add_argument("slug", help="the lesson's name and address, as in my-first-queue")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Make the file and say what to do next. Raises: NotMade."""
        made = starter.make(options["slug"])
        path = seen_from_here(made)
        say(f"Made {path}, a lesson that works. Next:")
        say("  1. Open it in your editor, and change its title, its actors and its steps.")
        say(f"  2. Prove it: python manage.py lessons check {path}")
        say(f"  3. See it: make run, then /lessons/{made.stem}/ in the browser.")
        say("docs/authoring.md says what else a lesson can have.")
        return 0
