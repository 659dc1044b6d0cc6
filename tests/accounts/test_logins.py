"""Rate limits on guessing passwords affect only the guesser."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tutor.accounts import logins
from tutor.accounts.logins import MOST_OF_ADDRESS, MOST_OF_BROWSER, MOST_OF_NAME, WAIT, Guesser, TooManyGuesses
from tutor.models import LoginGuesses

pytestmark = pytest.mark.django_db

MAL = Guesser("ins", "203.0.113.9")


def guesses(guesser: Guesser, most: int = 200) -> int:
    """Guess until it is refused, and return how many guesses were let through."""
    for count in range(most):
        try:
            logins.claim_guess(guesser)
        except TooManyGuesses:
            return count
    return most


def pass_time(time: timedelta) -> None:
    """Make the stored guesses older."""
    for row in LoginGuesses.objects.all():
        LoginGuesses.objects.filter(pk=row.pk).update(ends_at=row.ends_at - time)


@pytest.mark.slow
def test_a_name_takes_a_few_guesses_from_one_address():
    assert guesses(MAL) == MOST_OF_NAME


def test_the_error_has_the_wait_in_seconds():
    guesses(MAL)
    with pytest.raises(TooManyGuesses) as refused:
        logins.claim_guess(MAL)
    assert WAIT.total_seconds() - 5 <= refused.value.seconds <= WAIT.total_seconds()


def test_guessing_while_waiting_makes_the_wait_no_longer():
    guesses(MAL)
    before = list(LoginGuesses.objects.values())
    assert guesses(MAL) == 0
    assert list(LoginGuesses.objects.values()) == before


def test_the_wait_ends_and_the_count_starts_anew():
    guesses(MAL)
    pass_time(WAIT - timedelta(seconds=5))
    assert guesses(MAL) == 0
    pass_time(timedelta(seconds=6))
    assert guesses(MAL) == MOST_OF_NAME


def test_the_last_second_of_a_wait_is_a_second_and_not_none():
    guesses(MAL)
    LoginGuesses.objects.update(ends_at=timezone.now() + timedelta(milliseconds=300))
    with pytest.raises(TooManyGuesses) as refused:
        logins.claim_guess(MAL)
    assert refused.value.seconds == 1


def test_wrong_guesses_of_a_stranger_block_no_other_visitor():
    guesses(MAL)
    assert guesses(Guesser("ins", "198.51.100.7"), most=1) == 1
    assert guesses(Guesser("other", MAL.address), most=1) == 1


def test_a_browser_that_is_known_is_not_held_back_by_others_at_the_same_address():
    for name in range(MOST_OF_ADDRESS):
        guesses(Guesser(f"n{name}", MAL.address), most=2)
    assert guesses(MAL, most=1) == 0
    known = Guesser("ins", MAL.address, "token")
    assert guesses(known) == MOST_OF_BROWSER
    assert guesses(Guesser("ins", "198.51.100.7", "token")) == 0


def test_an_address_takes_some_guesses_whatever_the_names():
    tried = sum(guesses(Guesser(f"n{name}", MAL.address), most=1) for name in range(2 * MOST_OF_ADDRESS))
    assert tried == MOST_OF_ADDRESS


def test_the_right_password_forgives_the_wrong_ones_before():
    for _ in range(3):
        guesses(MAL, most=MOST_OF_NAME)
        logins.forgive(MAL)
    assert guesses(MAL) == MOST_OF_NAME


def test_the_right_password_forgives_no_guesses_for_other_names():
    """Otherwise the owner of one account could guess other passwords without limit by logging in now and then."""
    for name in range(MOST_OF_ADDRESS - 1):
        guesses(Guesser(f"n{name}", MAL.address), most=1)
    logins.claim_guess(MAL)
    logins.forgive(MAL)
    assert guesses(Guesser("one", MAL.address), most=1) == 1
    assert guesses(Guesser("two", MAL.address), most=1) == 0


def test_what_is_over_is_not_kept():
    for name in range(20):
        guesses(Guesser(f"n{name}", MAL.address), most=1)
    pass_time(WAIT + timedelta(seconds=1))
    logins.claim_guess(MAL)
    assert LoginGuesses.objects.count() == len(MAL.counts)


def test_neither_names_nor_addresses_are_stored():
    logins.claim_guess(MAL)
    stored = str(list(LoginGuesses.objects.values()))
    assert "ins" not in stored
    assert MAL.address not in stored


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_no_way_round():
    def guess(_: int) -> bool:
        try:
            logins.claim_guess(MAL)
        except TooManyGuesses:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(guess, range(36))) == MOST_OF_NAME
