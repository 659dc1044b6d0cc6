"""The actors' connections as JSON, so that an entry alone says what the next step needs to know of them.

Mappings whose order matters are lists of pairs, because a database may keep the names of an object in another order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.cast import Cast, Waiting
from tutor.engine.program.mailbox import Mailbox, Name
from tutor.engine.values.replies import Json


def as_json(cast: Cast) -> dict[str, Json]:
    """Return the state of all connections that are not new; what is empty is left out."""
    found: dict[str, Json] = {
        "waiting": [[actor, each.position, each.left_ms, [*each.words]] for actor, each in cast.waiting.items()],
        "channels": [[actor, [[*each] for each in channels]] for actor, channels in cast.channels.items()],
        "save_messages": dict(cast.save_messages),
        "attempts": {
            actor: [[[*words], is_queued] for words, is_queued in sent] for actor, sent in cast.attempts.items()
        },
        "watches": {actor: [*keys] for actor, keys in cast.watches.items()},
        "doomed": sorted(cast.doomed),
        "crashed": sorted(cast.crashed),
        "mailboxes": {actor: _mailbox_as_json(each) for actor, each in cast.mailboxes.items()},
    }
    return {name: value for name, value in found.items() if value}


def from_json(lesson: Lesson, record: Mapping[str, Any]) -> Cast:
    """Return the state that `as_json` returned for a play of this lesson."""
    attempts = {
        actor: tuple((words, is_queued) for words, is_queued in sent)
        for actor, sent in record.get("attempts", {}).items()
    }
    return Cast(
        waiting={
            actor: Waiting(lesson.steps[position - 1], words, position, left_ms)
            for actor, position, left_ms, words in record.get("waiting", ())
        },
        channels={actor: _names(channels) for actor, channels in record.get("channels", ())},
        save_messages=record.get("save_messages", {}),
        transactions={
            actor: tuple(words for words, is_queued in sent if is_queued) for actor, sent in attempts.items()
        },
        attempts=attempts,
        watches={actor: tuple(keys) for actor, keys in record.get("watches", {}).items()},
        doomed=frozenset(record.get("doomed", ())),
        crashed=frozenset(record.get("crashed", ())),
        readers=lesson.readers,
        mailboxes={actor: _mailbox(each) for actor, each in record.get("mailboxes", {}).items()},
        client=lesson.redis_client,
    )


def _mailbox_as_json(mailbox: Mailbox) -> dict[str, Json]:
    return {
        "unread": [*mailbox.unread],
        "held": _sorted(mailbox.held),
        "leaving": _sorted(mailbox.leaving),
        "is_subscribed": mailbox.is_subscribed,
    }


def _mailbox(record: Mapping[str, Any]) -> Mailbox:
    return replace(
        Mailbox(),
        unread=tuple(record["unread"]),
        held=frozenset(_names(record["held"])),
        leaving=frozenset(_names(record["leaving"])),
        is_subscribed=record["is_subscribed"],
    )


def _sorted(names: Iterable[Name]) -> list[list[Json]]:
    return [[*each] for each in sorted(names, key=lambda each: (each[0], each[1] or ""))]


def _names(pairs: Iterable[Any]) -> tuple[Any, ...]:
    return tuple((space, name) for space, name in pairs)
