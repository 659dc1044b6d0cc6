"""The answer to a step that was taken."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

from tutor import glossary, references, runs, stored_texts
from tutor.assessment import predictions
from tutor.assessment.predictions import PanelBasis
from tutor.drawing.rows import elapsed_text
from tutor.drawing.stage import Stage, as_of_run
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.past_steps import OWN
from tutor.same import Same
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.kept_answers import RUN_MARK, Own, Sketch, kept_partials, marked
from tutor.views.shared.parameters import picked_tab
from tutor.views.shared.stages import lesson_context

TEMPLATE = "runs/_step.html"


def step_answer(request: HttpRequest, taken: runs.TakenStep) -> HttpResponse:
    """Answer with the result of a step: partials for htmx, a redirect to the lesson for a plain form.

    Most learners of a lesson get the same entries. With the same entry, tab and panel, they get the same answer.
    """
    entry = taken.entry
    lesson = taken.lesson
    proved = stored_texts.proved_lines(taken.slug, taken.text_id, lesson)
    # The stage is the one right after this step, not the newest one, so that a second press gets the same answer.
    shown = Stage(lesson, taken.slug, taken.run_id, entry.position, entry.position, entry, proved=proved)
    if picked := picked_tab(request, shown):
        shown = replace(shown, picked_file=picked)
    page_url = shown.lesson_url
    if not is_htmx(request):
        return see(f"{page_url}?file={picked}" if picked else page_url)
    basis = predictions.basis_of(shown, prediction_mode(request))
    told = references.told_lesson(lesson)
    own = Own(taken.run_id, elapsed_text(entry), basis.tally.score)
    if answer := kept_partials(request, _sketch(taken, shown, basis, told), own):
        return answer
    return partials(request, TEMPLATE, _context(shown, basis, told), page_url=page_url)


def _sketch(taken: runs.TakenStep, shown: Stage, basis: PanelBasis, told: Lesson) -> Sketch:
    record = json.dumps({**taken.entry.as_json(), **OWN})
    texts = taken.text_id, taken.slug, Same(told), Same(glossary.current())
    name = *texts, sha256(record.encode()).digest(), shown.proved, shown.picked_file, shown.needs_server, basis.name

    def context() -> Mapping[str, object]:
        everyones = as_of_run(shown, RUN_MARK, TraceEntry.from_json(json.loads(record)))
        return _context(everyones, replace(basis, tally=replace(basis.tally, score=marked(basis.tally.score))), told)

    return Sketch(TEMPLATE, name, context)


def _context(shown: Stage, basis: PanelBasis, told: Lesson) -> Mapping[str, object]:
    return lesson_context(shown, predictions.panel_of(shown, basis), told) | {
        "row": shown.row,
        "column": shown.column,
        "lane_column": shown.lane_column,
    }
