"""The shown step, large: its command and its reply."""

from dataclasses import dataclass

from tutor.drawing.changes import VariableValue, is_dropped, kept
from tutor.drawing.picture import ShownActor, ShownEvent, actors, shown_events
from tutor.drawing.rows import elapsed_text, reply_lines
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import Appearance
from tutor.engine.redis.table import Documentation, traits_of
from tutor.engine.story.story import Story
from tutor.engine.values.refusals import ProgramError


@dataclass(frozen=True, slots=True)
class Hero:
    """The shown step, large: its command as typed and the reply as redis-cli prints it, else its appearance.

    `actor` is None if no actor acts. `passed` is the time that passed.
    """

    actor: ShownActor | None
    action: str
    command: str | None
    reply_lines: tuple[str, ...]
    output: str
    elapsed_text: str
    passed: str
    appearance: Appearance
    events: tuple[ShownEvent, ...] = ()
    raised: str = ""
    """The exception that the program raises on the reply."""
    printed: bool = False
    kept: tuple[VariableValue, ...] = ()
    """What the program keeps of the reply."""
    is_dropped: bool = False
    """Whether it keeps nothing of a reply that came."""
    documentation: Documentation | None = None


def hero(lesson: Lesson, story: Story) -> Hero:
    """Return the command and the reply of a step."""
    entry = story.entry
    return Hero(
        actors(lesson)[entry.actor] if story.step.is_done_by_actor else None,
        entry.action,
        entry.command,
        reply_lines(story),
        entry.output_text,
        elapsed_text(entry),
        story.passed,
        story.appearance,
        events=shown_events(lesson, story),
        raised=entry.refusal.said if isinstance(entry.refusal, ProgramError) else "",
        printed=entry.printed,
        kept=kept(story),
        is_dropped=is_dropped(story),
        documentation=traits_of(entry.words).documentation,
    )
