"""The port to a broker: the player's request for one step, and the answer.

It has two implementations: a corner of a shared server, where a plain step is one round trip, and one connection for
each actor, for lessons whose actors wait, subscribe or crash. Only `player.concluded` creates entries.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self

from tutor.engine.redis.table import Space
from tutor.engine.values.replies import Reply, Words


@dataclass(frozen=True, slots=True)
class Connection:
    """What an actor's connection holds between two steps.

    `watches`: the keys that it watches. `is_doomed`: one of them has changed, so EXEC will be answered with nil.
    `attempts`: the commands sent since MULTI, each with whether it was queued; None without a transaction. `channels`:
    its subscriptions, each a kind and a name. `waits_for`: the command whose reply has not come.
    """

    actor: str
    watches: tuple[str, ...] = ()
    is_doomed: bool = False
    attempts: tuple[tuple[Words, bool], ...] | None = None
    channels: tuple[tuple[Space, str], ...] = ()
    waits_for: Words = ()


@dataclass(frozen=True, slots=True)
class Act:
    """The request to the broker for one step.

    In order: the actor's connection is cut (`crashes`), `passes_ms` milliseconds pass and the waiting of `times_out`
    ends, the commands of `sends` are sent, `reads` are read. The previous entry recorded `claim`, the word of its
    exchange ("" before the first step), `lives`, the milliseconds that each key had left to live, and `ends`, the keys
    that end at an instant, in milliseconds since 1970. `named` are the keys that the run has named by its variables up
    to this step. The last `news` of them are new, and nothing can be in them yet. `has_field_lives` also asks for the
    lives of hash fields, and `field_lives` are those that the previous entry recorded. `connections` are those that are
    not as new before the step, in the order in which to open them again; None if that would not give back their state.
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
    field_lives: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    connections: Sequence[Connection] | None = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A reply that ends an actor's wait at another actor's step, or a message to a subscriber."""

    actor: str
    kind: Literal["reply", "message"]
    reply: Reply


@dataclass(frozen=True, slots=True)
class PortAnswer:
    """The result of an act: a reply to each command, except to the last one if its client waits.

    `elapsed_us` counts microseconds around the broker call. `claim` is a word that names this exchange. `field_lives`
    are the milliseconds that fields have left to live, by key and field, if the act asks for them. `doomed` are the
    actors that watch a key which has changed.
    """

    replies: tuple[Reply, ...]
    reads: Sequence[Reply]
    elapsed_us: int
    is_waiting: bool = False
    arrivals: Sequence[Arrival] = ()
    claim: str = ""
    field_lives: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    doomed: frozenset[str] = frozenset()


Ahead = Callable[[], Sequence[Act]]
"""Returns the acts certain to follow, so that a port can send them in the same round trip."""


def nothing_ahead() -> Sequence[Act]:
    """Return no acts: a learner's next click decides what follows."""
    return ()


class Port(Protocol):
    """The interface of a broker for one play. Keys and channels have no prefix here.

    It is entered before use. Leaving it removes everything that belongs to this play alone.
    """

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Perform the act. Position 1 starts without keys.

        Raises: CornerBehind if the keys are not those of the previous step (restore, then ask again); BrokerAway.
        """
        ...

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Remove all keys and repeat these acts, whose replies are known; `claim` is that of the last act.

        Raises: BrokerAway.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class PassingPort:
    """Passes everything on to another port."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Perform the act."""
        return self._port.exchange(act, ahead)

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Restore the port."""
        self._port.restore(acts, claim=claim)

    def __enter__(self) -> Self:
        self._port.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._port.__exit__(*exc)
