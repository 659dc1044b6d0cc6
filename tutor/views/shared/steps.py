"""The answer to a step that was taken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from tutor.views.shared.changed_parts import changed_parts
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.parameters import kept_tab, picked_tab
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
    shared = _Shared(taken.text_id, taken.slug, proved, shown.code.picked, kept_tab(request))
    panel = predictions.panel(shown, prediction_mode(request))
    context = {
        "stage": shown,
        "lesson": shown_lesson(shown),
        "hero": shown.hero,
        "panel": panel,
        "goes_on": 1 < shown.at < shown.total and not panel.is_on and not shown.needs_server,
        "seen": _with_time(_shared_part(shared, taken), entry),
    }
    return partials(request, "runs/_step.html", context, brief=lambda: _brief_part(shared, taken), page_url=page_url)


OWN: Mapping[str, object] = {"elapsed_us": ELAPSED_LATER, "claim": "", "lives": {}}
"""The fields that differ between equal steps of two learners: the time it took, and two that are never drawn."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """On what the shared part of an answer depends besides the entries.

    `proved`: the proof of the lesson's program. `picked`: the tab that the learner chose for this step,
    `kept`: the one that the page shows by choice, "" for none.
    """

    text_id: str
    slug: str
    proved: ProvedLines | None
    picked: str
    kept: str


def _shared_part(shared: _Shared, taken: runs.TakenStep) -> Markup:
    # Without the cache, a developer sees each change of a template at once.
    draw = _seen.__wrapped__ if settings.DEBUG else _seen
    return draw(shared, *(_record(entry) for entry in (taken.entry, taken.before)))


def _record(entry: TraceEntry | None) -> str:
    return json.dumps({**entry.as_json(), **OWN}) if entry else ""


def _brief_part(shared: _Shared, taken: runs.TakenStep) -> dict[str, Markup]:
    return {"seen": _drawn(shared, taken.entry, taken.before, "brief")}


def _with_time(seen: Markup, entry: TraceEntry) -> Markup:
    return Markup(str(seen).replace(TIME_MARK, elapsed_text(entry)))  # noqa: S704 - digits within what was escaped


@lru_cache(maxsize=512)
def _seen(shared: _Shared, record: str, before: str) -> Markup:
    """Return the part of the answer that is the same for all learners with the same entries, drawn once.

    It depends on the arguments only: on no run, learner or request. Most learners of a lesson get the same entries.
    """
    entry_before = TraceEntry.from_json(json.loads(before)) if before else None
    return _drawn(shared, TraceEntry.from_json(json.loads(record)), entry_before, "jinja2")


def _drawn(shared: _Shared, entry: TraceEntry, before: TraceEntry | None, engine: str) -> Markup:
    shown = _stage(shared, entry.position, entry, shared.picked)
    # The button was on the page of the step before.
    on_page = _stage(shared, entry.position - 1, before, shared.kept)
    context = lesson_context(shown) | {
        "row": shown.row,
        "column": shown.column,
        "lane_column": shown.lane_column,
        "changed_parts": changed_parts(shown, on_page, engine),
        "keeps_tab": on_page.code.shown == shown.code.shown,
    }
    return Markup(get_template("runs/_seen.html", using=engine).render(context))  # noqa: S704 - the template escapes


def _stage(shared: _Shared, at: int, entry: TraceEntry | None, picked: str) -> Stage:
    lesson = runs.bound_lesson(shared.text_id)
    return Stage(lesson, shared.slug, None, at, at, entry, proved=shared.proved, picked_file=picked)
