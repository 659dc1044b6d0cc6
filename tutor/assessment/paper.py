"""The pages of a test under way: its questions, answered and open, without their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from tutor.assessment import questions, sittings
from tutor.assessment.ahead import LookAhead, LooksAhead
from tutor.assessment.questions import ShownQuestion
from tutor.assessment.sittings import StartedTest
from tutor.engine.asking.listing import steps_beside
from tutor.engine.asking.sitting import LENGTH, DrawnQuestion
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.values.replies import Json
from tutor.models import Sitting

NOT_IN_TESTS = "This session can be run once the test is finished: a test asks what you expect of it."
"""Beside a session in a test under way, in place of the link that runs it."""


@dataclass(frozen=True, slots=True)
class PaperItem:
    """A question at its place; `problem`: why the submitted answer was rejected ("" if it was not).

    `ahead`: where the question looks ahead to, None if it is about this lesson.
    """

    place: int
    difficulty: str
    shown: ShownQuestion
    is_answered: bool
    is_current: bool
    url: str
    problem: str
    ahead: LookAhead | None

    @property
    def state_text(self) -> str:
        """Whether it is answered, in a word."""
        return "answered" if self.is_answered else "open"


@dataclass(frozen=True)
class Paper:
    """A test under way, and the submitted form that was not stored, if any.

    By place: `drafts` are the answers in that form, `problems` the reasons why others were rejected, `moves` the move
    button that was pressed.
    """

    taken: StartedTest
    lesson: Lesson
    at: int
    drafts: Mapping[int, Json] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    moves: Mapping[int, str] = field(default_factory=dict)

    @property
    def sitting(self) -> Sitting:
        """The test itself."""
        return self.taken.sitting

    @property
    def total(self) -> int:
        """The number of questions."""
        return self.taken.total

    @property
    def answered_count(self) -> int:
        """The number of answered questions."""
        return self.total - len(self.taken.open_places)

    @property
    def is_short(self) -> bool:
        """Whether the lesson had fewer questions than a test wants."""
        return self.total < LENGTH

    @cached_property
    def asked(self) -> Sequence[PaperItem]:
        """The questions in order."""
        looks = LooksAhead()
        return [self._asked(place, drawn, looks) for place, drawn in enumerate(self.taken.drawn, 1)]

    @property
    def current(self) -> PaperItem:
        """The question shown on a page with one question."""
        return self.asked[self.at - 1]

    @property
    def open(self) -> Sequence[PaperItem]:
        """The questions without an answer."""
        return [asked for asked in self.asked if not asked.is_answered]

    @property
    def scripts(self) -> Sequence[str]:
        """The static files with the JavaScript of the questions that are shown."""
        shown = [self.current] if self.sitting.one_at_a_time else self.asked
        return questions.scripts_of(item.shown.question for item in shown)

    @property
    def is_last_open(self) -> bool:
        """Whether answering the current question ends the test."""
        return list(self.taken.open_places) == [self.at]

    @property
    def skip_url(self) -> str | None:
        """The address of the next open question, None if the current one is the only one."""
        following = next_open(self.taken, self.at)
        return place_url(self.sitting, following) if following not in (None, self.at) else None

    def _asked(self, place: int, drawn: DrawnQuestion, looks: LooksAhead) -> PaperItem:
        stored = self.taken.answers.get(place)
        shown = ShownQuestion(
            drawn.question,
            name=f"q{place}",
            seed=seed_of(self.sitting, place),
            prefix=prefix_of(place),
            given=stored.answer if stored else self.drafts.get(place),
            is_closed=stored is not None,
            moved=self.moves.get(place, ""),
            why_not_run=NOT_IN_TESTS,
            # A question drawn from a trace has its steps in its text.
            beside=() if drawn.part == "trace" else steps_beside(drawn.question, self.lesson),
        )
        return PaperItem(
            place=place,
            difficulty=drawn.question.difficulty,
            shown=shown,
            is_answered=stored is not None,
            is_current=place == self.at,
            url=place_url(self.sitting, place),
            problem=self.problems.get(place, ""),
            ahead=looks.of(drawn.question),
        )


def paper(taken: StartedTest, at: int | None = None) -> Paper:
    """Return the test at a place, by default at the first open question."""
    place = at if at is not None and 1 <= at <= taken.total else next_open(taken, taken.total)
    return Paper(taken, sittings.lesson_of(taken.sitting), place or 1)


def next_open(taken: StartedTest, after: int) -> int | None:
    """Return the first open place after `after`, going round to the start; None if all are answered."""
    places = sorted(taken.open_places, key=lambda place: (place <= after, place))
    return places[0] if places else None


def place_url(sitting: Sitting, place: int) -> str:
    """Return the page that shows the question at a place."""
    url = reverse("sitting", kwargs={"sitting_id": sitting.pk})
    # The fragment moves the focus to the question, past the header and the numbers.
    return f"{url}?at={place}#ask-{place}" if sitting.one_at_a_time else f"{url}#ask-{place}"


def prefix_of(place: int) -> str:
    """Return the prefix of a question's form fields."""
    return f"q{place}-"


def seed_of(sitting: Sitting, place: int) -> str:
    """Return the seed for the order of the choices: it differs between tests, but not between tabs of one test."""
    return f"{sitting.seed}/{place}"


def given_in(post: QueryDict, taken: StartedTest) -> dict[int, Json]:
    """Return the answers that a form gives to open questions, by place.

    Lines in the order in which they were shown are not an answer, because the learner did not touch them.
    """
    found: dict[int, Json] = {}
    for place in taken.open_places:
        answer = questions.answer_in(post, taken.drawn[place - 1].question, prefix_of(place))
        if answer is not None and not _is_untouched(post, taken, place):
            found[place] = answer
    return found


def _is_untouched(post: QueryDict, taken: StartedTest, place: int) -> bool:
    question = taken.drawn[place - 1].question
    answer = questions.answer_in(post, question, prefix_of(place))
    return question.is_untouched(answer, seed_of(taken.sitting, place))


def moved_in(post: QueryDict, taken: StartedTest) -> dict[int, Json]:
    """Return the rearranged lines of the question whose move button was pressed, by its place; empty if none was."""
    for place in taken.open_places:
        lines = questions.order_in(post, taken.drawn[place - 1].question, prefix_of(place))
        if lines is not None:
            return {place: lines}
    return {}


def moves_in(post: QueryDict, taken: StartedTest) -> dict[int, str]:
    """Return the move buttons that were pressed, by place."""
    names = {place: f"{prefix_of(place)}move" for place in taken.open_places}
    return {place: str(post[name]) for place, name in names.items() if name in post}


def problems_in(post: QueryDict, taken: StartedTest, at: int | None) -> dict[int, str]:
    """Return why fields were rejected, by place: unreadable, or empty on a page with only that question."""
    given, found = given_in(post, taken), {}
    for place in taken.open_places:
        is_asked = taken.sitting.one_at_a_time and place == at
        has_text = any(text.strip() for text in post.getlist(f"{prefix_of(place)}answer"))
        if place not in given and (is_asked or (has_text and not _is_untouched(post, taken, place))):
            found[place] = taken.drawn[place - 1].question.please
    return found
