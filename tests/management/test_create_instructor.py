"""`manage.py create_instructor`: granting the right to write lessons, without exposing passwords."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from tests.tables import for_each
from tests.test_launcher import read_all, start

pytestmark = pytest.mark.django_db

GOOD = "violets under a tin roof"


class Terminal(io.StringIO):
    """Standard input that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def create(*words: str) -> str:
    said = io.StringIO()
    call_command("create_instructor", *words, stdout=said)
    return said.getvalue()


@pytest.fixture
def piped(monkeypatch):
    """Give standard input this text."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def typed(monkeypatch):
    """Type these at a simulated terminal, one after the other; return the prompts."""

    def sit(*answers: str | type[BaseException]) -> list[str]:
        asked: list[str] = []
        waiting = list(answers)

        def answer(prompt: str) -> str:
            asked.append(prompt)
            found = waiting.pop(0)
            if isinstance(found, str):
                return found
            raise found

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("tutor.management.commands.create_instructor.getpass", answer)
        return asked

    return sit


def may_write(name: str) -> bool:
    return User.objects.get(username=name).has_perm("tutor.write_lessons")


def test_a_new_instructor_may_write_lessons_and_nothing_else(piped):
    piped(f"{GOOD}\n")
    said = create("ana", "--password-stdin")
    ana = User.objects.get(username="ana")
    assert ana.check_password(GOOD)
    assert ana.get_all_permissions() == {"tutor.write_lessons"}
    assert (ana.is_active, ana.is_staff, ana.is_superuser) == (True, False, False)
    assert "Made the account ana" in said
    assert "/studio/" in said
    assert GOOD not in said


def test_the_password_is_asked_twice(typed):
    asked = typed(GOOD, GOOD)
    said = create("ana")
    assert len(asked) == 2
    assert "ana" in asked[0]
    assert may_write("ana")
    assert GOOD not in said


def test_two_passwords_that_differ_are_asked_again(typed):
    typed(GOOD, "violets under a tin rook", GOOD, GOOD)
    assert "passwords differ" in create("ana")
    assert User.objects.get(username="ana").check_password(GOOD)


def test_a_weak_password_is_asked_again_with_the_reason(typed):
    typed("short", "ana.ana.ana.ana", GOOD, GOOD)
    said = create("anastasia.ana.ana")
    assert "at least 12 characters" in said
    assert may_write("anastasia.ana.ana")


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, EOFError])
def test_cancelling_creates_no_account(typed, leaving):
    typed(GOOD, leaving)
    with pytest.raises(CommandError, match="No account was made"):
        create("ana")
    assert not User.objects.exists()


def test_after_three_times_no_account_is_made(typed):
    typed(*["short"] * 3)
    with pytest.raises(CommandError, match="No account was made"):
        create("ana")
    assert not User.objects.exists()


def test_without_a_terminal_the_password_has_to_be_piped(piped):
    piped(GOOD)
    with pytest.raises(CommandError, match="--password-stdin"):
        create("ana")
    assert not User.objects.exists()


@for_each(
    ("text", "reason"),
    [
        ("", "its first line is empty"),
        ("\nsecond line\n", "its first line is empty"),
        ("short\n", "at least 12 characters"),
        ("qwerty123456\n", "too common"),
        ("202611262026\n", "entirely numeric"),
        ("anastasia.b1\n", "too similar to the username"),
    ],
)
def test_a_bad_password_makes_no_account(piped, text, reason):
    piped(text)
    with pytest.raises(CommandError, match=reason):
        create("anastasia.b", "--password-stdin")
    assert not User.objects.exists()


def test_spaces_belong_to_a_password(piped):
    piped(f"  {GOOD}  \r\n")
    create("ana", "--password-stdin")
    assert User.objects.get(username="ana").check_password(f"  {GOOD}  ")


@for_each("name", ["", " ", "a b", "<b>", "x" * 151, "a\nb"])
def test_a_name_that_can_not_be_is_a_sentence(piped, name):
    piped(GOOD)
    with pytest.raises(CommandError, match="No account was made"):
        create(name, "--password-stdin")
    assert not User.objects.exists()


def test_a_name_that_differs_in_capitals_only_is_refused(piped):
    User.objects.create_user("ana", password=GOOD)
    piped(GOOD)
    with pytest.raises(CommandError, match="There is an account ana already"):
        create("Ana", "--password-stdin")


def test_an_existing_account_gets_the_right_and_keeps_its_password(piped):
    User.objects.create_user("ana", password=GOOD)
    piped("another password to be ignored\n")
    said = create("ana", "--password-stdin")
    assert may_write("ana")
    assert User.objects.get(username="ana").check_password(GOOD)
    assert "may write lessons now" in said
    assert "changepassword ana" in said


def test_doing_it_twice_is_as_good_as_once(piped):
    piped(f"{GOOD}\n")
    create("ana", "--password-stdin")
    assert "as before" in create("ana")
    assert (User.objects.count(), Group.objects.count()) == (1, 1)


def test_an_account_that_was_switched_off_is_switched_on():
    User.objects.create_user("ana", password=GOOD, is_active=False)
    create("ana")
    assert may_write("ana")


def test_the_right_is_taken_away_wherever_it_comes_from():
    ana = User.objects.create_superuser("ana", password=GOOD)
    ana.user_permissions.add(Permission.objects.get(codename="write_lessons"))
    others = Group.objects.create(name="Others")
    others.permissions.add(Permission.objects.get(codename="write_lessons"))
    ana.groups.add(others)
    said = create("ana", "--remove")
    assert not may_write("ana")
    assert "can't open the Studio any more" in said
    assert User.objects.get(username="ana").check_password(GOOD)


def test_taking_the_right_away_twice_is_as_good_as_once():
    User.objects.create_user("ana", password=GOOD)
    assert "could not write lessons before" in create("ana", "--remove")


def test_revoking_a_right_creates_no_account():
    with pytest.raises(CommandError, match="There is no account ana"):
        create("ana", "--remove")
    assert not User.objects.exists()


# In a separate process, as on a person's own computer


def manage(folder: Path, *words: str, stdin: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "TUTOR_VAR": str(folder / "var"), **variables},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_works_on_ones_own_computer_before_anything_else_was_started(tmp_path):
    made = manage(tmp_path, "create_instructor", "ana", "--password-stdin", stdin=f"{GOOD}\n")
    assert (made.returncode, made.stderr) == (0, "")
    assert str(tmp_path / "var" / "db.sqlite3") in made.stdout
    removed = manage(tmp_path, "create_instructor", "ana", "--remove")
    assert "can't open the Studio any more" in removed.stdout
    assert manage(tmp_path, "clearsessions").returncode == 0


@pytest.mark.slow
def test_every_failure_is_one_sentence(tmp_path):
    refused = manage(tmp_path, "create_instructor", "ana", "--password-stdin", stdin="short\n")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: No account was made. ")
    away = manage(tmp_path, "create_instructor", "ana", DATABASE_URL="postgres://nobody@127.0.0.1:9/nothing")
    assert away.returncode == 1
    assert "The database can't be used" in away.stderr
    assert "Traceback" not in refused.stderr + away.stderr


@pytest.mark.slow
def test_a_terminal_shows_no_password(tmp_path):
    process, terminal = start(["manage.py", "create_instructor", "ana"], tmp_path / "var")
    try:
        for prompt in (b"Password for ana: ", b"Password again: "):
            shown = b""
            while prompt not in shown:
                shown += os.read(terminal, 1024)
            os.write(terminal, f"{GOOD}\n".encode())
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
    said = read_all(terminal)
    assert "Made the account ana" in said
    assert GOOD not in said
