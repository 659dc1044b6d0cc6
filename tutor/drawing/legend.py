"""The legend of a lesson's page: the signs that this lesson uses, and what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.drawing.picture import ShownActor, actors
from tutor.engine.lesson.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign and its meaning; `icon`: its icon; `line`: the class of a line of the lanes, "" without one."""

    name: str
    meaning: str
    icon: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """The actors and the signs of a lesson."""

    actors: Sequence[ShownActor]
    signs: Sequence[Sign]


def legend_of(lesson: Lesson) -> Legend:
    """Return the legend of a lesson: only signs that can occur on its page."""
    signs = [sign for sign, is_used in _SIGNS if is_used(lesson)]
    return Legend([actors(lesson)[actor.name] for actor in lesson.cast], signs)


def _has_type(*types: str) -> Callable[[Lesson], bool]:
    return lambda lesson: any(type_ in types for type_ in lesson.watched.values())


def _sends(*names: str) -> Callable[[Lesson], bool]:
    return lambda lesson: any(name in lesson.command_names for name in names)


def _always(lesson: Lesson) -> bool:  # noqa: ARG001 - one of the tests of a lesson
    return True


def _has_lanes(lesson: Lesson) -> bool:
    return lesson.has_lanes


def _waits(lesson: Lesson) -> bool:
    return lesson.needs_connections and any(name.startswith("B") for name in lesson.command_names)


def _crashes(lesson: Lesson) -> bool:
    return any(step.cuts_connection for step in lesson.steps)


_SUBSCRIBES = _sends("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE")


def _publishes(lesson: Lesson) -> bool:
    return "PUBLISH" in lesson.command_names


_SIGNS: Sequence[tuple[Sign, Callable[[Lesson], bool]]] = (
    (Sign("Marked cell", "Changed at this step; the old value is struck through below it."), _always),
    (Sign("(nil), None", "Nothing: the server's word for it, and Python's."), _always),
    (Sign("Time", "Beside the command: how long the server took to answer."), _always),
    (Sign("Tube with two ends", "A list. Its left end is its head, its right end its tail."), _has_type("list")),
    (Sign("Field: value", "A hash. The name of each field stands over its value."), _has_type("hash")),
    (Sign("Number under a token", "The score of a member of a sorted set."), _has_type("zset")),
    (Sign("Id over a token", "An entry of a stream, with the fields that it holds."), _has_type("stream")),
    (Sign("Waiting", "Its command has no reply yet.", icon="wait", line="strand is-waiting"), _waits),
    (
        Sign("Subscribed", "Gets what is published to its channels.", icon="listen", line="strand is-subscribed"),
        _SUBSCRIBES,
    ),
    (Sign("Lost", "Published while nobody listened: no one gets it.", icon="crash"), _publishes),
    (
        Sign("In a transaction", "Its commands are queued until EXEC.", icon="queued", line="strand is-transaction"),
        _sends("MULTI"),
    ),
    (
        Sign("Crashed", "Its connection is cut; what it held is gone.", icon="crash", line="strand is-crashed"),
        _crashes,
    ),
    (Sign("Lane", "The life of an actor from left to right; Redis is in the middle.", line="strand"), _has_lanes),
    (Sign("Arrow", "A command to Redis, or a reply or message from it.", line="arrow is-command"), _has_lanes),
)
