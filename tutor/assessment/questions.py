"""Questions on a page: their ids, their shuffled options, the answer in a form, and how they are drawn.

A form's fields are named `<prefix>answer`, because a form can hold many questions. Their values are identities of
options, never letters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from django.http import QueryDict
from markupsafe import Markup

from tutor import prose
from tutor.drawing.tokens import Token, token
from tutor.engine.asking.listing import ListedStep
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.replies import Json
from tutor.engine.values.wording import ONE_TEXT, TEXT_LIST, looks_like_value, without_backticks, without_escapes
from tutor.prose import StepLinks

Part = Literal["quiz", "practice"]
PARTS: tuple[Part, ...] = ("quiz", "practice")
TITLES: Mapping[Part, str] = {"quiz": "Quiz", "practice": "Practice"}

Verdict = Literal["", "right", "wrong", "missed"]

_PLACE = re.compile(r"(?P<part>quiz|practice)/(?P<number>[1-9][0-9]{0,2})")


class NoSuchQuestion(TutorError):
    """The lesson has no question of that id."""


@dataclass(frozen=True, slots=True)
class PlacedQuestion:
    """A question of a lesson: its part, its place in it from 1, and its stable id, to which answers belong."""

    part: Part
    number: int
    id: str
    question: QuestionFields

    @property
    def title(self) -> str:
        """A heading: `Question 1` of a quiz, `Task 1` of a practice."""
        return f"{'Question' if self.part == 'quiz' else 'Task'} {self.number}"


def all_of(lesson: Lesson, part: Part) -> list[PlacedQuestion]:
    """Return the questions of a part in the author's order, numbered from 1."""
    found, ids = (lesson.quiz, lesson.quiz_ids) if part == "quiz" else (lesson.practice, lesson.practice_ids)
    return [PlacedQuestion(part, number, *each) for number, each in enumerate(zip(ids, found, strict=True), 1)]


def find(lesson: Lesson, name: str) -> PlacedQuestion:
    """Return a question by its id, or by its place as in `quiz/1`. Raises: NoSuchQuestion."""
    match = _PLACE.fullmatch(name)
    for part in PARTS:
        for asked in all_of(lesson, part):
            if asked.id == name or (match and (part, str(asked.number)) == (match["part"], match["number"])):
                return asked
    raise NoSuchQuestion(f"There is no question {name!r}.")


def find_in(lesson: Lesson, part: Part, name: str) -> PlacedQuestion:
    """Return a question of a part by its id or its number, as in an address. Raises: NoSuchQuestion."""
    found = find(lesson, f"{part}/{name}" if name.isdigit() else name)
    if found.part != part:
        raise NoSuchQuestion(f"There is no question {name!r} in the {part}.")
    return found


def shown_order(question: QuestionFields, seed: str) -> list[str]:
    """Return the identities of the options in the order of that seed; empty for a kind without options."""
    return question.arranged(seed)


def scripts_of(asked: Iterable[QuestionFields]) -> list[str]:
    """Return the static files with the JavaScript that these questions need, each once."""
    return [script for script in dict.fromkeys(question.script for question in asked) if script]


def answer_in(post: QueryDict, question: QuestionFields, prefix: str = "") -> Json | None:
    """Return the answer in a form; None if it is missing or unreadable, in which case show `question.please`."""
    return question.read(post.getlist(f"{prefix}answer"))


def order_in(post: QueryDict, question: QuestionFields, prefix: str = "") -> Json | None:
    """Return the lines after a press of a move button (`<prefix>move`); None if none was pressed."""
    return question.moved(answer_in(post, question, prefix), str(post.get(f"{prefix}move", "")))


@dataclass(frozen=True, slots=True)
class ShownText:
    """A choice, line or message: a value as Python prints it is drawn as tokens, anything else as Markdown."""

    text: str
    html: Markup
    is_value: bool
    tokens: tuple[Token, ...] | None


MOST_TOKENS = 12
"""Elements of a list that is drawn as tokens; a longer one is drawn as text."""


@lru_cache(maxsize=512)
def shown_text(text: str) -> ShownText:
    """Return how an author's text is drawn: 'task1' and lists of such values as the tokens of the picture."""
    plain = without_backticks(text)
    if looks_like_value(plain):
        return shown_value(plain)
    return ShownText(without_escapes(plain), prose.as_inline_html(text), False, None)


def shown_value(text: str) -> ShownText:
    """Return how a value is drawn, given as Python prints it; it is never Markdown."""
    if TEXT_LIST.fullmatch(text) or ONE_TEXT.fullmatch(text):
        messages = ONE_TEXT.findall(text)
        if len(messages) <= MOST_TOKENS:
            return ShownText(text, Markup(), True, tuple(map(token, messages)))
    return ShownText(text, Markup(), True, None)


