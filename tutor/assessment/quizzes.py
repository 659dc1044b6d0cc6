"""The quiz and the practice of a lesson: attempts are marked and stored once, and help is recorded."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction

from tutor import library, offered, references, series, stored_texts, turns
from tutor.assessment import proofs, questions
from tutor.assessment.ahead import LooksAhead
from tutor.assessment.questions import NoSuchQuestion, Part, PlacedQuestion
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.values.replies import Json
from tutor.library import LessonFile
from tutor.models import Attempt, Help, LessonText, rows_of, sql_key, sql_now
from tutor.quotas.meter import note_stored
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
    """A lesson as one learner sees it: the text of their newest run, or else the file's, with its references filled in.

    `reached` is the number of steps in that run; `file` is None if there is a run.
    """

    learner: UUID
    slug: str
    digest: str
    lesson: Lesson
    reached: int
    file: LessonFile | None
    looks_ahead: LooksAhead = field(default_factory=LooksAhead, compare=False)


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
    """The number of questions of a part with a right answer, and of all that count; looks ahead do not."""

    right: int
    total: int
    settled: int = 0
    """Questions that count and are answered rightly or given up."""

    @property
    def is_finished(self) -> bool:
        """Whether all questions have a right answer."""
        return self.right == self.total

    @property
    def is_settled(self) -> bool:
        """Whether no question that counts is open, so that there is nothing to do but to go on."""
        return self.settled >= self.total


def progress_in(standings: Sequence[Standing]) -> PartProgress:
    """Return the learner's progress in a part from that with each of its questions."""
    counting = [each for each in standings if not each.asked.question.ahead]
    right, settled = (sum(getattr(each, name) for each in counting) for name in ("is_right", "is_revealed"))
    return PartProgress(right, len(counting), settled)


def sheet_of(learner: UUID, slug: str) -> Sheet:
    """Return the lesson as the learner answers it. Raises: NoSuchLesson."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_RUN, [sql_key(learner), slug])
        run = cursor.fetchone()
    if run:
        digest, reached = run
        lesson = library.lesson_of(digest, lambda: LessonText.objects.get(pk=digest).source)
        return Sheet(learner, slug, digest, references.told_lesson(lesson), reached, None)
    file = offered.find(slug)
    return Sheet(learner, slug, file.digest, references.told_lesson(file.lesson), 0, file)


def standings(sheet: Sheet, part: Part) -> list[Standing]:
    """Return the learner's progress with each question of a part, in the lesson's order."""
    attempts: dict[tuple[str, str], list[StoredAnswer]] = {}
    for *question, answer, score in _rows(_ATTEMPTS, sheet):
        _append(attempts.setdefault(_named(question), []), answer, score)
    helps: dict[tuple[str, str], set[str]] = {}
    for *question, kind in _rows(_HELPS, sheet, sheet.digest):
        helps.setdefault(_named(question), set()).add(kind)
    return [_standing(asked, attempts, helps) for asked in questions.all_of(sheet.lesson, part)]


def _standing(
    asked: PlacedQuestion,
    attempts: Mapping[tuple[str, str], Sequence[StoredAnswer]],
    helps: Mapping[tuple[str, str], Set[str]],
) -> Standing:
    # Answers from before the key named a step have its text as their meaning, and come first.
    names = [(asked.id, meaning) for meaning in reversed(asked.question.meanings)]
    found: list[StoredAnswer] = []
    for given in (each for name in names for each in attempts.get(name, ())):
        _add(found, asked.question.current(given.answer), given.score)
    return Standing(asked, found, frozenset(kind for name in names for kind in helps.get(name, ())))


def standing(sheet: Sheet, asked: PlacedQuestion) -> Standing:
    """Return the learner's progress with one question."""
    attempts: dict[tuple[str, str], list[StoredAnswer]] = {}
    helps: dict[tuple[str, str], set[str]] = {}
    for name in ((asked.id, meaning) for meaning in asked.question.meanings):
        for number, said, score in _rows(
            _STANDING_AT, sheet, *name, sql_key(sheet.learner), sheet.slug, sheet.digest, *name
        ):
            if number:
                _append(attempts.setdefault(name, []), said, score)
            else:
                helps.setdefault(name, set()).add(said)
    return _standing(asked, attempts, helps)


def progress(sheet: Sheet, part: Part) -> PartProgress:
    """Return the learner's progress in a part."""
    return progress_in(standings(sheet, part))


def provable(sheet: Sheet, asked: PlacedQuestion, choice: str = "") -> tuple[Standing, Proof]:
    """Return the proof of a question whose answer the learner may see, or of what gives a wrong choice.

    `choice`: the letter of the wrong choice, "" for the key. Raises: NoSuchQuestion, NotAnsweredYet.
    """
    maker = asked.question.makers.get(choice)
    proof = maker.proof(asked.question.proof) if maker else None if choice else proofs.of_answer(asked.question)
    if proof is None:
        raise NoSuchQuestion("Nothing proves the answer to this question.")
    found = standing(sheet, asked)
    if not found.is_revealed:
        raise NotAnsweredYet("Answer the question first.")
    return found, proof


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
        if self.sheet.file:
            with transaction.atomic():
                _keep_text(self.sheet)
                _store(self.sheet, self.asked, given)
        else:
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
        note_stored()
    return Standing(asked, before.attempts, before.helps | {kind})


