"""The answer to a step that was taken."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import reverse
from markupsafe import Markup

from tutor import runs, stored_texts
from tutor.assessment import predictions
from tutor.drawing.rows import ELAPSED_LATER, TIME_MARK, elapsed_text
from tutor.drawing.stage import Stage
from tutor.engine.lesson.proved_lines import ProvedLines
from tutor.engine.trace.entry import TraceEntry
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.parameters import picked_tab
from tutor.views.shared.stages import lesson_context, shown_lesson


def step_answer(request: HttpRequest, taken: runs.TakenStep) -> HttpResponse:
    """Answer with the result of a step: partials for htmx, a redirect to the lesson for a plain form."""
    entry = taken.entry
    proved = stored_texts.proved_lines(taken.slug, taken.text_id, taken.lesson)
    # The stage is the one right after this step, not the newest one, so that a second press gets the same answer.
    shown = Stage(taken.lesson, taken.slug, taken.run_id, entry.position, entry.position, entry, proved=proved)
    shown = replace(shown, picked_file=picked_tab(request, shown))
    page_url = reverse("lesson", kwargs={"slug": taken.slug})
    if not is_htmx(request):
        return see(f"{page_url}?file={shown.picked_file}" if shown.picked_file else page_url)
    context = {
        "stage": shown,
        "lesson": shown_lesson(shown),
        "hero": shown.hero,
        "panel": predictions.panel(shown, prediction_mode(request)),
        "seen": _with_time(_shared_part(taken, shown), entry),
    }
    return partials(request, "runs/_step.html", context, brief=lambda: _brief_part(taken, shown), page_url=page_url)


OWN: Mapping[str, object] = {"elapsed_us": ELAPSED_LATER, "claim": "", "lives": {}}
"""The fields that differ between equal steps of two learners: the time it took, and two that are never drawn."""


ShownCode = tuple[ProvedLines | None, str]
"""The proof of the lesson's program, and the tab of the code pane that was picked."""


def _shared_part(taken: runs.TakenStep, shown: Stage) -> Markup:
    # Without the cache, a developer sees each change of a template at once.
    draw = _seen.__wrapped__ if settings.DEBUG else _seen
    return draw(taken.text_id, taken.slug, json.dumps({**taken.entry.as_json(), **OWN}), _code(shown))


def _brief_part(taken: runs.TakenStep, shown: Stage) -> dict[str, Markup]:
    return {"seen": _drawn(taken.text_id, taken.slug, taken.entry, _code(shown), "brief")}


def _code(shown: Stage) -> ShownCode:
    return shown.proved, shown.code.picked


def _with_time(seen: Markup, entry: TraceEntry) -> Markup:
    return Markup(str(seen).replace(TIME_MARK, elapsed_text(entry)))  # noqa: S704 - digits within what was escaped


@lru_cache(maxsize=512)
def _seen(text_id: str, slug: str, record: str, code: ShownCode) -> Markup:
    """Return the part of the answer that is the same for all learners with the same entry, drawn once.

    It depends on the arguments only: on no run, learner or request. Most learners of a lesson get the same entries.
    """
    return _drawn(text_id, slug, TraceEntry.from_json(json.loads(record)), code, "jinja2")


def _drawn(text_id: str, slug: str, entry: TraceEntry, code: ShownCode, engine: str) -> Markup:
    proved, picked = code
    lesson, at = runs.bound_lesson(text_id), entry.position
    shown = Stage(lesson, slug, None, at, at, entry, proved=proved, picked_file=picked)
    context = lesson_context(shown) | {
        "row": shown.row,
        "column": shown.column,
        "lane_column": shown.lane_column,
    }
    return Markup(get_template("runs/_seen.html", using=engine).render(context))  # noqa: S704 - the template escapes
