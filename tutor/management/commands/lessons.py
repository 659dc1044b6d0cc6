"""`manage.py lessons <verb>`: work on lesson files."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.module_loading import import_string

from tutor.authoring.diagnostics import Paint, painted, printable_lines, unpainted
from tutor.engine.errors import BrokerAway, BrokerLacks, TutorError
from tutor.management.lessons.shelf import database_fault
from tutor.management.lessons.verb import Verb
from tutor.management.terminal import encodable

VERBS = {
    "new": "new.New",
    "record": "record.RecordScript",
    "check": "check.Check",
    "prove": "prove.Prove",
    "mutate": "mutate.MutateLessons",
    "fill": "fill.Fill",
    "play": "play.PlayLesson",
    "upgrade": "upgrade.UpgradeLessons",
    "watch": "watch.Watch",
    "schema": "schema.WriteSchema",
    "export-questions": "export_questions.ExportQuestions",
    "import-questions": "import_questions.ImportQuestions",
    "import": "import_drafts.Import",
    "export": "export_drafts.Export",
}
"""The class of each verb, relative to tutor.management.lessons."""


class Command(BaseCommand):
    """Finds the verb and lets it run."""

    help = "Work on lesson files: " + ", ".join(VERBS) + "."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare one sub-command for each verb, or only the one asked for: loading all of them takes half a second."""
        asked = sys.argv[2] if sys.argv[1:2] == ["lessons"] and len(sys.argv) > 2 else ""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        for name in [asked] if asked in VERBS else VERBS:
            verb = _verb(name)
            verb.add_arguments(verbs.add_parser(name, help=verb.summary, description=verb.summary))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the verb; its exit status is the command's."""
        verb = _verb(options["verb"])
        try:
            status = verb.run({**options, "paint": self._paint(options)}, self._say)
        except BrokerAway as away:
            raise CommandError(f"{away} Playing lessons needs a server.") from away
        except BrokerLacks as lacking:
            raise CommandError(str(lacking)) from lacking
        except TutorError as reason:
            self._say(printable_lines(str(reason)))
            status = 1
        except DatabaseError as fault:
            self._say(database_fault(fault))
            status = 1
        except BrokenPipeError:
            # The reader, such as `head`, has closed the pipe. Discard the buffer, or flushing it at exit raises again:
            # https://docs.python.org/3/library/signal.html#note-on-sigpipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 1
        if status:
            sys.exit(status)

    def _say(self, text: str) -> None:
        self.stdout.write(encodable(text, self.stdout))
        self.stdout.flush()

    def _paint(self, options: dict[str, Any]) -> Paint:
        """Return how to colour a report: only on a terminal, and not if --no-color or NO_COLOR is set.

        https://no-color.org
        """
        refused = options.get("no_color") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        has_colours = options.get("force_color") or (self.stdout.isatty() and not refused)
        return painted if has_colours else unpainted


def _verb(name: str) -> Verb:
    found: Verb = import_string(f"tutor.management.lessons.{VERBS[name]}")()
    return found
