"""`manage.py lessons <verb>`: what instructors do with lesson files."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tutor.engine.errors import BrokerAway
from tutor.management.lessons.check import Check
from tutor.management.lessons.verb import Verb

VERBS: tuple[Verb, ...] = (Check(),)


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
            status = verb.run(options, self.stdout.write)
        except BrokerAway as away:
            raise CommandError(f"{away} Playing lessons needs a server.") from away
        if status:
            sys.exit(status)
