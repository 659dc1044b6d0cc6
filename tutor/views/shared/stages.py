"""Stages: a run at one of its steps, with the rows around it, and the context of a lesson's page."""

from dataclasses import replace
from functools import partial

from markupsafe import Markup

from tutor import offered, references, runs, stored_texts
from tutor.assessment import predictions
from tutor.assessment.predictions import Panel
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.library import NoSuchLesson
from tutor.models import Run
from tutor.prose import ShownLesson


def stage_of(run: Run) -> Stage:
    """Return the run at its newest step, without rows."""
    position = runs.reached(run.pk)
    return _stage(run, position, position, runs.entry_at(run.pk, position) if position else None)


def stage_with_rows(run: Run, asked: int | None = None) -> Stage:
    """Return the run at step `asked`, or at its newest step if it is None or not reached, with the rows around it."""
    position = runs.reached(run.pk)
    at = position if asked is None or asked > position else asked
    after, up_to = stage.window_bounds(position, at)
    if runs.lesson_of(run).has_lanes:
        # Lanes draw each message from the step that sent it to the step that received it: they need every entry.
        history = runs.entries(run.pk, up_to=position)
        shown = replace(_stage(run, position, at, history[at - 1] if at else None), history=history)
        return stage.with_window(shown, history[after:up_to])
    entries = runs.entries(run.pk, after=after, up_to=up_to)
    return stage.with_window(_stage(run, position, at, entries[at - after - 1] if at else None), entries)


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
    return Stage(lesson, run.slug, run.pk, position, at, entry, is_lesson_changed=_has_changed(run), proved=proved)


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
        aside = Markup(" <small>(you have not reached it yet)</small>")
        return Markup('<span class="step-link is-ahead">{}{}</span>').format(Markup(text), aside)  # noqa: S704
    # The answer to a step has no rows but its own: the page has those that it would be loaded with.
    first = shown.rows[0].position if shown.rows else stage.window_bounds(shown.position, shown.at)[0] + 1
    url = f"#row-{step}" if step >= first else shown.link_to(step)
    return Markup('<a class="step-link" href="{}">{}</a>').format(url, Markup(text))  # noqa: S704 - from the renderer


def _has_changed(run: Run) -> bool:
    try:
        return offered.find(run.slug).digest != run.text_id
    except NoSuchLesson:
        return False
