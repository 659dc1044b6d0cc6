"""`manage.py create_instructor <name>`: let an account write lessons in the Studio."""

import sys
from collections.abc import Callable
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from tutor.accounts import instructors as accounts
from tutor.management.terminal import encodable

TRIES = 3


class Command(BaseCommand):
    """Makes an instructor, or takes the right away; the password is typed without being shown."""

    help = "Make an account that may write lessons in the Studio, or let an existing account do so."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the name; a password is never an argument, because other programs can read those (ps)."""
        parser.add_argument("name", help="the name to log in with")
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, for scripts"
        )
        how.add_argument("--remove", action="store_true", help="take the right away again; the account stays")

    def handle(self, *_: Any, name: str, password_stdin: bool, remove: bool, **__: Any) -> None:
        """Make the change and print the next steps, or the reason why it can't be made."""
        try:
            _prepare_database()
            if remove:
                self._remove(name)
            else:
                self._create(name, _piped_password if password_stdin else self._typed_password)
        except accounts.Unusable as reason:
            raise CommandError(f"No account was made. {reason}") from None
        except DatabaseError as problem:
            raise CommandError(f"The database can't be used: {problem}") from None

    def _create(self, name: str, password_for: Callable[[str], str]) -> None:
        """Make the account or give it the right; `password_for` returns the password of a new account."""
        user = accounts.known(name)
        if user:
            since = "now" if accounts.give_right(user) else "as before"
            self._say(
                f"The account {user.username} exists already; it may write lessons {since}. "
                f"The password is unchanged; to change it: python manage.py changepassword {user.username}"
            )
        else:
            stored = accounts.require_free_name(name)
            user = accounts.make_instructor(stored, password_for(stored))
            self._say(f"Made the account {user.username}, which may write lessons, in {_place()}.")
        self._say("Next: start the program if it does not run (make run), open /studio/ there and log in.")

    def _remove(self, name: str) -> None:
        user = accounts.known(name)
        if user is None:
            raise CommandError(f"There is no account {name} in {_place()}.")
        if accounts.take_right(user):
            self._say(f"{user.username} can't open the Studio any more, from the next request on.")
        else:
            self._say(f"{user.username} could not write lessons before either.")
        self._say(f"To give the right back: python manage.py create_instructor {user.username}")

    def _typed_password(self, name: str) -> str:
        """Ask until a password is good and typed twice the same, at most TRIES times. Raises: CommandError."""
        if not sys.stdin.isatty():
            raise CommandError(
                "There is no terminal to ask for a password. Give it on standard input: --password-stdin < file"
            )
        try:
            for _ in range(TRIES):
                password = getpass(f"Password for {name}: ")
                try:
                    accounts.require_good_password(password, name)
                except accounts.Unusable as reason:
                    self._say(str(reason))
                    continue
                if getpass("Password again: ") == password:
                    return password
                self._say("The two passwords differ.")
        except (KeyboardInterrupt, EOFError):
            raise CommandError("\nNo account was made.") from None
        raise CommandError("No account was made.")

    def _say(self, text: str) -> None:
        self.stdout.write(encodable(text, self.stdout))


def _piped_password(name: str) -> str:  # noqa: ARG001 - the signature of every source of passwords
    """Read the password from the first line of standard input. Raises: CommandError."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise CommandError("The password on standard input is not UTF-8 text.") from None
    password = line.rstrip("\r\n")
    if not password:
        raise CommandError("There is no password on standard input: its first line is empty.")
    return password


def _prepare_database() -> None:
    """Migrate a SQLite file, as `make run` does, but no database server. Raises: CommandError."""
    # `migrate --check` uses the same plan: https://docs.djangoproject.com/en/5.2/ref/django-admin/#migrate
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if connection.vendor != "sqlite":
        raise CommandError("The database is not prepared for this version. Run this first: python manage.py migrate")
    call_command("migrate", interactive=False, verbosity=0)


def _place() -> str:
    """Name the database, so that a forgotten DATABASE_URL is noticed."""
    database = settings.DATABASES["default"]
    host = f" on {database['HOST']}" if database.get("HOST") else ""
    return f"the database {connection.settings_dict['NAME']}{host}"
