"""The lesson page at a step: everything its templates need, already computed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from tutor.addresses import address
from tutor.drawing.code import CodePane
from tutor.drawing.columns import TableColumn, table_columns
from tutor.drawing.hero import Hero, hero
from tutor.drawing.lanes import LaneColumn, Lanes, column, lanes
from tutor.drawing.picture import Picture, picture, picture_at_start
from tutor.drawing.rows import Row, row
from tutor.drawing.tracker import (
    ShownColumn,
    TrackerGroup,
    shown_column,
    start_column,
    tracker_groups,
    tracker_rows,
)
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.proved_lines import ProvedLines
from tutor.engine.story import tracker_columns
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.onward import Onward, after
from tutor.ports import playable
from tutor.proved_on import proved_on

WINDOW = 50
"""Maximum number of table rows on a page; older ones are fetched on demand."""

NARROW_WINDOW = 20
"""The same in an answer that would be too large with more rows."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the concept flow."""

    text: str
    is_lit: bool


def shared_url(slug: str, lesson: Lesson, step: int) -> str:
    """Return the address of a step for strangers, by the step's lasting id."""
    return address("shared_step", slug=slug, step=lesson.step_ids[step - 1])


def at_step(lesson: Lesson, step: int) -> str:
    """Return the query and the anchor for the lesson's page at a step, by the step's stable id."""
    id_ = lesson.step_ids[step - 1]
    return f"?at={id_}#step-{id_}"


