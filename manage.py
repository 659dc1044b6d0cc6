#!/usr/bin/env python
"""The command line of Redis Tutor: `python manage.py <command>`, with `help` for the list."""

import os
import secrets
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

# These also run on a personal computer, with a key of their own. All others, and wsgi.py, need SECRET_KEY.
PERSONAL_COMMANDS = {"serve", "lessons", "create_instructor", "changepassword", "clearsessions", "doctor"}

NO_PACKAGES = """\
This Python lacks the packages of Redis Tutor. `make run` installs them into .venv. Type
    source .venv/bin/activate
once in this terminal (on Windows: .venv\\Scripts\\activate), then repeat the command."""


def use_own_key() -> None:
    """Let the program run without set-up: loopback hosts, and a secret key that the first run creates."""
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    if os.environ.get("SECRET_KEY"):
        return
    var = Path(os.environ.get("TUTOR_VAR") or Path(__file__).resolve().parent / "var")
    path = var / "secret_key"
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
    except OSError as problem:
        sys.exit(f"Redis Tutor keeps its own files in {var}, and can't write there: {problem.strerror}.")
    os.environ["SECRET_KEY"] = path.read_text()


def _write_once(path: Path, text: str) -> None:
    """Write a file that only its owner can read. If two processes do so at once, the first one's file stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()


def main() -> None:
    """Run the command on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutor.settings")
    if PERSONAL_COMMANDS.intersection(sys.argv[1:2]):
        use_own_key()
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit(NO_PACKAGES)

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Redis Tutor can't start: {problem}")


if __name__ == "__main__":
    main()
