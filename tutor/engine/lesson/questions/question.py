"""The base class of all kinds of question: the common fields, and the interface that a kind may define."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr

from tutor.engine.lesson.identities import Id
from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.difficulty import Difficulty
from tutor.engine.lesson.questions.draft_question import DraftQuestion
from tutor.engine.lesson.questions.interactions import Interaction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.named_words import is_quoted
from tutor.engine.lesson.questions.proofs import MadeBy, Proof
from tutor.engine.lesson.step_names import StepNumber
from tutor.engine.lesson.steps.base import Strict
from tutor.engine.values.replies import Json, Value


class Choice(Strict):
    """A choice whose text is not its value: `{text: "only 'task1'", value: [task1]}`."""

    text: str = Field(min_length=1, description="What learners read.", examples=["only `'task1'`"])
    value: Json = Field(default=None, description="What the choice claims, for the proof.", examples=[["task1"]])


class Solution(Strict):
    """A worked solution."""

    steps: list[str] = Field(
        min_length=1,
        max_length=20,
        description="The way to the answer, one numbered step each, in Markdown.",
        examples=[["`LPUSH` puts 'b' left of 'a'.", "`RPOP` takes the rightmost element."]],
    )
    answer: str = Field(min_length=1, description="The final answer, in Markdown.", examples=["`b`"])
    check: str = Field(
        default="",
        description="How to see quickly that it is right, in Markdown.",
        examples=["Two pushes and one pop leave one element."],
    )


class Citation(Strict):
    """Documentation that says that the key is right, for a key that running can't prove."""

    title: str = Field(min_length=1, max_length=120, description="The page's title.", examples=["Redis: BRPOP"])
    url: str = Field(
        pattern=r"^https://[^\s<>\"'`\\]+$",
        max_length=300,
        description="The page's address.",
        examples=["https://redis.io/docs/latest/commands/brpop/"],
    )


class ExplainedMistake(Strict):
    """A wrong choice's explanation, with what gives its value."""

    text: str = Field(min_length=1, description="What learners read.", examples=["`LPOP` takes from the left."])
    made_by: MadeBy | None = Field(
        default=None,
        description="What gives this choice, which `lessons check` proves.",
        examples=[{"swap": {"RPOP": "LPOP"}}],
    )


@dataclass(frozen=True, slots=True)
class Attempted:
    """An answer that a proof runs: its place in the question, its lines, and whether the key counts it as right."""

    path: tuple[str | int, ...]
    lines: tuple[str, ...]
    is_right: bool
    said: str
    """The answer as a message quotes it."""


