"""The picture of a step: the acting actor, the content of the keys, and the messages on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from tutor.drawing.keys_and_channels import Channel, ShownKey, shown_channel, shown_key
from tutor.drawing.tokens import Token, token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Actor
from tutor.engine.lesson.run_names import NO_NAMES, Names, channels_of
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.story.deeds import awaited_keys
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry, start_keys
from tutor.engine.trace.happenings import NOT_READ, Happening, unread_text
from tutor.engine.trace.messages import message_held
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import ErrorReply, NotSent, ProgramError
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import counted


@dataclass(frozen=True, slots=True)
class ShownActor:
    """An actor in its place; `holding` is the message in its hands.

    `state` is "", waiting, subscribed, transaction, crashed or unread (there are unread messages); `state_text`
    describes it.
    """

    name: str
    label: str
    role: str
    hue: int
    is_active: bool = False
    holding: Token | None = None
    motion: str = ""
    note: str = ""
    state: str = ""
    state_text: str = ""


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A line about an event at another actor: `actor said token tail`."""

    actor: ShownActor
    said: str
    token: Token | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Producers left, the broker's keys in the middle, consumers right."""

    producers: tuple[ShownActor, ...]
    keys: tuple[ShownKey, ...]
    channels: tuple[Channel, ...]
    consumers: tuple[ShownActor, ...]
    unshown: int = 0
    """The number of further keys that match a watched pattern."""
    awaited: tuple[str, ...] = ()
    """The watched patterns, if there is nothing else to draw."""


def actors(lesson: Lesson) -> Mapping[str, ShownActor]:
    """Return the lesson's actors by name; the hue is the number in the lesson."""
    return _shown_cast(lesson.cast)


# A hue depends on the place in the lesson, so that an actor has the same colour on every page and in every view.
@lru_cache(maxsize=256)
def _shown_cast(cast: tuple[Actor, ...]) -> Mapping[str, ShownActor]:
    shown = {actor.name: ShownActor(actor.name, actor.shown, actor.side, hue) for hue, actor in enumerate(cast)}
    return MappingProxyType(shown)


def picture(lesson: Lesson, story: Story) -> Picture:
    """Return the picture after a step."""
    entry, cast = story.entry, actors(lesson)
    names = Names.from_json(entry.named) if entry.named else NO_NAMES
    return _picture(
        lesson,
        [_at_work(lesson, actor, story) for actor in cast.values()],
        tuple(shown_key(name, state, story) for name, state in entry.keys.items()),
        _channels(lesson, names, story),
        unshown=entry.unshown,
    )


def picture_at_start(lesson: Lesson) -> Picture:
    """Return the picture before the first step."""
    keys = tuple(shown_key(name, state, None) for name, state in start_keys(lesson.watched).items())
    return _picture(lesson, [*actors(lesson).values()], keys, _channels(lesson, NO_NAMES, None))


def _picture(
    lesson: Lesson,
    cast: Sequence[ShownActor],
    keys: tuple[ShownKey, ...],
    channels: tuple[Channel, ...],
    unshown: int = 0,
) -> Picture:
    return Picture(
        tuple(actor for actor in cast if actor.role == "producer"),
        keys,
        channels,
        tuple(actor for actor in cast if actor.role == "consumer"),
        unshown=unshown,
        awaited=() if keys or channels else tuple(lesson.watched_patterns),
    )


def _channels(lesson: Lesson, names: Names, story: Story | None) -> tuple[Channel, ...]:
    people = {name: (actor.label, actor.hue) for name, actor in actors(lesson).items()}
    return tuple(shown_channel(space, name, story, people) for space, name in channels_of(lesson, names))


def shown_events(lesson: Lesson, story: Story) -> tuple[ShownEvent, ...]:
    """Return the step's effects on other actors, line by line."""
    if not story.happenings:
        return ()
    cast = actors(lesson)
    return tuple(_shown_event(cast[each.actor], each) for each in story.happenings)


def _shown_event(actor: ShownActor, came: Happening) -> ShownEvent:
    if came.raised:
        return ShownEvent(actor, f"raised {came.raised}")
    if came.kind == "message":
        unread = f", {NOT_READ}" if came.is_unread else ""
        return ShownEvent(actor, "received", token(came.value), f"{came.place}{unread}")
    since = f"(waiting since step {came.since})"
    if came.kind == "timeout":
        return ShownEvent(actor, "got nothing: its time limit passed", tail=since)
    if came.refusal:
        return ShownEvent(actor, f"was refused: {came.refusal}", tail=since)
    return ShownEvent(actor, "got", token(came.value), since)


