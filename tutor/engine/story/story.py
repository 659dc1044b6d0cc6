"""The story of a step: facts derived from its entry, computed once for drawing, narration and questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import Appearance, StepFields
from tutor.engine.program.mailbox import is_message
from tutor.engine.story import deeds, narration
from tutor.engine.story.movements import Movement, movement
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.happenings import Happening, Labels, happenings, label_of
from tutor.engine.trace.messages import message_answered, message_sent
from tutor.engine.values.replies import Value
from tutor.engine.values.wording import counted, duration

NOT_MOVED = Movement()


@dataclass(frozen=True)
class Story:
    """The effects of one step. Attributes are computed on first use and cached, so pass the story on.

    `labels`: the labels of the lesson's actors by name.
    """

    entry: TraceEntry
    step: StepFields
    labels: Labels

    @classmethod
    def of(cls, lesson: Lesson, entry: TraceEntry) -> "Story":
        """Return the story of an entry of this lesson."""
        return cls(entry, lesson.steps[entry.position - 1], lesson.labels)

    @cached_property
    def who(self) -> str:
        """The label of the actor."""
        return label_of(self.entry.actor, self.labels)

    @cached_property
    def active_actor(self) -> str:
        """The name of the actor that acted, "" if time just passed."""
        return self.entry.actor if self.step.is_done_by_actor else ""

    @cached_property
    def is_waiting(self) -> bool:
        """Whether the step's command waits for its reply."""
        return self.entry.is_waiting

    @cached_property
    def happenings(self) -> tuple[Happening, ...]:
        """The step's effects on other actors, in order."""
        return happenings(self.entry.events)

    @cached_property
    def came_to(self) -> Mapping[str, Happening]:
        """The first happening of each affected actor, by name."""
        # Reversed, so that the first one wins.
        return {each.actor: each for each in reversed(self.happenings)}

    @cached_property
    def receivers(self) -> int | None:
        """The number of subscriptions reached by a PUBLISH, as the server counts; None for any other step."""
        found = (deeds.receivers(each.words, each.reply) for each in self.entry.sent)
        return next((number for number in found if number is not None), None)

    @property
    def is_lost(self) -> bool:
        """Whether the step published a message that reached no subscriber."""
        return self.receivers == 0

    @cached_property
    def reach(self) -> str:
        """The receivers of a PUBLISH: `reached 1 subscriber`, with the number of subscriptions if there are more."""
        number = self.receivers or 0
        # PUBLISH counts a client once for each matching subscription. Without recorded messages, only that number is
        # known.
        clients = len({each.actor for each in self.happenings if each.kind == "message"}) or number
        reached = f"reached {counted(clients, 'subscriber')}"
        return reached if clients == number else f"{reached} by {number} subscriptions"

    @cached_property
    def message_sent(self) -> Value:
        """The message that the step's command carries to the broker, None for none."""
        return message_sent(self.entry.words)

    @cached_property
    def message_taken(self) -> Value:
        """The message that the reply, or a read, carries to the actor, None for none."""
        if self.step.reads_mailbox:
            return self.entry.read[-1] if is_message(self.entry.read) else None
        return message_answered(self.entry.words, self.entry.reply)

    @cached_property
    def movements(self) -> Mapping[str, Movement]:
        """How the cells of each changed list moved, by key."""
        keys = self.entry.keys
        return {key: movement(self.entry, key) for key in self.entry.was if key in keys and keys[key]["type"] == "list"}

    def movement_of(self, key: str) -> Movement:
        """Return how the cells of a list moved; not at all if the step did not change it."""
        return self.movements.get(key, NOT_MOVED)

    @cached_property
    def passed(self) -> str:
        """The time that passed at the step, "" for none."""
        return duration(self.entry.passed) if self.entry.passed else ""

    @cached_property
    def appearance(self) -> Appearance:
        """How the step is shown in place of a command."""
        return self.step.appearance(self.entry)

    @cached_property
    def deed(self) -> str:
        """The effect of the step itself, without a full stop."""
        if not self.entry.sent:
            return self.step.deed(self.entry, self.who)
        *answered, last = self.entry.sent
        done = [deeds.deed(each.words, each.reply, self.who, self.reach) for each in answered]
        if self.is_waiting:
            return "; ".join([*done, f"{self.who} waits for {deeds.awaited(last.words)}"])
        return "; ".join([*done, deeds.deed(last.words, last.reply, self.who, self.reach)])

    @cached_property
    def sentence(self) -> str:
        """The step in one sentence, without a full stop: its own effect, its effects on others, the changes."""
        events = [each.sentence(self.labels) for each in self.happenings]
        # The words of a refused command may be too few to derive its intended effect.
        return narration.sentence(self.entry, "" if self.entry.refusal else self.deed, events)
