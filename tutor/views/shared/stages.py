"""Stages: a run at one of its steps, with the rows around it, and the context of a lesson's page."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from markupsafe import Markup

from tutor import offered, references, runs, stored_texts
from tutor.assessment import predictions
from tutor.assessment.predictions import Panel
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import Run
from tutor.past_steps import PastSteps, ReachedRun, past_steps
from tutor.prose import ShownLesson
from tutor.same import Same


def stage_of(run: Run) -> Stage:
    """Return the run at its newest step, without rows."""
    position = runs.reached(run.pk)
    return _stage(run, position, position, runs.entry_at(run.pk, position) if position else None)


@dataclass(frozen=True, slots=True)
class RunLook:
    """A run at one of its steps. `stage` has no rows yet: most pages are kept, and need none.

    `after`, `up_to`: the window of the rows around the step, whose entries are among `steps`.
    """

    stage: Stage
    steps: PastSteps
    after: int
    up_to: int

    @property
    def name(self) -> Hashable:
        """The same for learners to whom the stage shows the same, whatever their runs are."""
        shown = self.stage
        places = shown.position, shown.at, shown.picked_file, shown.moment
        return shown.slug, *places, Same(shown.lesson), shown.proved, shown.is_lesson_changed, self.steps.digest

    def with_rows(self) -> Stage:
        """Return the stage with the rows around the step."""
        return self._drawn(self.stage, self.steps.entries())

    def as_of_run(self, run_id: UUID) -> Stage:
        """Return it as that of another run with the same entries."""
        entries, shown = self.steps.neutral_entries(), self.stage
        entry = entries[shown.at - self.steps.after - 1] if shown.at else None
        return self._drawn(stage.as_of_run(shown, run_id if shown.run_id else None, entry), entries)

    def _drawn(self, shown: Stage, entries: list[TraceEntry]) -> Stage:
        if shown.lesson.has_lanes:
            shown = replace(shown, history=entries)
        first = self.steps.after
        return stage.with_window(shown, entries[self.after - first : self.up_to - first])


def look_at(run: ReachedRun, asked: int | None = None) -> RunLook:
    """Return the run at step `asked`, or at its newest step if it is None or not reached."""
    position, lesson = run.reached, runs.bound_lesson(run.text_id)
    at = position if asked is None or asked > position else asked
    after, up_to = stage.window_bounds(position, at)
    # Lanes draw each message from the step that sent it to the step that received it: they need every entry.
    first, last = (0, position) if lesson.has_lanes else (after, up_to)
    steps = past_steps(run.pk, after=first, up_to=last)
    proved = stored_texts.proved_lines(run.slug, run.text_id, lesson)
    is_changed = _has_changed(run.slug, run.text_id)
    entry = steps.entry_at(at)
    shown = Stage(lesson, run.slug, run.pk, position, at, entry, is_lesson_changed=is_changed, proved=proved)
    return RunLook(shown, steps, after, up_to)


def look_at_start(file: LessonFile) -> RunLook:
    """Return a lesson before its first step."""
    proved = stored_texts.proved_lines(file.slug, file.digest, file.lesson)
    return RunLook(Stage(file.lesson, file.slug, None, 0, 0, None, proved=proved), PastSteps(()), 0, 0)


def stage_with_rows(run: ReachedRun) -> Stage:
    """Return the run at its newest step, with the rows around it."""
    return look_at(run).with_rows()


def stage_before(run: Run, row: int) -> Stage:
    """Return the newest step with a window of the rows before `row`."""
    return _stage_with_window(run, max(0, row - 1 - stage.WINDOW), max(0, row - 1))


def stage_after(run: Run, row: int) -> Stage:
    """Return the newest step with a window of the rows after `row`."""
    return _stage_with_window(run, row, row + stage.WINDOW)


def _stage_with_window(run: Run, after: int, up_to: int) -> Stage:
    return stage.with_window(stage_of(run), runs.entries(run.pk, after=after, up_to=up_to))


def _stage(run: Run, position: int, at: int, entry: TraceEntry | None) -> Stage:
    lesson = runs.lesson_of(run)
    proved = stored_texts.proved_lines(run.slug, run.text_id, lesson)
    return Stage(
        lesson,
        run.slug,
        run.pk,
        position,
        at,
        entry,
        is_lesson_changed=_has_changed(run.slug, run.text_id),
        proved=proved,
    )


def lesson_context(shown: Stage, panel: Panel = predictions.OFF, lesson: Lesson | None = None) -> dict[str, object]:
    """Return the context that the fragments of a lesson's page share; `lesson`: see `shown_lesson`."""
    return {
        "stage": shown,
        "lesson": shown_lesson(shown, lesson),
        "picture": shown.picture,
        "lanes": shown.lanes,
        "hero": shown.hero,
        "panel": panel,
    }


def shown_lesson(shown: Stage, lesson: Lesson | None = None) -> ShownLesson:
    """Return a stage's lesson with its prose, whose links lead to the stage's rows.

    `lesson`: the stage's lesson with its references filled in, if they are not those of the kept play.
    """
    return ShownLesson(lesson or references.told_lesson(shown.lesson), shown.slug, partial(_link, shown))


def _link(shown: Stage, step: int, text: str) -> Markup:
    """Return a link to the row of a step, or say that the learner has not reached it."""
    if step > shown.position:
        # tutor.js makes a link of it when the step is taken: the answer to the step leaves the texts alone.
        aside = Markup("<small> (you have not reached it yet)</small>")
        ahead = Markup('<span class="step-link is-ahead" data-href="#row-{}">{}{}</span>')
        return ahead.format(step, Markup(text), aside)  # noqa: S704
    # The answer to a step has no rows but its own: the page has those that it would be loaded with.
    first = shown.rows[0].position if shown.rows else stage.window_bounds(shown.position, shown.at)[0] + 1
    url = f"#row-{step}" if step >= first else shown.link_to(step)
    return Markup('<a class="step-link" href="{}">{}</a>').format(url, Markup(text))  # noqa: S704 - from the renderer


def _has_changed(slug: str, text_id: str) -> bool:
    try:
        return offered.find(slug).digest != text_id
    except NoSuchLesson:
        return False
