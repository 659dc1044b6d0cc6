"""A learner's run of a lesson: begin it, take a step, start over, fetch older and newer rows."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import offered, runs
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.learners import learner_of
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.parameters import number_of
from tutor.views.shared.stages import lesson_context, stage_after, stage_before
from tutor.views.shared.steps import step_answer


@require_POST
def start_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the learner's run with the number that the page carries, and take its first step."""
    learner = learner_of(request)
    run = runs.start(learner, offered.find(slug), number_of(request.POST.get("number")))
    return step_answer(request, runs.take_step(learner, run.pk, 1))


@require_POST
def take_step(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Take the step, or answer with its recorded result if it was taken before."""
    return step_answer(request, runs.take_step(learner_of(request), run_id, position))


@require_POST
def restart_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin the next run of the same lesson; the old run is kept."""
    run = runs.restart(learner_of(request), run_id)
    return see(reverse("lesson", kwargs={"slug": run.slug}))


@require_safe
def rows(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the rows before `?before=` or after `?after=`; without htmx, redirect to the page that has them."""
    run = runs.run_of(learner_of(request), run_id)
    is_before = "before" in request.GET
    row = number_of(request.GET.get("before" if is_before else "after"))
    nearest = max(0, row - 1) if is_before else min(row + 1, runs.reached(run_id))
    page_url = reverse("lesson", kwargs={"slug": run.slug}) + f"?at={nearest}"
    if not is_htmx(request):
        return see(page_url)
    whole = stage_before(run, row) if is_before else stage_after(run, row)

    def context(shown: Stage) -> Mapping[str, object]:
        return lesson_context(stage.aside(shown) if "aside" in request.GET else shown)

    def brief() -> Mapping[str, object]:
        return context(stage.narrowed(whole, nearest))

    return partials(request, "runs/_rows.html", context(whole), brief=brief, page_url=page_url)
