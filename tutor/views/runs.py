"""What a learner does with a run: begin it, take a step, start over, fetch older rows."""

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import library, predictions, runs, stage
from tutor.learners import learner_of
from tutor.stage import Stage
from tutor.views.lessons import lesson_context, stage_of
from tutor.views.responses import is_htmx, is_predicting, partials, see

_NUMBER = re.compile(r"[0-9]{1,6}")


@require_POST
def start_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the learner's run of the number that the page was made for, and take its first step."""
    learner = learner_of(request)
    run = runs.start(learner, library.find(slug), number_of(request.POST.get("number")))
    return step_answer(request, runs.take_step(learner, run.pk, 1))


@require_POST
def take_step(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Take the step, or answer with what it did when it was taken."""
    return step_answer(request, runs.take_step(learner_of(request), run_id, position))


@require_POST
def restart_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin the next run of the same lesson; the old one is kept."""
    run = runs.restart(learner_of(request), run_id)
    return see(reverse("lesson", kwargs={"slug": run.slug}))


@require_safe
def rows(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the rows before or after those that the page holds; without htmx, the page that holds them."""
    run = runs.run_of(learner_of(request), run_id)
    if "before" in request.GET:
        next_one = max(0, number_of(request.GET["before"]) - 1)
        bounds = max(0, next_one - stage.WINDOW), next_one
    else:
        after = number_of(request.GET.get("after"))
        next_one = min(after + 1, runs.reached(run_id))
        bounds = after, after + stage.WINDOW
    if not is_htmx(request):
        return see(reverse("lesson", kwargs={"slug": run.slug}) + f"?at={next_one}")
    entries = runs.entries(run.pk, after=bounds[0], up_to=bounds[1])
    shown = stage.with_window(stage_of(run), entries)
    shown = stage.aside(shown) if "aside" in request.GET else shown
    return partials(request, "runs/_rows.html", lesson_context(shown))


def step_answer(request: HttpRequest, taken: runs.Taken) -> HttpResponse:
    """Answer with what a step did."""
    if not is_htmx(request):
        return see(reverse("lesson", kwargs={"slug": taken.slug}))
    entry = taken.entry
    # The answer speaks of the moment of this step, so that all answers to the same press are equal.
    shown = Stage(taken.lesson, taken.slug, taken.run_id, entry.position, entry.position, entry)
    panel = predictions.panel(shown, is_on=is_predicting(request))
    context = lesson_context(shown, panel) | {"row": shown.row, "column": shown.column}
    return partials(request, "runs/_step.html", context)


def number_of(text: str | None) -> int:
    """Return the number that a form or an address gives. Raises: Http404."""
    if text is None or not _NUMBER.fullmatch(text):
        raise Http404
    return int(text)
