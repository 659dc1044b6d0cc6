"""The quiz and the practice of a lesson: attempts are marked and stored once, and help is recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tutor import library, offered, series
from tutor.assessment import questions
from tutor.assessment.questions import NoSuchQuestion, Part, PlacedQuestion
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.values.replies import Json
from tutor.library import LessonFile
from tutor.models import Attempt, Help, LessonText, sql_key
from tutor.series import OutOfOrder

HelpKind = Literal["hint", "solution"]

MOST_ATTEMPTS = 20
"""Maximum number of attempts at one question; after the last one, the answer is shown."""

WRONG_BEFORE_ANSWER = 3
"""Number of wrong attempts before the answer to a question without a worked solution can be requested."""


class AttemptOutOfOrder(OutOfOrder):
    """The attempt is neither recorded nor the next one."""


class NotAnsweredYet(TutorError):
    """The learner requested help that gives the answer away before answering."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A lesson as one learner sees it: the text of their newest run, or else the file's.

    `reached` is the number of steps in that run; `file` is None if there is a run.
    """

    learner: UUID
    slug: str
    digest: str
    lesson: Lesson
    reached: int
    file: LessonFile | None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A stored answer and its score before the cost of a hint is deducted."""

    number: int
    answer: Json
    score: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's progress with a question: the attempts in order, and the kinds of help asked for."""

    asked: PlacedQuestion
    attempts: Sequence[StoredAnswer]
    helps: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Whether the last answer is right: the question is done."""
        return bool(self.attempts) and self.attempts[-1].score == 1

    @property
    def is_closed(self) -> bool:
        """Whether the question takes no more answers."""
        return self.is_right or len(self.attempts) >= MOST_ATTEMPTS

    @property
    def is_revealed(self) -> bool:
        """Whether the right answer may be shown."""
        return self.is_closed or "solution" in self.helps

    @property
    def next_number(self) -> int:
        """The number of the next attempt."""
        return len(self.attempts) + 1

    @property
    def marks(self) -> float:
        """The mark of the last answer, from 0 to 1, less the cost of the hint; 0 before the first."""
        cost = self.asked.question.hint_costs if "hint" in self.helps else 0
        return self.attempts[-1].score * (1 - cost) if self.attempts else 0

    @property
    def can_ask_for_answer(self) -> bool:
        """Whether the learner may give up: at once if there is a worked solution, else after some wrong attempts."""
        has_tried = len(self.attempts) >= WRONG_BEFORE_ANSWER
        return not self.is_revealed and (self.asked.question.solution is not None or has_tried)


@dataclass(frozen=True, slots=True)
class PartProgress:
    """The number of questions of a part with a right answer."""

    right: int
    total: int

    @property
    def is_finished(self) -> bool:
        """Whether all questions have a right answer."""
        return self.right == self.total


def sheet_of(learner: UUID, slug: str) -> Sheet:
    """Return the lesson as the learner answers it. Raises: NoSuchLesson."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_RUN, [sql_key(learner), slug])
        run = cursor.fetchone()
    if run:
        digest, reached = run
        lesson = library.lesson_of(digest, lambda: LessonText.objects.get(pk=digest).source)
        return Sheet(learner, slug, digest, lesson, reached, None)
    file = offered.find(slug)
    return Sheet(learner, slug, file.digest, file.lesson, 0, file)


def standings(sheet: Sheet, part: Part) -> list[Standing]:
    """Return the learner's progress with each question of a part, in the lesson's order."""
    attempts: dict[tuple[str, str], list[StoredAnswer]] = {}
    for *question, answer, score in _rows(_ATTEMPTS, sheet):
        _append(attempts.setdefault(_named(question), []), answer, score)
    helps: dict[tuple[str, str], set[str]] = {}
    for *question, kind in _rows(_HELPS, sheet, sheet.digest):
        helps.setdefault(_named(question), set()).add(kind)
    named = {(asked.id, asked.question.meaning): asked for asked in questions.all_of(sheet.lesson, part)}
    return [Standing(asked, attempts.get(name, []), frozenset(helps.get(name, ()))) for name, asked in named.items()]


def standing(sheet: Sheet, asked: PlacedQuestion) -> Standing:
    """Return the learner's progress with one question."""
    name = asked.id, asked.question.meaning
    attempts: list[StoredAnswer] = []
    for *_, answer, score in _rows(_ATTEMPTS_AT, sheet, *name):
        _append(attempts, answer, score)
    helps = frozenset(kind for *_, kind in _rows(_HELPS_AT, sheet, sheet.digest, *name))
    return Standing(asked, attempts, helps)


def progress(sheet: Sheet, part: Part) -> PartProgress:
    """Return the learner's progress in a part."""
    asked = _meanings(sheet.lesson, part)
    return PartProgress(len(asked & {_named(row) for row in _rows(_RIGHT, sheet)}), len(asked))


def provable(sheet: Sheet, asked: PlacedQuestion) -> tuple[Standing, Proof]:
    """Return the proof of a question whose answer the learner may see. Raises: NoSuchQuestion, NotAnsweredYet."""
    if asked.question.proof is None:
        raise NoSuchQuestion("Nothing proves the answer to this question.")
    found = standing(sheet, asked)
    if not found.is_revealed:
        raise NotAnsweredYet("Answer the question first.")
    return found, asked.question.proof


def submit(sheet: Sheet, asked: PlacedQuestion, number: int, answer: Json | None) -> Standing:
    """Mark and store attempt `number` unless it is already stored; an answer of None is not stored.

    Raises: AttemptOutOfOrder.
    """
    return series.claim(_Attempts(sheet, asked, standing(sheet, asked), answer), number)


