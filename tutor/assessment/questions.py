"""Questions as learners meet them: their ids, their shuffled order, the answer in a form, and what a page shows.

A form's fields are named `<prefix>answer`, and hold identities, never letters: one form may hold many questions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from django.http import QueryDict
from markupsafe import Markup

from tutor import prose
from tutor.drawing.tokens import Token, token
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import OrderQuestion, StateQuestion, WithChoices
from tutor.engine.values.replies import Json

Part = Literal["quiz", "practice"]
PARTS: tuple[Part, ...] = ("quiz", "practice")
TITLES: Mapping[Part, str] = {"quiz": "Quiz", "practice": "Practice"}

Verdict = Literal["", "right", "wrong", "missed"]

_PLACE = re.compile(r"(?P<part>quiz|practice)/(?P<number>[1-9][0-9]{0,2})")


class NoSuchQuestion(TutorError):
    """The lesson has no question of that id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a lesson: its part, its place in it from 1, and its lasting name, to which answers belong."""

    part: Part
    number: int
    id: str
    question: QuestionFields


def all_of(lesson: Lesson, part: Part) -> list[Asked]:
    """Return the questions of a part in the author's order, numbered from 1."""
    found, ids = (lesson.quiz, lesson.quiz_ids) if part == "quiz" else (lesson.practice, lesson.practice_ids)
    return [Asked(part, number, *each) for number, each in enumerate(zip(ids, found, strict=True), 1)]


def find(lesson: Lesson, name: str) -> Asked:
    """Return a question by its id, or by its place as in `quiz/1`. Raises: NoSuchQuestion."""
    match = _PLACE.fullmatch(name)
    for part in PARTS:
        for asked in all_of(lesson, part):
            if asked.id == name or (match and (part, str(asked.number)) == (match["part"], match["number"])):
                return asked
    raise NoSuchQuestion(f"There is no question {name!r}.")


def find_in(lesson: Lesson, part: Part, name: str) -> Asked:
    """Return a question of a part by its id or its number, as an address names it. Raises: NoSuchQuestion."""
    found = find(lesson, f"{part}/{name}" if name.isdigit() else name)
    if found.part != part:
        raise NoSuchQuestion(f"There is no question {name!r} in the {part}.")
    return found


def shown_order(question: QuestionFields, seed: str) -> list[str]:
    """Return the identities of what can be picked in the order of that seed; empty where the learner types."""
    return question.arranged(seed)


def answer_in(post: QueryDict, question: QuestionFields, prefix: str = "") -> Json | None:
    """Return the answer that a form gives to the question; None if it gives none: say `question.please` then."""
    return question.read(post.getlist(f"{prefix}answer"))


def order_in(post: QueryDict, question: QuestionFields, prefix: str = "") -> list[str] | None:
    """Return the lines as they are after a press of a move button (`<prefix>move`); None if none was pressed."""
    given, move = answer_in(post, question, prefix), _MOVE.fullmatch(post.get(f"{prefix}move", ""))
    if not move or not isinstance(given, list) or move["line"] not in given:
        return None
    place = given.index(move["line"])
    other = place + (1 if move["way"] == "down" else -1)
    if 0 <= other < len(given):
        given[place], given[other] = given[other], given[place]
    return given


_MOVE = re.compile(r"(?P<line>[0-9a-f]{8}):(?P<way>up|down)")


@dataclass(frozen=True, slots=True)
class ShownText:
    """A choice, line or message: a value as Python prints it is drawn with tokens, anything else is Markdown."""

    text: str
    html: Markup
    is_value: bool
    tokens: tuple[Token, ...] | None


_ONE = re.compile(r"'([^'\\]*)'")
_LIST = re.compile(r"\[\s*(?:'[^'\\]*'(?:\s*,\s*'[^'\\]*')*)?\s*\]")
_PLAIN = re.compile(r"None|True|False|-?\d+(?:\.\d+)?")


MOST_TOKENS = 12
"""Messages of a list that are drawn as tokens; a longer list is text."""


@lru_cache(maxsize=512)
def shown_text(text: str) -> ShownText:
    """Return how an author's text is drawn: 'task1' and lists of such are the tokens that they are in the picture."""
    plain = text.strip().strip("`").strip()
    if _LIST.fullmatch(plain) or _ONE.fullmatch(plain) or _PLAIN.fullmatch(plain):
        return shown_value(plain)
    return ShownText(plain, prose.as_inline_html(text), False, None)


def shown_value(text: str) -> ShownText:
    """Return how a value is drawn, given as Python prints it; nothing in it is Markdown."""
    if _LIST.fullmatch(text) or _ONE.fullmatch(text):
        messages = _ONE.findall(text)
        if len(messages) <= MOST_TOKENS:
            return ShownText(text, Markup(), True, tuple(map(token, messages)))
    return ShownText(text, Markup(), True, None)


@dataclass(frozen=True, slots=True)
class ShownOption:
    """Something to pick or to put in place; its letter goes by the shown order."""

    identity: str
    letter: str
    shown: ShownText
    is_picked: bool
    verdict: Verdict


