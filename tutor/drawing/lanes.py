"""Lanes: a space-time diagram of a run. One lane per actor, the broker's in the middle, one column per step.

A column is drawn from its step's entry alone, so that a click adds one and changes no other. All lengths are SVG
units, which are pixels; x grows with time within a column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tutor.drawing.picture import ShownActor, actors
from tutor.drawing.tokens import Token, token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.story.story import Story
from tutor.engine.trace.happenings import Happening
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import cut

WIDTH = 120
NAMES_WIDTH = 116
HEIGHT = 180
"""Sizes of a column, of the names at the left, and of all lanes together if there are few."""

SENT, ARRIVED = 18, 96
"""The x in a column at which a command leaves its actor, and at which the server's messages arrive."""

AT_BROKER, BACK = 44, 68
"""The x in a column at which a command reaches the broker, and at which the answer leaves it."""

COUNTED = 109
"""The x in a column of the number of unread messages."""

LETTER = 8.5
"""Width of a letter of the labels."""

LONGEST_NAME = 13


@dataclass(frozen=True, slots=True)
class Lane:
    """The place of an actor (None: the broker): its line is at `y`, its texts at `text_y`, away from the broker."""

    actor: ShownActor | None
    label: str
    y: int
    text_y: int

    @property
    def hue(self) -> int | None:
        """The actor's hue; the broker has none."""
        return self.actor.hue if self.actor else None


@dataclass(frozen=True, slots=True)
class Strand:
    """A piece of a lane, in one state of the actor: idle, waiting, subscribed, transaction, crashed or unread."""

    hue: int
    y: int
    x1: int
    x2: int
    state: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A moving item: a command, a reply, an event or a lost message; `mark` is its token."""

    kind: str
    hue: int
    path: str
    mark: Token | None
    mark_x: float
    mark_y: float


@dataclass(frozen=True, slots=True)
class LaneText:
    """A word on a lane; with `end` it ends at `x`."""

    x: int
    y: int
    text: str
    kind: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class UnreadCount:
    """The number of an actor's unread messages at the end of a column, drawn on its lane."""

    hue: int
    x: int
    y: int
    number: int


