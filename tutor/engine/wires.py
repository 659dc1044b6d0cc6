"""The port to connections: what the engine asks where each actor of a lesson has a real connection of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from tutor.engine.values import Reply

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server did with a command: it answered, or the client waits. `elapsed_us`: microseconds."""

    reply: Reply
    is_waiting: bool
    elapsed_us: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came to an actor that another one's step has woken, or that is subscribed: a reply or a message."""

    actor: str
    kind: Literal["reply", "message"]
    reply: Reply


class Wires(Protocol):
    """One connection an actor, opened on first use, all closed on leaving; keys and channels have no prefix here.

    Every method raises BrokerAway.
    """

    def call(self, actor: str, words: Words) -> Answer:
        """Send a command on the actor's connection; whether the client waits is asked of the server."""
        ...

    def arrivals(self) -> list[Arrival]:
        """Return what has come to waiting and subscribed actors since the last call, in the actors' order."""
        ...

    def read(self, reads: Sequence[Words]) -> list[Reply]:
        """Return the replies to reads that change nothing, on a connection that belongs to no actor."""
        ...

    def cut(self, actor: str) -> None:
        """Cut the actor's connection as a crash does, and return when the server has noticed."""
        ...

    def time_out(self, actor: str) -> None:
        """Let the actor's waiting end as its own time limit would."""
        ...

    def age(self, milliseconds: int) -> None:
        """Make all that the server remembers of the corner's keys older: what is left to live, how long it is idle."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
