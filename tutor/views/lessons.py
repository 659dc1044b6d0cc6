"""The catalogue, and a lesson's page at any recorded step."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tutor import catalogue as lessons
from tutor import offered, runs
from tutor.assessment import predictions
from tutor.assessment.predictions import Panel
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.engine.errors import BrokerLacks
from tutor.engine.trace import TraceEntry
from tutor.learners import learner_of
from tutor.library import NoSuchLesson
from tutor.models import Run
from tutor.progress import parts_of
from tutor.prose import ShownLesson
from tutor.views.numbers import asked_step
from tutor.views.responses import FAULTS, Notice, is_htmx, is_predicting, keep_view, page, partials, view_of


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """List all lessons by track, with the learner's progress."""
    tracks = lessons.tracks(learner_of(request))
    return page(request, "lessons/catalogue.html", {"tracks": tracks, "overall": lessons.overall(tracks)})


@require_safe
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the lesson at the learner's newest step, or at the recorded step that `?at=` names; touches no corner."""
    shown, asked = _looked_at(request, slug)
    if asked is not None and asked > shown.total:
        raise Http404
    is_swap = is_htmx(request)
    notice = _not_reached(asked, shown) if asked is not None and asked > shown.position else _needs_server(shown)
    panel = predictions.panel(shown, is_on=is_predicting(request), is_asking="ask" in request.GET)
    context = lesson_context(shown, panel) | {"notice": notice, "view": view_of(request)}
    if is_swap:
        return keep_view(request, partials(request, "runs/_at.html", context))
    context["parts"] = parts_of(learner_of(request), slug, shown.lesson)
    return keep_view(request, page(request, "lessons/lesson.html", context, ask_broker=not shown.is_past))


def _looked_at(request: HttpRequest, slug: str) -> tuple[Stage, int | None]:
    """Return the lesson as the learner sees it, and the step that the address names in this learner's text of it."""
    run = runs.latest_run(learner_of(request), slug)
    if run is None:
        start = _start(slug)
        return start, asked_step(request, start.lesson)
    asked = asked_step(request, runs.lesson_of(run))
    return stage_with_rows(run, asked), asked


def stage_of(run: Run) -> Stage:
    """Return the run at its newest step, without rows."""
    position = runs.reached(run.pk)
    return _stage(run, position, position, runs.entry_at(run.pk, position) if position else None)


def stage_with_rows(run: Run, asked: int | None = None) -> Stage:
    """Return the run at the step that is asked for, or at its newest one, with the rows around it."""
    position = runs.reached(run.pk)
    at = position if asked is None or asked > position else asked
    after, up_to = stage.window_bounds(position, at)
    if runs.lesson_of(run).has_lanes:
        history = runs.entries(run.pk, up_to=position)
        shown = replace(_stage(run, position, at, history[at - 1] if at else None), history=history)
        return stage.with_window(shown, history[after:up_to])
    entries = runs.entries(run.pk, after=after, up_to=up_to)
    return stage.with_window(_stage(run, position, at, entries[at - after - 1] if at else None), entries)


def _stage(run: Run, position: int, at: int, entry: TraceEntry | None) -> Stage:
    return Stage(runs.lesson_of(run), run.slug, run.pk, position, at, entry, is_lesson_changed=_has_changed(run))


def lesson_context(shown: Stage, panel: Panel = predictions.OFF) -> dict[str, object]:
    """Return what the fragments of a lesson's page need."""
    return {
        "stage": shown,
        "lesson": ShownLesson(shown.lesson, shown.slug),
        "picture": shown.picture,
        "lanes": shown.lanes,
        "hero": shown.hero,
        "panel": panel,
    }


def _start(slug: str) -> Stage:
    file = offered.find(slug)
    return stage.with_window(Stage(file.lesson, slug, None, 0, 0, None), [])


def _has_changed(run: Run) -> bool:
    try:
        return offered.find(run.slug).digest != run.text_id
    except NoSuchLesson:
        return False


def _needs_server(shown: Stage) -> Notice | None:
    """Return what stands in the way of a run that was begun on another server; before its start the page says it."""
    reason = shown.needs_server if shown.position and not shown.is_past else ""
    return replace(FAULTS[BrokerLacks][1], text=reason) if reason else None


def _not_reached(asked: int, shown: Stage) -> Notice:
    where = f"You are at step {shown.position}." if shown.position else "You have not started yet."
    text = f"{where} Press “Next step” to get there; every step runs for real."
    return Notice(f"You have not reached step {asked} yet.", text, can_retry=False)
