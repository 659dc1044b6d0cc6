"""The port to a broker: what the player asks of it for one step, and what comes back.

There are two behind it: a corner of a shared server, where a plain step is one round trip, and connections, one an
actor, for lessons whose actors wait, subscribe or crash. Neither makes an entry: `player.perform` does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self

from tutor.engine.values.replies import Reply, Words


@dataclass(frozen=True, slots=True)
class Act:
    """All that one step asks of the broker.

    In order: the actor's connection is cut (`crashes`), `passes_ms` milliseconds pass and the waiting of `times_out`
    ends, the commands of `sends` are sent, `reads` are read. `claim`, `lives` and `ends` are what the entry before
    recorded: the word of its exchange, how many milliseconds each key had left to live, and which keys end at a time of
    the clock, in milliseconds since 1970. `named` are the keys that the run has named by its variables up to this step,
    the last `news` of them here for the first time: nothing can be in those before. `has_field_lives` asks what fields
    of hashes have left to live as well.
    """

    position: int
    actor: str
    sends: tuple[Words, ...] = ()
    reads: Sequence[Words] = ()
    crashes: bool = False
    passes_ms: int = 0
    times_out: tuple[str, ...] = ()
    claim: str = ""
    lives: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    news: int = 0
    has_field_lives: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came to an actor that another one's step has woken, or that is subscribed: a reply or a message."""

    actor: str
    kind: Literal["reply", "message"]
    reply: Reply


@dataclass(frozen=True, slots=True)
class PortAnswer:
    """What came of an act: a reply for each command sent, but for the last one if its client waits.

    `elapsed_us` counts microseconds around the broker call. `claim` is a word of this exchange's own. `field_lives` are
    the milliseconds that fields have left to live, by key and field, where the act asks for them.
    """

    replies: tuple[Reply, ...]
    reads: Sequence[Reply]
    elapsed_us: int
    is_waiting: bool = False
    arrivals: Sequence[Arrival] = ()
    claim: str = ""
    field_lives: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


Ahead = Callable[[], Sequence[Act]]
"""Gives the acts that are certain to follow, so that a port can send them in the same round trip."""


def nothing_ahead() -> Sequence[Act]:
    """Return no acts: what follows is decided later, by a learner's next click."""
    return ()


class Port(Protocol):
    """A broker, as far as one play needs it. Keys and channels have no prefix here.

    Entered before use; on leaving, all that belongs to this play alone is removed.
    """

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Do what the step asks. Position 1 starts from nothing.

        Raises: CornerBehind if the keys are not those that the step before left (restore, then ask again); BrokerAway.
        """
        ...

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Start from nothing and do these acts again, whose replies are known; `claim` is the last one's.

        Raises: BrokerAway.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