def note_proof(sheet: Sheet, asked: PlacedQuestion) -> None:
    """Record once that the learner saw a proof of the question."""
    with transaction.atomic():
        _keep_text(sheet)
        fields = {**_owner(sheet), "question": asked.id, "kind": "proof"}
        Help.objects.get_or_create(**fields, defaults={"meaning": asked.question.meaning})
        note_stored()


def proofs_seen(learner: UUID, slug: str) -> set[str]:
    """Return the ids of the questions of a lesson whose proofs the learner has seen."""
    return set(Help.objects.filter(learner=learner, slug=slug, kind="proof").values_list("question", flat=True))


def answered(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, tuple[int, int]]:
    """Return the numbers of right answers in the quiz and practice of each lesson, in one query.

    Lessons without right answers are left out.
    """
    return _counts(rows_of(_RIGHT, learner, lessons), lessons)


_RIGHT = """
    SELECT DISTINCT slug, question, meaning FROM tutor_attempt WHERE learner = %s AND slug IN ({slugs}) AND score = 1
"""


def settled(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, tuple[int, int]]:
    """Return the numbers of settled questions in the quiz and practice of each lesson, in two queries.

    A question is settled if it was answered rightly or given up. Lessons without settled questions are left out.
    """
    right = Attempt.objects.filter(learner=learner, slug__in=list(lessons), score=1)
    given_up = Help.objects.filter(learner=learner, slug__in=list(lessons), kind="solution")
    rows = [row for found in (right, given_up) for row in found.order_by().values_list("slug", "question", "meaning")]
    return _counts(rows, lessons)


def _counts(rows: Iterable[Sequence[str]], lessons: Mapping[str, Lesson]) -> dict[str, tuple[int, int]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for slug, *question in rows:
        found.setdefault(slug, set()).add(_named(question))
    counts = {
        slug: (_count(_meanings(lessons[slug], "quiz"), done), _count(_meanings(lessons[slug], "practice"), done))
        for slug, done in found.items()
    }
    return {slug: count for slug, count in counts.items() if any(count)}


def _meanings(lesson: Lesson, part: Part) -> list[set[tuple[str, str]]]:
    """Return the id and the meanings of each question of a part that counts: all but looks ahead.

    An answer counts as long as both are unchanged.
    """
    counting = [asked for asked in questions.all_of(lesson, part) if not asked.question.ahead]
    return [{(asked.id, meaning) for meaning in asked.question.meanings} for asked in counting]


def _count(asked: Sequence[Set[tuple[str, str]]], done: Set[tuple[str, str]]) -> int:
    return sum(not names.isdisjoint(done) for names in asked)


def _owner(sheet: Sheet) -> dict[str, Any]:
    return {"learner": sheet.learner, "slug": sheet.slug, "text_id": sheet.digest}


def _keep_text(sheet: Sheet) -> None:
    # A run has already stored its text.
    if sheet.file:
        stored_texts.store(sheet.slug, sheet.digest, sheet.file.text)


# These statements are plain SQL because the ORM takes ten times as long to build them as the database to run them.

_NEWEST_RUN = """
    SELECT run.text_id, (SELECT COALESCE(MAX(entry.position), 0) FROM tutor_entry entry WHERE entry.run_id = run.id)
    FROM tutor_run run WHERE run.learner = %s AND run.slug = %s ORDER BY run.number DESC LIMIT 1
"""
# Answers given under another text of the lesson count if the question's id and key are the same.
_ATTEMPTS = """
    SELECT question, meaning, answer, score FROM tutor_attempt WHERE learner = %s AND slug = %s ORDER BY number
"""
# Old rows have an empty slug: earlier versions recorded only the text under which help was asked for.
_HELPS = """
    SELECT question, meaning, kind FROM tutor_help
    WHERE learner = %s AND (slug = %s OR (slug = '' AND text_id = %s))
"""
# One statement for both: an answer is marked in as many round trips as it has statements. Help has the number 0.
_STANDING_AT = """
    SELECT number, CAST(answer AS TEXT) AS said, score FROM tutor_attempt
    WHERE learner = %s AND slug = %s AND question = %s AND meaning = %s
    UNION ALL
    SELECT 0, kind, 0 FROM tutor_help
    WHERE learner = %s AND (slug = %s OR (slug = '' AND text_id = %s)) AND question = %s AND meaning = %s
    ORDER BY number
"""

_STORE = """
    INSERT INTO tutor_attempt (learner, slug, text_id, question, meaning, number, answer, score, taken_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def _rows(statement: str, sheet: Sheet, *more: str | UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [sql_key(sheet.learner), sheet.slug, *more])
        return list(cursor.fetchall())


def _named(row: Sequence[str]) -> tuple[str, str]:
    question, meaning = row
    return question, meaning


def _append(attempts: list[StoredAnswer], answer: str, score: float) -> None:
    # A question can have been answered rightly under two texts; attempts after the first right one do not count.
    _add(attempts, json.loads(answer), score)


def _add(attempts: list[StoredAnswer], answer: Json, score: float) -> None:
    if not (attempts and attempts[-1].score == 1):
        attempts.append(StoredAnswer(len(attempts) + 1, answer, score))


def _store(sheet: Sheet, asked: PlacedQuestion, given: StoredAnswer) -> None:
    question = [sql_key(sheet.learner), sheet.slug, sheet.digest, asked.id, asked.question.meaning]
    answer = json.dumps(given.answer)
    turns.store_alone(_STORE, [*question, given.number, answer, given.score, sql_now()])
    note_stored(answer)
