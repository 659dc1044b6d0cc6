"""What each actor holds: what it took out of a key, or received, and has not finished.

A hand follows from the commands sent and their replies. A variable that was only read is no possession: neither the
reply to GET or ZRANGE, nor a count, nor a time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.playing.mentions import is_used_after, names_used
from tutor.engine.redis.arguments import entry_place, runs_transaction, value_places
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.messages import message_held, message_in_entry, messages_taken
from tutor.engine.values.formatting import as_str, clipped
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Json, Reply, Value, decode, error_of

MOST_HELD = 12
MOST_COPIES = 64
MOST_FOUND = 48
"""Limits of a record: elements per hand, copies in working lists, elements remembered from an actor's last look."""


@dataclass(frozen=True, slots=True)
class Possession:
    """An element, entry or message in a hand since step `since`. `id`, `group`: those of a stream's entry.

    `copy`: the key that keeps it until it is done: a working list, or the stream in whose group it is pending.
    `is_message`: it was published. `is_done`: the step finishes it, so the next one has an empty hand.
    """

    value: str
    since: int
    id: str = ""
    copy: str = ""
    group: str = ""
    is_message: bool = False
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    """The hands after a step, by actor, the newest element last; and what later steps need to tell what is taken.

    `copies`: the elements that moves put into working lists. `sources`: the keys from which they came. `found`: the
    key that an actor looked into last, and what it found there.
    """

    held: Mapping[str, tuple[Possession, ...]] = field(default_factory=dict)
    copies: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    found: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def of(self, actor: str) -> tuple[Possession, ...]:
        """Return what the actor holds."""
        return self.held.get(actor, ())

    def as_json(self) -> dict[str, Json]:
        """Return the hands as an entry records them, without what is empty."""
        held = {actor: [_record(each) for each in items] for actor, items in self.held.items() if items}
        parts = {"held": held, "copies": self.copies, "sources": self.sources, "found": self.found}
        return {name: part for name, part in parts.items() if part}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Hands":
        """Return the hands that `as_json` stored."""
        held = {actor: tuple(Possession(**each) for each in items) for actor, items in stored.get("held", {}).items()}
        found = {actor: (key, tuple(values)) for actor, (key, values) in stored.get("found", {}).items()}
        copies = tuple((key, value) for key, value in stored.get("copies", ()))
        return cls(held, copies, tuple(stored.get("sources", ())), found)

    def having(self, actor: str, items: Iterable[Possession]) -> "Hands":
        """Return the hands with these in the actor's."""
        return replace(self, held={**self.held, actor: tuple(items)[-MOST_HELD:]})


NO_HANDS = Hands()

Commands = Sequence[tuple[Sequence[str], Reply]]
"""Commands with their replies."""


def _record(held: Possession) -> dict[str, Json]:
    defaults = {each.name: each.default for each in fields(Possession)}
    return {name: value for name, value in asdict(held).items() if value != defaults[name]}


def after(
    before: Hands,
    entry: TraceEntry,
    lesson: Lesson,
    *,
    queued: Sequence[Sequence[str]] = (),
    awaited: Mapping[str, Sequence[str]],
) -> Hands:
    """Return the hands after the step of `entry`.

    `queued`: the commands of the actor's open transaction. `awaited`: the commands of the clients that waited.
    """
    step = lesson.steps[entry.position - 1]
    kept = {actor: tuple(each for each in items if not each.is_done) for actor, items in before.held.items()}
    hands = replace(before, held=kept)
    if step.cuts_connection:
        # A program that crashes loses what is in its memory.
        return hands.having(entry.actor, ())
    hands = _forgotten(hands, entry)
    turn = _Turn(lesson, entry, step)
    for words, reply in _run(entry, queued):
        hands = turn.sent(hands, words, reply)
    return _arrived(turn.used(hands), turn, awaited)


def _run(entry: TraceEntry, queued: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], Reply]]:
    """Yield the commands that took effect at the step; those of a transaction do so at EXEC."""
    for each in entry.sent:
        if isinstance(each.reply, NotSent) or error_of(each.reply) or each.reply == QUEUED:
            continue
        if runs_transaction(each.words) and isinstance(each.reply, list):
            pairs = zip(queued, each.reply, strict=False)
            yield from ((words, reply) for words, reply in pairs if not error_of(reply))
        else:
            yield each.words, each.reply


def _forgotten(hands: Hands, entry: TraceEntry) -> Hands:
    """Return the hands without what its actor's program gave up by setting the variable to None."""
    if entry.sent:
        return hands
    names = [name for name, value in entry.variables.items() if name in entry.was and value is None]
    lost = [entry.was[name] for name in names]
    return hands.having(
        entry.actor, (held for held in hands.of(entry.actor) if not any(_shows(each, held) for each in lost))
    )


def _shows(value: Value, held: Possession) -> bool:
    """Return whether a variable's value is, or contains, what is held."""
    value = message_held(value)
    if isinstance(value, list | tuple | set):
        return any(_shows(each, held) for each in value)
    text = decode(value) if isinstance(value, bytes) else value
    return isinstance(text, str) and clipped(text) in ({held.value, held.id} - {""} or {held.value})