class QuestionFields(Strict):
    """A question of some kind.

    A kind has to define `kind`, `key_field`, `template`, `read`, `mark`, `key_text` and `key_says`. The other defaults
    suit a kind whose answer is typed, which tests do not draw from traces, and which no other system has.
    An answer is JSON.
    """

    kind: ClassVar[str]
    """The kind's name. It is part of `meaning`, so changing it orphans stored answers."""

    key_field: ClassVar[str]
    """The field that holds the right answer. A question in a file is of this kind if it has this field."""

    template: ClassVar[str]
    """The fragment that draws the question; it gets a ShownQuestion as `question`."""

    please: ClassVar[str] = "Choose an answer first."
    """Shown to a learner who sent the form without a readable answer."""

    script: ClassVar[str] = ""
    """The static file with the JavaScript that the fragment needs, "" for none."""

    is_answer_in_form: ClassVar[bool] = False
    """Whether the open form shows the last answer, so that the feedback need not repeat it."""

    id: Id | None = Field(
        default=None,
        description="The question's lasting name; by default it follows from its text. Stored answers belong to it.",
        examples=["who-is-first"],
    )
    question: str = Field(
        min_length=1, description="What is asked, in Markdown.", examples=["What is the value of `task` after step 3?"]
    )
    hint: str = Field(
        default="",
        description="Where to look; shown when asked for.",
        examples=["Look at the output column of step 3."],
    )
    hint_costs: float = Field(
        default=0, ge=0, le=1, description="The share of the marks that the hint costs.", examples=[0.25]
    )
    explanation: str = Field(
        default="",
        description="Why the answer is right, in Markdown; shown after answering.",
        examples=["`RPOP` takes the rightmost element, the oldest one."],
    )
    steps: list[StepNumber] = Field(
        default_factory=list,
        max_length=20,
        description="The rows to look at, by id or number; lit after answering.",
        examples=[["first-push", "first-pop"]],
    )
    concept: str = Field(default="", max_length=40, description="What it tests, in a word or two.", examples=["FIFO"])
    ahead: str = Field(
        default="",
        max_length=80,
        description="The concept, or the name of the lesson, that teaches what is asked: a look ahead, which does not"
        " count.",
        examples=["publish and subscribe"],
    )
    difficulty: Difficulty = Field(default="easy", description="How hard it is.", examples=["medium"])
    shuffle: bool = Field(
        default=True, description="Whether the order of the choices may differ for each learner.", examples=[False]
    )
    proof: Proof | None = Field(
        default=None,
        description="How running the lesson proves the key.",
        examples=[{"after": 3, "variable": "task"}],
    )
    source: Citation | None = Field(
        default=None,
        description="Documentation of a key that running can't prove; learners see it with the explanation.",
        examples=[{"title": "Redis: BRPOP", "url": "https://redis.io/docs/latest/commands/brpop/"}],
    )
    solution: Solution | None = Field(
        default=None,
        description="The worked solution; every practice task has one.",
        examples=[{"steps": ["`RPOP` takes the rightmost element."], "answer": "`'a'`"}],
    )
    mistakes: list[str] | dict[str, str | ExplainedMistake] = Field(
        default_factory=list,
        max_length=20,
        description="Common mistakes; {B: …} names the wrong choice it leads to, and is shown when that is picked.",
        examples=[{"B": "`'task2'` is at the left end; `LPOP` would have taken it."}],
    )

    _written: Self | None = PrivateAttr(default=None)

    @property
    def written(self) -> Self:
        """The question as its author wrote it, with references; the question itself if it is not rendered.

        Identities and meanings follow from it, so that an inserted step changes none of them.
        """
        return self._written or self

    def rendered(self, fields: Mapping[str, Any]) -> Self:
        """Return the question with other texts, and with this one as it is written."""
        # A copy (model_copy) would keep the cached properties that were computed from the old texts.
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        found = type(self).model_validate({**kept, **fields})
        found._written = self  # noqa: SLF001 - of this class
        return found

    def arranged(self, seed: str) -> list[str]:  # noqa: ARG002 - for kinds with options
        """Return the identities of the options in the order given by `seed`; none for a kind without options."""
        return []

    def shown_order(self, seed: str, given: Json | None) -> list[str]:  # noqa: ARG002 - for kinds that can be rearranged
        """Return the identities of the options in the order shown after this answer."""
        return self.arranged(seed)

    def option_text(self, identity: str) -> str:
        """Return the text of an option."""
        raise NotImplementedError

    @property
    def letters(self) -> Mapping[str, str]:
        """The author's letter of each identity, in the author's order; none for a kind without lettered options."""
        return {}

    @property
    def key_order(self) -> Sequence[str]:
        """The identities of the options in the right order; none for a kind in which the order does not matter."""
        return ()

    @property
    def offered(self) -> Sequence[str]:
        """The messages from which an answer can be assembled instead of typed."""
        return ()

    def read(self, fields: Sequence[str]) -> Json | None:
        """Return the answer in a form's fields; None if it is missing or can't be parsed."""
        raise NotImplementedError

    def moved(self, answer: Json | None, button: str) -> Json | None:  # noqa: ARG002 - for kinds with buttons
        """Return the answer after a button press; None if the button does not belong to this kind."""
        return None

    def is_untouched(self, answer: Json, seed: str) -> bool:  # noqa: ARG002 - for kinds that can be rearranged
        """Return whether this is the answer of an untouched form."""
        return False

    def mark(self, answer: Json) -> Mark:
        """Return the mark of an answer; JSON that this kind's form can't produce gets none."""
        raise NotImplementedError

    @property
    def is_marked_apart(self) -> bool:
        """Whether marking an answer can take a while, in another process, and can be given up."""
        return False

    def mark_again(self, answer: Json, score: float) -> Mark:  # noqa: ARG002 - kinds that are slow to mark use it
        """Return the mark of a stored answer, whose score is known."""
        return self.mark(answer)

    def known_parts(self, marks: Sequence[Mark]) -> Mapping[str, bool]:
        """Return the options that the marked attempts revealed as right or wrong; `marks` is not empty."""
        return marks[-1].parts

    def remark(self, mark: Mark) -> str:
        """Return a comment on a wrong answer that does not give the right one away."""
        return f"That is worth {mark.score:.0%} of the marks." if mark.score else ""

    @property
    def key_text(self) -> str:
        """The right answer as text: Markdown, or a value as Python prints it."""
        raise NotImplementedError

    def answer_text(self, answer: Json) -> str:
        """Return a given answer as text."""
        return str(answer)

    @cached_property
    def meaning(self) -> str:
        """A digest of the kind and the right answer; stored answers count as long as it is unchanged."""
        return self._meaning_of(self.written.key_text)

    @cached_property
    def meanings(self) -> tuple[str, ...]:
        """`meaning`, and that of the key as learners read it: answers from before the key named a step have it."""
        return tuple(dict.fromkeys((self.meaning, self._meaning_of(self.key_text))))

    def _meaning_of(self, key: str) -> str:
        # A key may contain lone surrogates, which stand for bytes that are not UTF-8 (PEP 383).
        return sha256(f"{self.kind} {key}".encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def current(self, answer: Json) -> Json:
        """Return a stored answer with today's identities of the options, which differ if they name steps since."""
        return answer

    def rules(self) -> Iterator[str]:
        """Yield a sentence for each marking rule, for the author's preview."""
        yield from ()

    def problems(self) -> Iterator[Problem]:
        """Yield the problems of the question that can be found without its lesson; paths begin at the question."""
        if isinstance(self.mistakes, dict):
            message = "only wrong choices have mistakes of their own; write a list here"
            yield Problem(("mistakes",), message)

    @property
    def mistakes_by_letter(self) -> Sequence[tuple[str, str]]:
        """The mistakes, each after the letter of the wrong choice that it explains, "" for none."""
        if not isinstance(self.mistakes, dict):
            return [("", text) for text in self.mistakes]
        return [(letter, each if isinstance(each, str) else each.text) for letter, each in self.mistakes.items()]

    @property
    def makers(self) -> Mapping[str, MadeBy]:
        """What gives the value of a wrong choice, by the choice's letter."""
        said = self.mistakes.items() if isinstance(self.mistakes, dict) else ()
        return {letter: each.made_by for letter, each in said if isinstance(each, ExplainedMistake) and each.made_by}

    @property
    def attempted(self) -> Sequence[Attempted]:
        """The answers that a proof with a scenario can run, the key first; none for a kind that can't be run."""
        return ()

    @property
    def unlisted(self) -> Sequence[Attempted]:
        """Answers that count as wrong although nothing in the question says so; running may show them to be right."""
        return ()

    @property
    def lone_key(self) -> str:
        """The letter of the only right option; "" for kinds with several right options or none."""
        return ""

    def key_says(self, value: Value) -> bool:
        """Return whether the key claims `value`, the result of a proof."""
        raise NotImplementedError

    def distractor_that_says(self, value: Value) -> str | None:  # noqa: ARG002 - for kinds with wrong options
        """Return the text of a wrong option that claims `value`, None if none does."""
        return None

    def choice_says(self, letter: str, value: Value) -> bool:  # noqa: ARG002 - for kinds with wrong options
        """Return whether the choice with this letter claims `value`."""
        return False

    def letter_text(self, letter: str) -> str:
        """Return the text of the choice with this letter; "" if there is none."""
        return next((self.option_text(each) for each, its in self.letters.items() if its == letter), "")

    def unsaid_by(self, answer: str) -> str:
        """Return what the answer of a worked solution has to say so that only this key fits it; "" if it says that."""
        return "" if is_quoted(self.key_text, answer) else f"it does not give the answer, {self.key_text}"

    def provable_part(self, values: Sequence[Value], step_count: int) -> str:  # noqa: ARG002 - for kinds with options
        """Return the claim that a proof could confirm, such as "the answer is a value of the trace"; "" for none.

        `values`: all values of the trace.
        """
        return "the answer is a value of the trace" if any(map(self.key_says, values)) else ""

    @classmethod
    def drawn(cls, draft: DraftQuestion, chance: Random) -> Self | None:  # noqa: ARG003 - for kinds that tests draw
        """Return a question of this kind made from a draft; None if the kind does not suit it."""
        return None

    def interaction(self) -> Interaction | None:
        """Return how the question is answered in terms of other systems; None if there is no counterpart."""
        return None

    def export_losses(self) -> Iterator[str]:
        """Yield the parts of the key that `interaction` leaves out, as phrases that follow "not carried: "."""
        yield from ()

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:  # noqa: ARG003 - for kinds that are imported
        """Return the key and the options for this interaction; None if this kind is answered in another way."""
        return None
