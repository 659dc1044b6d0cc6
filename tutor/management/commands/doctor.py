"""`manage.py doctor`: try what learners need on the servers of the settings, and name each problem with its cure."""

import json
import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tutor.findings import Finding
from tutor.health.examination import Examined, examine
from tutor.management.terminal import encodable


class Command(BaseCommand):
    """Prints a table of all parts, then each problem with its cure; exit code 1 if learners can't be served."""

    help = "Try what learners need, and say what is wrong and how to cure it."
    requires_system_checks = ()  # it runs them itself, as one of the parts

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the form of the output."""
        parser.add_argument("--json", action="store_true", help="print the findings as JSON, for scripts")

    def handle(self, *_: Any, **options: Any) -> None:
        """Examine everything and print what was found; exit code 1 if anything is serious."""
        # The log would say the same in other words, between the lines of the table.
        logging.disable(logging.WARNING)
        try:
            examined = examine()
        finally:
            logging.disable(logging.NOTSET)
        is_well = all(part.is_well for part in examined)
        if options["json"]:
            self._say(json.dumps({"well": is_well, "parts": [_as_json(part) for part in examined]}, indent=2))
        else:
            self._show(examined)
        if not is_well:
            sys.exit(1)

    def _show(self, examined: list[Examined]) -> None:
        table = Table(box=box.SIMPLE, pad_edge=False)
        for heading in ("Part", "Tried", "Result"):
            table.add_column(heading)
        for part in examined:
            table.add_row(Text(part.part), Text(part.tried), Text(_verdict(part)))
        console = Console(file=self.stdout, width=120, no_color=True, highlight=False, emoji=False)  # type: ignore[arg-type]
        with console.capture() as shown:
            console.print(table)
        self._say(shown.get().rstrip())
        for finding in _findings(examined):
            self._say(f"\n{'Problem' if finding.is_serious else 'Warning'}: {finding.detail}\n   Cure: {finding.cure}")
        self._say(_summary(examined))

    def _say(self, text: str) -> None:
        self.stdout.write(encodable(text, self.stdout))


def _findings(examined: list[Examined]) -> list[Finding]:
    found = dict.fromkeys(finding for part in examined for finding in part.findings)
    return sorted(found, key=lambda finding: not finding.is_serious)


def _summary(examined: list[Examined]) -> str:
    found = _findings(examined)
    serious = sum(finding.is_serious for finding in found)
    if not found:
        return "\nAll is well."
    if not serious:
        return "\nLearners can be served."
    return f"\n{serious} {'problem keeps' if serious == 1 else 'problems keep'} learners from being served well."


def _verdict(part: Examined) -> str:
    if not part.is_well:
        return "problem"
    if part.missing:
        return f"not tried without {part.missing}"
    return "warning" if part.findings else "well"


def _as_json(part: Examined) -> dict[str, Any]:
    found = [
        {"severity": "problem" if each.is_serious else "warning", "problem": each.detail, "cure": each.cure}
        for each in part.findings
    ]
    return {"part": part.part, "result": _verdict(part), "findings": found}
