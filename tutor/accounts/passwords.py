"""The rule for new passwords that Django's validators lack: how many guesses a password withstands."""

import re
import unicodedata
from collections.abc import Iterable
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

LONGEST_PASSWORD = 256
"""Characters of a new password. An accepted one is hashed at each login, so a limit bounds that work as well."""

EXAMINED_CHARACTERS = 72
"""zxcvbn's time grows with the square of the length: 72 characters take some 20 ms, and withstand any guessing."""

FEWEST_GUESSES = 3 * 10**8
"""Between zxcvbn's scores 3 and 4: `Password2026!!` takes 10**8 guesses, `violet-harbour-42` 5 * 10**8."""

SITE_WORDS = ("redis", "valkey", "tutor", "instructor", "teacher", "lesson", "studio", "django", "python", "admin")

_ADVICE = "Use four or more words that have nothing to do with each other, this site or you."

# zxcvbn keeps the words of one call in a dictionary of its module (`ranked_dictionaries["user_inputs"]`).
_one_at_a_time = Lock()


class GuessesValidator:
    """Refuse a password that a program guesses soon: common ones, repetitions, keyboard rows, dates, known names."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Examine a new password. Raises: ValidationError."""
        if len(password) > LONGEST_PASSWORD:
            raise ValidationError(
                f"This password has {len(password):,} characters. Use at most {LONGEST_PASSWORD}.", code="too_long"
            )
        known = _known_words(user)
        found = _estimate(condensed(password, known), known)
        if found["guesses"] < FEWEST_GUESSES:
            reasons = [found["feedback"]["warning"], *found["feedback"]["suggestions"]]
            # The first suggestion is always the same, and ours says more.
            reasons = [reason for reason in reasons if reason and not reason.startswith(("Add another", "Use a few"))]
            raise ValidationError(" ".join(["This password is easy to guess.", *reasons, _ADVICE]), code="guessable")

    def get_help_text(self) -> str:
        """Describe the rule to people who choose a password."""
        return f"Your password must be hard to guess. {_ADVICE}"


def condensed(password: str, known: Iterable[str]) -> str:
    """Return what makes a password hard to guess: its text without known words, repeated words and separators.

    zxcvbn takes each separator for a guess of its own, so it overrates `redis-redis-redis` and `Redis-Tutor-2026`.
    """
    plain = unicodedata.normalize("NFKD", password[:LONGEST_PASSWORD])
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for word in sorted(known, key=len, reverse=True):
        plain = re.sub(re.escape(word), " ", plain, flags=re.IGNORECASE)
    words = {word.lower(): word for word in re.split(r"[\s._-]+", plain)}
    return "".join(words.values())[:EXAMINED_CHARACTERS]


def _known_words(user: AbstractBaseUser | None) -> list[str]:
    """Return the words that an attacker tries first: the account's names, the hosts' and the site's."""
    names = [str(getattr(user, field, "") or "") for field in ("username", "first_name", "last_name", "email")]
    texts = [*names, *settings.ALLOWED_HOSTS]
    parts = [part for text in texts for part in re.split(r"[\W_]+", text)]
    # Shorter ones would be found within other words.
    return [word for word in dict.fromkeys((*texts, *parts, *SITE_WORDS)) if len(word) >= 3]


def _estimate(text: str, known: list[str]) -> dict[str, Any]:
    # Its word lists take 30 ms to load, and only a new password needs them.
    from zxcvbn import zxcvbn

    with _one_at_a_time:
        # An empty text, of a password that has known words only, is an IndexError in zxcvbn 4.5.0.
        found: dict[str, Any] = zxcvbn(text or SITE_WORDS[0], user_inputs=known, max_length=EXAMINED_CHARACTERS)
    return found
