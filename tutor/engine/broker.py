"""The port to a broker: what the engine asks of the corner of Redis that belongs to one run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tutor.engine.values import Reply
from tutor.engine.wires import Wires, Words


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one round trip brought: the counter before it, the reply (None if nothing was sent), the reads, the time.

    `claim` is a word of this exchange's own that stands beside the counter, `found` the one that stood there before.
    """

    counter: int
    reply: Reply
    reads: tuple[Reply, ...]
    elapsed_us: int
    found: str = ""
    claim: str = ""


class Corner(Protocol):
    """A run's private namespace. Keys go in and come out without the prefix that keeps runs apart."""

    def exchange(self, words: Words | None, reads: Sequence[Words], *, position: int) -> Exchange:
        """Set the corner's step counter to `position`, send the command, then the reads, in one round trip.

        The counter is set first: whatever is cut off in the middle, a counter that says n-1 means that step n has
        not run. Position 1 starts from an empty corner. Raises: BrokerAway.
        """
        ...

    def exchanges(self, asked: Sequence[Words | None], reads: Sequence[Words], *, position: int) -> Sequence[Exchange]:
        """Do what `exchange` does at `position` and those after it, all in one round trip.

        They have one claim, and each has its share of the time. The counter is set to the last position first: what
        is cut off in the middle is not recorded, and the corner is rebuilt. Raises: BrokerAway.
        """
        ...

    def wires(self) -> Wires:
        """Return connections for the actors of a lesson that needs them. Raises: BrokerLacks, BrokerAway."""
        ...

    def rebuild(self, history: Sequence[Words], *, position: int, claim: str) -> None:
        """Empty the corner, send the commands of `history`, set the counter and its claim. Raises: BrokerAway."""
        ...
