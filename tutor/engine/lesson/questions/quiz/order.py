"""A question whose answer is an order of lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import permutations
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.interactions import Interaction, OrderInteraction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.named_words import are_named_in_order
from tutor.engine.lesson.questions.options import identities, picks, shuffled
from tutor.engine.lesson.questions.question import Attempted, QuestionFields
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import without_backticks

MOST_PERMUTED = 6
"""Longest list of lines of which a proof runs every order; of longer ones, those with one line moved."""

_MOVE = re.compile(r"(?P<line>[0-9a-f]{8}):(?P<way>up|down)")
"""The value of a button that moves a line."""


class OrderQuestion(QuestionFields):
    """Put lines in order."""

    kind = "order"
    key_field = "order"
    template = "quizzes/_order.html"
    please = "Put the lines in order first."
    script = "js/order.js"
    is_answer_in_form = True

    order: list[str] = Field(
        min_length=2,
        max_length=10,
        description="The lines in the right order.",
        examples=[["LPUSH queue a", "RPOP queue"]],
    )

    also: list[list[str]] = Field(
        default_factory=list,
        max_length=50,
        description="Other orders of the same lines that are right.",
        examples=[[["RPOP queue", "LPUSH queue a"]]],
    )

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The lines by identity, in the right order."""
        return dict(zip(identities(self.order), self.order, strict=True))

    @property
    def key_order(self) -> Sequence[str]:
        return list(self.options)

    @property
    def key_text(self) -> str:
        return " → ".join(self.order)

    def arranged(self, seed: str) -> list[str]:
        """Return the lines' identities in an order that is never the right one."""
        found = shuffled(self.options, seed if self.shuffle else "")
        is_right = [self.options[line] for line in found] == self.order
        return [*found[1:], found[0]] if is_right else found

    def shown_order(self, seed: str, given: Json | None) -> list[str]:
        picked = picks(given, self.options)
        return picked if sorted(picked) == sorted(self.options) else self.arranged(seed)

    def option_text(self, identity: str) -> str:
        return self.options[identity]

    def read(self, fields: Sequence[str]) -> Json | None:
        return list(fields) if sorted(fields) == sorted(self.options) else None

    def moved(self, answer: Json | None, button: str) -> Json | None:
        move = _MOVE.fullmatch(button)
        if answer is None or move is None or move["line"] not in answer:
            return None
        lines = list(answer)
        place = lines.index(move["line"])
        other = place + (1 if move["way"] == "down" else -1)
        if 0 <= other < len(lines):
            lines[place], lines[other] = lines[other], lines[place]
        return lines

    def is_untouched(self, answer: Json, seed: str) -> bool:
        return bool(answer == self.arranged(seed))

    def mark(self, answer: Json) -> Mark:
        """Return the mark; equal lines are interchangeable."""
        picked = picks(answer, self.options)
        given = [self.options[item] for item in picked]
        parts = {item: line == right for item, line, right in zip(picked, given, self.order, strict=False)}
        return Mark(float(given == self.order or given in self.also), parts)

    def rules(self) -> Iterator[str]:
        for order in self.also:
            yield f"Also right: {' → '.join(order)}."

    def problems(self) -> Iterator[Problem]:
        for k, order in enumerate(self.also):
            if sorted(order) != sorted(self.order):
                yield Problem(("also", k), "another right order has the same lines as `order`")
            elif order == self.order:
                yield Problem(("also", k), "this is the order of the key itself")
        yield from super().problems()

    @property
    def attempted(self) -> Sequence[Attempted]:
        right = [("order",), *(("also", k) for k in range(len(self.also)))]
        orders = [self.order, *self.also]
        return [self._attempted(path, order) for path, order in zip(right, orders, strict=True)]

    @property
    def unlisted(self) -> Sequence[Attempted]:
        known = {tuple(each) for each in (self.order, *self.also)}
        if len(self.order) <= MOST_PERMUTED:
            others = dict.fromkeys(permutations(self.order))
        else:  # each line at each other place: a learner's likeliest answers beside the key
            others = dict.fromkeys(_with_one_moved(self.order))
        return [
            replace(self._attempted(("order",), each), is_right=False) for each in others if tuple(each) not in known
        ]

    def _attempted(self, path: tuple[str | int, ...], order: Sequence[str]) -> Attempted:
        if self.proof is None:
            return Attempted(path, tuple(order), is_right=True, said=" → ".join(order))
        played = {line: self.proof.played_for(str(k), without_backticks(line)) for k, line in enumerate(self.order, 1)}
        lines = tuple(line for each in order for line in played[each])
        return Attempted(path, lines, is_right=True, said=" → ".join(order))

    def unsaid_by(self, answer: str) -> str:
        is_said = are_named_in_order(self.order, answer)
        return "" if is_said else "it does not name each line, in the right order, with a word that no other line has"

    def remark(self, mark: Mark) -> str:
        return f"{sum(mark.parts.values())} of {len(self.order)} lines are in their place."

    def answer_text(self, answer: Json) -> str:
        return " → ".join(self.options[item] for item in picks(answer, self.options))

    def key_says(self, value: Value) -> bool:
        return is_same(self.order, value)

    def interaction(self) -> Interaction:
        return OrderInteraction(tuple(self.order))

    def export_losses(self) -> Iterator[str]:
        if self.also:
            yield "the other right orders"
        if len(set(self.order)) < len(self.order):
            yield "that equal lines can change places; each has its own place there"

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        return {"order": list(interaction.lines)} if isinstance(interaction, OrderInteraction) else None


def _with_one_moved(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for i, line in enumerate(lines):
        rest = [*lines[:i], *lines[i + 1 :]]
        for j in range(len(lines)):
            yield (*rest[:j], line, *rest[j:])
