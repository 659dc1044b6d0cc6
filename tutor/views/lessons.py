"""The catalogue, and a lesson's page at any recorded step."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tutor import catalogue as lessons
from tutor import offered, runs
from tutor.assessment import predictions
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.engine.errors import BrokerLacks
from tutor.learners import learner_of
from tutor.progress import parts_of
from tutor.views.shared.answers import is_htmx, page, page_without_ping, partials
from tutor.views.shared.choices import keep_view, prediction_mode, view_of
from tutor.views.shared.faults import FAULTS, Notice
from tutor.views.shared.parameters import asked_step
from tutor.views.shared.stages import lesson_context, stage_with_rows


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """List all lessons by track, with the learner's progress."""
    tracks = lessons.tracks(learner_of(request))
    return page(request, "lessons/catalogue.html", {"tracks": tracks, "overall": lessons.overall(tracks)})


@require_safe
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the lesson at the learner's newest step, or at the recorded step that `?at=` names; no command is sent."""
    shown, asked = _looked_at(request, slug)
    if asked is not None and asked > shown.total:
        raise Http404
    # A link to a step that this learner has not reached leads to their newest step, with the reason.
    notice = _not_reached(asked, shown) if asked is not None and asked > shown.position else _needs_server(shown)
    show_panel = predictions.asking_panel if "ask" in request.GET else predictions.panel
    panel = show_panel(shown, prediction_mode(request))
    context = lesson_context(shown, panel) | {"notice": notice, "view": view_of(request)}
    if is_htmx(request):
        return keep_view(request, partials(request, "runs/_at.html", context))
    context["parts"] = parts_of(learner_of(request), slug, shown.lesson)
    # A recorded step runs nothing, so its page need not wait for the server.
    render = page_without_ping if shown.is_past else page
    return keep_view(request, render(request, "lessons/lesson.html", context))


def _looked_at(request: HttpRequest, slug: str) -> tuple[Stage, int | None]:
    """Return the lesson as the learner sees it, and the step that the address names in the learner's version of it."""
    run = runs.latest_run(learner_of(request), slug)
    if run is None:
        start = _start(slug)
        return start, asked_step(request, start.lesson)
    asked = asked_step(request, runs.lesson_of(run))
    return stage_with_rows(run, asked), asked


def _start(slug: str) -> Stage:
    file = offered.find(slug)
    return stage.with_window(Stage(file.lesson, slug, None, 0, 0, None), [])


def _needs_server(shown: Stage) -> Notice | None:
    """Return a notice if this server lacks what a run under way needs; before the first step the stage says so."""
    reason = shown.needs_server if shown.position and not shown.is_past else ""
    return replace(FAULTS[BrokerLacks].notice, text=reason) if reason else None


def _not_reached(asked: int, shown: Stage) -> Notice:
    where = f"You are at step {shown.position}." if shown.position else "You have not started yet."
    text = f"{where} Press “Next step” to get there: every step runs for real."
    return Notice(f"You have not reached step {asked} yet.", text)
