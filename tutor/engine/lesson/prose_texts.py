"""The texts of a lesson that learners read as prose, and the parts of Markdown that are code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem, inside_at
from tutor.engine.lesson.questions.question import Choice, ExplainedMistake, QuestionFields
from tutor.engine.lesson.questions.quiz import WithChoices

ProseKind = Literal["markdown", "choice", "plain"]
"""Markdown; a choice, which is a value or a line of Markdown without links; plain text."""


@dataclass(frozen=True, slots=True)
class ProseText:
    """A text with its path in the file. `is_line`: it is drawn as one line, without paragraphs and blocks."""

    path: Path
    text: str
    kind: ProseKind = "markdown"
    is_line: bool = False

    def problem(self, index: int, message: str, facts: Facts) -> Problem:
        """Return a problem of the words that begin at that index of the text."""
        return Problem(self.path, message, "strict", facts, inside_at(self.text, index))


def prose_texts(lesson: Lesson) -> Iterator[ProseText]:
    """Yield all prose of a lesson in which steps and values can be named."""
    yield from _before_the_steps(lesson)
    for i, step in enumerate(lesson.steps):
        yield ProseText(("steps", i, "why"), step.why)
    yield ProseText(("closing",), lesson.closing)
    for i, moment in enumerate(lesson.key_moments):
        yield ProseText(("key_moments", i, "question"), moment.question, is_line=True)
        yield ProseText(("key_moments", i, "answer"), moment.answer)
    for part, asked in (("quiz", lesson.quiz), ("practice", lesson.practice)):
        for i, question in enumerate(asked):
            for each in question_texts(question):
                yield ProseText((part, i, *each.path), each.text, each.kind, each.is_line)
    for i, line in enumerate(lesson.snapshot):
        yield ProseText(("snapshot", i), line, is_line=True)
    yield ProseText(("transcript",), lesson.transcript, "plain")


def _before_the_steps(lesson: Lesson) -> Iterator[ProseText]:
    for name, sourced in (("used", lesson.used), ("in_django", lesson.in_django)):
        if sourced is not None:
            yield ProseText((name, "text"), sourced.text)
    if lesson.sample is not None:
        yield ProseText(("sample", "about"), lesson.sample.about)


def question_texts(question: QuestionFields) -> Iterator[ProseText]:
    """Yield the prose of a question; paths begin at the question."""
    for name in ("question", "hint", "explanation"):
        yield ProseText((name,), getattr(question, name))
    for letter, choice in question.choices.items() if isinstance(question, WithChoices) else ():
        if isinstance(choice, Choice):
            yield ProseText(("choices", letter, "text"), choice.text, "choice", is_line=True)
        else:
            yield ProseText(("choices", letter), choice, "choice", is_line=True)
    mistakes = question.mistakes
    for k, mistake in mistakes.items() if isinstance(mistakes, dict) else enumerate(mistakes):
        if isinstance(mistake, ExplainedMistake):
            yield ProseText(("mistakes", k, "text"), mistake.text, is_line=True)
        else:
            yield ProseText(("mistakes", k), mistake, is_line=True)
    if question.solution is not None:
        for k, text in enumerate(question.solution.steps):
            yield ProseText(("solution", "steps", k), text)
        yield ProseText(("solution", "answer"), question.solution.answer)
        yield ProseText(("solution", "check"), question.solution.check)


SegmentKind = Literal["prose", "span", "block"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text: prose, the inside of a code span with the backticks around it, or a block of code.

    `start`: its index in the text.
    """

    kind: SegmentKind
    text: str
    start: int = 0


_LONGEST_SPAN = 1_000
"""Characters of a code span that names are looked for in; the search takes that many steps for each backtick."""

_CODE = re.compile(
    rf"""
    (?P<block>
        ^[ \t>]*(?:(?:[-*+]|\d{{1,9}}[.)])[ \t]+)?(?P<fence>`{{3,}}(?=[^`\n]*$)|~{{3,}})[^\n]*(?:\n|\Z)
        (?:.*?^[ \t>]*(?P=fence)[`~]*[ \t]*$|.*\Z)
      | (?:\A|(?<=\n\n))(?:(?:\ {{4}}|\t)[^\n]*\n?)+
    )
  | (?<![`\\])(?P<ticks>`+)(?!`).{{1,{_LONGEST_SPAN}}}?(?<!`)(?P=ticks)(?!`)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def segments(text: str, kind: ProseKind = "markdown") -> Sequence[Segment]:
    """Return the parts of a text in order; together they are the text. Plain text is one part."""
    if kind == "plain" or ("`" not in text and "~~~" not in text and "    " not in text and "\t" not in text):
        return [Segment("prose", text)]
    found, end = list[Segment](), 0
    for code in _CODE.finditer(text):
        found.append(Segment("prose", text[end : code.start()], end))
        found.append(Segment("block" if code["block"] else "span", code[0], code.start()))
        end = code.end()
    return [*found, Segment("prose", text[end:], end)]