@dataclass(frozen=True)
class Stage:
    """A lesson at a step of a run. `position`: the run's newest step, `at`: the shown step (0: the start)."""

    lesson: Lesson
    slug: str
    run_id: UUID | None
    position: int
    at: int
    entry: TraceEntry | None
    is_lesson_changed: bool = False
    rows: Sequence[Row] = ()
    columns: Sequence[ShownColumn] = ()
    rows_after_count: int = 0
    is_aside: bool = False  # whether another page includes the table, so that its links lead to the lesson's page
    latest: TraceEntry | None = None
    """The newest entry with a column in the tracker; it determines the rows."""
    history: Sequence[TraceEntry] = ()
    """All entries, if the lesson has lanes."""
    proved: ProvedLines | None = None
    """The lines that the lesson's program ran; None without a valid proof."""
    picked_file: str = ""
    """The tab of the code pane that the learner chose, "" for the one of the step."""
    moment: int = 0
    """The number of the key moment that is read at this step, 0 for none."""
    stories: Mapping[int, Story] = field(default_factory=dict)
    """The stories of the steps in the window and on the lanes, by position."""

    @property
    def total(self) -> int:
        """How many steps the lesson has."""
        return len(self.lesson.steps)

    @cached_property
    def table_columns(self) -> tuple[TableColumn, ...]:
        """The columns of the execution table."""
        return table_columns(self.lesson)

    @cached_property
    def headings(self) -> dict[str, str]:
        """The headings of the execution table's columns, by the name of the column."""
        return {column.name: column.heading for column in self.table_columns}

    @property
    def is_start(self) -> bool:
        """Whether the state before the first step is shown."""
        return self.at == 0

    @property
    def is_past(self) -> bool:
        """Whether the learner is looking back."""
        return self.at < self.position

    @property
    def is_finished(self) -> bool:
        """Whether the run has taken the last step."""
        return self.position == self.total

    @cached_property
    def needs_server(self) -> str:
        """Why the current broker can't take the next step, "" if it can."""
        return "" if self.is_finished else playable.why_not_played(self.lesson)

    @property
    def step_to_take(self) -> int:
        """The step that the main button takes."""
        return self.position + 1

    @property
    def sessions_of(self) -> str:
        """The slug of the lesson whose page runs the sessions in its texts, "" where they are not run."""
        return self.slug

    @property
    def why_not_run(self) -> str:
        """The reason then."""
        return ""

    @property
    def proved_on(self) -> str:
        """The servers on which this version of the lesson was proved, "" if that is not known."""
        return proved_on(self.slug, self.lesson)

    @cached_property
    def lesson_url(self) -> str:
        """The page of the lesson."""
        return address("lesson", slug=self.slug)

    @cached_property
    def main_action_url(self) -> str:
        """The target of the main button: the newest step when looking back, else the next one (a POST)."""
        if self.is_past:
            return self.lesson_url
        if self.run_id is None:
            return address("start_run", slug=self.slug)
        return address("take_step", run_id=self.run_id, position=self.step_to_take)

    @property
    def onward(self) -> Onward | None:
        """Where the finished lesson leads: to its first part with questions. A preview leads nowhere."""
        return after(self.slug, self.lesson, "steps")

    @property
    def restart_url(self) -> str:
        """The target of "start over"; the lesson's page if there is no run to restart."""
        return address("restart_run", run_id=self.run_id) if self.run_id else self.lesson_url

    def link_to(self, step: int) -> str:
        """Return a step's address for a link that may be followed later, after the lesson's text has changed."""
        return at_step(self.lesson, step)

    def row_url(self, step: int) -> str:
        """Return the address behind a row's number; in another page, it leads to the lesson's."""
        return f"{self.lesson_url if self.is_aside else ''}?at={step}"

    @property
    def share_url(self) -> str:
        """The address that shows the step to others, "" at the start."""
        return shared_url(self.slug, self.lesson, self.at) if self.at else ""

    def at_url(self, step: int) -> str:
        """Return the page that shows the run at `step`."""
        return f"{self.lesson_url}?at={step}"

    def moment_url(self, number: int, step: int) -> str:
        """Return the page that shows the run at `step` with the text of a key moment beside it."""
        return f"{self.at_url(step)}&moment={number}"

    @property
    def first_url(self) -> str | None:
        """The URL of the start, None if it is shown."""
        return self.at_url(0) if self.at else None

    @property
    def back_url(self) -> str | None:
        """The URL of the previous step, None at the start."""
        return self.at_url(self.at - 1) if self.at else None

    @property
    def forward_url(self) -> str | None:
        """The URL of the next recorded step, None at the newest."""
        if self.at + 1 == self.position:
            return self.lesson_url
        return self.at_url(self.at + 1) if self.is_past else None

    @property
    def last_url(self) -> str | None:
        """The URL of the newest recorded step, None if it is shown."""
        return self.lesson_url if self.is_past else None

    @cached_property
    def story(self) -> Story | None:
        """The story of the shown step, None at the start."""
        return self._story_of(self.entry) if self.entry else None

    def _story_of(self, entry: TraceEntry) -> Story:
        return self.stories.get(entry.position) or Story.of(self.lesson, entry)

    @cached_property
    def picture(self) -> Picture:
        """Actors and keys after the step."""
        return picture(self.lesson, self.story) if self.story else picture_at_start(self.lesson)

    @cached_property
    def row(self) -> Row | None:
        """The shown step as a row of the table."""
        return replace(row(self.lesson, self.story), is_current=True) if self.story else None

    @property
    def hero(self) -> Hero | None:
        """The command and the reply of the shown step, None at the start."""
        return hero(self.lesson, self.story) if self.story else None

    @cached_property
    def lanes(self) -> Lanes | None:
        """The lanes up to the newest step, None for a lesson that needs none."""
        if not self.lesson.has_lanes:
            return None
        return lanes(self.lesson, [self._story_of(entry) for entry in self.history], self.at)

    @property
    def lane_column(self) -> LaneColumn | None:
        """The column that the shown step adds to the lanes, as the current one."""
        if self.story is None or not self.lesson.has_lanes:
            return None
        return replace(column(self.lesson, self.story), is_current=True)

    def view_url(self, view: str) -> str:
        """Return the page that shows the same step as a picture or on lanes."""
        return f"{self.lesson_url}?view={view}" + (f"&at={self.at}" if self.is_past else "")

    @cached_property
    def column(self) -> ShownColumn | None:
        """The column that the shown step adds to the tracker."""
        column = tracker_columns.column_of(self.lesson, self.story.entry) if self.story else None
        if self.story is None or column is None:
            return None
        return shown_column(self.lesson, self.story, column, tracker_rows(self.lesson, self.entry))

    @cached_property
    def code(self) -> CodePane:
        """The sample and the program, with the line of the shown step lit."""
        line = self.entry.line if self.entry else None
        return CodePane(self.lesson, self.at, line, self.picked_file, self.proved)

    def code_url(self, tab: str) -> str:
        """Return the page that shows the same step with a tab of the code pane."""
        return f"{self.at_url(self.at)}&file={tab}"

    @property
    def boxes(self) -> Sequence[Box]:
        """The concept flow, with the box of the shown step lit."""
        lit = self.entry.box if self.entry else None
        texts = self.lesson.flow.texts if self.lesson.flow else ()
        return [Box(text, number == lit) for number, text in enumerate(texts, 1)]

    @property
    def say(self) -> str:
        """The shown step in one sentence."""
        return self.story.sentence if self.story else self._said_at_start

    @property
    def _said_at_start(self) -> str:
        return "this is the start." if self.is_past else "Nothing has run yet."

    @property
    def tracker_groups(self) -> Sequence[TrackerGroup]:
        """The rows of the tracker with their cells."""
        rows = tracker_rows(self.lesson, self.latest or self.entry)
        return tracker_groups(self.lesson, rows, self.columns, self.columns_hidden_count)

    @property
    def is_tracker_dense(self) -> bool:
        """Whether the tracker has so many rows that each takes one line."""
        return len(self.lesson.watched) + 2 * len(self.lesson.watched_patterns) + len(self.lesson.start_variables) > 3

    @property
    def rows_before_count(self) -> int:
        """The number of earlier steps missing from the page."""
        return self.rows[0].position - 1 if self.rows else 0

    @property
    def rows_earlier_url(self) -> str:
        """The URL of the rows before the first one."""
        return f"{self._rows_url}?before={self.rows[0].position}{self._aside}"

    @property
    def rows_later_url(self) -> str:
        """The URL of the rows after the last one."""
        return f"{self._rows_url}?after={self.rows[-1].position}{self._aside}"

    @property
    def columns_hidden_count(self) -> int:
        """The number of earlier steps without a column on the page."""
        return self.rows_before_count

    @property
    def _aside(self) -> str:
        return "&aside=1" if self.is_aside else ""

    @property
    def _rows_url(self) -> str:
        return address("rows", run_id=self.run_id)

    @property
    def rows_window_changed(self) -> bool:
        """Whether the run has more rows than fit on a page, so that looking back loads others."""
        return self.position > WINDOW


