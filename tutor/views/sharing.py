"""What others see: a step of the reference play, and a learner's result in a lesson behind a link of their own."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import offered, reference_plays, references, shown_results, stored_texts
from tutor.drawing.shared_stage import shared_stage
from tutor.engine.lesson.lesson import Lesson
from tutor.learners import learner_of
from tutor.lesson_result import result_of
from tutor.progress import linked_parts
from tutor.prose import ShownLesson
from tutor.shown_results import NotFinished
from tutor.views.shared.answers import page_without_server, see
from tutor.views.shared.choices import view_of
from tutor.views.shared.parameters import optional_number, picked_tab
from tutor.views.shared.stages import lesson_context, shown_lesson


@require_safe
def shared_step(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Show a step of the lesson's reference play to anybody, by its id or number; no command is sent."""
    file = offered.find(slug)
    at = _position_of(step, file.lesson)
    told = references.known_lesson(file.lesson)
    context: dict[str, object] = {"lesson": ShownLesson(told, slug), "at": at, "total": len(file.lesson.steps)}
    entries = reference_plays.entries_of(file.lesson) if at else None
    if at is None or entries is None:
        status = 200 if at else 404
        return page_without_server(request, "sharing/no_step.html", {**context, "step": step}, status=status)
    proved = stored_texts.proved_lines(slug, file.digest, file.lesson)
    shown = shared_stage(slug, file.lesson, entries, at, proved)
    shown = replace(shown, picked_file=picked_tab(request, shown))
    context |= lesson_context(shown) | {"lesson": shown_lesson(shown, told), "view": view_of(request)}
    return page_without_server(request, "sharing/step.html", context)


def _position_of(step: str, lesson: Lesson) -> int | None:
    """Return the position of a step by its id or number, None if the lesson has no such step."""
    named = lesson.positions.get(step) or optional_number(step)
    return named if named and 1 <= named <= len(lesson.steps) else None


@require_safe
def result_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the learner what a link to their result would show, with the buttons that make and revoke it."""
    learner = learner_of(request)
    result = result_of(learner, slug)
    link = shown_results.own(learner, slug)
    context = {
        "result": result,
        "lesson": ShownLesson(result.lesson, slug),
        "parts": linked_parts(slug, result.progress),
        "part": "",
        "address": request.build_absolute_uri(reverse("shown_result", kwargs={"token": link.token})) if link else "",
    }
    return page_without_server(request, "sharing/result_link.html", context)


@require_POST
def make_result_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the learner's link to their result in a lesson whose steps they have all run."""
    learner = learner_of(request)
    if not result_of(learner, slug).progress.steps.is_complete:
        raise NotFinished("There is nothing to show yet.")
    shown_results.make(learner, slug)
    return see(reverse("result_link", kwargs={"slug": slug}))


@require_POST
def revoke_result_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Revoke the learner's link; its address is then one that never existed."""
    shown_results.revoke(learner_of(request), slug)
    return see(reverse("result_link", kwargs={"slug": slug}))


@require_safe
def shown_result(request: HttpRequest, token: str) -> HttpResponse:
    """Show a learner's result in one lesson to anybody who has the link, and nothing else of the learner."""
    shown = shown_results.find(token)
    result = result_of(shown.learner, shown.slug)
    response = page_without_server(request, "sharing/result.html", {"result": result})
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response