@dataclass(frozen=True, slots=True)
class _Attempts:
    """The attempts at a question as a series, each represented by the learner's standing."""

    sheet: Sheet
    asked: PlacedQuestion
    before: Standing
    answer: Json | None
    out_of_order: type[OutOfOrder] = AttemptOutOfOrder

    def latest_number(self) -> int:
        return len(self.before.attempts)

    def stored(self, number: int) -> Standing:
        """Return the learner's standing, reloaded if another request has stored this attempt meanwhile."""
        return self.before if number <= self.latest_number() else standing(self.sheet, self.asked)

    def make(self, number: int) -> Standing:
        if self.before.is_closed:
            raise AttemptOutOfOrder("No more answers are taken.")
        if self.answer is None:
            return self.before
        given = StoredAnswer(number, self.answer, self.asked.question.mark(self.answer).score)
        with transaction.atomic():
            _keep_text(self.sheet)
            _store(self.sheet, self.asked, given)
        return Standing(self.asked, [*self.before.attempts, given], self.before.helps)


def show_help(sheet: Sheet, asked: PlacedQuestion, kind: HelpKind) -> Standing:
    """Record once that the learner asked for the hint or the answer.

    Raises: NotAnsweredYet if the answer is not available yet.
    """
    before = standing(sheet, asked)
    if kind in before.helps or before.is_revealed or (kind == "hint" and not asked.question.hint):
        return before
    if kind == "solution" and not before.can_ask_for_answer:
        raise NotAnsweredYet("Answer the question first.")
    with transaction.atomic():
        _keep_text(sheet)
        fields = {**_owner(sheet), "question": asked.id, "kind": kind}
        Help.objects.get_or_create(**fields, defaults={"meaning": asked.question.meaning})
    return Standing(asked, before.attempts, before.helps | {kind})


def answered(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, tuple[int, int]]:
    """Return the numbers of right answers in the quiz and practice of each lesson, in one query.

    Lessons without right answers are left out.
    """
    right = Attempt.objects.filter(learner=learner, slug__in=list(lessons), score=1)
    found: dict[str, set[tuple[str, str]]] = {}
    for slug, *question in right.order_by().values_list("slug", "question", "meaning").distinct():
        found.setdefault(slug, set()).add(_named(question))
    counts = {
        slug: (len(_meanings(lessons[slug], "quiz") & done), len(_meanings(lessons[slug], "practice") & done))
        for slug, done in found.items()
    }
    return {slug: count for slug, count in counts.items() if any(count)}


def _meanings(lesson: Lesson, part: Part) -> set[tuple[str, str]]:
    """Return the id and meaning of each question of a part; an answer counts as long as both are unchanged."""
    return {(asked.id, asked.question.meaning) for asked in questions.all_of(lesson, part)}


def _owner(sheet: Sheet) -> dict[str, Any]:
    return {"learner": sheet.learner, "slug": sheet.slug, "text_id": sheet.digest}


def _keep_text(sheet: Sheet) -> None:
    # A run has already stored its text.
    if sheet.file:
        LessonText.objects.get_or_create(digest=sheet.digest, defaults={"source": sheet.file.text})


# These statements are plain SQL because the ORM takes ten times as long to build them as the database to run them.

_NEWEST_RUN = """
    SELECT run.text_id, (SELECT COALESCE(MAX(entry.position), 0) FROM tutor_entry entry WHERE entry.run_id = run.id)
    FROM tutor_run run WHERE run.learner = %s AND run.slug = %s ORDER BY run.number DESC LIMIT 1
"""
# Answers given under another text of the lesson count if the question's id and key are the same.
_ATTEMPTS = """
    SELECT question, meaning, answer, score FROM tutor_attempt WHERE learner = %s AND slug = %s ORDER BY number
"""
_ATTEMPTS_AT = """
    SELECT question, meaning, answer, score FROM tutor_attempt
    WHERE learner = %s AND slug = %s AND question = %s AND meaning = %s ORDER BY number
"""
# Old rows have an empty slug: earlier versions recorded only the text under which help was asked for.
_HELPS = """
    SELECT question, meaning, kind FROM tutor_help
    WHERE learner = %s AND (slug = %s OR (slug = '' AND text_id = %s))
"""
_HELPS_AT = f"{_HELPS} AND question = %s AND meaning = %s"
_RIGHT = "SELECT question, meaning FROM tutor_attempt WHERE learner = %s AND slug = %s AND score = 1"

_STORE = """
    INSERT INTO tutor_attempt (learner, slug, text_id, question, meaning, number, answer, score, taken_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def _rows(statement: str, sheet: Sheet, *more: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [sql_key(sheet.learner), sheet.slug, *more])
        return list(cursor.fetchall())


def _named(row: Sequence[str]) -> tuple[str, str]:
    question, meaning = row
    return question, meaning


def _append(attempts: list[StoredAnswer], answer: str, score: float) -> None:
    # A question can have been answered rightly under two texts; attempts after the first right one do not count.
    if not (attempts and attempts[-1].score == 1):
        attempts.append(StoredAnswer(len(attempts) + 1, json.loads(answer), score))


def _store(sheet: Sheet, asked: PlacedQuestion, given: StoredAnswer) -> None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    question = [sql_key(sheet.learner), sheet.slug, sheet.digest, asked.id, asked.question.meaning]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [*question, given.number, json.dumps(given.answer), given.score, now])
