"""The catalogue, and a lesson's page at any recorded step."""

from dataclasses import replace
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tutor import catalogue as lessons
from tutor import offered, runs
from tutor.assessment import predictions
from tutor.broker import glance
from tutor.drawing import stage
from tutor.drawing.stage import Stage, shared_url
from tutor.engine.errors import BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.values.wording import counted
from tutor.learners import learner_of
from tutor.past_steps import newest_run
from tutor.progress import parts_of
from tutor.views.shared.answers import is_htmx, page, page_without_ping, partials
from tutor.views.shared.choices import is_toured, keep_view, prediction_mode, view_of
from tutor.views.shared.faults import FAULTS, Notice
from tutor.views.shared.kept_answers import kept_page, kept_partials
from tutor.views.shared.lesson_views import LessonView
from tutor.views.shared.parameters import asked_moment, asked_step, picked_tab
from tutor.views.shared.stages import RunLook, look_at, look_at_start

NO_STEP = 1_000_000
"""A position beyond every lesson's last step."""


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show the one thing to do next, and all lessons in the order of the path, with the learner's progress."""
    tracks = lessons.tracks(learner_of(request))
    context = {"tracks": tracks, "overall": lessons.overall(tracks), "first": lessons.first_thing(tracks)}
    return page(request, "lessons/catalogue.html", context)


@require_safe
def path_end(request: HttpRequest) -> HttpResponse:
    """Say that the path ends here, with what is left to do on it."""
    tracks = lessons.tracks(learner_of(request))
    left = [lesson for track in tracks for lesson in track.lessons if not lesson.is_done]
    return page(request, "lessons/path_end.html", {"overall": lessons.overall(tracks), "left": left})


@require_safe
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the lesson at the learner's newest step, or at the recorded step that `?at=` names; no command is sent."""
    look, asked = _looked_at(request, slug)
    shown = look.stage
    is_step = asked is None or asked <= shown.total
    if not is_step and is_htmx(request):
        raise Http404
    # A link to a step that this learner has not reached leads to their newest step, with the reason.
    notice = _not_reached(asked, shown) if asked is not None and asked > shown.position else _needs_server(shown)
    shown = replace(shown, picked_file=picked_tab(request, shown), moment=asked_moment(request, shown))
    look = replace(look, stage=shown)
    if is_htmx(request) and "file" in request.GET:  # only a tab of the code pane asks for it, and the rest stays
        return partials(request, "runs/_code_parts.html", {"stage": shown}, page_url=request.get_full_path())
    view = LessonView(look, predictions.basis_of(shown, prediction_mode(request)), "ask" in request.GET, notice)
    if is_htmx(request):
        return keep_view(request, _moved(request, view))
    return keep_view(request, _whole(request, view, status=200 if is_step else 404))


def _moved(request: HttpRequest, view: LessonView) -> HttpResponse:
    """Answer htmx with the fragments that differ between two steps of a run."""
    more = {"view": view_of(request)}
    if answer := kept_partials(request, view.sketch("runs/_at.html", more), view.own):
        return answer
    context = view.context(more)
    whole = cast(Stage, context["stage"])
    return partials(
        request,
        "runs/_at.html",
        context,
        brief=lambda: {"stage": stage.narrowed(whole, whole.at)},
        page_url=request.get_full_path(),
    )


def _whole(request: HttpRequest, view: LessonView, *, status: int) -> HttpResponse:
    shown, template = view.look.stage, "lessons/lesson.html"
    has_tour = not (shown.position or view.notice or is_toured(request))
    parts = tuple(parts_of(learner_of(request), shown.slug, shown.lesson))
    more = {"view": view_of(request), "parts": parts, "has_tour": has_tour, "proved_on": shown.proved_on}
    # A recorded step runs nothing, so its page need not wait for the server.
    broker = glance.last_known() if shown.is_past else glance.current()
    if answer := kept_page(request, view.sketch(template, more), view.own, broker):
        answer.status_code = status
        return answer
    return page_without_ping(request, template, view.context(more), status=status)


def _looked_at(request: HttpRequest, slug: str) -> tuple[RunLook, int | None]:
    """Return the lesson as the learner sees it, and the step that the address names in the learner's version of it."""
    run = newest_run(learner_of(request), slug)
    if run is None:
        file = offered.find(slug)
        return look_at_start(file), _asked(request, file.lesson)
    asked = _asked(request, runs.bound_lesson(run.text_id))
    return look_at(run, asked), asked


def _asked(request: HttpRequest, lesson: Lesson) -> int | None:
    """Return the step that `?at=` names, NO_STEP if the lesson has none of that name, None without `?at=`."""
    try:
        return asked_step(request, lesson)
    except Http404:
        return NO_STEP


def _needs_server(shown: Stage) -> Notice | None:
    """Return a notice if this server lacks what a run under way needs; before the first step the stage says so."""
    reason = shown.needs_server if shown.position and not shown.is_past else ""
    return replace(FAULTS[BrokerLacks].notice, text=reason) if reason else None


def _not_reached(asked: int, shown: Stage) -> Notice:
    where = f"You are at step {shown.position}." if shown.position else "You have not started yet."
    if asked > shown.total:
        has = f"It has {counted(shown.total, 'step')}; the link may be of another version."
        return Notice("This lesson has no such step.", f"{has} {where}")
    text = f"{where} Press “Next step” to get there: every step runs for real."
    title = f"You have not reached step {asked} yet."
    if shown.run_id:
        return Notice(title, text)
    url = shared_url(shown.slug, shown.lesson, asked)
    return Notice(title, text, url=url, link=f"Or see how step {asked} went.")
