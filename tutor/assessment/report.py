"""The page of a finished test: score, verdict, and every question with its answers and links into the lesson."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from markupsafe import Markup

from tutor import offered
from tutor.assessment import questions, sittings
from tutor.assessment.ahead import LookAhead, LooksAhead
from tutor.assessment.paper import seed_of
from tutor.assessment.questions import ShownQuestion
from tutor.assessment.sittings import StartedTest
from tutor.drawing.stage import at_step
from tutor.engine.asking.sitting import LENGTH, Share, SittingScore, TopicVerdict
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.values.wording import listed
from tutor.library import NoSuchLesson
from tutor.models import Sitting, SittingAnswer
from tutor.prose import as_html, as_inline_html


@dataclass(frozen=True, slots=True)
class RowLink:
    """A row of the lesson's table."""

    step: int
    url: str


@dataclass(frozen=True, slots=True)
class MomentLink:
    """A key moment of the lesson; `html` is its question."""

    number: int
    html: Markup
    url: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A question after the test: the given and the right answer, the explanation, and links into the lesson.

    `ahead`: where the question looks ahead to, None if it is about this lesson.
    """

    place: int
    shown: ShownQuestion
    score: float | None
    explanation_html: Markup
    mistakes: Sequence[Markup]
    rows: Sequence[RowLink]
    moments: Sequence[MomentLink]
    ahead: LookAhead | None

    @property
    def state(self) -> str:
        """The mark: right, partly, wrong, or open if there is no answer."""
        if self.score is None:
            return "open"
        return "right" if self.score == 1 else "partly" if self.score > 0 else "wrong"

    @property
    def state_text(self) -> str:
        """The mark as a word."""
        return {"right": "Right", "partly": "Partly right", "wrong": "Wrong", "open": "Not answered"}[self.state]

    @property
    def icon(self) -> str:
        """The mark as a picture."""
        return {"right": "check", "partly": "partly", "wrong": "cross", "open": "open"}[self.state]


@dataclass(frozen=True)
class Report:
    """A finished test as its page shows it."""

    taken: StartedTest
    lesson: Lesson

    @property
    def score(self) -> SittingScore:
        """The score, overall and by difficulty and concept."""
        return self.taken.score

    @property
    def verdict(self) -> TopicVerdict:
        """How strong the learner is."""
        return self.taken.verdict

    @property
    def is_short(self) -> bool:
        """Whether the lesson had fewer questions than a test wants."""
        return self.taken.total < LENGTH

    @property
    def shares(self) -> Sequence[tuple[str, Sequence[Share]]]:
        """The bars, by heading; the concepts that need work come first."""
        concepts = sorted(self.score.by_concept, key=lambda share: share.ratio)
        groups = [("By difficulty", self.score.by_difficulty), ("By concept", concepts)]
        return [(heading, shares) for heading, shares in groups if shares]

    @property
    def next_step(self) -> str:
        """What to do next, in a sentence or two; "" for a learner who is strong."""
        if self.verdict is TopicVerdict.STRONG:
            return ""
        missed = [share.name for share in sorted(self.score.by_concept, key=lambda each: each.ratio) if share.ratio < 1]
        about = f" Begin with {listed(missed[:2])}." if missed else ""
        if self.verdict is TopicVerdict.GROWING:
            return f"Read why your wrong answers are wrong, below.{about}"
        return f"Run the steps of the lesson again, then do its quiz.{about} A new test asks other questions."

    @property
    def ahead_count(self) -> int:
        """The number of questions that look ahead and do not count."""
        return self.taken.total - self.score.overall.count

    @property
    def first_missed(self) -> Reviewed | None:
        """The first question that counts and was not answered rightly, None if there is none."""
        missed = (each for each in self.reviewed if each.state != "right" and not each.shown.question.ahead)
        return next(missed, None)

    @property
    def is_on_shelf(self) -> bool:
        """Whether the lesson still exists, so that a new test can be drawn from it."""
        return _digest_now(self.taken.sitting) is not None

    @property
    def is_lesson_changed(self) -> bool:
        """Whether the lesson has changed since the test was drawn, so that its rows may have moved."""
        return _digest_now(self.taken.sitting) != self.taken.sitting.text_id

    @cached_property
    def reviewed(self) -> Sequence[Reviewed]:
        """The questions in order."""
        url = reverse("lesson", kwargs={"slug": self.taken.sitting.slug}) if self.is_on_shelf else None
        looks = LooksAhead()
        return [self._reviewed(place, url, looks) for place in range(1, self.taken.total + 1)]

    def _reviewed(self, place: int, url: str | None, looks: LooksAhead) -> Reviewed:
        question, answer = self.taken.drawn[place - 1].question, self.taken.answers.get(place)
        mark = question.mark_again(answer.answer, answer.score) if answer else Mark(0, {})
        return Reviewed(
            place=place,
            shown=self._shown(place, answer),
            score=answer.score if answer else None,
            explanation_html=as_html(question.explanation),
            mistakes=() if mark.is_right else questions.mistakes_in(question, mark),
            rows=[RowLink(step, url + at_step(self.lesson, step)) for step in question.steps] if url else (),
            moments=() if url is None or mark.is_right else _moments(self.lesson, question.steps, url),
            ahead=looks.of(question),
        )

    def _shown(self, place: int, answer: SittingAnswer | None) -> ShownQuestion:
        seed = seed_of(self.taken.sitting, place)
        given = answer.answer if answer else None
        question = self.taken.drawn[place - 1].question
        return ShownQuestion(question, f"q{place}", seed=seed, given=given, is_closed=True, is_revealed=True)


def report(taken: StartedTest) -> Report:
    """Return the report of a finished test."""
    return Report(taken, sittings.lesson_of(taken.sitting))


def _digest_now(sitting: Sitting) -> str | None:
    try:
        return offered.find(sitting.slug).digest
    except NoSuchLesson:
        return None


def _moments(lesson: Lesson, steps: Sequence[int], url: str) -> list[MomentLink]:
    """Return the key moments about any of these steps."""
    moments = enumerate(lesson.key_moments, 1)
    about = ((number, moment) for number, moment in moments if set(moment.steps) & set(steps))
    return [MomentLink(number, as_inline_html(each.question), f"{url}#moment-{number}") for number, each in about]
