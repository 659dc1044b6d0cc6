"""Rows of the execution table: one step, prepared for its template."""

import secrets
from dataclasses import dataclass

from tutor.drawing.changes import changed_variables
from tutor.drawing.picture import ShownActor, ShownEvent, actors, shown_events
from tutor.drawing.tokens import Token, token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis import key_states
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import Documentation, traits_of
from tutor.engine.story.differences import ValueChange, differences
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.messages import message_in_entry
from tutor.engine.values.formatting import as_redis_cli
from tutor.engine.values.wording import counted
from tutor.past_steps import ELAPSED_LATER

WAITING = "(waiting…)"

MOST_TOKENS = key_states.SHORT
"""Maximum number of tokens of one key in a table cell."""


@dataclass(frozen=True, slots=True)
class ShownState:
    """A watched key in a row: as Python prints it, and as tokens if it is a list of at most MOST_TOKENS.

    `is_gone`: the step removed it, and only a pattern watches it.
    """

    key: str
    text: str
    tokens: tuple[Token, ...] | None
    length: int
    skipped: int
    is_changed: bool
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the execution table."""

    position: int
    actor: ShownActor
    action: str
    command: str | None
    reply_lines: tuple[str, ...]
    states: tuple[ShownState, ...]
    unchanged: tuple[ShownState, ...]
    """The other keys, if several are watched; `states` then has those that the step changed."""
    output: str
    output_token: Token | None
    printed: bool
    refusal: str | None
    changed: str = ""
    """The variables of its own actor that the step changed: their values are its output."""
    events: tuple[ShownEvent, ...] = ()
    instead: str = ""
    """The text in place of the command for a step without one."""
    names_keys: bool = False
    """Whether a state needs the name of its key beside it."""
    unshown: int = 0
    """The number of further keys that match a watched pattern."""
    names_actor: bool = False
    """Whether the action does not name the actor."""
    is_assignment: bool = False
    """Whether `instead` is a line of Python that sets variables."""
    differences: tuple[ValueChange, ...] = ()
    """What the step changed: old and new values."""
    documentation: Documentation | None = None
    """The page about the row's first command."""
    is_current: bool = False
    is_lit: bool = False

    @property
    def unchanged_text(self) -> str:
        """The number of keys that the step left as they were."""
        if not self.unchanged:
            return counted(self.unshown, "more key")
        return f"{counted(len(self.unchanged) + self.unshown, 'key')} unchanged"


def row(lesson: Lesson, story: Story) -> Row:
    """Return the row of a step."""
    entry, actor = story.entry, actors(lesson)[story.entry.actor]
    states, unchanged = _states(lesson, entry)
    return Row(
        position=entry.position,
        actor=actor,
        action=entry.action,
        command=entry.command,
        reply_lines=reply_lines(story),
        states=states,
        unchanged=unchanged,
        output=entry.output_text if story.step.runs_in_program and not story.is_waiting else "",
        output_token=_output_token(entry),
        printed=entry.printed,
        refusal=entry.refusal.shown if entry.refusal else None,
        changed=", ".join(each.name for each in changed_variables(story, entry.actor)),
        events=shown_events(lesson, story),
        names_keys=_names_keys(lesson),
        unshown=entry.unshown,
        instead=story.appearance.row,
        is_assignment=bool(story.appearance.call) and not story.step.reads_mailbox,
        differences=differences(entry),
        documentation=traits_of(entry.words).documentation,
        names_actor=lesson.has_lanes and story.step.is_done_by_actor and not _is_named(actor, entry.action),
    )


def _is_named(actor: ShownActor, action: str) -> bool:
    return actor.label.lower() in action.lower()


def _output_token(entry: TraceEntry) -> Token | None:
    is_message = not entry.printed and isinstance(entry.output, str | bytes)
    return token(entry.output) if is_message else None


def reply_lines(story: Story) -> tuple[str, ...]:
    """Return the replies as redis-cli prints them, or a note that a client waits; empty if no command is shown."""
    if not story.entry.command:
        return ()
    replies = [each.reply for each in story.entry.sent]
    # Only the last command can wait.
    if not story.is_waiting:
        return tuple(line for reply in replies for line in as_redis_cli(reply))
    return (*(line for reply in replies[:-1] for line in as_redis_cli(reply)), WAITING)


TIME_MARK = secrets.token_hex(16)
"""The time of an entry that is drawn for all learners. Random, so that no lesson and no learner can write it."""


def elapsed_text(entry: TraceEntry) -> str:
    """Return the server's response time in milliseconds."""
    return time_text(entry.elapsed_us) if entry.command else ""


def time_text(elapsed_us: int) -> str:
    """Return microseconds as milliseconds."""
    return TIME_MARK if elapsed_us == ELAPSED_LATER else f"{elapsed_us / 1000:.2f} ms"


def _names_keys(lesson: Lesson) -> bool:
    return len(lesson.watched) > 1 or bool(lesson.watched_patterns)


def _states(lesson: Lesson, entry: TraceEntry) -> tuple[tuple[ShownState, ...], tuple[ShownState, ...]]:
    """Return the states to show at once, and the unchanged ones if there are several keys."""
    gone = [ShownState(key, "", None, 0, 0, is_changed=True, is_gone=True) for key in entry.gone if key in entry.was]
    states = (*(_shown_state(key, entry) for key in entry.keys), *gone)
    if not _names_keys(lesson):
        return states, ()
    changed = tuple(state for state in states if state.is_changed)
    return changed, tuple(state for state in states if not state.is_changed)


def _shown_state(key: str, entry: TraceEntry) -> ShownState:
    state = entry.keys[key]
    length = state.get("length", 1)
    text = key_states.as_text(key_states.shortened(state))
    skipped = max(0, length - MOST_TOKENS)
    return ShownState(key, text, list_tokens(state), length, skipped, key in entry.was)


def list_tokens(state: KeyState) -> tuple[Token, ...] | None:
    """Return the messages of a list or stream short enough to be drawn one by one, else None."""
    if state["type"] not in ("list", "stream") or state["length"] > MOST_TOKENS:
        return None
    is_stream = state["type"] == "stream"
    return tuple(token(message_in_entry(item[1]) if is_stream else item) for item in state["items"])
