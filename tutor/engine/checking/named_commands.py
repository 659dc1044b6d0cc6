"""Commands that a lesson's steps send, or that a text names."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from tutor.engine.asking.scenarios import words_sent
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.redis.command_line import BadCommandLine, split_command

_SPAN = re.compile(r"`([^`]+)`+")
_BETWEEN = re.compile(r"[\s,;:!?()\[\]{}'\"`…=]+")
_FILLED = re.compile(r"\{[^{}]*\}")


MOST_QUOTED = 1_000
"""Maximum number of quoted commands with which those of a scenario are compared."""


class NamedCommands:
    """The commands of a lesson's steps and of some texts."""

    def __init__(self, lesson: Lesson, texts: Iterable[str]) -> None:
        self._lesson = lesson
        self._texts = list(texts)

    @cached_property
    def said(self) -> frozenset[str]:
        """The words of the texts."""
        words = (word for text in self._texts for word in _BETWEEN.split(text))
        return frozenset(word.strip(".").upper() for word in words if word.strip("."))

    @cached_property
    def _quoted(self) -> Sequence[Sequence[str]]:
        spans = dict.fromkeys(" ".join(span.split()) for text in self._texts for span in _SPAN.findall(text))
        return [words_sent(span)[1] for span in islice(spans, MOST_QUOTED)]

    @cached_property
    def _sent(self) -> Sequence[tuple[str, Sequence[str]]]:
        return [(step.actor, _template(step)) for step in self._lesson.command_steps.values()]

    def unnamed(self, actor: str, words: Sequence[str]) -> Sequence[str]:
        """Return the words of a command that come from nowhere: not from a step's command, nor from the texts.

        Where the texts quote a command of that name, the steps do not count. A step of another actor counts unless it
        names that actor, as consumers of a group do. `{answer}` and `{job}` stand for any word.
        """
        if any(_fits(words, quoted) for quoted in self._quoted):
            return []
        is_quoted = any(len(each) > 1 and each[0].upper() == words[0].upper() for each in self._quoted)
        sent = [] if is_quoted else [each for other, each in self._sent if other == actor or other not in each]
        fitting = [template for template in sent if _fits(words, template)]
        filled = [[word for word, its in zip(words, each, strict=True) if word != its] for each in fitting]
        # Words may be said one by one; a word that is there twice was probably meant to be two.
        repeated = [word for word, count in Counter(words[1:]).items() if count > 1]
        return min([*map(self._unsaid, filled), self._unsaid(words) or repeated], key=len)

    def _unsaid(self, words: Sequence[str]) -> Sequence[str]:
        return [word for word in words if not _FILLED.search(word) and not self._is_said(word)]

    def _is_said(self, word: str) -> bool:
        parts = [part.upper() for part in _BETWEEN.split(word) if part]
        return all(part in self.said for part in parts)

    def names_wait(self, seconds: str) -> bool:
        """Return whether a text has the number of seconds."""
        return seconds in self.said


def _template(step: CommandStep) -> Sequence[str]:
    try:
        return step.template
    except BadCommandLine:
        return []


def _fits(words: Sequence[str], template: Sequence[str]) -> bool:
    """Return whether a command is the other, where a part in braces stands for any word."""
    if len(words) != len(template):
        return False
    return all(
        word == other or _FILLED.search(word) or _FILLED.search(other) or (i == 0 and word.upper() == other.upper())
        for i, (word, other) in enumerate(zip(words, template, strict=True))
    )


def commands_in(text: str) -> Iterator[Sequence[str]]:
    """Yield the words of each piece of code in a text, and those of the whole text if it has none."""
    for span in _SPAN.findall(text) or [text]:
        try:
            words = split_command(span)
        except BadCommandLine:
            continue
        if words:
            yield words