@dataclass(frozen=True, slots=True)
class ShownOption:
    """A choice or a line; it is lettered by displayed position."""

    identity: str
    letter: str
    shown: ShownText
    is_picked: bool
    verdict: Verdict


class WithSolution:
    """The worked solution of a card's question; show it only where the answer may be shown."""

    @property
    def question(self) -> QuestionFields:
        """The question."""
        raise NotImplementedError

    def link(self, step: int, text: str) -> Markup:
        """Return a link to a row of the lesson's table, or the text alone where there is none."""
        return prose.without_links(step, text)

    @property
    def solution_steps(self) -> Sequence[Markup]:
        """The steps of the worked solution."""
        return (
            [prose.as_html(step, self.link) for step in self.question.solution.steps] if self.question.solution else ()
        )

    @property
    def solution_answer(self) -> Markup:
        """The final answer of the worked solution."""
        return prose.as_html(self.question.solution.answer if self.question.solution else "", self.link)

    @property
    def solution_check(self) -> Markup:
        """How to check the answer quickly, "" if the author does not say."""
        return prose.as_html(self.question.solution.check if self.question.solution else "", self.link)


@dataclass(frozen=True)
class ShownQuestion:
    """A question as its kind's fragment draws it; it hides the key unless `mark` or `is_revealed` is set.

    `given`: the current answer. `mark`: its mark once it may be seen. `is_closed`: no more answers are accepted.
    `is_revealed`: the right answer is shown. `moved`: the move button pressed last.
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
    sessions_of: str = ""
    """The slug of the lesson whose page runs the sessions in the question, "" where they are not run."""
    why_not_run: str = ""
    """The reason then."""
    links: StepLinks = prose.without_links
    beside: tuple[ListedStep, ...] = ()
    """The steps that the question needs beside it."""

    @property
    def template(self) -> str:
        """The fragment that draws this kind."""
        return self.question.template

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
        return prose.as_inline_html(self.question.question.strip().partition("\n\n")[0], self.links)

    @property
    def body_html(self) -> Markup:
        """The rest of the question, such as code; "" if there is only one paragraph."""
        return prose.as_html(self.question.question.strip().partition("\n\n")[2].strip(), self.links)

    @property
    def picked(self) -> Sequence[str]:
        """The identities in the current answer."""
        given = self.given if isinstance(self.given, list) else [self.given]
        return [pick for pick in given if isinstance(pick, str)]

    @cached_property
    def options(self) -> Sequence[ShownOption]:
        """The options in the learner's order; lines in their current order."""
        return [
            ShownOption(
                identity,
                chr(ord("A") + place),
                shown_text(self.question.option_text(identity)),
                identity in self.picked,
                self._verdict(identity),
            )
            for place, identity in enumerate(self.question.shown_order(self.seed, self.given))
        ]

    def _verdict(self, identity: str) -> Verdict:
        was_wrong = self.mark is not None and self.mark.parts.get(identity) is False
        if not self.is_revealed:
            return "wrong" if was_wrong else ""
        if self._is_key(identity):
            return "right" if identity in self.picked else "missed"
        return "wrong" if was_wrong else ""

    def _is_key(self, identity: str) -> bool:
        # For every kind with choices, marking a single pick shows whether that pick is right.
        answer = self.question.read([identity])
        return answer is not None and self.question.mark(answer).parts.get(identity, False)

    @property
    def typed(self) -> str:
        """The current answer as the value of a text field."""
        return self.given_text if self.given is not None else ""

    @property
    def settled_lines(self) -> Sequence[ShownText]:
        """The lines of a closed question: in the right order if that may be seen, else as answered."""
        order = self.question.key_order if self.is_revealed else self.question.shown_order(self.seed, self.given)
        return [shown_text(self.question.option_text(identity)) for identity in order]

    @property
    def offered(self) -> Sequence[Token]:
        """The messages from which an answer can be assembled."""
        return [token(text) for text in self.question.offered]

    @property
    def given_text(self) -> str:
        """The current answer as text."""
        return self.question.answer_text(self.given)

    @property
    def given_shown(self) -> ShownText:
        """The current answer, drawn."""
        return shown_text(self.given_text)

    @property
    def key_shown(self) -> ShownText:
        """The right answer, drawn; use it only if `is_revealed`."""
        return shown_text(self.question.key_text)


def mistakes_in(question: QuestionFields, mark: Mark, links: StepLinks = prose.without_links) -> list[Markup]:
    """Return the author's explanations of the wrong choices that an answer picked."""
    said = {letter: text for letter, text in question.mistakes_by_letter if letter}
    wrong = (question.letters.get(pick, "") for pick, is_right in mark.parts.items() if not is_right)
    return [prose.as_inline_html(said[letter], links) for letter in wrong if letter in said]
