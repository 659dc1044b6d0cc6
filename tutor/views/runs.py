"""What a learner does with a run: begin it, take a step, start over, fetch older rows."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import offered, runs
from tutor.drawing import stage
from tutor.learners import learner_of
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.numbers import number_of
from tutor.views.shared.stages import lesson_context, stage_of
from tutor.views.shared.steps import step_answer


@require_POST
def start_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the learner's run of the number that the page was made for, and take its first step."""
    learner = learner_of(request)
    run = runs.start(learner, offered.find(slug), number_of(request.POST.get("number")))
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
