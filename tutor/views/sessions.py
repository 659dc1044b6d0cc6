"""The redis-cli sessions in a lesson's texts: a learner runs one as it is written, and no text of their own."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tutor import offered
from tutor.assessment import quizzes, sessions
from tutor.assessment.sessions import NoSuchSession, PlacedSession
from tutor.broker import glance
from tutor.engine.lesson.lesson import Lesson
from tutor.learners import learner_of
from tutor.progress import parts_of
from tutor.prose import ShownLesson
from tutor.views.shared.answers import is_htmx, page, partials
from tutor.views.shared.parameters import own_path


@require_GET
def run_session(request: HttpRequest, slug: str, session: str) -> HttpResponse:
    """Run the session of that name in a corner of its own, and show what came; nothing is stored."""
    lesson, placed = _found(request, slug, session)
    context = {"session": sessions.run_session(placed), "broker": glance.last_known()}
    if is_htmx(request):
        return partials(request, "sessions/_session.html", context)
    frame = {
        "lesson": ShownLesson(lesson, slug),
        "part": "",
        "parts": parts_of(learner_of(request), slug, lesson),
        "back": own_path(request, request.headers.get("Referer")),
    }
    return page(request, "sessions/session.html", {**context, **frame})


def _found(request: HttpRequest, slug: str, name: str) -> tuple[Lesson, PlacedSession]:
    """Return the lesson as the learner has it, or else as it is offered, with its session. Raises: NoSuchSession."""
    lesson = quizzes.sheet_of(learner_of(request), slug).lesson
    try:
        return lesson, sessions.find_session(lesson, name)
    except NoSuchSession:
        offered_now = offered.find(slug).lesson
        return offered_now, sessions.find_session(offered_now, name)
