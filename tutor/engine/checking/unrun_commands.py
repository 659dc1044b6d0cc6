"""Command lines in prose that are run nowhere: by no step, proof or session. So a changed word in one is noticed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

from tutor.engine.asking.scenarios import words_sent
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.prose_texts import ProseText, prose_texts
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import OrderQuestion, TextQuestion, WithChoices
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values.wording import without_backticks

_FENCE = re.compile(r"```[^`\n]*\n.*?(?:```|\Z)", re.DOTALL)
_SESSION = re.compile(r"```[ ]*redis-cli[^`\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_PROMPT = re.compile(r"\s*(?:[\w.:@\[\]-]*(?:\(\w+\))?>)?\s*")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FILLED = re.compile(r"\{[^{}]*\}")

_PLACEHOLDERS = frozenset(
    "key keys element value member score field channel message pattern seconds timeout group consumer stream id source"
    " destination count index start stop min max name increment".split()
)
"""Words that stand for an argument where a text shows the form of a command."""

MOST_LINES = 3_000
"""Maximum number of commands with which those in prose are compared."""

MOST_QUOTED = MOST_WITH_HOLES = 300
"""Maximum number of commands in prose that are compared, and of those with which they are compared one by one."""

MOST_WORDS = 32
"""Maximum number of words of a command that are compared."""


class RunCommands:
    """The commands that a lesson's steps, proofs, mistakes, choices and sessions run, in words."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson

    @cached_property
    def lines(self) -> Sequence[tuple[str, ...]]:
        """Their words, each line once."""
        found = {tuple(words[:MOST_WORDS]): None for words in islice(self._all(), MOST_LINES) if words}
        return list(found)

    @cached_property
    def _beginnings(self) -> frozenset[tuple[str, ...]]:
        return frozenset((line[0].upper(), *line[1:end]) for line in self.lines for end in range(1, len(line) + 1))

    @cached_property
    def _with_holes(self) -> Sequence[tuple[str, ...]]:
        return [line for line in self.lines if _has_holes(line)]

    @cached_property
    def _arguments(self) -> frozenset[str]:
        return frozenset(word for line in self.lines for word in line[1:])

    def has(self, words: Sequence[str]) -> bool:
        """Return whether a line is, or begins with, these words; words in braces stand for any."""
        if tuple(words) in self._beginnings:
            return True
        lines = self.lines if _has_holes(words) else self._with_holes
        return any(_begins(line, words) for line in lines[:MOST_WITH_HOLES])

    def is_form(self, words: Sequence[str]) -> bool:
        """Return whether the words only show how a command is written, as `BRPOP key seconds` does."""
        named = {word for word in words[1:] if word != word.upper()}
        return "…" in words or "..." in words or named <= _PLACEHOLDERS or self._arguments.isdisjoint(words[1:])

    def _all(self) -> Iterator[Sequence[str]]:
        templates = [_template(step) for step in self._lesson.command_steps.values()]
        yield from templates
        for question in (*self._lesson.quiz, *self._lesson.practice):
            yield from (words_sent(line)[1] for line in (*_lines_of(question), *_answers_of(question)))
            yield from _swapped(templates, _swaps_of(question))
        for text in prose_texts(self._lesson):
            for session in _SESSION.findall(text.text):
                yield from (_split(_PROMPT.sub("", line, count=1)) for line in session.split("\n"))


def unrun_commands(lesson: Lesson) -> Iterator[Problem]:
    """Yield a problem for each command line in a text, in code, that nothing in the lesson runs.

    A command's name alone says nothing that could be run.
    """
    run = RunCommands(lesson)
    for text, found, words in islice(_quoted(lesson), MOST_QUOTED):
        if not run.has(words) and not run.is_form(words):
            yield _problem(text, found)


def _quoted(lesson: Lesson) -> Iterator[tuple[ProseText, re.Match[str], Sequence[str]]]:
    """Yield the command lines in code, each with its text and its words."""
    for text in prose_texts(lesson):
        bare = _FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text.text) if "`" in text.text else ""
        for found in _CODE.finditer(bare):
            words = _split(found[1])
            if len(words) > 1 and words[0] in ALLOWED:
                yield text, found, words[:MOST_WORDS]


def _problem(text: ProseText, found: re.Match[str]) -> Problem:
    message = (
        f"nothing in the lesson runs {found[1]}: show it in a session or with a step, or write the form of the command,"
        " as in `LPUSH key element`"
    )
    return text.problem(found.start(1), message, Facts("a command that is run", found[1]))


def _lines_of(question: QuestionFields) -> Iterator[str]:
    """Yield the lines that a question's proof and its mistakes run."""
    proof = question.proof
    if proof is not None:
        yield from (*(proof.run or ()), *proof.replace.values(), *proof.wrong)
        for value in proof.lines.values():
            yield from [value] if isinstance(value, str) else value
    for maker in question.makers.values():
        yield from (*(maker.run or ()), *(maker.replace or {}).values())


def _answers_of(question: QuestionFields) -> Iterator[str]:
    """Yield the answers of a question, and its choices: some of them are commands."""
    if isinstance(question, OrderQuestion):
        yield from question.order
    elif isinstance(question, TextQuestion):
        yield from (question.text, *question.also)
    elif isinstance(question, WithChoices):
        yield from map(without_backticks, question.texts)


def _swapped(templates: Sequence[Sequence[str]], swaps: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """Yield the commands of steps with the names that a proof gives them."""
    for old, new in swaps.items():
        yield from ([new, *words[1:]] for words in templates if words and words[0] == old)


def _swaps_of(question: QuestionFields) -> Mapping[str, str]:
    found: dict[str, str] = dict(question.proof.swap) if question.proof else {}
    for maker in question.makers.values():
        found |= maker.swap or {}
    return found


def _template(step: CommandStep) -> Sequence[str]:
    try:
        return step.template
    except BadCommandLine:
        return []


def _split(line: str) -> Sequence[str]:
    try:
        return split_command(_FILLED.sub("{}", line))
    except BadCommandLine:
        return []


def _has_holes(words: Sequence[str]) -> bool:
    return any("{" in word for word in words)


def _begins(line: Sequence[str], words: Sequence[str]) -> bool:
    if len(words) > len(line) or line[0].upper() != words[0]:
        return False
    pairs = zip(line[1:], words[1:], strict=False)
    return all(mine == its or _FILLED.search(mine) or _FILLED.search(its) for mine, its in pairs)
