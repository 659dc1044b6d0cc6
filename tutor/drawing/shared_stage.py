"""A step of a lesson's reference play, as its link shows it to strangers: no run, no server, nothing to press."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tutor.drawing import stage
from tutor.drawing.hero import Hero
from tutor.drawing.stage import Stage, shared_url
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.proved_lines import ProvedLines
from tutor.engine.trace.entry import TraceEntry

NOT_IN_SHARED = "Start the lesson to run this session."
"""Beside a session, in place of the link that runs it."""


@dataclass(frozen=True)
class SharedStage(Stage):
    """The reference play at a step; its links lead to other steps' links, and to the lesson."""

    is_finished = False
    is_past = False
    needs_server = ""
    sessions_of = ""
    why_not_run = NOT_IN_SHARED

    @cached_property
    def main_action_url(self) -> str:
        """The lesson, at its start or where the visitor is in it."""
        return self.lesson_url

    @property
    def hero(self) -> Hero | None:
        """The command and the reply; the time that the server took is not part of a reference play."""
        shown = super().hero
        return replace(shown, elapsed_text="") if shown else None

    def row_url(self, step: int) -> str:
        """Return the link to an earlier step."""
        return shared_url(self.slug, self.lesson, step)

    def at_url(self, step: int) -> str:
        """Return the link to a step."""
        return shared_url(self.slug, self.lesson, step) if step else self.lesson_url

    def code_url(self, tab: str) -> str:
        """Return the same step with a tab of the code pane."""
        return f"{self.at_url(self.at)}?file={tab}"

    def view_url(self, view: str) -> str:
        """Return the same step as a picture or on lanes."""
        return f"{self.at_url(self.at)}?view={view}"

    @property
    def rows_earlier_url(self) -> str:
        """The link to the step before the first row of the page."""
        return self.at_url(self.rows[0].position - 1)

    @property
    def share_url(self) -> str:
        """Nothing: the page's own address is the link."""
        return ""


def shared_stage(
    slug: str, lesson: Lesson, entries: Sequence[TraceEntry], at: int, proved: ProvedLines | None
) -> SharedStage:
    """Return step `at` of a play, with the rows up to it."""
    history = entries[:at] if lesson.has_lanes else ()
    shown = SharedStage(lesson, slug, None, at, at, entries[at - 1], history=history, proved=proved, is_aside=True)
    after, up_to = stage.window_bounds(at, at)
    return stage.with_window(shown, entries[after:up_to])
