"""Questions in an author's preview: everything is shown, with the key marked and the value that the proof found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from tutor import prose
from tutor.assessment import proofs, questions
from tutor.assessment.questions import Part, PlacedQuestion, ShownOption, ShownQuestion, ShownText, WithSolution
from tutor.authoring.preview import NOT_IN_PREVIEWS
from tutor.authoring.proving import CheckedText
from tutor.engine.asking.listing import steps_beside
from tutor.engine.asking.proof import value_in
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.references import told
from tutor.engine.values.formatting import as_repr


@dataclass(frozen=True)
class AuthorsQuestion(ShownQuestion):
    """A question with its key; the choices have the author's order and letters."""

    @cached_property
    def options(self) -> Sequence[ShownOption]:
        """The choices as they are in the file."""
        if not self.question.letters:
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
class PreviewedProof:
    """Where a proof looks, its changed commands, and the value that it finds; None if it needs a play of its own."""

    place: str
    changes: tuple[str, ...]
    found: ShownText | None


@dataclass(frozen=True)
class AuthorsCard(WithSolution):
    """One question; it has the attributes of a learner's card that their common fragments use."""

    asked: PlacedQuestion
    lesson: Lesson
    played: CheckedText

    focus = ""
    has_remarks = True
    sessions_of = ""
    why_not_run = NOT_IN_PREVIEWS

    @property
    def question(self) -> QuestionFields:
        """The question."""
        return self.asked.question

    @property
    def name(self) -> str:
        """The id of the card on its page."""
        return f"{self.asked.part}-{self.asked.number}"

    @property
    def title(self) -> str:
        """The card's heading."""
        return self.asked.title

    @cached_property
    def shown(self) -> AuthorsQuestion:
        """The question as its fragment draws it once it is closed."""
        return AuthorsQuestion(
            self.question,
            self.name,
            seed=self.asked.id,
            is_closed=True,
            is_revealed=True,
            why_not_run=NOT_IN_PREVIEWS,
            beside=steps_beside(self.question, self.lesson),
        )

    @property
    def is_typed(self) -> bool:
        """Whether there are no options, so that the key is shown by itself."""
        return not self.question.arranged(self.asked.id)

    @property
    def rules(self) -> Sequence[str]:
        """A sentence for each rule by which answers are marked."""
        cost = self.question.hint_costs
        return [*self.question.rules(), *([f"The hint costs {cost:.0%} of the marks."] if cost else [])]

    @property
    def hint_html(self) -> Markup:
        """The hint, "" if there is none."""
        return prose.as_html(self.question.hint)

    @property
    def explanation_html(self) -> Markup:
        """Why the answer is right, "" if there is no explanation."""
        return prose.as_html(self.question.explanation)

    @property
    def mistakes(self) -> Sequence[tuple[str, Markup]]:
        """The mistakes: the letter of the wrong choice that each leads to ("" for none), and the explanation."""
        return [(letter, prose.as_inline_html(text)) for letter, text in self.question.mistakes_by_letter]

    @property
    def common_mistakes(self) -> Sequence[Markup]:
        """Always empty, because `mistakes` shows them beside the solution."""
        return ()

    @cached_property
    def proof(self) -> PreviewedProof | None:
        """The proof, None if there is none."""
        asked = self.question.proof
        if asked is None:
            return None
        return PreviewedProof(proofs.place(asked), tuple(_changes(asked)), self._found(asked))

    def _found(self, asked: Proof) -> ShownText | None:
        if asked.changes_steps or asked.run is not None:
            return None
        try:
            value = value_in(self.lesson, asked, self.played.entries)
        except NotProvable:
            return None
        text = as_repr(value) if asked.first is None else "at no step" if value is None else f"step {value}"
        return questions.shown_value(text)


def cards(lesson: Lesson, played: CheckedText, part: Part) -> list[AuthorsCard]:
    """Return the questions of a part."""
    shown = told(lesson, played.values, "plain")
    return [AuthorsCard(asked, lesson, played) for asked in questions.all_of(shown, part)]


def _changes(asked: Proof) -> Iterator[str]:
    for old, new in asked.swap.items():
        yield f"{new} is sent for every {old}"
    for number, command in asked.replace.items():
        yield f"step {number} sends {command}"
