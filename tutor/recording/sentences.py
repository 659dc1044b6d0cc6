"""One short sentence for each step of a recording.

Those for commands are templates in engine/redis/sentences.yaml, which documents their placeholders.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tutor.engine.program.interpolation import names_in
from tutor.engine.program.mailbox import is_message
from tutor.engine.redis.arguments import entry_place, options_from, value_places
from tutor.engine.redis.table import Command, traits_of
from tutor.engine.story.deeds import awaited
from tutor.engine.values.wording import cut, duration, listed
from tutor.recording.step_drafts import StepDraft
from tutor.recording.templates import escaped

LONGEST_VALUE = 40
LONGEST_SENTENCE = 200

_QUOTES = "'\""

_PART = re.compile(r"\[([^]]*)\]")
_PLACE = re.compile(r"<([^>]*)>")
_WORD = re.compile(r"(-?\d+)(\.\.\.)?(!r|!l)?")


Came: TypeAlias = Literal["nothing yet", "nil", "a value"]
"""The result of a command at the end of its step: none while it waits, nil (also an empty list), or a value."""


def sentence(draft: StepDraft, who: str, came: Came) -> str:
    """Return the sentence for a step of the actor labelled `who`; `came` is a command's result."""
    text = f"{escaped(who)} {_said(draft, came)}"
    if len(text) <= LONGEST_SENTENCE:
        return text
    return f"{escaped(who)} sends {escaped(draft.name)}"[:LONGEST_SENTENCE]


def _said(draft: StepDraft, came: Came) -> str:
    return _sent(draft, came) if draft.kind == "command" else _OTHERS[draft.kind](draft)


def _printed(draft: StepDraft) -> str:
    names = [f"{{{name}!r}}" for name in dict.fromkeys(names_in("".join(draft.template)))]
    return f"prints a line with {_listed(names)}" if names else "prints a line"


def _assigned(draft: StepDraft) -> str:
    name, *others = draft.assign
    if others:
        return f"sets {_listed([name, *others])}"
    return f"sets {name} to {{{name}!r}}" if name.isascii() else f"sets {escaped(name)}"


def _waited(draft: StepDraft) -> str:
    time = duration(draft.seconds)
    return f"has waited in vain: {time} are over" if draft.is_in_vain else f"lets {time} go by"


def _crashed(draft: StepDraft) -> str:
    return "stops: the program ends" if draft.is_at_end else "closes its connection"


def _read(draft: StepDraft) -> str:
    if draft.reply is None:
        return "looks for a message, and none has come"
    if not is_message(draft.reply):
        return "reads a confirmation"
    return f"reads {{{draft.save}!r}}" if draft.save.isascii() and draft.save else "reads a message"


_OTHERS: Mapping[str, Callable[[StepDraft], str]] = {
    "print": _printed,
    "assign": _assigned,
    "read": _read,
    "wait": _waited,
    "crash": _crashed,
}
"""The sentences of steps that send no command, by kind."""


def _sent(draft: StepDraft, came: Came) -> str:
    if draft.error:
        return f"sends {draft.name}, and is refused"
    if came == "nothing yet":
        return f"waits for {escaped(awaited(draft.words).replace('a message', 'an element'))}"
    return _filled(traits_of(draft.words), _deed(draft, came)) or f"sends {escaped(draft.name)}"


@dataclass(frozen=True, slots=True)
class _Deed:
    """A command, its words as written in a sentence and as values, and its result."""

    draft: StepDraft
    words: Sequence[str]
    values: Sequence[str]
    came: Came

    @property
    def saved(self) -> str:
        """The placeholder of the saved variable, which shows its value; "" if the step saves nothing."""
        return f"{{{self.draft.save}!r}}" if self.draft.save and self.draft.save.isascii() else ""


def _deed(draft: StepDraft, came: Came) -> _Deed:
    templates = draft.template or draft.words
    words = [_shortened(word) for word in draft.words]
    values = [_value(word, template) for word, template in zip(draft.words, templates, strict=True)]
    return _Deed(draft, words, values, came)


def _shortened(word: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in word)
    return escaped(cut(plain, LONGEST_VALUE))


def _value(word: str, template: str) -> str:
    """Return a word as a value: a variable unchanged, any other word as Python prints it."""
    names = list(names_in(template))
    if len(names) == 1 and template == f"{{{names[0]}}}" and len(word) <= LONGEST_VALUE:
        return f"{{{names[0]}!r}}"
    return escaped(repr(cut(word, LONGEST_VALUE)))


