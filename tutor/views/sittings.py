"""What a learner does with tests: begin one, answer, finish, and see what it came to."""

import re
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import offered
from tutor.assessment import paper as papers
from tutor.assessment import report as reports
from tutor.assessment import sittings
from tutor.assessment.paper import Paper
from tutor.engine.asking.sitting import LENGTH, Verdict
from tutor.engine.lesson.lesson import Lesson
from tutor.learners import learner_of
from tutor.models import Sitting
from tutor.progress import parts_of
from tutor.prose import ShownLesson
from tutor.views.shared.answers import page, see
from tutor.views.shared.numbers import number_of

_PLACE = re.compile(r"[0-9]{1,2}")


@require_safe
def lesson_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what a test is and how it is judged, and what the learner's tests of the lesson came to."""
    file = offered.find(slug)
    record = sittings.record(learner_of(request), slug)
    context = {"record": record, "length": LENGTH, "verdicts": _verdicts(), **_frame(request, slug, file.lesson)}
    return page(request, "sittings/lesson_test.html", context)


@require_POST
def start_sitting(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the learner's test of the number that the page was made for, and show it."""
    number = number_of(request.POST.get("number"))
    is_one = request.POST.get("show") != "all"
    sitting = sittings.start(learner_of(request), offered.find(slug), number, one_at_a_time=is_one)
    return see(_url("sitting", sitting))


@require_safe
def sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Show the test: all of it, or the question at the place that `?at=` names."""
    taken = sittings.taken(learner_of(request), sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    return _shown(request, papers.paper(taken, _place(request.GET.get("at"))))


@require_POST
def answer_sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Store the answers in the form, and go on: to the next open question, or to the end."""
    learner = learner_of(request)
    taken = sittings.taken(learner, sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    at = _place(request.POST.get("at"))
    given, moved = papers.given_in(request.POST, taken), papers.moved_in(request.POST, taken)
    problems = papers.problems_in(request.POST, taken, at)
    if moved or problems or request.POST.get("then") == "stay":
        # Nothing is stored yet: what was typed is shown again.
        drafts, moves = {**given, **moved}, papers.moves_in(request.POST, taken)
        problems = {} if moved else problems
        return _shown(request, replace(papers.paper(taken, at), drafts=drafts, problems=problems, moves=moves))
    after = sittings.answer(learner, sitting_id, given)
    if after.is_finished:
        return see(_url("sitting_result", after.sitting))
    if request.POST.get("then") == "finish":
        return see(_url("sitting_end", after.sitting))
    return see(papers.place_url(after.sitting, papers.next_open(after, at or 0) or 1))


@require_safe
def sitting_end(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Ask whether the test shall be finished, and say what is still open."""
    taken = sittings.taken(learner_of(request), sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    return page(request, "sittings/end.html", _context(request, papers.paper(taken)))


@require_POST
def finish_sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Finish the test: what is open counts as not answered."""
    taken = sittings.finish(learner_of(request), sitting_id)
    return see(_url("sitting_result", taken.sitting))


@require_safe
def sitting_result(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Show the score, the verdict, and every question with its answer; before the end there is nothing to see."""
    learner = learner_of(request)
    taken = sittings.taken(learner, sitting_id)
    if not taken.is_finished:
        return see(_url("sitting", taken.sitting))
    report = reports.report(taken)
    record = sittings.record(learner, taken.sitting.slug)
    context = {"report": report, "record": record, "verdicts": _verdicts()}
    return page(request, "sittings/result.html", context | _frame(request, taken.sitting.slug, report.lesson))


def _shown(request: HttpRequest, paper: Paper) -> HttpResponse:
    is_one = paper.sitting.one_at_a_time
    return page(request, "sittings/one.html" if is_one else "sittings/all.html", _context(request, paper))


def _context(request: HttpRequest, paper: Paper) -> dict[str, object]:
    return {"paper": paper, **_frame(request, paper.sitting.slug, paper.lesson)}


def _frame(request: HttpRequest, slug: str, lesson: Lesson) -> dict[str, object]:
    return {"lesson": ShownLesson(lesson, slug), "parts": parts_of(learner_of(request), slug, lesson), "part": "test"}


def _verdicts() -> list[Verdict]:
    return [Verdict.STRONG, Verdict.GROWING, Verdict.WEAK]


def _place(text: str | None) -> int | None:
    return int(text) if text and _PLACE.fullmatch(text) else None


def _url(name: str, sitting: Sitting) -> str:
    return reverse(name, kwargs={"sitting_id": sitting.pk})