@dataclass(frozen=True, slots=True)
class _Turn:
    """One step: its actor's commands change hands in order."""

    lesson: Lesson
    entry: TraceEntry
    step: StepFields

    def sent(self, hands: Hands, words: Sequence[str], reply: Reply) -> Hands:
        """Return the hands after a command that took effect."""
        actor, command = self.entry.actor, traits_of(words)
        if command.moves or command.takes or command.pending in ("delivers", "claims"):
            return taken(hands, actor, words, reply, self.entry.position)
        if command.pending == "ends":
            ids = words[3:]
            return hands.having(
                actor,
                (
                    each
                    for each in hands.of(actor)
                    if (each.copy, each.group) != (words[1], words[2]) or each.id not in ids
                ),
            )
        if command.removes:
            return _removed(hands, actor, words, reply, self.entry.position)
        if command.writes or command.puts:
            return self._written(hands, words)
        keys = [words[place] for place in key_places(words)]
        return replace(hands, found={**hands.found, actor: (keys[0], _texts(reply))}) if keys else hands

    def _written(self, hands: Hands, words: Sequence[str]) -> Hands:
        """Return the hands after a command that put something: the element itself, or the result of the work on it."""
        command, own = traits_of(words), self._names_sent
        place = entry_place(words)
        values = list(words[place:]) if place is not None else [words[each] for each in value_places(words)]
        put = {clipped(value) for value in values} if command.puts else set[str]()

        def is_done(held: Possession) -> bool:
            if held.copy:  # it is done when its copy is removed
                return False
            is_used = command.puts or any(_shows(self.entry.variables[name], held) for name in own)
            return held.value in put or (is_used and not self.is_used_later(held))

        return hands.having(self.entry.actor, (each for each in hands.of(self.entry.actor) if not is_done(each)))

    @property
    def _names_sent(self) -> set[str]:
        return {name for template in self.step.templates for name in template.variables} & self.entry.variables.keys()

    def used(self, hands: Hands) -> Hands:
        """Return the hands after a step that sends nothing: what it prints or passes on is done with it."""
        if self.entry.sent or not self.step.runs_in_program or self.step.reads_mailbox:
            return hands
        own = names_used(self.step) & self.entry.variables.keys()

        def with_done(held: Possession) -> Possession:
            is_used = any(_shows(self.entry.variables[name], held) for name in own) or self._is_printed(held)
            return replace(held, is_done=is_used and not held.copy and not self.is_used_later(held))

        return hands.having(self.entry.actor, map(with_done, hands.of(self.entry.actor)))

    def _is_printed(self, held: Possession) -> bool:
        if not self.entry.printed or not held.value:
            return False
        return bool(re.search(rf"(?<!\w){re.escape(held.value)}(?!\w)", as_str(self.entry.output)))

    def is_used_later(self, held: Possession) -> bool:
        """Return whether a later step of the actor uses a variable that has it now, before that gets a new value."""
        names = (name for name, value in self.entry.variables.items() if _shows(value, held))
        return any(is_used_after(self.lesson, self.entry.position, self.entry.actor, name) for name in names)

    def received(self, hands: Hands, actor: str, message: Json) -> Hands:
        """Return the hands after the actor's program got a published message.

        A program that listens is done with a message at once, unless a later step uses it.
        """
        # The variables are those after the step, in which the message is already.
        turn = replace(self, entry=replace(self.entry, actor=actor))
        held = Possession(clipped(as_str(message)), self.entry.position, is_message=True)
        others = (each for each in hands.of(actor) if not each.is_message)
        return hands.having(actor, (*others, replace(held, is_done=not turn.is_used_later(held))))


def _arrived(hands: Hands, turn: _Turn, awaited: Mapping[str, Sequence[str]]) -> Hands:
    """Return the hands after the step's effects: a read message, and what came to other actors; waiting empties."""
    entry = turn.entry
    if turn.step.reads_mailbox and isinstance(message := message_held(_push(entry)), str):
        hands = turn.received(hands, entry.actor, message)
    for event in entry.events:
        if event["kind"] == "message":
            hands = hands if "unread" in event else turn.received(hands, event["actor"], event["reply"][-1])
        elif event["kind"] == "reply" and not error_of(event["reply"]) and event["actor"] in awaited:
            words = awaited[event["actor"]]
            hands = taken(hands, event["actor"], words, event["reply"], entry.position)
    return hands


def _push(entry: TraceEntry) -> Value:
    is_message = isinstance(entry.read, list) and str(entry.read[0]).endswith("message")
    return entry.read[-1] if is_message and isinstance(entry.read, list) else None


