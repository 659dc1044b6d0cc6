"""Questions as their author checks them: everything is shown, the key is marked, and the proof says what it found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from tutor import prose
from tutor.assessment import proofs, questions
from tutor.assessment.questions import Asked, Part, ShownOption, ShownQuestion, ShownText, WithSolution
from tutor.authoring.proving import CheckedText
from tutor.engine.asking.proof import NotProvable, value_in
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.claims import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import (
    NumberQuestion,
    OrderQuestion,
    SeveralQuestion,
    StateQuestion,
    TextQuestion,
    WithChoices,
)
from tutor.engine.values.formatting import as_repr


@dataclass(frozen=True)
class AuthorsQuestion(ShownQuestion):
    """A question with its key; the choices stand in the author's order and have the author's letters."""

    @cached_property
    def options(self) -> Sequence[ShownOption]:
        """The choices as they stand in the file."""
        if not isinstance(self.question, WithChoices):
            return super().options
        return [
            ShownOption(
                identity,
                letter,
                questions.shown_text(self.question.option_text(identity)),
                is_picked=False,
                verdict=self._verdict(identity),
            )
            for identity, letter in self.question.letters.items()
        ]


@dataclass(frozen=True, slots=True)
class ShownProof:
    """Where a proof looks, what it sends instead, and what it finds there; `found` None: only a play can tell."""

    place: str
    changes: tuple[str, ...]
    found: ShownText | None


@dataclass(frozen=True)
class AuthorsCard(WithSolution):
    """One question; its attributes are named as those of a learner's card, whose fragments draw it."""

    asked: Asked
    lesson: Lesson
    played: CheckedText

    focus = ""
    has_remarks = True

    @property
    def question(self) -> QuestionFields:
        """What the author wrote."""
        return self.asked.question

    @property
    def name(self) -> str:
        """The id of the card on its page."""
        return f"{self.asked.part}-{self.asked.number}"

    @property
    def title(self) -> str:
        """What the card is called."""
        return f"{'Question' if self.asked.part == 'quiz' else 'Task'} {self.asked.number}"

    @cached_property
    def shown(self) -> AuthorsQuestion:
        """The question as its kind is drawn, answered."""
        return AuthorsQuestion(self.question, self.name, seed=self.asked.id, is_closed=True, is_revealed=True)

    @property
    def is_typed(self) -> bool:
        """Whether there is nothing to pick, so that the key stands by itself."""
        return not isinstance(self.question, WithChoices | OrderQuestion)

    @property
    def rules(self) -> Sequence[str]:
        """What else is right, and how answers are marked, in a sentence each."""
        return list(_rules(self.question))

    @property
    def hint_html(self) -> Markup | None:
        """The hint, None if there is none."""
        return prose.as_html(self.question.hint) if self.question.hint else None

    @property
    def explanation_html(self) -> Markup | None:
        """Why the answer is right, None if nothing is said."""
        return prose.as_html(self.question.explanation) if self.question.explanation else None

    @property
    def mistakes(self) -> Sequence[tuple[str, Markup]]:
        """What is said of mistakes: the letter of the wrong choice that comes of it ("" for none), and the sentence."""
        said = self.question.mistakes
        pairs = said.items() if isinstance(said, dict) else (("", text) for text in said)
        return [(letter, prose.as_inline_html(text)) for letter, text in pairs]

    @property
    def common_mistakes(self) -> Sequence[Markup]:
        """None within the solution: they are told beside it."""
        return ()

    @cached_property
    def proof(self) -> ShownProof | None:
        """The proof, None if there is none."""
        asked = self.question.proof
        if asked is None:
            return None
        return ShownProof(proofs.place(asked), tuple(_changes(asked)), self._found(asked))

    def _found(self, asked: Proof) -> ShownText | None:
        if asked.changes_steps:
            return None
        try:
            value = value_in(self.lesson, asked, self.played.entries)
        except NotProvable:
            return None
        text = as_repr(value) if asked.first is None else "at no step" if value is None else f"step {value}"
        return questions.shown_value(text)


def cards(lesson: Lesson, played: CheckedText, part: Part) -> list[AuthorsCard]:
    """Return the questions of a part."""
    return [AuthorsCard(asked, lesson, played) for asked in questions.all_of(lesson, part)]


def _changes(asked: Proof) -> Iterator[str]:
    for old, new in asked.swap.items():
        yield f"{new} is sent for every {old}"
    for number, command in asked.replace.items():
        yield f"step {number} sends {command}"


def _rules(question: QuestionFields) -> Iterator[str]:
    match question:
        case SeveralQuestion():
            yield question.credit.rule
        case TextQuestion():
            yield from _text_rules(question)
        case NumberQuestion(tolerance=tolerance) if tolerance:
            yield f"Right within {tolerance} {question.unit}".strip() + "."
        case StateQuestion(pool=pool) if pool:
            yield f"Offered besides: {', '.join(pool)}."
    if question.hint_costs:
        yield f"The hint costs {question.hint_costs:.0%} of the marks."


def _text_rules(question: TextQuestion) -> Iterator[str]:
    if question.also:
        yield f"Also right: {', '.join(question.also)}."
    if question.pattern:
        yield f"Also right: whatever matches {question.pattern}."
    if not question.ignore_case:
        yield "Case counts."
