"""The buckets of this machine: a request takes from its learner's and its address's, or is refused with the wait."""

from math import ceil
from pathlib import Path

from django.conf import settings

from tutor.engine.errors import TutorError
from tutor.quotas.buckets import MOST_KEYS, SCOPES, Buckets, Draw, Shortage
from tutor.quotas.kinds import STORING, Limits, RequestKind
from tutor.quotas.rates import in_words
from tutor.quotas.shared_times import SharedTimes
from tutor.quotas.visitors import Sender

BYTES: RequestKind = "bytes"


class TooMany(TutorError):
    """The request was refused, and nothing was done; `seconds`: when it can be sent again."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(f"{reason} You can go on in {in_words(seconds)}.")
        self.seconds = seconds


REASONS = {
    "learner": "You are going faster than this site allows.",
    "address": "Too many requests come from your network at the moment.",
    "learner bytes": "You have stored as much in a short time as this site allows.",
    "address bytes": "Your network has stored as much in a short time as this site allows.",
}


class Limiter:
    """Applies the limits of the settings."""

    def __init__(self, buckets: Buckets | None = None) -> None:
        self._buckets = buckets or Buckets()

    def share(self, folder: Path) -> None:
        """Share the buckets with all processes that use this folder; without effect if no table can be made there."""
        learners, addresses = (SharedTimes.at(folder / f"limits-{scope}", MOST_KEYS) for scope in SCOPES)
        if learners and addresses:
            self._buckets.share({"learner": learners, "address": addresses})

    def require(self, kind: RequestKind, sender: Sender) -> None:
        """Take one request of this kind from the sender's buckets. Raises: TooMany, and takes nothing."""
        draws = _draws(kind, sender, 1)
        if kind in STORING:
            draws += _draws(BYTES, sender, 0)
        if shortage := self._buckets.take(draws):
            raise _refusal(shortage)

    def charge_bytes(self, sender: Sender, count: int) -> None:
        """Take the bytes that a request has stored; the next request waits if that was too much."""
        self._buckets.charge(_draws(BYTES, sender, count))


def _draws(kind: RequestKind, sender: Sender, amount: int) -> list[Draw]:
    limits: Limits = settings.LIMITS
    pair = limits.rates[kind]
    draws = []
    if pair.learner and sender.person is not None:
        draws.append(Draw("learner", (kind, sender.person), pair.learner, amount))
    if pair.address and sender.network:
        draws.append(Draw("address", (kind, sender.network), pair.address, amount))
    return draws


def _refusal(shortage: Shortage) -> TooMany:
    scope, is_bytes = shortage.draw.scope, shortage.draw.amount == 0
    return TooMany(REASONS[f"{scope} bytes" if is_bytes else scope], max(1, ceil(shortage.seconds)))


limiter = Limiter()
"""The limiter of this process, which shares its buckets with the other workers once `share` was called."""