def _at_work(lesson: Lesson, actor: ShownActor, story: Story) -> ShownActor:
    """Return the actor after the step."""
    entry, came = story.entry, story.came_to.get(actor.name)
    is_active = actor.name == story.active_actor
    lane = entry.lanes.get(actor.name, {})
    holding, motion = _in_hands(lesson, actor.name, story)
    return replace(
        actor,
        is_active=is_active,
        holding=holding,
        motion=motion,
        note=_note_of(came) if came else _note(story) if is_active else "",
        state=lane.get("state", ""),
        state_text="; ".join(filter(None, (_own_state(lane), unread_text(lane)))),
    )


def _in_hands(lesson: Lesson, actor: str, story: Story) -> tuple[Token | None, str]:
    """Return the message in the actor's hands, None if there is none, and its movement at this step."""
    entry, came = story.entry, story.came_to.get(actor)
    if came and came.value is not None and not came.is_unread:
        return token(came.value), "is-arriving"
    held = None if entry.lanes.get(actor, {}).get("state") == "waiting" else _held(lesson, actor, entry)
    if held is None:  # a waiting client has nothing in its hands, even if its variable still has a value
        return None, ""
    name, value = held
    return token(value), "is-arriving" if actor == story.active_actor and name in entry.was else ""


def _held(lesson: Lesson, actor: str, entry: TraceEntry) -> tuple[str, Value] | None:
    """Return the variable and value in the actor's hands: a saved one with a value, new values first."""
    names = lesson.saved_by[actor]
    held = [(name, value) for name in names if (value := message_held(entry.variables[name])) is not None]
    return max(held, key=lambda pair: pair[0] in entry.was, default=None)


def _own_state(lane: Mapping[str, Json]) -> str:
    match lane.get("state"):
        case "waiting":
            return f"on {awaited_keys(lane['command'].split())}, since step {lane['since']}"
        case "subscribed":
            return f"listens on {', '.join(lane['channels'])}"
        case "transaction":
            return f"{counted(lane['queued'], 'command')} queued"
        case "crashed":
            return "connection cut"
    return ""


def _note_of(came: Happening) -> str:
    if came.kind == "message":
        return f"received {came.short_place}{f', {NOT_READ}' if came.is_unread else ''}"
    if came.kind == "timeout":
        return "time limit passed"
    return "refused" if came.refusal else f"waited since step {came.since}"


def _note(story: Story) -> str:
    """Return the active actor's deed in a few words."""
    entry = story.entry
    if entry.refusal:
        return _REFUSED[type(entry.refusal)]
    if entry.printed:
        return entry.output_text
    note = _own_note(story)
    return _exchanged(story) if note is None else note


_REFUSED = {ProgramError: "raised an error", ErrorReply: "refused", NotSent: "not sent"}


def _own_note(story: Story) -> str | None:
    """Return the note of a step that published or affected its own connection; None for any other step."""
    entry, step = story.entry, story.step
    if story.receivers is not None:
        return story.reach
    was_in_transaction = entry.lanes_before.get(entry.actor, {}).get("state") == "transaction"
    if was_in_transaction and entry.command and entry.reply is None:
        return "lost the race: nothing was run"
    is_quiet = story.is_waiting or step.cuts_connection or step.reads_mailbox or entry.reply == QUEUED
    return "" if is_quiet else None


def _exchanged(story: Story) -> str:
    """Return the message sent to the broker, else the one received from it."""
    entry = story.entry
    if entry.command and entry.reply is None:
        return "got nothing"
    pushed = [as_repr(value) for key in story.movements for value in _pushed(story, key)]
    if pushed:
        return "sent " + ", ".join(pushed[:2])
    return f"took {entry.output_text}" if isinstance(entry.output, str | bytes) else ""


def _pushed(story: Story, key: str) -> Sequence[Value]:
    """Return the elements that went into a list through one of its ends."""
    state, move = story.entry.keys[key], story.movements[key]
    return [state["items"][place] for place in move.entered] if move.entered_side else ()
