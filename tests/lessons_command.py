"""`manage.py lessons`, run inside a test."""

import pytest
from django.core.management import call_command


def run_lessons(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Run the command and return its exit status and all that it printed."""
    try:
        call_command("lessons", *map(str, words))
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, capsys.readouterr().out
