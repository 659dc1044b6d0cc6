"""A play between two steps: everything the next step depends on, except the keys in the broker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.run_names import NO_NAMES, Names
from tutor.engine.lesson.steps.base import Variables
from tutor.engine.playing import stored_cast
from tutor.engine.playing.cast import Cast
from tutor.engine.redis.key_states import KeyState
from tutor.engine.trace.entry import Sent, TraceEntry, start_keys
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Value


@dataclass(frozen=True, slots=True)
class Moment:
    """The lesson, the last entry (None before the first step), and the actors' connections."""

    lesson: Lesson
    last: TraceEntry | None
    cast: Cast

    @classmethod
    def at_start(cls, lesson: Lesson) -> "Moment":
        """Return the moment before the first step."""
        return cls(lesson, None, Cast(readers=lesson.readers, client=lesson.redis_client))

    @classmethod
    def after_all(cls, lesson: Lesson, entries: Sequence[TraceEntry]) -> "Moment":
        """Return the moment after these entries, the first of which is step 1's."""
        moment = cls.at_start(lesson)
        for entry in entries:
            moment = moment.after(entry)
        return moment

    @classmethod
    def after_last(
        cls, lesson: Lesson, last: TraceEntry | None, history: Callable[[], Sequence[TraceEntry]]
    ) -> "Moment":
        """Return the moment after `last`; `history` returns all entries up to it, and is asked only for old ones."""
        if last is None:
            return cls.at_start(lesson)
        if not lesson.needs_connections:
            return cls(lesson, last, Cast(client=lesson.redis_client))
        if last.connections is None:
            return cls.after_all(lesson, history())
        return cls(lesson, last, stored_cast.from_json(lesson, last.connections))

    def after(self, entry: TraceEntry) -> "Moment":
        """Return the moment after the next step, given its entry."""
        if not self.lesson.needs_connections:
            return Moment(self.lesson, entry, self.cast)
        if entry.connections is not None:
            return Moment(self.lesson, entry, stored_cast.from_json(self.lesson, entry.connections))
        step = self.lesson.steps[entry.position - 1]
        cast = self.cast.begin(step)
        for each in entry.sent:
            if is_waiting_for(entry, each):
                cast = cast.waits(step, each.words, entry.position)
            elif not isinstance(each.reply, NotSent):
                cast = cast.answered(step, each.words, each.reply)
        return Moment(self.lesson, entry, cast.received(entry.events).woken(woken_by(entry.events)))

    @property
    def previous(self) -> TraceEntry:
        """The entry of the last step; an empty entry before the first step."""
        return self.last or _NOTHING

    @property
    def position(self) -> int:
        """The number of steps performed."""
        return self.previous.position

    @property
    def variables(self) -> Variables:
        """The program's variables."""
        return self.last.variables if self.last else self.lesson.start_variables

    @property
    def keys(self) -> Mapping[str, KeyState]:
        """The states of the watched keys."""
        return self.last.keys if self.last else start_keys(self.lesson.watched)

    @property
    def names(self) -> Names:
        """The names that the run has built from variables."""
        return Names.from_json(self.previous.named) if self.previous.named else NO_NAMES


_NOTHING = TraceEntry(
    position=0,
    kind="",
    actor="",
    action="",
    command=None,
    sent=(),
    output=None,
    printed=False,
    variables={},
    keys={},
    was={},
    refusal=None,
    elapsed_us=0,
    line=None,
    box=None,
)


def is_waiting_for(entry: TraceEntry, sent: Sent) -> bool:
    """Return whether the step's last command has no reply yet because its client waits."""
    return sent is entry.sent[-1] and entry.is_waiting


def woken_by(events: Sequence[Mapping[str, Value]]) -> list[str]:
    """Return the actors whose wait ended with these events."""
    return [event["actor"] for event in events if event["kind"] != "message"]


def still_waiting(entries: Sequence[TraceEntry]) -> Mapping[str, int]:
    """Return the actors still waiting at the end, each with the step at which its wait began."""
    lanes = entries[-1].lanes if entries else {}
    return {actor: int(lane["since"]) for actor, lane in lanes.items() if lane["state"] == "waiting"}
