"""Rate limits against guessing passwords: wrong ones are counted, and after too many there is a wait.

A name is held back for an address, not everywhere: a stranger can't lock an instructor out. Nor can a learner in the
same classroom, whose address is the instructor's too: a browser that an instructor logged in with before is counted
separately. A guess is counted before its password is checked, so that concurrent guesses can't evade the limit.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tutor.models import LoginGuesses
from tutor.quotas.visitors import network_of

log = logging.getLogger(__name__)

WAIT = timedelta(minutes=15)
"""Time after the last guess until the count is reset."""

MOST_OF_NAME = 5
MOST_OF_BROWSER = 10
MOST_OF_ADDRESS = 50
"""For all names together: hashing a password, right or wrong, takes half a second of a processor."""


class TooManyGuesses(Exception):
    """The password was not checked; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong passwords: wait {seconds} s.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Guesser:
    """The origin of a guess: the name, the address, and the browser ("" for an unknown one)."""

    name: str
    address: str
    browser: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """The limits of the counters of this guess, by digest; the shared one first, so that all lock in one order."""
        if self.browser:
            return {_digest("browser", self.browser): MOST_OF_BROWSER}
        network = network_of(self.address)
        return {
            _digest("address", network): MOST_OF_ADDRESS,
            _digest("name", network, self.name): MOST_OF_NAME,
        }


def claim_guess(guesser: Guesser) -> None:
    """Count one guess. Raises: TooManyGuesses; such a guess is not counted, and does not prolong the wait."""
    now = timezone.now()
    LoginGuesses.objects.filter(ends_at__lte=now).delete()
    with transaction.atomic():
        rows = [(_locked_row(who, now), most) for who, most in guesser.counts.items()]
        waits = [row.ends_at - now for row, most in rows if row.count >= most]
        if not waits:
            for row, _ in rows:
                row.count, row.ends_at = row.count + 1, now + WAIT
                row.save()
            return
    seconds = max(1, ceil(max(waits).total_seconds()))
    log.warning("Logging in from %s has to wait for %d s: too many wrong passwords", guesser.address, seconds)
    raise TooManyGuesses(seconds)


def forgive(guesser: Guesser) -> None:
    """Forget the wrong guesses before the right one; those of the address for other names stay."""
    *common, own = guesser.counts
    LoginGuesses.objects.filter(who=own).delete()
    LoginGuesses.objects.filter(who__in=common, count__gt=0).update(count=F("count") - 1)


def _digest(*words: str) -> str:
    """Return a name for the counter that does not reveal the name or the address."""
    return salted_hmac("tutor.logins", "\n".join(words), algorithm="sha256").hexdigest()


def _locked_row(who: str, now: datetime) -> LoginGuesses:
    # The row has to be stored before it can be locked; SQLite has no row locks, but its transaction locks everything.
    row, _ = LoginGuesses.objects.select_for_update().get_or_create(who=who, defaults={"ends_at": now + WAIT})
    return row