def _listed(words: Sequence[str], last: str = "and") -> str:
    return listed(words, last) if len(words) <= 3 else listed([*words[:3], f"{len(words) - 3} more"])


def _filled(command: Command, deed: _Deed) -> str | None:
    """Return the command's sentence with its placeholders filled in, None if a word is missing."""
    said, _, nothing = command.sentence.partition(" | ")
    template = nothing if nothing and deed.came == "nil" else said
    pieces = [_in_places(piece, command, deed) for piece in _PART.split(template)]
    # Every second piece is in brackets, and optional.
    return None if None in pieces[::2] else "".join(piece or "" for piece in pieces)


def _in_places(text: str, command: Command, deed: _Deed) -> str | None:
    """Return the text with its placeholders filled in, None if one has no word."""
    found = {place: _in_place(place, command, deed) for place in _PLACE.findall(text)}
    return None if None in found.values() else _PLACE.sub(lambda place: found[place[1]] or "", text)


def _in_place(place: str, command: Command, deed: _Deed) -> str | None:
    kind, _, argument = place.partition(":")
    if kind in _PLACES:
        return _PLACES[kind](command, deed, argument)
    return _option(place, command, deed) if place[:1].isupper() else _word(place, deed)


def _word(place: str, deed: _Deed) -> str | None:
    """Return the words for a placeholder such as <2>, <-1>, <2!r> or <2...>; None if there are none."""
    match = _WORD.fullmatch(place)
    number = int(match[1]) if match else 0
    if match is None or not -len(deed.words) < number < len(deed.words):
        return None
    words = deed.values if match[3] == "!r" else deed.words
    said = _listed(words[number:]) if match[2] else words[number]
    return said.lower() if match[3] == "!l" else said


def _option(place: str, command: Command, deed: _Deed) -> str | None:
    """Return the word after an option, or "" for <NX?>; None if the option is missing."""
    name = place.removesuffix("?")
    names = [word.upper() for word in deed.draft.words]
    behind = range(max(2, options_from(command, deed.draft.words)), len(names))
    at = next((i for i in behind if names[i] == name), None)
    if at is None:
        return None
    return "" if name != place else deed.words[at + 1] if at + 1 < len(names) else None


def _saved(_command: Command, deed: _Deed, otherwise: str) -> str:
    return deed.saved or otherwise


def _answer(_command: Command, deed: _Deed, _argument: str) -> str:
    return f": {deed.saved}" if deed.saved and not deed.draft.pick else ""


def _keys(command: Command, deed: _Deed, last: str) -> str | None:
    return _listed([deed.words[place] for place in command.key_places(deed.draft.words)], last or "and") or None


def _sources(command: Command, deed: _Deed, _argument: str) -> str | None:
    return _listed([deed.words[place] for place in command.key_places(deed.draft.words)[1:]]) or None


def _put(_command: Command, deed: _Deed, _argument: str) -> str | None:
    return _listed([deed.values[place] for place in value_places(deed.draft.words)]) or None


def _scored(_command: Command, deed: _Deed, _argument: str) -> str | None:
    places = value_places(deed.draft.words)
    return _listed([f"{deed.values[place]} ({deed.values[place - 1].strip(_QUOTES)})" for place in places]) or None


def _pairs(_command: Command, deed: _Deed, argument: str) -> str | None:
    first = int(argument) if argument.isdecimal() else _behind_fields(deed)
    pairs = zip(deed.words[first::2], deed.values[first + 1 :: 2], strict=False)
    return _listed([f"{name} to {value}" for name, value in pairs]) or None


def _entry(_command: Command, deed: _Deed, _argument: str) -> str | None:
    place = entry_place(deed.draft.words) or len(deed.words)
    pairs = zip(deed.words[place::2], deed.values[place + 1 :: 2], strict=False)
    return _listed([f"{name} {value}" for name, value in pairs]) or None


def _fields(_command: Command, deed: _Deed, _argument: str) -> str | None:
    return _listed(deed.words[_behind_fields(deed) :]) or None


def _behind_fields(deed: _Deed) -> int:
    """Return the place of the first field, after FIELDS and their number."""
    names = [word.upper() for word in deed.draft.words]
    return names.index("FIELDS", 2) + 2 if "FIELDS" in names[2:] else len(names)


_PLACES: Mapping[str, Callable[[Command, _Deed, str], str | None]] = {
    "saved": _saved,
    "answer": _answer,
    "keys": _keys,
    "sources": _sources,
    "values": _put,
    "scored": _scored,
    "pairs": _pairs,
    "entry": _entry,
    "fields": _fields,
}
"""Placeholders of a sentence other than words and options, by name."""