AnyStage = TypeVar("AnyStage", bound=Stage)


def with_window(stage: AnyStage, entries: Sequence[TraceEntry]) -> AnyStage:
    """Return the stage with the rows and tracker columns of `entries`, which are consecutive."""
    lesson = stage.lesson
    # One story per step for its row, columns and lane; most entries of the window are in the history as well.
    stories = {entry.position: Story.of(lesson, entry) for entry in (*stage.history, *entries)}
    window = [stories[entry.position] for entry in entries]
    latest = entries[-1] if entries else stage.entry
    return replace(
        stage,
        stories=stories,
        latest=latest,
        rows=[replace(row(lesson, story), is_current=story.entry.position == stage.at) for story in window],
        columns=[start_column(lesson, latest), *_columns(lesson, window, latest)],
        rows_after_count=stage.position - entries[-1].position if entries else 0,
    )


def as_of_run(stage: Stage, run_id: UUID | None, entry: TraceEntry | None) -> Stage:
    """Return the stage as that of another run, which has the same entry, on the same server."""
    other = replace(stage, run_id=run_id, entry=entry)
    # Asked again, the server might be another one meanwhile.
    vars(other)["needs_server"] = stage.needs_server
    return other


def narrowed(stage: AnyStage, around: int) -> AnyStage:
    """Return the stage with at most NARROW_WINDOW of its rows, those nearest to step `around`."""
    positions = [row.position for row in stage.rows]
    if len(positions) <= NARROW_WINDOW:
        return stage
    nearest = around - positions[0] - NARROW_WINDOW // 2
    start = min(max(0, nearest), len(positions) - NARROW_WINDOW)
    return with_window(stage, [stage.stories[each].entry for each in positions[start : start + NARROW_WINDOW]])


def _columns(lesson: Lesson, stories: Iterable[Story], latest: TraceEntry | None) -> Iterator[ShownColumn]:
    """Yield the columns of the steps that add one to the tracker, for the rows up to `latest`."""
    rows = tracker_rows(lesson, latest)
    for story in stories:
        column = tracker_columns.column_of(lesson, story.entry, latest)
        if column is not None:
            yield shown_column(lesson, story, column, rows)


def aside(stage: Stage, lit: Collection[int] = ()) -> Stage:
    """Return the stage for another page that includes its rows: no row is current, some are lit."""
    rows = [replace(row, is_current=False, is_lit=row.position in lit) for row in stage.rows]
    return replace(stage, is_aside=True, rows=rows)


def window_bounds(position: int, at: int) -> tuple[int, int]:
    """Return the positions after which and up to which a page has rows, with step `at` among them."""
    if at >= position - WINDOW // 2:
        return max(0, position - WINDOW), position
    after = max(0, at - WINDOW // 2)
    return after, min(position, after + WINDOW)