@dataclass(frozen=True, slots=True)
class LaneColumn:
    """The drawing of one step."""

    step: int
    about: str
    passed: str
    strands: tuple[Strand, ...]
    arrows: tuple[Arrow, ...]
    texts: tuple[LaneText, ...]
    crosses: tuple[tuple[int, int], ...]
    counts: tuple[UnreadCount, ...] = ()
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The part shared by all columns of a lesson."""

    lanes: tuple[Lane, ...]
    broker_y: int
    height: int

    def lane_of(self, actor: str) -> Lane:
        """Return the actor's lane."""
        return next(lane for lane in self.lanes if lane.actor and lane.actor.name == actor)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The diagram of a run up to its newest step."""

    frame: Frame
    columns: tuple[LaneColumn, ...]
    width: int = WIDTH
    names_width: int = NAMES_WIDTH


def lanes(lesson: Lesson, stories: Sequence[Story], at: int) -> Lanes:
    """Return the diagram of these steps, the column of step `at` marked."""
    shared = frame(lesson)
    shown = [_column(shared, story) for story in stories]
    return Lanes(shared, tuple(replace(each, is_current=True) if each.step == at else each for each in shown))


def frame(lesson: Lesson) -> Frame:
    """Return the lanes of the lesson: producers above the broker, consumers below."""
    return _frame(tuple(actors(lesson).values()))


# Cached by the cast, not the lesson: a lesson is parsed anew when its text is edited, and its actors seldom change.
@lru_cache(maxsize=256)
def _frame(cast: tuple[ShownActor, ...]) -> Frame:
    above = [actor for actor in cast if actor.role == "producer"]
    below = [actor for actor in cast if actor.role == "consumer"]
    # Two actors fit into HEIGHT at full size; with more, lanes become narrower, down to the height of their texts.
    size = min(50, max(27, HEIGHT // (len(cast) + 1)))
    inset = min(15, size // 3)
    lanes = [_lane(actor, (place + 1) * size - inset, -8) for place, actor in enumerate(above)]
    broker_y = len(above) * size + size // 2
    lanes.append(Lane(None, "Redis", broker_y, broker_y + 18))
    lanes += [_lane(actor, (len(above) + 1 + place) * size + inset, 18) for place, actor in enumerate(below)]
    return Frame(tuple(lanes), broker_y, size * (len(cast) + 1))


def _lane(actor: ShownActor, y: int, text_from_line: int) -> Lane:
    return Lane(actor, cut(actor.label, LONGEST_NAME), y, y + text_from_line)


def column(lesson: Lesson, story: Story) -> LaneColumn:
    """Return the column that a step draws."""
    return _column(frame(lesson), story)


def _column(shared: Frame, story: Story) -> LaneColumn:
    found = _Drawing(shared, story)
    return LaneColumn(
        step=story.entry.position,
        about=story.sentence,
        passed=story.passed,
        strands=tuple(found.strands()),
        arrows=tuple(found.arrows()),
        texts=tuple(found.texts()),
        crosses=tuple(found.crosses()),
        counts=tuple(found.counts()),
    )


class _Drawing:
    """One step on the lanes of its lesson."""

    def __init__(self, shared: Frame, story: Story) -> None:
        self.frame = shared
        self.story = story
        self.entry = story.entry
        self.own = shared.lane_of(story.entry.actor)
        # A lost message falls towards its sender.
        self.down = 1 if self.own.y < shared.broker_y else -1

    def strands(self) -> Iterator[Strand]:
        for lane in self.frame.lanes:
            if lane.actor:
                yield from self._strands_of(lane, lane.actor)

    def _strands_of(self, lane: Lane, actor: ShownActor) -> Iterator[Strand]:
        before = _state(self.entry.lanes_before, actor.name)
        after = _state(self.entry.lanes, actor.name)
        change = self._changes_at(actor.name, before, after)
        if before == after or not change:
            yield Strand(actor.hue, lane.y, 0, WIDTH, after)
            return
        yield Strand(actor.hue, lane.y, 0, change, before)
        if before == "crashed" and after not in ("waiting", "crashed"):
            # A crashed actor is back from the moment at which it sends its command.
            yield Strand(actor.hue, lane.y, change, ARRIVED, "idle")
            change = ARRIVED
        yield Strand(actor.hue, lane.y, change, WIDTH, after)

    def _changes_at(self, actor: str, before: str, after: str) -> int:
        if after == "crashed":
            return WIDTH // 2
        is_sending = actor == self.entry.actor and (after == "waiting" or before == "crashed")
        return SENT if is_sending else ARRIVED

    def arrows(self) -> Iterator[Arrow]:
        broker = self.frame.broker_y
        if self.entry.words:
            yield from self._own_arrows(self.own.hue or 0, self.own.y, broker)
        for each in self.story.happenings:
            lane = self.frame.lane_of(each.actor)
            kind = "event" if each.value is not None else "reply"
            yield _arrow(kind, lane.hue or 0, (BACK, broker), (ARRIVED, lane.y), each.value)

    def _own_arrows(self, hue: int, y: int, broker: int) -> Iterator[Arrow]:
        story = self.story
        yield _arrow("command", hue, (SENT, y), (AT_BROKER, broker), story.message_sent)
        if not story.is_waiting:
            kind = "refusal" if self.entry.refusal else "reply"
            yield _arrow(kind, hue, (BACK, broker), (ARRIVED, y), story.message_taken)
        if story.is_lost:
            yield _arrow("lost", hue, (AT_BROKER + 8, broker), (AT_BROKER + 20, broker + 16 * self.down), None)

    def texts(self) -> Iterator[LaneText]:
        yield from self._own_texts()
        if self.story.is_lost:
            yield LaneText(AT_BROKER + 30, self.frame.broker_y + (18 if self.down > 0 else -9), "lost", "lost")
        for each in self.story.happenings:
            kind = "value" if each.value is not None else "note"
            yield LaneText(WIDTH - 6, self.frame.lane_of(each.actor).text_y, _fitting(_came(each), 0), kind, end=True)

    def _own_texts(self) -> Iterator[LaneText]:
        """Yield the actor's own texts: the command, and the message that it carries or else the answer."""
        words, y = self.entry.words, self.own.text_y
        verb = words[0].upper() if words else self.story.appearance.lane
        if not verb:
            return
        yield LaneText(6, y, verb, "verb" if words else "note")
        message = self.story.message_sent
        carried = _fitting(token(message).text if message is not None else "", len(verb))
        if carried:
            yield LaneText(int(6 + LETTER * (len(verb) + 1)), y, carried, "value")
        elif words or self.story.step.reads_mailbox:
            yield from self._answer(len(verb))

    def _answer(self, used: int) -> Iterator[LaneText]:
        """Yield the answer if it fits beside a word of `used` letters."""
        text, kind = self._answered()
        shown = _fitting(text, used)
        if shown:
            yield LaneText(WIDTH - 6, self.own.text_y, shown, kind, end=True)

    def _answered(self) -> tuple[str, str]:
        entry, message = self.entry, self.story.message_taken
        if entry.refusal:
            return "error", "lost"
        if message is not None:
            return token(message).text, "value"
        is_nil = entry.reply is None and entry.read is None and not self.story.is_waiting
        return "nil" if is_nil else "", "note"

    def crosses(self) -> Iterator[tuple[int, int]]:
        if self.story.step.cuts_connection:
            yield WIDTH // 2, self.own.y
        if self.story.is_lost:
            yield AT_BROKER + 20, self.frame.broker_y + 16 * self.down

    def counts(self) -> Iterator[UnreadCount]:
        """Yield the number of unread messages of each actor."""
        for lane in self.frame.lanes:
            number = self.entry.lanes.get(lane.actor.name, {}).get("unread", 0) if lane.actor else 0
            if number:
                yield UnreadCount(lane.hue or 0, COUNTED, lane.y, number)


def _state(lanes: Mapping[str, Mapping[str, Json]], actor: str) -> str:
    return str(lanes.get(actor, {}).get("state", "idle"))


def _came(happening: Happening) -> str:
    """Return an actor's event in a few letters, with its count if it happened more than once."""
    if happening.kind == "timeout":
        return "time out"
    text = "nil" if happening.value is None else token(happening.value).text
    return f"{text} {len(happening.ways)}x" if len(happening.ways) > 1 else text


def _fitting(text: str, used: int) -> str:
    """Return the text if it fits beside a word of `used` letters; cut if it is alone, else ""."""
    room = int((WIDTH - 12) / LETTER) - used - (1 if used else 0)
    return "" if used and len(text) > room else cut(text, room)


def _arrow(kind: str, hue: int, start: tuple[int, int], end: tuple[int, int], value: Value) -> Arrow:
    (x1, y1), (x2, y2) = start, end
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    # Half a step of 7 back along the line, and 4 to each side of it, are the ends of the head.
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    back_x, back_y = x2 - 7 * dx, y2 - 7 * dy
    head = f"M{back_x - 4 * dy:.1f} {back_y + 4 * dx:.1f}L{x2} {y2}L{back_x + 4 * dy:.1f} {back_y - 4 * dx:.1f}"
    mark = token(value) if value is not None else None
    return Arrow(kind, hue, f"M{x1} {y1}L{x2} {y2}{head}", mark, (x1 + x2) / 2, (y1 + y2) / 2)