class WithSolution:
    """What cards show of the worked solution of their question; only to be shown where the answer may be."""

    @property
    def question(self) -> QuestionFields:
        """What the author wrote."""
        raise NotImplementedError

    @property
    def solution_steps(self) -> Sequence[Markup]:
        """The worked solution, step by step."""
        return [prose.as_html(step) for step in self.question.solution.steps] if self.question.solution else ()

    @property
    def solution_answer(self) -> Markup:
        """The final answer of the worked solution."""
        return prose.as_html(self.question.solution.answer if self.question.solution else "")

    @property
    def solution_check(self) -> Markup | None:
        """How to see quickly that it is right, None if nothing is said."""
        check = self.question.solution.check if self.question.solution else ""
        return prose.as_html(check) if check else None


@dataclass(frozen=True)
class ShownQuestion:
    """A question as templates/quizzes/_<kind>.html draws it; without `mark` and `is_revealed` it tells nothing.

    `given` is the answer as it stands; `mark` what it is worth, once that may be seen; `is_closed`: nothing can be
    answered any more; `is_revealed`: the right answer is shown; `moved` the move button that was pressed last.
    """

    question: QuestionFields
    name: str
    seed: str
    prefix: str = ""
    given: Json | None = None
    mark: Mark | None = None
    is_closed: bool = False
    is_revealed: bool = False
    moved: str = ""

    @property
    def template(self) -> str:
        """The fragment that draws this kind."""
        return f"quizzes/_{self.question.kind}.html"

    @property
    def field(self) -> str:
        """The name of the form's fields."""
        return f"{self.prefix}answer"

    @property
    def move_field(self) -> str:
        """The name of the buttons that move a line."""
        return f"{self.prefix}move"

    @property
    def lead_html(self) -> Markup:
        """The first paragraph of the question, for a legend or label."""
        return prose.as_inline_html(self.question.question.strip().partition("\n\n")[0])

    @property
    def body_html(self) -> Markup | None:
        """What follows the first paragraph, such as code; None if nothing does."""
        rest = self.question.question.strip().partition("\n\n")[2].strip()
        return prose.as_html(rest) if rest else None

    @property
    def picked(self) -> Sequence[str]:
        """The identities in the answer as it stands."""
        given = self.given if isinstance(self.given, list) else [self.given]
        return [pick for pick in given if isinstance(pick, str)]

    @cached_property
    def options(self) -> Sequence[ShownOption]:
        """What can be picked, in the learner's order; the lines of an order question as they stand."""
        order = shown_order(self.question, self.seed)
        if self.question.kind == "order" and sorted(self.picked) == sorted(order):
            order = list(self.picked)
        return [
            ShownOption(
                identity,
                chr(ord("A") + place),
                shown_text(self.question.option_text(identity)),
                identity in self.picked,
                self._verdict(identity),
            )
            for place, identity in enumerate(order)
        ]

    def _verdict(self, identity: str) -> Verdict:
        was_wrong = self.mark is not None and self.mark.parts.get(identity) is False
        if not self.is_revealed:
            return "wrong" if was_wrong else ""
        if self._is_key(identity):
            return "right" if identity in self.picked else "missed"
        return "wrong" if was_wrong else ""

    def _is_key(self, identity: str) -> bool:
        # What a pick alone is found to be, for every kind with choices.
        answer = self.question.read([identity])
        return answer is not None and self.question.mark(answer).parts.get(identity, False)

    @property
    def typed(self) -> str:
        """The answer as it stands, for a field in which one types."""
        return self.given_text if self.given is not None else ""

    @property
    def settled_lines(self) -> Sequence[ShownText]:
        """The lines of an order question that is closed: in the right order if that may be seen, else as answered."""
        if self.is_revealed and isinstance(self.question, OrderQuestion):
            return [shown_text(line) for line in self.question.order]
        return [option.shown for option in self.options]

    @property
    def offered(self) -> Sequence[Token]:
        """The messages from which a list can be put together."""
        return [token(text) for text in self.question.offered] if isinstance(self.question, StateQuestion) else ()

    @property
    def given_text(self) -> str:
        """The answer as it stands, in words."""
        return self.question.answer_text(self.given)

    @property
    def given_shown(self) -> ShownText:
        """The answer as it stands, drawn."""
        return shown_text(self.given_text)

    @property
    def key_shown(self) -> ShownText:
        """The right answer, drawn; only to be used where `is_revealed`."""
        return shown_text(self.question.key_text)


def mistakes_in(question: QuestionFields, mark: Mark) -> list[Markup]:
    """Return what the author says of the wrong choices that an answer picked."""
    said = question.mistakes
    if not isinstance(said, Mapping) or not isinstance(question, WithChoices):
        return []
    wrong = (pick for pick, is_right in mark.parts.items() if not is_right)
    letters = (question.letters[pick] for pick in wrong if pick in question.letters)
    return [prose.as_inline_html(said[letter]) for letter in letters if letter in said]
