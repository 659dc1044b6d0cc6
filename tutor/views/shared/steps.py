"""The answer to a step that was taken."""

from collections.abc import Collection, Mapping
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
from tutor.views.shared.changed_parts import NOTE, changed_cells, changed_parts
from tutor.views.shared.choices import prediction_mode
from tutor.views.shared.kept_answers import RUN_MARK, Own, Sketch, kept_partials, marked
from tutor.views.shared.parameters import has_code, kept_tab, picked_tab, shows_proof
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
    on_page = _OnPage(before, kept_tab(request), shows_proof(request, shown), has_code(request, shown))
    step = _Step(shown, on_page, basis, references.told_lesson(lesson))
    own = Own(taken.run_id, time_text(taken.now.elapsed_us) if entry.command else "", basis.tally.score)
    if answer := kept_partials(request, _sketch(taken, step), own):
        return answer
    whole = replace(step, shown=as_of_run(shown, taken.run_id, taken.entry))
    return partials(request, TEMPLATE, whole.context(), brief=whole.brief, page_url=shown.lesson_url)


@dataclass(frozen=True, slots=True)
class _OnPage:
    """What the page of the step before has. `before`: the entry of that step.

    `kept`: the tab of the code pane that it shows by choice, "" for none; `has_note`: whether its note on the code is
    about the present proof; `has_code`: whether it has the code of the tab that the step shows.
    """

    before: TraceEntry | None
    kept: str
    has_note: bool
    has_code: bool

    @property
    def outdated(self) -> Collection[str]:
        """The ids of its parts that tell of an earlier proof."""
        return () if self.has_note else (NOTE,)


@dataclass(frozen=True, slots=True)
class _Step:
    """All that an answer depends on: the stage after the step, what the page has, and the lesson as it is told."""

    shown: Stage
    page: _OnPage
    basis: PanelBasis
    told: Lesson

    @property
    def on_page(self) -> Stage:
        """The stage on the page that the button was on."""
        at = self.shown.at - 1
        return replace(self.shown, position=at, at=at, entry=self.page.before, picked_file=self.page.kept)

    def context(self) -> dict[str, object]:
        """Return the context of the template."""
        shown, on_page = self.shown, self.on_page
        panel = predictions.panel_of(shown, self.basis)
        is_plain = not panel.is_on and not shown.needs_server
        return lesson_context(shown, panel, self.told) | {
            "row": shown.row,
            "column": shown.column,
            "cells": changed_cells(shown),
            "lane_column": shown.lane_column,
            "changed_parts": changed_parts(shown, on_page, "jinja2", self.page.outdated),
            "keeps_tab": self.page.has_code or on_page.code.shown == shown.code.shown,
            "is_plain": is_plain,
            "keeps_share": is_plain and shown.at > 1,
        }

    def brief(self) -> dict[str, object]:
        """Return what has to be drawn anew for an answer with shortened texts."""
        return {"changed_parts": changed_parts(self.shown, self.on_page, "brief", self.page.outdated)}


def _sketch(taken: runs.TakenStep, step: _Step) -> Sketch:
    shown, basis = step.shown, step.basis
    texts = taken.text_id, taken.slug, Same(step.told), Same(glossary.current())
    entries = taken.now.digest, taken.earlier.digest if taken.earlier else b""
    page = replace(step.page, before=None)
    name = *texts, *entries, shown.proved, shown.picked_file, page, shown.needs_server, basis.name

    def context() -> Mapping[str, object]:
        everyones = as_of_run(shown, RUN_MARK, shown.entry)
        marked_basis = replace(basis, tally=replace(basis.tally, score=marked(basis.tally.score)))
        return replace(step, shown=everyones, basis=marked_basis).context()

    return Sketch(TEMPLATE, name, context)
