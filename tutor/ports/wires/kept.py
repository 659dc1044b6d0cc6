"""The port for a learner's clicks on a lesson whose actors wait: keys stay for the next click, connections don't.

A click opens again what waited, subscribed or watched (`Act.connections`), performs its step, and closes everything, so
its cost depends on the number of actors and any worker can serve the next click. The corner's counter and claim say
whether the keys are those of the last recorded step. If not, or if a connection's state can't be given back, the lesson
is played from its start under new names.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Self

from tutor.broker.servers import SHARED, PlayServer
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.observation import kept_lives
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.engine.values.replies import Reply, Words, error_of
from tutor.ports.ageing import FieldLives, grow_younger
from tutor.ports.namespace import Generations
from tutor.ports.wires.port import RedisWires
from tutor.ports.wires.reopening import Reopening

log = logging.getLogger(__name__)

A_DAY_MS = 24 * 60 * 60 * 1000
"""An end on the clock that is further away stays that instant; a nearer one is kept as the time that was left."""


class KeptClaim(NamedTuple):
    """The word by which an entry names its exchange: `<generation>.<random word>.<milliseconds of the server>`.

    The counter holds the position and the first two parts. The time is "" in lessons that don't show how long ago
    something was.
    """

    generation: str
    word: str
    at_ms: str = ""

    @classmethod
    def parsed(cls, claim: str) -> Self | None:
        """Return the parts; None for the claim of an earlier version, whose keys are gone."""
        parts = claim.split(".")
        return cls(*parts) if len(parts) == len(cls._fields) else None

    @property
    def held(self) -> str:
        """The part that the counter holds."""
        return f"{self.generation}.{self.word}"


class KeptWires(RedisWires):
    """The connections of one click, and the run's keys before and after it."""

    def __init__(self, run_id: str, lesson: Lesson, server: PlayServer = SHARED) -> None:
        self._own = Generations(run_id, lesson)
        super().__init__(self._own, server)
        self._gives_lives, self._shows_idle = lesson.gives_lives, lesson.shows_idle_times
        self._claim, self._held = KeptClaim("", ""), ""
        """The claim of the last exchange, and what it has put into the counter; "" before the first one."""
        self._field_lives_left: FieldLives = {}
        """The lives of hash fields after it."""

    def _opening(self) -> list[Words]:
        return []

    def _last_commands(self) -> list[Words]:
        # Between two clicks no time passes for a key, however long the learner thinks. This comes after the last look
        # at watched keys, which it would change.
        lasting: list[Words] = [("PERSIST", key) for key in self._own.keys] if self._gives_lives else []
        lasting += [
            self._own.prefixed(["HPERSIST", key, "FIELDS", str(len(own)), *own])
            for key, own in self._field_lives_left.items()
        ]
        return [*self._killing(), *lasting]

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - steps are never sent ahead
        """Perform the act; see engine.playing.port.Port."""
        if act.position == 1:
            self._begin(1)
        elif not self._held:
            self._resume(act)
        elif act.position == self._position + 1:
            self._require_before(self._held, self._claimed(act.position)[0])
        else:
            raise CornerBehind(f"the connections are at {self._position}, not at {act.position - 1}")
        answer, (_, *time) = self._exchanged(act, ("GET", self._own.counter), *self._clock())
        self._field_lives_left = answer.field_lives
        at_ms = str(_milliseconds(time[0])) if time else ""
        claim = ".".join(self._claim._replace(at_ms=at_ms)) if _can_be_given_back(answer.field_lives) else ""
        return replace(answer, claim=claim)

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Repeat these acts under new names; see engine.playing.port.Port."""
        log.debug("a run on connections is played again from its start")
        self._forget_connections()
        self._begin(0)
        super().restore(acts, claim=claim)

    def _begin(self, position: int) -> None:
        """Begin a generation, and remove the keys of earlier ones. Raises: BrokerAway."""
        self._enter(secrets.token_hex(4))
        *_, stored = self._claimed(position, ("SMEMBERS", self._own.names))
        self._desk.ask_all(self._own.replacing(stored if isinstance(stored, list) else []))

    def _enter(self, generation: str) -> None:
        self._own.enter(generation)
        self._claim = KeptClaim(generation, "")

    def _resume(self, act: Act) -> None:
        """Go on where an earlier click left the keys. Raises: CornerBehind, BrokerAway."""
        known = KeptClaim.parsed(act.claim)
        if known is None or act.connections is None:
            raise CornerBehind("what the actors' connections held can't be given back")
        self._enter(known.generation)
        self._own.note_named(act.named)
        lives = self._lives(act)
        before, _, *replies = self._claimed(act.position, *lives, *self._clock())
        self._require_before(f"{act.position - 1} {known.held}", before)
        if 0 in replies[: len(lives)]:
            raise CornerBehind("a key that had some time left to live is gone")
        self._give_fields_lives(act.field_lives)
        self._forget_the_time(known, replies[len(lives) :])
        reopening = Reopening(self._own, self._desk, self._actors, self._blocked, self._delivery)
        for connection in act.connections:
            reopening.open(connection)

    def _forget_the_time(self, known: KeptClaim, time: Sequence[Reply]) -> None:
        """Take back the time since the last click from idle times, before anyone watches the keys again."""
        if not time:
            return
        passed = _milliseconds(time[0]) - int(known.at_ms or 0)
        if not known.at_ms or not grow_younger(self._own.keys, passed, self._desk.ask_all):
            raise CornerBehind("the idle times of pending entries can't be given back")

    def _claimed(self, position: int, *more: Words) -> list[Reply]:
        """Set the counter to a new claim; return what it held, and the replies to the index and to `more`."""
        self._claim = KeptClaim(self._claim.generation, secrets.token_hex(8))
        self._held = f"{position} {self._claim.held}"
        replies = self._desk.ask_all([*self._own.claiming(self._held), *more])
        if refusal := error_of(replies[0]):
            log.error("the counter of a corner can't be set: %s", refusal)
            raise BrokerAway("The server does not take a command of the program's own.")
        return replies

    @staticmethod
    def _require_before(expected: str, before: Reply) -> None:
        if before != expected:
            raise CornerBehind(f"the corner was at {before}, not at {expected}")

    def _require_there(self, said: Sequence[Reply]) -> None:
        if said[0] != self._held:
            raise CornerBehind("the corner was taken away while the step ran")

    def _lives(self, act: Act) -> list[Words]:
        """Return the commands that give keys the time that they had left after the last step."""
        return [
            self._own.prefixed(
                ["PEXPIREAT", key, str(act.ends[key])]
                if key in act.ends and left > A_DAY_MS
                else ["PEXPIRE", key, str(left)]
            )
            for key, left in act.lives.items()
        ]

    def _give_fields_lives(self, lives: FieldLives) -> None:
        """Give fields the time that they had left after the last step. Raises: CornerBehind, BrokerAway."""
        orders = self._desk.ask_all([self._own.prefixed(["HKEYS", key]) for key in lives])
        if any(not own.keys() <= set(order or ()) for own, order in zip(lives.values(), orders, strict=True)):
            raise CornerBehind("a field that had some time left to live is gone")
        self._desk.ask_all(
            [
                self._own.prefixed(["HPEXPIRE", key, str(left), "FIELDS", str(len(names)), *names])
                for (key, own), order in zip(lives.items(), orders, strict=True)
                for left, names in _by_life(own, order).items()
            ]
        )

    def _clock(self) -> list[Words]:
        return [("TIME",)] if self._shows_idle else []


def _by_life(lives: Mapping[str, int], order: Sequence[str]) -> Mapping[int, Sequence[str]]:
    """Return the fields of a hash by what they have left to live, each group in the order in which to give it to them.

    A server that keeps fields in the order of their lives puts one in front of others with the same life.
    """
    found: dict[int, list[str]] = {}
    for name in reversed(order):
        if name in lives:
            found.setdefault(lives[name], []).append(name)
    return found


def _can_be_given_back(lives: FieldLives) -> bool:
    """Return whether the entry keeps all these lives, none of which may be a distant end on the clock."""
    is_near = all(left <= A_DAY_MS for own in lives.values() for left in own.values())
    return is_near and kept_lives(lives) == lives


def _milliseconds(time: Reply) -> int:
    """Return the reply to TIME, seconds and microseconds, in milliseconds."""
    seconds, microseconds = map(int, time)
    return seconds * 1000 + microseconds // 1000
