"""What the pages of a test under way show: its questions, which of them are open, and nothing of the key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from tutor.assessment import questions, sittings
from tutor.assessment.questions import ShownQuestion
from tutor.assessment.sittings import Taken
from tutor.engine.asking.sitting import LENGTH, Drawn
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.values.replies import Json
from tutor.models import Sitting


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its place; `problem` is what is the matter with the answer that was sent."""

    place: int
    difficulty: str
    shown: ShownQuestion
    is_answered: bool
    is_current: bool
    url: str
    problem: str

    @property
    def state_text(self) -> str:
        """Whether it is answered, in a word."""
        return "answered" if self.is_answered else "open"


@dataclass(frozen=True)
class Paper:
    """A test under way, and a form that was sent without being stored, if any.

    `drafts` are the answers in it, `problems` what is wrong with others, `moves` the move button that was pressed.
    """

    taken: Taken
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
        """How many questions there are."""
        return self.taken.total

    @property
    def answered_count(self) -> int:
        """How many of them are answered."""
        return self.total - len(self.taken.open_places)

    @property
    def is_short(self) -> bool:
        """Whether the lesson had fewer questions than a test wants."""
        return self.total < LENGTH

    @cached_property
    def asked(self) -> Sequence[Asked]:
        """The questions in order."""
        return [self._asked(place, drawn) for place, drawn in enumerate(self.taken.drawn, 1)]

    @property
    def current(self) -> Asked:
        """The question that is shown where they come one at a time."""
        return self.asked[self.at - 1]

    @property
    def open(self) -> Sequence[Asked]:
        """The questions that have no answer."""
        return [asked for asked in self.asked if not asked.is_answered]

    @property
    def has_order(self) -> bool:
        """Whether a question is there whose lines can be dragged."""
        shown = [self.current] if self.sitting.one_at_a_time else self.asked
        return any(asked.shown.question.kind == "order" for asked in shown)

    @property
    def is_last_open(self) -> bool:
        """Whether answering the question that is shown ends the test."""
        return list(self.taken.open_places) == [self.at]

    @property
    def skip_url(self) -> str | None:
        """The next open question after the one that is shown, None if there is no other."""
        following = next_open(self.taken, self.at)
        return place_url(self.sitting, following) if following not in (None, self.at) else None

    def _asked(self, place: int, drawn: Drawn) -> Asked:
        stored = self.taken.answers.get(place)
        shown = ShownQuestion(
            drawn.question,
            name=f"q{place}",
            seed=seed_of(self.sitting, place),
            prefix=prefix_of(place),
            given=stored.answer if stored else self.drafts.get(place),
            is_closed=stored is not None,
            moved=self.moves.get(place, ""),
        )
        url, is_current = place_url(self.sitting, place), place == self.at
        problem = self.problems.get(place, "")
        return Asked(place, drawn.question.difficulty, shown, stored is not None, is_current, url, problem)


def paper(taken: Taken, at: int | None = None) -> Paper:
    """Return the test at a place, by default at the first open question."""
    place = at if at is not None and 1 <= at <= taken.total else next_open(taken, taken.total)
    return Paper(taken, sittings.lesson_of(taken.sitting), place or 1)


def next_open(taken: Taken, after: int) -> int | None:
    """Return the first open place after `after`, going round to the start; None if all are answered."""
    places = sorted(taken.open_places, key=lambda place: (place <= after, place))
    return places[0] if places else None


def place_url(sitting: Sitting, place: int) -> str:
    """Return the page that shows the question at a place."""
    url = reverse("sitting", kwargs={"sitting_id": sitting.pk})
    # The fragment puts the focus on the question, past the header and the numbers.
    return f"{url}?at={place}#ask-{place}" if sitting.one_at_a_time else f"{url}#ask-{place}"


def prefix_of(place: int) -> str:
    """Return how the names of a question's fields begin."""
    return f"q{place}-"


def seed_of(sitting: Sitting, place: int) -> str:
    """Return what the order of the choices goes by: another one in each test, the same in both of its tabs."""
    return f"{sitting.seed}/{place}"


def given_in(post: QueryDict, taken: Taken) -> dict[int, Json]:
    """Return the answers that a form gives to open questions, by place.

    Lines that are as they were shown are no answer: nobody touched them, and they are never in the right order.
    """
    found: dict[int, Json] = {}
    for place in taken.open_places:
        answer = questions.answer_in(post, taken.drawn[place - 1].question, prefix_of(place))
        if answer is not None and not _is_untouched(post, taken, place):
            found[place] = answer
    return found


def _is_untouched(post: QueryDict, taken: Taken, place: int) -> bool:
    question = taken.drawn[place - 1].question
    lines = questions.answer_in(post, question, prefix_of(place))
    return question.kind == "order" and lines == questions.shown_order(question, seed_of(taken.sitting, place))


def moved_in(post: QueryDict, taken: Taken) -> dict[int, Json]:
    """Return the lines of the question in which a move button was pressed, by its place; empty if none was."""
    for place in taken.open_places:
        lines = questions.order_in(post, taken.drawn[place - 1].question, prefix_of(place))
        if lines is not None:
            return {place: lines}
    return {}


def moves_in(post: QueryDict, taken: Taken) -> dict[int, str]:
    """Return the move buttons that were pressed, by place."""
    names = {place: f"{prefix_of(place)}move" for place in taken.open_places}
    return {place: str(post[name]) for place, name in names.items() if name in post}


def problems_in(post: QueryDict, taken: Taken, at: int | None) -> dict[int, str]:
    """Return what to say of fields that hold no answer: a word for a number, or nothing where the only question is."""
    given, found = given_in(post, taken), {}
    for place in taken.open_places:
        is_asked = taken.sitting.one_at_a_time and place == at
        has_text = any(text.strip() for text in post.getlist(f"{prefix_of(place)}answer"))
        if place not in given and (is_asked or (has_text and not _is_untouched(post, taken, place))):
            found[place] = taken.drawn[place - 1].question.please
    return found
