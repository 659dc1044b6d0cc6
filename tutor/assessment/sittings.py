"""Tests that learners take: drawn once, with one answer per question, and open to be resumed later."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tutor import library, references, series, storage, stored_texts
from tutor.apart.limits import LEARNERS, WorkBusy
from tutor.apart.pool import run
from tutor.assessment import questions
from tutor.assessment.questions import PARTS
from tutor.engine.asking import sitting as tests
from tutor.engine.asking.sitting import DrawnQuestion, SittingScore, TopicVerdict
from tutor.engine.asking.trace_questions import trace_questions
from tutor.engine.errors import BrokerLacks, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.patterns import PatternGaveUp
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json
from tutor.library import LessonFile
from tutor.models import LessonText, Sitting, SittingAnswer, rows_of
from tutor.ports import corners
from tutor.ports.eviction import with_room
from tutor.quotas.meter import note_stored
from tutor.series import OutOfOrder, Rows

Layout = Literal["one", "all"]
"""Whether a page shows one question or all of them."""


MARKING_SECONDS = 1.5
"""How long the answers of one form are matched by patterns that RE2 can't match; the rest stays open then."""


class NoSuchSitting(TutorError):
    """The test does not exist or is another learner's; the response is the same for both."""


class SittingOutOfOrder(OutOfOrder):
    """The requested test is neither the lesson's next one nor one already begun."""


class NothingToAsk(TutorError):
    """The lesson has no question for a test."""


@dataclass(frozen=True)
class StartedTest:
    """A test with its questions and the answers so far."""

    sitting: Sitting
    answers: Mapping[int, SittingAnswer]

    @cached_property
    def drawn(self) -> Sequence[DrawnQuestion]:
        """The questions, in order; the first one has place 1."""
        return [DrawnQuestion.from_json(stored) for stored in self.sitting.drawn]

    @property
    def total(self) -> int:
        """How many questions the test has."""
        return len(self.sitting.drawn)

    @property
    def is_finished(self) -> bool:
        """Whether the test is over: it shows its key and takes no more answers."""
        return self.sitting.finished_at is not None

    @property
    def open_places(self) -> Sequence[int]:
        """The places that have no answer."""
        return [place for place in range(1, self.total + 1) if place not in self.answers]

    @cached_property
    def score(self) -> SittingScore:
        """The score of the answers so far; missing ones count as 0."""
        marks = {place: answer.score for place, answer in self.answers.items()}
        return tests.score([drawn.question for drawn in self.drawn], marks)

    @property
    def verdict(self) -> TopicVerdict:
        """How strong the learner is, by the score."""
        return TopicVerdict.of(self.score)


@dataclass(frozen=True, slots=True)
class SittingRecord:
    """A learner's tests of one lesson: the one under way, the best and the latest finished one, and their number."""

    under_way: StartedTest | None
    best: StartedTest | None
    latest: StartedTest | None
    finished_count: int
    next_number: int


def find(learner: UUID, sitting_id: UUID) -> StartedTest:
    """Return the learner's test. Raises: NoSuchSitting, also if it is another learner's."""
    sitting = Sitting.objects.filter(pk=sitting_id, learner=learner).first()
    if sitting is None:
        raise NoSuchSitting
    return _with_answers(sitting)


def record(learner: UUID, slug: str) -> SittingRecord:
    """Return the learner's tests of the lesson; of two equal scores, the earlier one is the best."""
    found = list(Sitting.objects.filter(learner=learner, slug=slug).order_by("number").only("number", "score"))
    finished = [sitting for sitting in found if sitting.score is not None]
    open_ = [sitting for sitting in found if sitting.score is None]
    by_score = sorted(finished, key=lambda sitting: (sitting.score or 0, -sitting.number))
    under_way, best, latest = _last_of_each([open_, by_score, finished])
    # Old tests may have been removed; their numbers are still counted.
    begun = found[-1].number if found else 0
    return SittingRecord(under_way, best, latest, begun - len(open_), begun + 1)


def _last_of_each(groups: Sequence[Sequence[Sitting]]) -> list[StartedTest | None]:
    """Return the last test of each group, None for an empty one; questions, the bulk of a row, load only for these."""
    pks = [group[-1].pk if group else None for group in groups]
    whole = {sitting.pk: _with_answers(sitting) for sitting in Sitting.objects.filter(pk__in=filter(None, pks))}
    return [whole[pk] if pk else None for pk in pks]


def best_scores(learner: UUID, slugs: Sequence[str]) -> dict[str, float]:
    """Return the learner's best score, from 0 to 1, in each lesson whose test they finished; one query."""
    return dict(rows_of(_BEST, learner, slugs))


# Plain SQL, because each page of a lesson asks, and the ORM takes ten times as long to build a statement.
_BEST = """
    SELECT slug, MAX(score) FROM tutor_sitting
    WHERE learner = %s AND slug IN ({slugs}) AND score IS NOT NULL GROUP BY slug
"""


def lesson_of(sitting: Sitting) -> Lesson:
    """Return the lesson as it was when the test was drawn, with its references filled in."""
    lesson = library.lesson_of(sitting.text_id, lambda: LessonText.objects.get(pk=sitting.text_id).source)
    return references.told_lesson(lesson, "plain")


