"""The picture of a step: the acting actor, the content of the keys, and the messages on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from tutor.drawing.changes import VariableValue, changed_variables
from tutor.drawing.keys_and_channels import Channel, ShownKey, shown_channel, shown_key
from tutor.drawing.tokens import Token, token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Actor
from tutor.engine.lesson.run_names import NO_NAMES, Names, channels_of
from tutor.engine.playing import hands
from tutor.engine.playing.hands import NO_HANDS, Hands
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.redis.table import traits_of
from tutor.engine.story.deeds import awaited_keys
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry, start_keys
from tutor.engine.trace.happenings import NOT_READ, Happening, unread_text
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import ErrorReply, NotSent, ProgramError
from tutor.engine.values.replies import Json, Value, encoded
from tutor.engine.values.wording import counted


@dataclass(frozen=True, slots=True)
class ShownActor:
    """An actor in its place; `holding` is the message in its hands, the newest of several (`holding_more`: the others).

    `state` is "", waiting, subscribed, transaction, crashed or unread (there are unread messages); `state_text`
    describes it.
    """

    name: str
    label: str
    role: str
    hue: int
    is_active: bool = False
    holding: Token | None = None
    holding_more: int = 0
    motion: str = ""
    note: str = ""
    state: str = ""
    state_text: str = ""
    kept: tuple[VariableValue, ...] = ()
    """The variables of its program that the step changed."""


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A line about an event at another actor: `actor said token tail`."""

    actor: ShownActor
    said: str
    token: Token | None = None
    tail: str = ""
    changed: str = ""
    """The variables that the event changed."""


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
    gone: tuple[str, ...] = ()
    """The keys that the step removed, if only a pattern watches them."""


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
    gone = tuple(name for name in entry.gone if name in entry.was)
    shown = _picture(
        lesson,
        [_at_work(lesson, actor, story) for actor in cast.values()],
        tuple(shown_key(name, state, story) for name, state in entry.keys.items()),
        _channels(lesson, names, story),
        unshown=entry.unshown,
    )
    return replace(shown, gone=gone)


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
    shown = [_shown_event(cast[each.actor], each) for each in story.happenings]
    return tuple(replace(each, changed=_names_changed(story, each.actor.name)) for each in shown)


def _names_changed(story: Story, actor: str) -> str:
    return ", ".join(each.name for each in changed_variables(story, actor) if actor != story.entry.actor)


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
    items = _in_hands(lesson, actor.name, story)
    return replace(
        actor,
        is_active=is_active,
        holding=_held_token(lesson, items[-1].value) if items else None,
        holding_more=max(0, len(items) - 1),
        motion="is-arriving" if items and items[-1].since == entry.position else "",
        note=_note_of(came) if came else _note(lesson, story, items) if is_active else "",
        kept=changed_variables(story, actor.name),
        state=lane.get("state", ""),
        state_text="; ".join(filter(None, (_own_state(lane), unread_text(lane)))),
    )


def _in_hands(lesson: Lesson, actor: str, story: Story) -> tuple[hands.Possession, ...]:
    """Return what the actor holds after the step, the newest last."""
    entry = story.entry
    if entry.lanes.get(actor, {}).get("state") == "waiting":
        return ()
    return _hands_after(lesson, entry).of(actor)


def _hands_after(lesson: Lesson, entry: TraceEntry) -> Hands:
    """Return what the actors hold; of an entry of an older version only what they took at this step is known."""
    if entry.hands is not None:
        return Hands.from_json(entry.hands)
    waited = {actor: lane for actor, lane in entry.lanes_before.items() if lane["state"] == "waiting"}
    return hands.after(NO_HANDS, entry, lesson, awaited={actor: _words_of(lane) for actor, lane in waited.items()})


def _words_of(lane: Mapping[str, Json]) -> Sequence[str]:
    """Return the command that an actor waits for; older versions recorded only its text."""
    words: Sequence[str] = lane.get("words") or lane["command"].split()
    return words


def _held_token(lesson: Lesson, value: str) -> Token:
    # A program that does not decode has bytes.
    return token(value if lesson.redis_client.decode_responses else encoded(value))


def _own_state(lane: Mapping[str, Json]) -> str:
    match lane.get("state"):
        case "waiting":
            return f"on {awaited_keys(_words_of(lane))}, since step {lane['since']}"
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


def _note(lesson: Lesson, story: Story, items: Sequence[hands.Possession]) -> str:
    """Return the active actor's deed in a few words."""
    entry = story.entry
    if entry.refusal:
        return _REFUSED[type(entry.refusal)]
    if entry.printed:
        return entry.output_text
    note = _own_note(story)
    return _exchanged(lesson, story, items) if note is None else note


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


def _exchanged(lesson: Lesson, story: Story, items: Sequence[hands.Possession]) -> str:
    """Return the element that the actor took, sent or read; a count or a status line is none."""
    entry = story.entry
    command = traits_of(entry.words)
    taken = [_held_token(lesson, each.value).text for each in items if each.since == entry.position]
    if taken and entry.words:
        return f"took {', '.join(taken[:2])}" + (f" and {len(taken) - 2} more" if len(taken) > 2 else "")
    if entry.command and entry.reply is None:
        # SET answers nil if NX or XX kept it from setting, but with GET also if there was no value before.
        return "got nil" if command.puts else "got nothing"
    if command.moves:
        return f"moved {as_repr(entry.reply)}" if isinstance(entry.reply, str) else ""
    pushed = [as_repr(value) for key in story.movements for value in _pushed(story, key)]
    if pushed and command.puts:
        return "sent " + ", ".join(pushed[:2])
    is_read = isinstance(entry.output, str | bytes) and not command.writes
    return f"read {entry.output_text}" if is_read and not entry.printed else ""


def _pushed(story: Story, key: str) -> Sequence[Value]:
    """Return the elements that went into a list through one of its ends."""
    state, move = story.entry.keys[key], story.movements[key]
    return [state["items"][place] for place in move.entered] if move.entered_side else ()
