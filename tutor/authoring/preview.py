"""Previews: a lesson's text played as a whole and shown at any step, without a run or a row in the database."""

import pickle
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Condition

from cachetools import LRUCache, cached

from tutor import library, syllabus
from tutor.apart.limits import AUTHORS, WorkStopped
from tutor.apart.pool import run
from tutor.authoring import diagnostics, proving
from tutor.authoring.diagnostics import ShownProblem
from tutor.authoring.proving import CheckedText
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.path import Syllabus
from tutor.engine.lesson.proved_lines import proved_lines
from tutor.library import LocatedProblem
from tutor.ports import corners
from tutor.proof_files import ReadProof

MOST_KEPT = 32
"""Maximum number of plays cached per process, the most recently used ones."""

MOST_KEPT_BYTES = 32 * 1024 * 1024
"""Maximum size of these plays together, as they come from the process that plays them."""

LessonSource = str | bytes
"""A lesson's text: bytes of a file, or text of the database."""


NOT_IN_PREVIEWS = "Learners can run this session. The check has run it and compared the replies."
"""Beside a session, in place of the link that runs it."""


@dataclass(frozen=True)
class PreviewStage(Stage):
    """A play at a step, as a learner at that step sees it; its links lead to the preview at `base_url`."""

    base_url: str = ""

    @cached_property
    def lesson_url(self) -> str:
        """The address of the preview's page."""
        return self.base_url

    @cached_property
    def main_action_url(self) -> str:
        """Where the main button leads: to the next step, or from the last one to the start."""
        return self.forward_url or self.at_url(0)

    @property
    def restart_url(self) -> str:
        """The address of the start."""
        return self.at_url(0)

    @property
    def forward_url(self) -> str | None:
        """The address of the next step, None at the last one."""
        return self.at_url(self.at + 1) if self.at < self.total else None

    @property
    def last_url(self) -> str | None:
        """The address of the last step, None if it is shown."""
        return self.at_url(self.total) if self.at < self.total else None

    def view_url(self, view: str) -> str:
        """Return the address of the same step as a picture or on lanes."""
        return f"{self.base_url}?view={view}&at={self.at}"

    @property
    def rows_earlier_url(self) -> str:
        """The address of the step before the first row of the page."""
        return self.at_url(self.rows[0].position - 1)

    @property
    def onward(self) -> None:
        """Nothing, because an unpublished text has no further pages."""

    @property
    def share_url(self) -> str:
        """Nothing, because an unpublished text has no page that others see."""
        return ""

    @property
    def sessions_of(self) -> str:
        """Nothing, because an unpublished text has no page that learners run sessions from."""
        return ""

    @property
    def why_not_run(self) -> str:
        """Why a preview has no link at a session."""
        return NOT_IN_PREVIEWS

    @cached_property
    def whole(self) -> Stage:
        """The same play at its last step, for links to any step."""
        return PreviewStage(
            self.lesson, self.slug, None, self.total, self.total, None, is_aside=True, base_url=self.base_url
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """A text to show: its problems, and the played version, None if there is none.

    `is_earlier`: the text has errors, so the played version is the last one without. `fault`: why the text itself was
    not played, None if it was.
    """

    problems: tuple[ShownProblem, ...]
    played: CheckedText | None
    is_earlier: bool
    fault: BrokerAway | BrokerLacks | None

    @property
    def errors(self) -> list[ShownProblem]:
        """The errors."""
        return [problem for problem in self.problems if problem.is_error]

    @property
    def warnings(self) -> list[ShownProblem]:
        """The warnings."""
        return [problem for problem in self.problems if not problem.is_error]


def look(text: LessonSource, good_text: LessonSource | None, file: str, path: Syllabus | None = None) -> Preview:
    """Return the preview of `text`; if it has errors, its problems with the play of `good_text`.

    Problems are reported under the name `file`.
    """
    readable = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        checked, fault = examined(text, file, path), None
    except (BrokerAway, BrokerLacks) as away:
        checked, fault = CheckedText(problems_unplayed(text, file), None, ()), away
    good = None
    if good_text is not None and good_text != text and (fault or not checked.is_good):
        good = _good(good_text, file, path)
    playable = checked if checked.lesson else None
    problems = tuple(diagnostics.shown(checked.problems, readable))
    return Preview(problems, good or playable, is_earlier=good is not None, fault=fault)


def _good(text: LessonSource, file: str, path: Syllabus | None) -> CheckedText | None:
    """Return the play of a version without errors, None if it can't be played on the current server."""
    try:
        found = examined(text, file, path)
    except (BrokerAway, BrokerLacks):
        return None
    return found if found.is_good else None


def stage_at(
    lesson: Lesson, played: CheckedText, slug: str, at: int, *, base_url: str, proof: ReadProof | None = None
) -> PreviewStage:
    """Return the play at step `at`, or at its last step if the lesson is shorter, with the rows up to it.

    `proof`: the proof file beside the lesson, which may be of another version of it.
    """
    at = min(at, len(played.entries))
    entry = played.entries[at - 1] if at else None
    history = played.entries[:at] if lesson.has_lanes else ()
    proved = proved_lines(lesson, proof.proof) if proof else None
    shown = PreviewStage(lesson, slug, None, at, at, entry, history=history, proved=proved, base_url=base_url)
    after, up_to = stage.window_bounds(at, at)
    return stage.with_window(shown, played.entries[after:up_to])


def version_of(*texts: LessonSource | None) -> str:
    """Return a digest that differs for different texts; None and "" are different."""
    digest = sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text or b""
        digest.update(f"{len(content) if text is not None else '-'}:".encode() + content)
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A result with its size in bytes."""

    checked: CheckedText
    size: int


def _share_of_cache(found: _Weighed) -> int:
    """Return the part of the cache that a result takes: its size, and at least one of MOST_KEPT equal parts."""
    return max(found.size, MOST_KEPT_BYTES // MOST_KEPT)


_known: LRUCache[str, _Weighed] = LRUCache(MOST_KEPT_BYTES, getsizeof=_share_of_cache)
"""The results by version of the text; a check that failed because Redis was away is not kept."""


def examined(text: LessonSource, file: str, path: Syllabus | None = None, *, owner: object = None) -> CheckedText:
    """Return the result of checking the text, which is played once, however many threads ask for it at a time.

    `path`: the lessons and concepts beside it; None for those of the lessons' folder.
    Raises: BrokerAway, BrokerLacks, WorkBusy, WorkStopped; the next caller tries again.
    """
    return _examined(text, file, path or syllabus.of_files(), owner).checked


@cached(_known, key=lambda text, file, path, _owner: version_of(text, file, repr(path)), condition=Condition())
def _examined(text: LessonSource, file: str, path: Syllabus, owner: object) -> _Weighed:
    return _checked_apart(text, file, path, owner)


def checked_now(text: LessonSource, file: str, path: Syllabus | None = None, *, owner: object = None) -> CheckedText:
    """Return the result of checking the text anew. Raises: as `examined`."""
    return _checked_apart(text, file, path or syllabus.of_files(), owner).checked


def _checked_apart(text: LessonSource, file: str, path: Syllabus, owner: object) -> _Weighed:
    try:
        return run(AUTHORS, _checked, text, file, path, owner=owner)
    except WorkStopped as stopped:
        if stopped.excess == "end":
            raise
        # A result like any other: the next one who asks for this text need not wait as long.
        return _Weighed(CheckedText((stopped_problem(stopped, file),), None, ()), 0)


def _checked(text: LessonSource, file: str, path: Syllabus) -> _Weighed:
    found = proving.check_text(text, file, corners.temporary, path)
    return _Weighed(found, len(pickle.dumps(found)))


def stopped_problem(stopped: WorkStopped, file: str) -> LocatedProblem:
    """Return the problem of a text whose check exceeded a limit, at the line that the check had come to."""
    message = f"the check stopped here, because {stopped}; make the lesson shorter, or split it into two"
    return LocatedProblem(file, max(1, stopped.line), 1, message)


def problems_unplayed(text: LessonSource, file: str) -> tuple[LocatedProblem, ...]:
    """Return the problems that are found without playing the text. Raises: WorkBusy."""
    try:
        return run(AUTHORS, _problems_read, text, file)
    except WorkStopped as stopped:
        return (stopped_problem(stopped, file),)


def _problems_read(text: LessonSource, file: str) -> tuple[LocatedProblem, ...]:
    return library.read(text, file).problems