def start(learner: UUID, file: LessonFile, number: int, *, layout: Layout) -> Sitting:
    """Return the learner's test of that number, drawing it if it is new; a second press returns the same test.

    While a test is under way, it is returned instead of a new one.
    Raises: SittingOutOfOrder, NothingToAsk, StorageFull, BrokerAway (nothing is recorded then).
    """
    owner = {"learner": learner, "slug": file.slug}
    latest = Sitting.objects.filter(**owner).order_by("-number").first()
    if latest and latest.finished_at is None and number == latest.number + 1:
        return latest

    def drawn() -> dict[str, Any]:
        storage.make_room(learner, file.slug)
        fields = {**_drawn(file, latest), "one_at_a_time": layout == "one"}
        note_stored(json.dumps(fields["drawn"]))
        return fields

    return series.claim(Rows(Sitting.objects, owner, drawn, SittingOutOfOrder), number)


def _drawn(file: LessonFile, before: Sitting | None) -> dict[str, Any]:
    # The column is a signed integer of 64 bits.
    seed = secrets.randbits(62)
    asked_before = {stored["id"] for stored in before.drawn} if before else set()
    # The text is filled in before it is stored, so that the test stays as it was drawn.
    drawn = run(LEARNERS, _draw, references.told_lesson(file.lesson, "plain"), seed, asked_before)
    if not drawn:
        raise NothingToAsk("The lesson has no questions yet.")
    stored_texts.store(file.slug, file.digest, file.text)
    return {"text_id": file.digest, "seed": seed, "drawn": [each.as_json() for each in drawn]}


def _draw(lesson: Lesson, seed: int, asked_before: Set[str]) -> list[DrawnQuestion]:
    return tests.draw(_stock(lesson, seed), lesson, seed=seed, fresh_from=asked_before)


def _stock(lesson: Lesson, seed: int) -> list[DrawnQuestion]:
    authors = [
        DrawnQuestion(f"{part}/{each.id}", each.question) for part in PARTS for each in questions.all_of(lesson, part)
    ]
    try:
        made = trace_questions(lesson, _play, seed)
    except BrokerLacks:
        # A lesson that can't be played on this server gives no trace questions; authors' questions need no play.
        return authors
    return authors + [DrawnQuestion(tests.lasting_id(each.id, lesson), each.question) for each in made]


def _play(lesson: Lesson) -> list[TraceEntry]:
    return with_room(lambda: player.play(lesson, corners.temporary(lesson)))


def answer(learner: UUID, sitting_id: UUID, given: Mapping[int, Json]) -> StartedTest:
    """Mark and store answers by place; answers already stored are never changed.

    A finished test accepts no answers. Unknown places are ignored. Answering the last open question finishes the test.
    Raises: NoSuchSitting; PatternGaveUp, WorkBusy if an answer could not be marked: it stays open, the others count.
    """
    marked = _marked(find(learner, sitting_id), given)
    after = _recorded(learner, sitting_id, given, marked.scores)
    if marked.fault is not None:
        raise marked.fault
    return after


@dataclass(frozen=True, slots=True)
class _Marked:
    """The scores by place, and why one could not be worked out, None if all could."""

    scores: Mapping[int, float]
    fault: TutorError | None


def _marked(taken: StartedTest, given: Mapping[int, Json]) -> _Marked:
    # Before the transaction, because matching an author's pattern may take a while. After one that could not be
    # matched in time no other is tried, so that a request ends in time.
    scores: dict[int, float] = {}
    fault: TutorError | None = None
    end = time.monotonic() + MARKING_SECONDS
    for place in () if taken.is_finished else taken.open_places:
        if place not in given:
            continue
        question = taken.drawn[place - 1].question
        if question.is_marked_apart and (fault is not None or time.monotonic() > end):
            fault = fault or PatternGaveUp("The authors' patterns for these answers take too long to match.")
            continue
        try:
            scores[place] = question.mark(given[place]).score
        except (PatternGaveUp, WorkBusy) as reason:
            fault = reason
    return _Marked(scores, fault)


def _recorded(learner: UUID, sitting_id: UUID, given: Mapping[int, Json], scores: Mapping[int, float]) -> StartedTest:
    with transaction.atomic():
        found = _taken_alone(learner, sitting_id)
        if found.is_finished:
            return found
        new = [
            SittingAnswer(sitting=found.sitting, place=place, answer=given[place], score=score)
            for place, score in scores.items()
            if place in found.open_places
        ]
        SittingAnswer.objects.bulk_create(new)
        note_stored(json.dumps([each.answer for each in new]))
        found = StartedTest(found.sitting, {**found.answers, **{each.place: each for each in new}})
        return found if found.open_places else _finished(found)


def finish(learner: UUID, sitting_id: UUID) -> StartedTest:
    """End the test; open questions count as unanswered. A second press changes nothing. Raises: NoSuchSitting."""
    with transaction.atomic():
        found = _taken_alone(learner, sitting_id)
        return found if found.is_finished else _finished(found)


def _finished(found: StartedTest) -> StartedTest:
    found.sitting.score = found.score.overall.ratio
    found.sitting.finished_at = timezone.now()
    found.sitting.save(update_fields=["score", "finished_at"])
    return found


def _taken_alone(learner: UUID, sitting_id: UUID) -> StartedTest:
    # The lock serializes submissions: later ones find the answers of the first.
    sitting = Sitting.objects.select_for_update().filter(pk=sitting_id, learner=learner).first()
    if sitting is None:
        raise NoSuchSitting
    return _with_answers(sitting)


def _with_answers(sitting: Sitting) -> StartedTest:
    return StartedTest(sitting, {answer.place: answer for answer in sitting.answers.all()})
