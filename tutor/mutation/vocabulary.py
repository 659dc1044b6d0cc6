"""The words that falsehoods are made of: a lesson's names and values, and commands of the same family."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis import key_states
from tutor.engine.redis.table import ALLOWED, all_commands, twins
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json, Value, as_python

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\S+")


class Vocabulary:
    """The names and values of one lesson and of its play, in the order in which they first come."""

    def __init__(self, lesson: Lesson, entries: Sequence[TraceEntry]) -> None:
        self._lesson = lesson
        self._entries = entries

    @cached_property
    def variables(self) -> Sequence[str]:
        """The program's variables."""
        return list(self._lesson.start_variables)

    @cached_property
    def watched(self) -> Sequence[str]:
        """The watched keys and patterns."""
        return list(self._lesson.watch)

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of all keys, and of the channels that commands name."""
        channels = (name for _, template in self._lesson.commands for name in template.channels)
        return list(dict.fromkeys([*self._lesson.keys, *channels]))

    @cached_property
    def actors(self) -> Sequence[str]:
        """The names of the actors."""
        return [actor.name for actor in self._lesson.cast]

    @cached_property
    def step_ids(self) -> Sequence[str]:
        """The lasting names of the steps."""
        return self._lesson.step_ids

    @cached_property
    def texts(self) -> Sequence[str]:
        """The texts among the values of the play."""
        found = (text for value in self._values() for text in _parts(value) if isinstance(text, str) and text.strip())
        return list(dict.fromkeys(found))

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The whole numbers among the values of the play, those written as text included."""
        whole = (part for value in self._values() for part in _parts(value))
        texts = (int(text) for text in self.texts if _NUMBER.fullmatch(text) and len(text) < 16)
        return frozenset([*texts, *(part for part in whole if isinstance(part, int) and not isinstance(part, bool))])

    def _values(self) -> Iterator[Json | Value]:
        yield from self._lesson.start_variables.values()
        for entry in self._entries:
            yield from entry.variables.values()
            yield entry.output
            yield from (key_states.as_value(state) for state in entry.keys.values() if state["type"] != "other")
            for sent in entry.sent:
                yield as_python(sent.reply)
                # Names of keys, and options such as LIMIT, are no values.
                words = (word for word in sent.words[1:] if word not in self.names)
                yield [word for word in words if not (word.isupper() and word.isalpha())]
            yield from (event.get("value") for event in entry.events)


def other(word: str, known: Iterable[str]) -> str | None:
    """Return the member of `known` most like `word` that is not `word`, None if there is none."""
    found = [each for each in known if each != word and each.casefold() != word.casefold()]
    return max(found, key=lambda each: SequenceMatcher(None, word, each).ratio(), default=None)


def other_text(text: str, known: Iterable[str]) -> str:
    """Return another text: one of `known`, or a changed one."""
    return other(text, known) or f"{text}2"


@lru_cache(maxsize=1024)
def relative(name: str) -> str:
    """Return the command most like that one: the one it is mistaken for, or another of its group.

    A name in small letters, as of a method of redis-py, gives one in small letters; "" if it is no command.
    """
    command = ALLOWED.get(name.upper())
    if command is None:
        return ""
    found = next((wrong for right, wrong in twins() if right.name == command.name), "")
    if not found:
        group = (each.name for each in ALLOWED.values() if each.group == command.group)
        found = other(command.name, group) or ""
    return found if name.isupper() else found.lower()


def is_command(word: str) -> bool:
    """Return whether a word is the name of a command in capitals, as prose writes it."""
    return word.isupper() and word in all_commands()


def false_lines(line: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield command lines that differ from this one in its name, in a key or channel, in a value, or in a number."""
    words = list(_WORD.finditer(line))
    for i, found in enumerate(words):
        word = found[0]
        for changed in _false_words(word, i, vocabulary):
            yield line[: found.start()] + changed + line[found.end() :]


def _false_words(word: str, i: int, vocabulary: Vocabulary) -> Iterator[str]:
    if i == 0:
        yield from filter(None, [relative(word)])
    elif word in vocabulary.names:
        yield other_text(word, vocabulary.names)
    elif _NUMBER.fullmatch(word):
        yield str(int(word[:15]) + 1)
    elif word in vocabulary.texts:
        yield other_text(word, vocabulary.texts)


def _parts(value: Json | Value) -> Iterator[Json | Value]:
    """Yield the values within a value, and the value itself if it has no parts."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _parts(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    else:
        yield value
