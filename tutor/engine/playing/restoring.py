"""The commands that bring a port to a recorded position, with recorded values in place of random ones."""

from collections.abc import Iterator, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis.arguments import ends_transaction
from tutor.engine.redis.replay import replayed, with_field_lives_left, with_life_left
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.trace.entry import Sent, TraceEntry
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Reply


def words_again(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[list[list[str]]]:
    """Yield, for each entry, commands with the same effects as those it recorded."""
    found = [[_again(each, each.reply) for each in entry.sent] for entry in entries]
    for entry, place, reply in _executed(lesson, entries):
        found[entry.position - 1][place] = _again(entry.sent[place], reply)
    for entry, commands in zip(entries, found, strict=True):
        sent = [(words, each.reply) for words, each in zip(commands, entry.sent, strict=True) if words is not None]
        # A lesson on connections is replayed at each click, when an instant of expiry may have passed.
        yield [_with_lives_left(each, entry) if lesson.needs_connections else each[0] for each in sent]


def _with_lives_left(sent: tuple[list[str], Reply], entry: TraceEntry) -> list[str]:
    words, reply = sent
    return with_field_lives_left(with_life_left(words, entry.lives), reply, entry.field_lives)


def _again(sent: Sent, reply: Reply) -> list[str] | None:
    return None if isinstance(sent.reply, NotSent) else replayed(sent.words, reply)


def _executed(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[tuple[TraceEntry, int, Reply]]:
    """Yield each command queued in a transaction: its entry, its index there, and its reply within EXEC's."""
    queued: dict[str, list[tuple[TraceEntry, int]]] = {}
    for entry in entries:
        for place, each in enumerate(entry.sent):
            if each.reply == QUEUED:
                queued.setdefault(entry.actor, []).append((entry, place))
            elif ends_transaction(each.words, each.reply):
                ran = queued.pop(entry.actor, [])
                replies = each.reply if isinstance(each.reply, list) else []
                for (at, where), reply in zip(ran, replies, strict=False):
                    yield at, where, reply
        if lesson.steps[entry.position - 1].cuts_connection:
            queued.pop(entry.actor, None)
