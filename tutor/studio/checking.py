"""Checking a text in the editor: keep, read, play and prove it, and mark its problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from tutor import syllabus
from tutor.apart.limits import WorkBusy, WorkStopped
from tutor.authoring import diagnostics, orphans, preview
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.values.wording import counted
from tutor.library import LocatedProblem
from tutor.models import Draft
from tutor.studio import drafts


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The problems of a text; `fault` says why the lesson could not be played, "" if it was."""

    source: str
    problems: Sequence[LocatedProblem]
    fault: str = ""

    @property
    def errors(self) -> int:
        """The number of errors; a lesson with errors can't be published."""
        return sum(problem.is_error for problem in self.problems)

    @property
    def warnings(self) -> int:
        """The number of warnings."""
        return len(self.problems) - self.errors

    @property
    def is_sound(self) -> bool:
        """Whether the lesson could be published."""
        return not self.errors and not self.fault

    @property
    def marks(self) -> list[dict[str, Any]]:
        """The problems as an editor marks them."""
        return diagnostics.as_marks(self.problems, self.source)

    @property
    def summary(self) -> str:
        """The result in a few words."""
        if self.fault:
            return f"Not checked: {self.fault}"
        counts = {"error": self.errors, "warning": self.warnings}
        return ", ".join(counted(count, noun) for noun, count in counts.items() if count) or "No problems"


def check(slug: str, source: str, author: User) -> CheckResult:
    """Read, play and prove a lesson's text; the preview reuses the play. An author has one check at a time.

    Raises: WorkBusy, WorkStopped.
    """
    file = f"{slug}.yaml"
    try:
        problems, fault = preview.examined(source, file, syllabus.current(), owner=author.pk).problems, ""
    except (BrokerAway, BrokerLacks) as away:
        # Problems that are found without playing are still shown.
        problems, fault = preview.problems_unplayed(source, file), str(away)
    return CheckResult(source, sorted([*problems, *orphans.warnings_for(slug, source, file)]), fault)


def check_if_possible(slug: str, source: str, author: User) -> CheckResult:
    """Return the result of the check, or why there is none now: a page shows its text in any case."""
    try:
        return check(slug, source, author)
    except (WorkBusy, WorkStopped) as reason:
        return CheckResult(source, (), str(reason))


def keep_and_check(draft: Draft, author: User, source: str, *, base: int) -> CheckResult:
    """Keep the author's unsaved text, and check it. Raises: CannotBeKept, NoSuchDraft, WorkBusy, WorkStopped."""
    # Kept before the check, so that the text survives even if the check ends this process.
    drafts.keep(draft, author, source, base=base)
    checked = check(draft.slug, source, author)
    if checked.is_sound:
        drafts.keep_sound(draft, author, source, base=base)
    return checked
