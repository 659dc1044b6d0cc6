"""Tests of a lesson: begin one, answer, finish, and see the result."""

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
from tutor.assessment.sittings import Layout, StartedTest
from tutor.catalogue import after_lesson
from tutor.engine.asking.sitting import LENGTH, TopicVerdict
from tutor.engine.lesson.lesson import Lesson
from tutor.learners import learner_of
from tutor.models import Sitting
from tutor.progress import parts_of
from tutor.prose import ShownLesson
from tutor.views.shared.answers import page, see
from tutor.views.shared.parameters import number_of, optional_number


@require_safe
def lesson_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Explain the test and its verdicts, and list the learner's earlier results."""
    file = offered.find(slug)
    record = sittings.record(learner_of(request), slug)
    frame = {**_frame(request, slug, file.lesson), "onward": after_lesson(slug)}
    context = {"record": record, "length": LENGTH, "verdicts": _verdicts(), **frame}
    return page(request, "sittings/lesson_test.html", context)


@require_POST
def start_sitting(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the questions of the learner's test with the number that the page carries, and show it."""
    number = number_of(request.POST.get("number"))
    layout: Layout = "all" if request.POST.get("show") == "all" else "one"
    sitting = sittings.start(learner_of(request), offered.find(slug), number, layout=layout)
    return see(_url("sitting", sitting))


@require_safe
def sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Show the test: all of it, or the question at the place that `?at=` names."""
    taken = sittings.find(learner_of(request), sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    return _shown(request, papers.paper(taken, optional_number(request.GET.get("at"))))


@require_POST
def answer_sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Store the answers in the form, and go on to the next open question or to the end."""
    learner = learner_of(request)
    taken = sittings.find(learner, sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    at = optional_number(request.POST.get("at"))
    if unfinished := _unfinished_paper(request, taken, at):
        return _shown(request, unfinished)
    after = sittings.answer(learner, sitting_id, papers.given_in(request.POST, taken))
    return see(_following_url(after, at, request.POST.get("then")))


@require_safe
def sitting_end(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Ask whether to finish the test, and list the questions that are still open."""
    taken = sittings.find(learner_of(request), sitting_id)
    if taken.is_finished:
        return see(_url("sitting_result", taken.sitting))
    return page(request, "sittings/end.html", _context(request, papers.paper(taken)))


@require_POST
def finish_sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Finish the test; open questions count as not answered."""
    taken = sittings.finish(learner_of(request), sitting_id)
    return see(_url("sitting_result", taken.sitting))


@require_safe
def sitting_result(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Show the score, the verdict, and every question with its answer, once the test is finished."""
    learner = learner_of(request)
    taken = sittings.find(learner, sitting_id)
    if not taken.is_finished:
        return see(_url("sitting", taken.sitting))
    report = reports.report(taken)
    record = sittings.record(learner, taken.sitting.slug)
    context = {"report": report, "record": record, "verdicts": _verdicts(), "onward": after_lesson(taken.sitting.slug)}
    return page(request, "sittings/result.html", context | _frame(request, taken.sitting.slug, report.lesson))


def _unfinished_paper(request: HttpRequest, taken: StartedTest, at: int | None) -> Paper | None:
    """Return the paper with the form's answers, if it is to be shown again before they are stored; else None.

    That is after a press of a move button, an answer that can't be read, and a form that asks to stay.
    """
    moved, problems = papers.moved_in(request.POST, taken), papers.problems_in(request.POST, taken, at)
    if not (moved or problems or request.POST.get("then") == "stay"):
        return None
    return replace(
        papers.paper(taken, at),
        drafts={**papers.given_in(request.POST, taken), **moved},
        # Moving a line is not an attempt to answer, so nothing is a problem yet.
        problems={} if moved else problems,
        moves=papers.moves_in(request.POST, taken),
    )


def _following_url(taken: StartedTest, at: int | None, then: str | None) -> str:
    if taken.is_finished:
        return _url("sitting_result", taken.sitting)
    if then == "finish":
        return _url("sitting_end", taken.sitting)
    # After the last open question the first place is shown again, from where the test can be finished.
    return papers.place_url(taken.sitting, papers.next_open(taken, at or 0) or 1)


def _shown(request: HttpRequest, paper: Paper) -> HttpResponse:
    is_one = paper.sitting.one_at_a_time
    return page(request, "sittings/one.html" if is_one else "sittings/all.html", _context(request, paper))


def _context(request: HttpRequest, paper: Paper) -> dict[str, object]:
    return {"paper": paper, **_frame(request, paper.sitting.slug, paper.lesson)}


def _frame(request: HttpRequest, slug: str, lesson: Lesson) -> dict[str, object]:
    return {"lesson": ShownLesson(lesson, slug), "parts": parts_of(learner_of(request), slug, lesson), "part": "test"}


def _verdicts() -> list[TopicVerdict]:
    return [TopicVerdict.STRONG, TopicVerdict.GROWING, TopicVerdict.WEAK]


def _url(name: str, sitting: Sitting) -> str:
    return reverse(name, kwargs={"sitting_id": sitting.pk})
