"""The answer to a step that was taken."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse

from tutor import glossary, references, runs, stored_texts
from tutor.assessment import predictions
from tutor.assessment.predictions import PanelBasis
from tutor.drawing.rows import time_text
from tutor.drawing.stage import Stage, as_of_run
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.same import Same
from tutor.views.shared.answers import is_htmx, partials, see
from tutor.views.shared.changed_parts import changed_parts
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.kept_answers import RUN_MARK, Own, Sketch, kept_partials, marked
from tutor.views.shared.parameters import kept_tab, picked_tab
from tutor.views.shared.stages import lesson_context

TEMPLATE = "runs/_step.html"


def step_answer(request: HttpRequest, taken: runs.TakenStep) -> HttpResponse:
    """Answer with the result of a step: partials for htmx, a redirect to the lesson for a plain form.

    Most learners of a lesson get the same entries. With the same entries, tabs and panel, they get the same answer.
    """
    entry, lesson = taken.now.neutral, taken.lesson
    proved = stored_texts.proved_lines(taken.slug, taken.text_id, lesson)
    # The stage is the one right after this step, not the newest one, so that a second press gets the same answer.
    shown = Stage(lesson, taken.slug, taken.run_id, entry.position, entry.position, entry, proved=proved)
    if picked := picked_tab(request, shown):
        shown = replace(shown, picked_file=picked)
    if not is_htmx(request):
        return see(f"{shown.lesson_url}?file={picked}" if picked else shown.lesson_url)
    basis = predictions.basis_of(shown, prediction_mode(request))
    before = taken.earlier.neutral if taken.earlier else None
    step = _Step(shown, before, kept_tab(request), basis, references.told_lesson(lesson))
    own = Own(taken.run_id, time_text(taken.now.elapsed_us) if entry.command else "", basis.tally.score)
    if answer := kept_partials(request, _sketch(taken, step), own):
        return answer
    whole = replace(step, shown=as_of_run(shown, taken.run_id, taken.entry))
    return partials(request, TEMPLATE, whole.context(), brief=whole.brief, page_url=shown.lesson_url)


@dataclass(frozen=True, slots=True)
class _Step:
    """All that an answer depends on: the stage after the step, and what the page of the step before shows.

    `before`: the entry of that step; `kept`: the tab of the code pane that the page shows by choice, "" for none;
    `told`: the lesson with its references filled in.
    """

    shown: Stage
    before: TraceEntry | None
    kept: str
    basis: PanelBasis
    told: Lesson

    @property
    def on_page(self) -> Stage:
        """The stage on the page that the button was on."""
        at = self.shown.at - 1
        return replace(self.shown, position=at, at=at, entry=self.before, picked_file=self.kept)

    def context(self) -> dict[str, object]:
        """Return the context of the template."""
        shown, on_page = self.shown, self.on_page
        panel = predictions.panel_of(shown, self.basis)
        return lesson_context(shown, panel, self.told) | {
            "row": shown.row,
            "column": shown.column,
            "lane_column": shown.lane_column,
            "changed_parts": changed_parts(shown, on_page, "jinja2"),
            "keeps_tab": on_page.code.shown == shown.code.shown,
            "goes_on": 1 < shown.at < shown.total and not panel.is_on and not shown.needs_server,
        }

    def brief(self) -> dict[str, object]:
        """Return what has to be drawn anew for an answer with shortened texts."""
        return {"changed_parts": changed_parts(self.shown, self.on_page, "brief")}


def _sketch(taken: runs.TakenStep, step: _Step) -> Sketch:
    shown, basis = step.shown, step.basis
    texts = taken.text_id, taken.slug, Same(step.told), Same(glossary.current())
    entries = taken.now.digest, taken.earlier.digest if taken.earlier else b""
    name = *texts, *entries, shown.proved, shown.picked_file, step.kept, shown.needs_server, basis.name

    def context() -> Mapping[str, object]:
        everyones = as_of_run(shown, RUN_MARK, shown.entry)
        marked_basis = replace(basis, tally=replace(basis.tally, score=marked(basis.tally.score)))
        return replace(step, shown=everyones, basis=marked_basis).context()

    return Sketch(TEMPLATE, name, context)
