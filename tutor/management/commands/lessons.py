"""`manage.py lessons <verb>`: what instructors do with lesson files."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tutor.engine.errors import BrokerAway
from tutor.management.lessons.check import Check
from tutor.management.lessons.export_drafts import Export
from tutor.management.lessons.export_questions import ExportQuestions
from tutor.management.lessons.fill import Fill
from tutor.management.lessons.import_drafts import Import
from tutor.management.lessons.import_questions import ImportQuestions
from tutor.management.lessons.new import New
from tutor.management.lessons.record import Record
from tutor.management.lessons.schema import Schema
from tutor.management.lessons.verb import Verb
from tutor.management.lessons.watch import Watch

VERBS: tuple[Verb, ...] = (
    New(),
    Record(),
    Check(),
    Fill(),
    Watch(),
    Schema(),
    ExportQuestions(),
    ImportQuestions(),
    Import(),
    Export(),
)


class Command(BaseCommand):
    """Finds the verb and lets it run."""

    help = "Work on lesson files: " + ", ".join(verb.name for verb in VERBS) + "."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare one sub-command for each verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        for verb in VERBS:
            verb.add_arguments(verbs.add_parser(verb.name, help=verb.summary, description=verb.summary))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the verb; its exit status is the command's."""
        verb = next(verb for verb in VERBS if verb.name == options["verb"])
        try:
            status = verb.run({**options, "colours": self._has_colours(options)}, self._say)
        except BrokerAway as away:
            raise CommandError(f"{away} Playing lessons needs a server.") from away
        if status:
            sys.exit(status)

    def _say(self, text: str) -> None:
        """Print, on a terminal of whatever encoding: a character that it lacks is escaped, not refused."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        self.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self.stdout.flush()

    def _has_colours(self, options: dict[str, Any]) -> bool:
        """Return whether to print colours: on a terminal, unless NO_COLOR or --no-color says otherwise."""
        if options.get("force_color"):
            return True
        refused = options.get("no_color") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return bool(self.stdout.isatty()) and not refused
