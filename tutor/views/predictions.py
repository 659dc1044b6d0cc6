"""Predicting steps: the switch, a guess that takes the step, and the reason for a wrong guess."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor import offered, runs
from tutor.assessment import predictions
from tutor.assessment.predictions import LONGEST_GUESS, UnreadableGuess
from tutor.engine.errors import StepOutOfOrder
from tutor.engine.lesson.questions.typed_answers import text_in
from tutor.learners import learner_of
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.choices import prediction_mode, remember_mode
from tutor.views.shared.parameters import number_of, own_path
from tutor.views.shared.stages import lesson_context, stage_of
from tutor.views.shared.steps import step_answer


@require_POST
def set_predicting(request: HttpRequest) -> HttpResponse:
    """Remember whether the learner predicts steps before they run: each one, one in three, or none."""
    response = see(own_path(request, request.POST.get("next")))
    remember_mode(response, request.POST.get("predict", ""))
    return response


@require_safe
def question(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Ask what the next step will do, in place of the result of the last prediction."""
    shown = stage_of(runs.run_of(learner_of(request), run_id))
    if not is_htmx(request):
        return see(f"{shown.lesson_url}?ask={position}")
    if position != shown.step_to_take or shown.is_finished:
        raise StepOutOfOrder(f"Step {position} is not the next one.")
    panel = predictions.asking_panel(shown, prediction_mode(request))
    return partials(request, "predictions/_question.html", lesson_context(shown, panel))


@require_POST
def predict_step(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Record the guess, or that it was skipped, and take the step."""
    return step_answer(request, predictions.predict(learner_of(request), run_id, position, _guess(request)))


@require_POST
def predict_first_step(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the learner's run with the number that the page carries, with a prediction of its first step."""
    learner, guess = learner_of(request), _guess(request)
    run = runs.start(learner, offered.find(slug), number_of(request.POST.get("number")))
    return step_answer(request, predictions.predict(learner, run.pk, 1, guess))


@require_POST
def give_reason(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Store the learner's reason for a wrong guess."""
    learner = learner_of(request)
    found = predictions.give_reason(learner, run_id, position, request.POST.get("reason", ""))
    if is_htmx(request):
        return partials(request, "predictions/_reasons_given.html", {"prediction": found})
    slug = runs.run_of(learner, run_id).slug
    return see(f"{reverse('lesson', kwargs={'slug': slug})}?at={position}")


def _guess(request: HttpRequest) -> str | None:
    if "skip" in request.POST:
        return None
    # The button of a choice, or else the field.
    guess = text_in(request.POST.getlist("choice") or request.POST.getlist("guess"), LONGEST_GUESS)
    if guess is None:
        raise UnreadableGuess
    return guess