def taken(hands: Hands, actor: str, words: Sequence[str], reply: Reply, position: int) -> Hands:
    """Return the hands after a command that takes: asking for more means that what has no copy is done."""
    command = traits_of(words)
    kept = tuple(each for each in hands.of(actor) if each.copy)
    hands = hands.having(actor, kept)
    if command.moves:
        return _moved(hands, actor, words, reply, position) if isinstance(reply, str) else hands
    items = list(_entries(words, reply, position)) if command.pending else list(_elements(words, reply, position))
    ids = {(each.copy, each.group, each.id) for each in items if each.id}
    return hands.having(actor, (*(each for each in kept if (each.copy, each.group, each.id) not in ids), *items))


def _elements(words: Sequence[str], reply: Reply, position: int) -> Iterator[Possession]:
    values = messages_taken(traits_of(words), reply) if reply is not None else []
    return (Possession(clipped(value), position) for value in values if isinstance(value, str))


def _entries(words: Sequence[str], reply: Reply, position: int) -> Iterator[Possession]:
    """Yield the entries that a group has delivered to a consumer, or that a consumer has claimed."""
    is_delivery = traits_of(words).pending == "delivers"
    # The words up to STREAMS are options; NOACK leaves nothing pending.
    group = next((words[i + 1] for i, word in enumerate(words) if word.upper() == "GROUP"), "")
    is_kept = not any(word.upper() == "NOACK" for word in words[4 : len(words) - len(key_places(words))])
    for key, entries in _by_stream(words, reply) if isinstance(reply, list) else ():
        for each in entries:
            id_, parts = each if isinstance(each, list) else (each, [])
            # A deleted entry has nil in place of its fields.
            if parts is not None:
                value = as_str(message_in_entry(parts)) if parts else id_
                copy = key if is_kept or not is_delivery else ""
                yield Possession(clipped(value), position, id_, copy, group if is_delivery else words[2])


def _by_stream(words: Sequence[str], reply: Sequence[Json]) -> Iterator[tuple[str, Sequence[Json]]]:
    if traits_of(words).pending == "delivers":
        yield from ((key, entries) for key, entries in reply)
    else:
        # XAUTOCLAIM answers with a cursor before the entries.
        has_cursor = len(reply) > 1 and isinstance(reply[0], str) and isinstance(reply[1], list)
        yield words[1], [each for each in (reply[1] if has_cursor else reply) if each is not None]


def _moved(hands: Hands, actor: str, words: Sequence[str], value: str, position: int) -> Hands:
    source, target = (words[place] for place in key_places(words)[:2])
    text = clipped(value)
    if source == target:  # a rotation: it is where it was
        return hands
    if (source, text) not in hands.copies:
        return _into_working_list(hands, actor, (source, target), Possession(text, position, copy=target))
    hands = _without_copy(hands, source, text)
    own = next((each for each in hands.of(actor) if (each.copy, each.value) == (source, text)), None)
    if own is not None:  # it is done, or given back
        return _dropped(hands, actor, own)
    # What a crash left in a working list is given back to the queue, or taken over.
    if target in hands.sources:
        return hands
    return _into_working_list(hands, actor, (source, target), Possession(text, position, copy=target))


def _into_working_list(hands: Hands, actor: str, keys: tuple[str, str], held: Possession) -> Hands:
    sources = tuple(dict.fromkeys([*hands.sources, keys[0]]))[-MOST_COPIES:]
    copies = (*hands.copies, (keys[1], held.value))[-MOST_COPIES:]
    return replace(hands, sources=sources, copies=copies).having(actor, (*hands.of(actor), held))


def _dropped(hands: Hands, actor: str, held: Possession) -> Hands:
    items = list(hands.of(actor))
    items.remove(held)
    return hands.having(actor, items)


def _without_copy(hands: Hands, key: str, value: str) -> Hands:
    copies = list(hands.copies)
    if (key, value) in copies:
        copies.remove((key, value))
    return replace(hands, copies=tuple(copies))


def _removed(hands: Hands, actor: str, words: Sequence[str], reply: Reply, position: int) -> Hands:
    """Return the hands after elements were removed by their values: done if they were held, taken if just found."""
    keys = [words[place] for place in key_places(words)]
    values = dict.fromkeys(clipped(words[place]) for place in value_places(words))
    # If only some of several were there, the reply does not say which.
    if not isinstance(reply, int) or reply < len(values):
        return hands
    looked, seen = hands.found.get(actor, ("", ()))
    for value in values:
        hands = _without_copy(hands, keys[0], value)
        own = next((each for each in hands.of(actor) if each.value == value and each.copy in ("", keys[0])), None)
        if own is not None:
            hands = _dropped(hands, actor, own)
        elif looked == keys[0] and value in seen:
            # Of several that found it, the one that removed it has it.
            hands = hands.having(actor, (*hands.of(actor), Possession(value, position, copy="".join(keys[1:2]))))
    return hands


def _texts(reply: Reply) -> tuple[str, ...]:
    """Return the texts in a reply, however nested."""
    if isinstance(reply, list):
        return tuple(text for each in reply for text in _texts(each))[:MOST_FOUND]
    return (clipped(reply),) if isinstance(reply, str) else ()
