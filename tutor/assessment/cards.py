"""The cards on the pages of quiz and practice: each has a question and the learner's progress with it."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from markupsafe import Markup

from tutor import prose
from tutor.addresses import address
from tutor.assessment import questions
from tutor.assessment.ahead import LookAhead
from tutor.assessment.questions import ShownQuestion, ShownText, WithSolution
from tutor.assessment.quizzes import MOST_ATTEMPTS, Sheet, Standing, StoredAnswer
from tutor.drawing.stage import WINDOW, at_step
from tutor.engine.asking.listing import steps_beside
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import Citation, QuestionFields
from tutor.engine.values.replies import Json
from tutor.same import Same

_TIMES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class UnsentAnswer:
    """An answer that is not stored: not complete yet, or sent but unreadable."""

    given: Json | None = None
    please: str = ""
    moved: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row that a question refers to, and its link; before the row is reached, the link is to the lesson's page."""

    step: int
    is_reached: bool
    url: str


@dataclass(frozen=True)
class Card(WithSolution):
    """A question on its page.

    `is_fresh`: its mark is new, so its rows are lit. `focus` is the attribute that focuses the new part: browsers obey
    autofocus in whole pages only, and questions.js obeys data-focus in answers to htmx.
    """

    sheet: Sheet
    standing: Standing
    pending: UnsentAnswer = UnsentAnswer()
    is_fresh: bool = False
    focus: Literal["", "autofocus", "data-focus"] = ""

    why_not_run = ""

    @property
    def content(self) -> Hashable:
        """All that the card shows; of the learner, only the order in which the options are shuffled."""
        sheet, standing, pending = self.sheet, self.standing, self.pending
        answers = [[each.number, each.answer, each.score] for each in standing.attempts]
        given = json.dumps([answers, pending.given, self.question.arranged(self._seed)])
        parts = standing.asked.part, standing.asked.id, standing.asked.number, standing.helps, self.ahead
        place = sheet.slug, Same(sheet.lesson), sheet.reached
        return *place, *parts, given, pending.please, pending.moved, self.is_fresh, self.focus

    @property
    def question(self) -> QuestionFields:
        """The question."""
        return self.standing.asked.question

    @property
    def name(self) -> str:
        """The id of the card on its page."""
        return f"{self.standing.asked.part}-{self.number}"

    @property
    def anchor(self) -> str:
        """The fragment that links to the card: it stays the same if the question moves."""
        return f"{self.standing.asked.part}-{self.standing.asked.id}"

    @property
    def number(self) -> int:
        """Its place in its part, from 1."""
        return self.standing.asked.number

    @property
    def ahead(self) -> LookAhead | None:
        """Where the question looks ahead to, None if it is about this lesson."""
        return self.sheet.looks_ahead.of(self.question)

    @property
    def title(self) -> str:
        """The card's heading."""
        return self.standing.asked.title

    @property
    def page_url(self) -> str:
        """The address of the card on its page."""
        asked = self.standing.asked
        return f"{address('part', slug=self.sheet.slug, part=asked.part)}?look={asked.id}#{self.anchor}"

    @property
    def attempt_url(self) -> str:
        """The address for the next answer."""
        return self._url("submit_answer", attempt=self.standing.next_number)

    @property
    def help_url(self) -> str:
        """The address for asking for a hint or the answer."""
        return self._url("ask_help")

    @property
    def proof_url(self) -> str:
        """The address that runs the proof."""
        return self._url("prove_answer")

    def _url(self, view: str, **parts: object) -> str:
        asked = self.standing.asked
        return address(view, slug=self.sheet.slug, part=asked.part, question=asked.id, **parts)

    @property
    def _seed(self) -> str:
        """What the order of the options follows from."""
        at = max(len(self.standing.attempts), 1) if self.standing.is_closed else self.standing.next_number
        return f"{self.sheet.learner} {self.standing.asked.id} {at}"

    @cached_property
    def shown(self) -> ShownQuestion:
        """The question as its fragment draws it."""
        return ShownQuestion(
            self.question,
            self.name,
            seed=self._seed,
            given=self.pending.given if self.pending.given is not None else self.last_answer,
            mark=self._tried,
            is_closed=self.standing.is_closed,
            is_revealed=self.standing.is_revealed,
            moved=self.pending.moved,
            sessions_of=self.sessions_of,
            links=self.link,
            beside=steps_beside(self.question, self.sheet.lesson),
        )

    @property
    def sessions_of(self) -> str:
        """The slug of the lesson whose page runs the sessions in the card's texts."""
        return self.sheet.slug

    @property
    def last_answer(self) -> Json | None:
        """The newest answer, None before the first."""
        return self.standing.attempts[-1].answer if self.standing.attempts else None

    @cached_property
    def mark(self) -> Mark | None:
        """The mark of the newest answer, None before the first."""
        return self._mark_of(self.standing.attempts[-1]) if self.standing.attempts else None

    @property
    def _tried(self) -> Mark | None:
        if self.mark is None:
            return None
        marks = [self._mark_of(attempt) for attempt in self.standing.attempts]
        return Mark(self.mark.score, self.question.known_parts(marks))

    def _mark_of(self, given: StoredAnswer) -> Mark:
        return self.question.mark_again(given.answer, given.score)

    @property
    def verdict(self) -> str:
        """The newest answer's mark in two or three words."""
        count = len(self.standing.attempts)
        if not self.standing.is_right:
            return "Not yet."
        time = _TIMES[count - 1] if count <= len(_TIMES) else f"{count}th"
        return "Right." if count == 1 else f"Right, on the {time} try."

    @property
    def verdict_more(self) -> str:
        """A comment on the verdict: what a wrong answer is worth, or what the hint cost."""
        if self.mark is None:
            return ""
        if not self.standing.is_right:
            return self.question.remark(self.mark)
        return "" if self.standing.marks == 1 else f"The hint leaves {self.standing.marks:.0%} of the marks."

    @property
    def has_remarks(self) -> bool:
        """Whether the box with the mark has any content."""
        has_key = self.is_given_up and self.question.solution is None
        can_look = self.standing.is_revealed and bool(
            self.question.explanation or self.question.steps or self.question.source
        )
        return self.mark is not None or bool(self.pending.please) or has_key or can_look

    @property
    def answer_shown(self) -> ShownText | None:
        """The newest answer, drawn; None if it is right or empty, or if the form shows it."""
        if self.standing.is_right or self.question.is_answer_in_form:
            return None
        shown = questions.shown_text(self.question.answer_text(self.last_answer))
        return shown if shown.text else None

    @property
    def mistakes(self) -> Sequence[Markup]:
        """The author's explanations of the wrong choices in the newest answer."""
        return (
            questions.mistakes_in(self.question, self.mark, self.link)
            if self.mark and not self.standing.is_right
            else ()
        )

    @property
    def is_out_of_tries(self) -> bool:
        """Whether the learner has used all attempts without a right answer."""
        return len(self.standing.attempts) >= MOST_ATTEMPTS and not self.standing.is_right

    @property
    def is_given_up(self) -> bool:
        """Whether the answer is shown although the learner did not find it."""
        return self.standing.is_revealed and not self.standing.is_right

    @property
    def hint_html(self) -> Markup:
        """The hint, "" unless the learner asked for it."""
        return prose.as_html(self.question.hint if "hint" in self.standing.helps else "", self.link)

    @property
    def can_ask_hint(self) -> bool:
        """Whether the learner can still ask for a hint."""
        return bool(self.question.hint) and not (self.hint_html or self.standing.is_revealed)

    @property
    def hint_label(self) -> str:
        """The text of the hint button, with the cost of the hint."""
        cost = self.question.hint_costs
        return f"Show hint (costs {cost:.0%} of the marks)" if cost else "Show hint"

    @property
    def answer_label(self) -> str:
        """The text of the button that gives up."""
        return "Show me the solution" if self.question.solution else "Show me the answer"

    @property
    def explanation_html(self) -> Markup:
        """Why the answer is right; "" if there is no explanation, or if it may not be shown yet."""
        return prose.as_html(self.question.explanation if self.standing.is_revealed else "", self.link)

    @property
    def source(self) -> Citation | None:
        """The documentation that says so; None if there is none, or if it may not be shown yet."""
        return self.question.source if self.standing.is_revealed else None

    @property
    def common_mistakes(self) -> Sequence[Markup]:
        """All mistakes that the author names, shown with the solution."""
        return [prose.as_inline_html(text, self.link) for _, text in self.question.mistakes_by_letter]

    @property
    def rows(self) -> Sequence[ShownRow]:
        """The rows to look at; show them only if `standing.is_revealed`."""
        return [ShownRow(step, step <= self.sheet.reached, self._row_url(step)) for step in self.question.steps]

    def link(self, step: int, text: str) -> Markup:
        """Return a link to a row, or say that the learner has not reached it."""
        if step > self.sheet.reached:
            aside = Markup(" <small>(you have not reached it yet)</small>")
            return Markup('<span class="step-link is-ahead">{}{}</span>').format(Markup(text), aside)  # noqa: S704
        html = Markup('<a class="step-link" href="{}">{}</a>')
        return html.format(self._row_url(step), Markup(text))  # noqa: S704 - the renderer escapes

    def _row_url(self, step: int) -> str:
        is_beside = self.sheet.reached - WINDOW < step <= self.sheet.reached
        at = at_step(self.sheet.lesson, step) if step <= self.sheet.reached else ""
        return f"#row-{step}" if is_beside else address("lesson", slug=self.sheet.slug) + at

    @property
    def lit(self) -> Sequence[int]:
        """The rows that are lit in the table."""
        return [row.step for row in self.rows if row.is_reached] if self.standing.is_revealed else ()

    @property
    def can_prove(self) -> bool:
        """Whether the learner may run a proof."""
        return self.question.proof is not None and self.standing.is_revealed

    @property
    def wrong_ways(self) -> Sequence[tuple[str, ShownText]]:
        """The wrong choices whose making can be run: the author's letter and the text; none before the answer."""
        if not self.standing.is_revealed:
            return ()
        return [(each, questions.shown_text(self.question.letter_text(each))) for each in self.question.makers]
