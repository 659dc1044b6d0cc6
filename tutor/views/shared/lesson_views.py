"""A lesson's page at a step: all that its fragments depend on, and their context, drawn only if it is not kept."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from tutor import glossary, references
from tutor.assessment import predictions
from tutor.assessment.predictions import Panel, PanelBasis
from tutor.drawing.legend import legend_of
from tutor.drawing.rows import elapsed_text
from tutor.drawing.stage import Stage
from tutor.engine.lesson.lesson import Lesson
from tutor.same import Same
from tutor.views.shared.faults import Notice
from tutor.views.shared.kept_answers import RUN_MARK, Own, Sketch, marked
from tutor.views.shared.stages import RunLook, lesson_context


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson's page. `asks`: whether the learner asked for the next question; `notice`: the reason for this step."""

    look: RunLook
    basis: PanelBasis
    asks: bool = False
    notice: Notice | None = None

    @property
    def own(self) -> Own:
        """The values of the request alone."""
        shown = self.look.stage
        return Own(shown.run_id, elapsed_text(shown.entry) if shown.entry else "", self.basis.tally.score)

    def sketch(self, template: str, more: Mapping[str, Hashable]) -> Sketch:
        """Return the answer to keep; `more`: what its template needs besides the stage."""
        shown, told = self.look.stage, references.told_lesson(self.look.stage.lesson)
        texts = Same(told), Same(glossary.current())
        asked = self.asks, self.notice, tuple(more.items())
        name = *texts, self.look.name, shown.run_id is None, shown.needs_server, self.basis.name, *asked

        def context() -> Mapping[str, object]:
            score = marked(self.basis.tally.score)
            basis = replace(self.basis, tally=replace(self.basis.tally, score=score))
            return self._context(self.look.as_of_run(RUN_MARK), basis, told, more)

        return Sketch(template, name, context)

    def context(self, more: Mapping[str, object]) -> Mapping[str, object]:
        """Return the context of the templates for this request alone."""
        told = references.told_lesson(self.look.stage.lesson)
        return self._context(self.look.with_rows(), self.basis, told, more)

    def _context(
        self, shown: Stage, basis: PanelBasis, told: Lesson, more: Mapping[str, object]
    ) -> Mapping[str, object]:
        panel: Panel = predictions.asked_panel_of(shown, basis) if self.asks else predictions.panel_of(shown, basis)
        own = {"notice": self.notice, "legend": legend_of(shown.lesson)}
        return {**lesson_context(shown, panel, told), **own, **more}
