"""New passwords: which are accepted, which are easy to guess, and what a refusal says."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from tests.instructors import PASSWORD, instructor, logged_in, the
from tests.tables import for_each
from tests.timing import within
from tutor.accounts.passwords import EXAMINED_CHARACTERS, LONGEST_PASSWORD, condensed


def refusal(password: str, name: str = "anastasia") -> str:
    """Return why this account can't have that password, "" if it can."""
    try:
        validate_password(password, User(username=name, email="ana@mail.example"))
    except ValidationError as problem:
        return " ".join(problem.messages)
    return ""


@for_each(
    "password",
    [
        PASSWORD, "correct-horse-battery-staple", "redis correct horse battery", "plain harbour lantern kettle",
        "xkQ9!vTm27#z", "kUf8rEw2pQ1z", "tq-9x_Vb.7zLk-2m", "grüne Katze schläft spät", "синий чайник под мостом",
        "日本語の長いパスワードです", "w" + "olive tractor window kettle " * 8,
    ],
)  # fmt: skip
def test_a_password_that_is_hard_to_guess_is_accepted(password):
    assert refusal(password) == ""


@for_each(
    "password",
    [
        # Common ones, with what people add to them.
        "passwordpassword", "password password password", "Password2026!", "Password2026!!", "Summer2026!!",
        "iloveyou1234", "P@ssw0rdP@ssw0rd", "letmein-letmein", "drowssapdrowssap", "password monkey dragon",
        # Repetitions, sequences, rows of keys and dates.
        "aaaaaaaaaaaa", "aaaaaaaaaaab", "ababababab12", "abcabcabcabc", "abcdefghijkl", "123456789012", "            ",
        "!!!!!!!!!!!!", "qwertyuiopas", "1q2w3e4r5t6y", "zaq12wsxcde34rfv", "2026-11-28 2026-11-28", "парольпароль",
        # The account's name, the site's words and hosts.
        "anastasiaanastasia", "ANASTASIA.anastasia", "anastasia1990!", "an4st4s14 2026", "anastasia-mail-2026",
        "redisredisredis", "Redis-Tutor-2026", "instructor2026!", "tutor.example.org", "Welcome-to-Redis",
        # The same in other letters.
        "pässwördpässwörd", "".join(chr(ord(letter) + 0xFEE0) for letter in "passwordpassword"),
    ],
)  # fmt: skip
def test_a_password_that_a_program_guesses_soon_is_refused(settings, password):
    settings.ALLOWED_HOSTS = ["tutor.example.org"]
    assert "easy to guess" in refusal(password)


def test_a_refusal_says_why_and_what_to_do():
    assert refusal("abcabcabcabc") == (
        'This password is easy to guess. Repeats like "abcabcabc" are only slightly harder to guess than "abc". '
        "Avoid repeated words and characters. "
        "Use four or more words that have nothing to do with each other, this site or you."
    )


def test_the_names_of_one_account_are_free_for_another():
    assert "easy to guess" in refusal("bartholomew2026!", "bartholomew")
    assert condensed("bartholomew2026!", ["anastasia"]) == "bartholomew2026!"


@for_each("name", ["a", "ab", "", "x" * 150, ".+-@_", "(", "password"])
def test_no_name_of_an_account_makes_a_good_password_bad(name):
    assert refusal(PASSWORD, name) == ""


@pytest.mark.slow
@for_each("unit", ["a", "1", "ab1!x", "p4$s", "\U0001f600", "12/11/2026", "qwertyuiop", "é", "password "])
@for_each("length", [EXAMINED_CHARACTERS, LONGEST_PASSWORD, 1_000_000])
def test_a_long_password_costs_little(unit, length):
    password = (unit * length)[:length]
    with within(0.3):
        refusal(password)


def test_a_password_has_a_greatest_length():
    long = "".join(f"{number * 7919 % 10007} kettle lamp " for number in range(LONGEST_PASSWORD))
    assert refusal(long[:LONGEST_PASSWORD]) == ""
    assert refusal(long[: LONGEST_PASSWORD + 1]) == "This password has 257 characters. Use at most 256."


@pytest.mark.slow
def test_the_page_refuses_such_a_password_with_the_reason(db):
    client = logged_in(instructor())
    fields = {"old_password": PASSWORD, "new_password1": "passwordpassword", "new_password2": "passwordpassword"}
    answer = client.post("/studio/password/", fields)
    assert answer.status_code == 422
    assert "easy to guess" in the(answer, "p", id="new_password2-error").text
    assert User.objects.get().check_password(PASSWORD)


def test_the_command_that_changes_a_password_refuses_it_too(db, monkeypatch):
    instructor()
    monkeypatch.setattr("getpass.getpass", lambda **_: "passwordpassword")
    with pytest.raises(CommandError, match="Aborting password change"):
        call_command("changepassword", "ins")
    assert User.objects.get().check_password(PASSWORD)


def test_an_account_of_before_keeps_logging_in_with_its_weak_password(db, client):
    user = instructor()
    user.set_password("aaaaaaaaaaaa")
    user.save()
    answer = client.post("/studio/login/", {"username": "ins", "password": "aaaaaaaaaaaa"})
    assert answer.status_code == 303
