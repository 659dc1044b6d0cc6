"""What a learner does with a run: begin it, take a step, start over, fetch older rows."""

import json
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from tutor import offered, runs
from tutor.assessment import predictions
from tutor.drawing import stage
from tutor.drawing.rows import TIME_MARK, TOLD_LATER, elapsed_text
from tutor.drawing.stage import Stage
from tutor.engine.trace import TraceEntry
from tutor.learners import learner_of
from tutor.prose import ShownLesson
from tutor.views.lessons import lesson_context, stage_of
from tutor.views.numbers import number_of
from tutor.views.responses import is_htmx, is_predicting, partials, see


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


def step_answer(request: HttpRequest, taken: runs.Taken) -> HttpResponse:
    """Answer with what a step did."""
    if not is_htmx(request):
        return see(reverse("lesson", kwargs={"slug": taken.slug}))
    entry = taken.entry
    draw = _seen.__wrapped__ if settings.DEBUG else _seen  # a developer's change of a template shows at once
    # The answer speaks of the moment of this step, so that all answers to the same press are equal.
    shown = Stage(taken.lesson, taken.slug, taken.run_id, entry.position, entry.position, entry)
    context = {
        "stage": shown,
        "lesson": ShownLesson(shown.lesson, shown.slug),
        "hero": shown.hero,
        "panel": predictions.panel(shown, is_on=is_predicting(request)),
        "seen": _with_time(draw(taken.text_id, taken.slug, json.dumps({**entry.as_json(), **OWN})), entry),
    }
    return partials(request, "runs/_step.html", context)


OWN: Mapping[str, object] = {"elapsed_us": TOLD_LATER, "claim": "", "lives": {}}
"""What an entry has of its own where all else is the same for everyone: how long it took, and what is never drawn."""


def _with_time(seen: Markup, entry: TraceEntry) -> Markup:
    return Markup(str(seen).replace(TIME_MARK, elapsed_text(entry)))  # noqa: S704 - digits within what was escaped


@lru_cache(maxsize=512)
def _seen(text_id: str, slug: str, record: str) -> Markup:
    """Return the part of a step's answer that is the same for everyone with the same entry, drawn once.

    The arguments are all that goes into it: no run, no learner, no request. Most learners of a lesson see the same.
    """
    entry = TraceEntry.from_json(json.loads(record))
    shown = Stage(runs.bound_lesson(text_id), slug, None, entry.position, entry.position, entry)
    context = lesson_context(shown) | {
        "row": shown.row,
        "column": shown.column,
        "lane_column": shown.lane_column,
    }
    return Markup(get_template("runs/_seen.html").render(context))  # noqa: S704 - the template escapes
