"""`manage.py lessons record`: run a script and write what it does as a lesson."""

import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from tutor.authoring.diagnostics import printable
from tutor.engine.values.wording import counted, listed
from tutor.management.lessons.verb import Say
from tutor.ports.corners import temporary
from tutor.recording import recorder
from tutor.recording.recorder import Order, Recording

SECONDS = 30.0
OPTIONS = ("--output", "--force", "--seconds", "--env")


class RecordScript:
    """Runs a script and writes what it does as a lesson; exit status 1 if no lesson is written."""

    summary = "Run a Python script that uses redis-py, against a Redis of its own, and write what it does as a lesson."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the script and its arguments, and where the lesson goes."""
        parser.add_argument(
            "--output", type=Path, help="the lesson's file; by default the script's name in the lessons' folder"
        )
        parser.add_argument("--force", action="store_true", help="replace a lesson that is already there")
        parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the script may run (30)")
        parser.add_argument(
            "--env",
            action="append",
            default=[],
            metavar="NAME",
            help="an environment variable that the script gets too",
        )
        parser.add_argument("script", type=Path, help="the script, as you run it with python")
        parser.add_argument("arguments", nargs=REMAINDER, help="what the script gets as its own arguments")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Record, and say the result and what to do next. Raises: NotRecorded."""
        order = Order(
            options["script"],
            options["arguments"],
            options["output"],
            options["force"],
            options["seconds"],
            options["env"],
        )
        if sys.stderr.isatty():  # a pipe gets only the result
            how_long = f"for {order.seconds:g} seconds at most; Ctrl-C stops it"
            print(f"Running {printable(str(order.script))}, {how_long}…", file=sys.stderr)
        try:
            made = recorder.record(order, temporary)
        except KeyboardInterrupt:
            say(f"{order.script} was stopped, and nothing was written.")
            return 130  # as shells report a program that SIGINT ended
        if misplaced := [each for each in order.arguments if each.partition("=")[0] in OPTIONS]:
            say(f"note: {listed(misplaced)} went to the script; options of this command go before the script's name")
        for line in _news(made):
            say(printable(line))
        return 0


def _news(made: Recording) -> Iterator[str]:
    yield from made.notes
    steps = counted(made.steps, "step")
    yield f"Recorded {made.path}: {steps} by {listed(made.actors)}. It passes the check. Next:"
    yield "  1. Read it in your editor: the title, sentences that say why, and questions are yours to write."
    yield f"  2. Prove it after each change: python manage.py lessons check {made.path}"
    if made.path.resolve().parent == Path(settings.LESSONS_DIR).resolve():
        yield f"  3. See it: make run, then /lessons/{made.path.stem}/ in the browser."
    else:
        yield "  3. See it: put it into the lessons' folder, and make run."
