"""Generated stream ids replaced by 1-0, 2-0, … so that every play of the lesson gives the same result."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tutor.engine.redis.arguments import asks_for_id, id_place
from tutor.engine.values.replies import Reply
from tutor.recording.tape import Changed, Event, Got, Printed, Replied, TapedCommand

Rename = Callable[[Any], Any]
"""Replaces the ids in a value of any depth."""


def with_plain_ids(events: Sequence[Event]) -> list[Event]:
    """Return the events with plain ids in place of generated ones if the script uses any generated id."""
    generated = _generated_ids(events)
    if not generated or not _is_any_used(events, generated):
        return list(events)
    plain = {real: f"{i}-0" for i, real in enumerate(generated, 1)}
    by_number = {number: plain[real] for real, number in generated.items()}
    rename = _renaming(plain)
    return [_renamed(event, rename, by_number) for event in events]


def _generated_ids(events: Sequence[Event]) -> dict[str, int]:
    """Return the ids that the server generated, each with the number of its command."""
    asked = {event.number for event in events if isinstance(event, TapedCommand) and asks_for_id(event.words)}
    replies = [event for event in events if isinstance(event, Replied) and event.number in asked]
    return {event.reply: event.number for event in replies if isinstance(event.reply, str)}


def _is_any_used(events: Sequence[Event], generated: Mapping[str, int]) -> bool:
    """Return whether an id occurs outside the variable that takes it from its command's reply."""
    last: Reply = None
    for event in events:
        if isinstance(event, Replied):
            last = event.reply
        shown = repr(_used(event, last))
        if any(real in shown for real in generated):
            return True
    return False


def _used(event: Event, last: Reply) -> Any:
    """Return the values of an event in which an id counts as used; `last` is the previously read reply."""
    match event:
        case TapedCommand():
            return event.words
        case Printed():
            return event.text
        case Changed():
            return [value for value in event.values.values() if value not in (last, {"bytes": last})]
    return None


def _renaming(plain: Mapping[str, str]) -> Rename:
    found = re.compile("|".join(map(re.escape, plain)))

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return found.sub(lambda match: plain[match[0]], value)
        if isinstance(value, list):
            return [rename(each) for each in value]
        return {rename(key): rename(each) for key, each in value.items()} if isinstance(value, dict) else value

    return rename


def _renamed(event: Event, rename: Rename, by_number: Mapping[int, str]) -> Event:
    match event:
        case TapedCommand():
            words = list(event.words)
            if event.number in by_number:
                words[id_place(words)] = by_number[event.number]
            return replace(event, words=rename(words))
        case Replied():
            return replace(event, reply=rename(event.reply))
        case Got():
            return replace(event, push=rename(event.push))
        case Printed():
            return replace(event, text=rename(event.text), reads=rename(event.reads))
        case Changed():
            return replace(event, values=rename(event.values))
    return event
