"""The answer to a step that was taken."""

import json
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import reverse
from markupsafe import Markup

from tutor import runs
from tutor.assessment import predictions
from tutor.drawing.rows import ELAPSED_LATER, TIME_MARK, elapsed_text
from tutor.drawing.stage import Stage
from tutor.engine.trace.entry import TraceEntry
from tutor.prose import ShownLesson
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.stages import lesson_context


def step_answer(request: HttpRequest, taken: runs.TakenStep) -> HttpResponse:
    """Answer with the result of a step: partials for htmx, a redirect to the lesson for a plain form."""
    if not is_htmx(request):
        return see(reverse("lesson", kwargs={"slug": taken.slug}))
    entry = taken.entry
    # The stage is the one right after this step, not the newest one, so that a second press gets the same answer.
    shown = Stage(taken.lesson, taken.slug, taken.run_id, entry.position, entry.position, entry)
    context = {
        "stage": shown,
        "lesson": ShownLesson(shown.lesson, shown.slug),
        "hero": shown.hero,
        "panel": predictions.panel(shown, prediction_mode(request)),
        "seen": _with_time(_shared_part(taken), entry),
    }
    return partials(request, "runs/_step.html", context)


OWN: Mapping[str, object] = {"elapsed_us": ELAPSED_LATER, "claim": "", "lives": {}}
"""The fields that differ between equal steps of two learners: the time it took, and two that are never drawn."""


def _shared_part(taken: runs.TakenStep) -> Markup:
    # Without the cache, a developer sees each change of a template at once.
    draw = _seen.__wrapped__ if settings.DEBUG else _seen
    return draw(taken.text_id, taken.slug, json.dumps({**taken.entry.as_json(), **OWN}))


def _with_time(seen: Markup, entry: TraceEntry) -> Markup:
    return Markup(str(seen).replace(TIME_MARK, elapsed_text(entry)))  # noqa: S704 - digits within what was escaped


@lru_cache(maxsize=512)
def _seen(text_id: str, slug: str, record: str) -> Markup:
    """Return the part of the answer that is the same for all learners with the same entry, drawn once.

    It depends on the arguments only: on no run, learner or request. Most learners of a lesson get the same entries.
    """
    entry = TraceEntry.from_json(json.loads(record))
    shown = Stage(runs.bound_lesson(text_id), slug, None, entry.position, entry.position, entry)
    context = lesson_context(shown) | {
        "row": shown.row,
        "column": shown.column,
        "lane_column": shown.lane_column,
    }
    return Markup(get_template("runs/_seen.html").render(context))  # noqa: S704 - the template escapes
