"""Problems of a whole play: steps that wait in vain, impossible steps, plays that differ."""

from collections.abc import Iterator, Mapping, Sequence

from tutor.authoring.claim_problems import shortened
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.steps.read import ReadStep
from tutor.engine.playing.moment import still_waiting
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.replay import replayed
from tutor.engine.redis.table import traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Json, Reply, as_python


def waits_in_vain(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that still wait at the end of a whole play."""
    for actor, since in still_waiting(entries).items():
        message = f"{actor} waits here for something that no later step brings"
        yield Problem(("steps", since - 1, lesson.steps[since - 1].kind), message)


def play_problems(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps that no program could perform, or that read a missing message."""
    lanes = [{}, *(entry.lanes for entry in entries)]
    for before, entry in zip(lanes, entries, strict=False):
        yield from _impossible(lesson, entry, before.get(entry.actor, {}))
        yield from _missing_message(lesson, entry)


def first_difference(first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the first step that differs between two plays of a lesson; later differences may follow from it."""
    for one, other in zip(first, second, strict=True):
        texts = _differing_texts(one, other)
        if texts is None or tells_time(one.words):
            continue
        if one.words and not _is_servers_choice(one.words, one.reply):
            path = ("steps", one.position - 1, one.kind)
            message = f"this step plays differently each time: first {texts[0]}, then {texts[1]}"
            yield Problem(path, message, facts=Facts(*texts))
        return


def _impossible(lesson: Lesson, entry: TraceEntry, lane: Mapping[str, Json]) -> Iterator[Problem]:
    """Yield the reasons why no program could perform this step; `lane` is its actor's previous state."""
    at: Path = ("steps", entry.position - 1)
    step = lesson.steps[entry.position - 1]
    if isinstance(entry.refusal, NotSent):
        yield Problem((*at, step.kind), f"this can't be sent: {entry.refusal.said}")
    elif lane.get("state") == "waiting" and not entry.sent and step.runs_in_program:
        message = f"{entry.actor} still waits for the reply to step {lane['since']}, and can do nothing before it comes"
        yield Problem((*at, "actor"), message)
    elif traits_of(entry.words).pubsub == "ends" and lane.get("state") != "subscribed":
        yield Problem((*at, step.kind), f"{entry.actor} is subscribed to nothing that it could unsubscribe from")


def _missing_message(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    """Yield the problem of picking a part of a message although get_message() returns None.

    It also returns None for a confirmation if ignore_subscribe_messages is set:
    https://redis.readthedocs.io/en/stable/advanced_features.html#publish-subscribe
    """
    step = lesson.steps[entry.position - 1]
    if not isinstance(step, ReadStep) or not step.pick:
        return
    if step.returned(entry.read) is None:
        why = "no message has come" if entry.read is None else "a confirmation has come, which it ignores"
        message = f"get_message() returns None here, and None[{step.pick!r}] is a TypeError in Python: {why}"
        yield Problem(("steps", entry.position - 1, "pick"), message)


def _is_servers_choice(words: list[str], reply: Reply) -> bool:
    """Return whether the server chooses the result of this command: an id, a member.

    That is not a problem, because a rebuild sends the recorded choice. Redis replicates such commands by their effect
    in the same way: SPOP as SREM, `XADD … *` with the id.
    """
    return is_left_to_chance(words) or replayed(words, reply) != words


def _differing_texts(one: TraceEntry, other: TraceEntry) -> tuple[str, str] | None:
    """Return the texts of the first difference between two entries of the same step; None if they are equal."""
    if one.reply != other.reply:
        return shortened(as_repr(as_python(one.reply))), shortened(as_repr(as_python(other.reply)))
    if one.events != other.events:
        return shortened(as_repr(one.events)), shortened(as_repr(other.events))
    names = [name for name in {**one.keys, **other.keys} if one.keys.get(name) != other.keys.get(name)]
    return (_key_text(one, names[0]), _key_text(other, names[0])) if names else None


def _key_text(entry: TraceEntry, key: str) -> str:
    return f"{key}: {entry.value_text(key)}" if key in entry.keys else f"no key {key}"
