"""A recorded lesson as the text of its file, in an author's order and style."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.engine.lesson.lesson import CURRENT_FORMAT
from tutor.engine.lesson.parts import Actor
from tutor.engine.lesson.problems.pasted_text import typing_problem
from tutor.engine.program.mailbox import is_message
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.table import KeyType
from tutor.engine.values.claim_values import as_claim
from tutor.engine.values.formatting import quoted
from tutor.engine.values.replies import Json, Value
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import as_flow
from tutor.recording.step_drafts import StepDraft
from tutor.recording.templates import escaped
from tutor.recording.variables import Copy

WIDEST = 120

_BARE = re.compile(r"[^\s'\"\\]+")


@dataclass(frozen=True, slots=True)
class Manuscript:
    """The content of a recorded lesson."""

    title: str
    summary: str
    about: str
    code: str
    actors: Sequence[Actor]
    watch: Mapping[str, KeyType]
    variables: Mapping[str, Value]
    steps: Sequence[StepDraft]
    decodes: bool = True
    """Whether the script's client decodes replies."""

    def fields(self) -> dict[str, Any]:
        """Return the lesson as plain values, as parsed from its file."""
        return {
            "format": CURRENT_FORMAT,
            "title": self.title,
            "track": "my-lessons",
            "sample": {"code": self.code},
            "actors": [dict(_actor(actor)) for actor in self.actors],
            "watch": dict(self.watch),
            "variables": self._starts,
            "client": {"decode_responses": self.decodes},
            "steps": [dict(_step(step)) for step in self.steps],
        }

    def text(self, first_line: str) -> str:
        """Return the text of the file."""
        return "\n".join([first_line, *self._head(), "", "steps:", "\n\n".join(map(_as_item, self.steps)), ""])

    def _head(self) -> Iterator[str]:
        yield f"format: {CURRENT_FORMAT}"
        yield f"title: {as_scalar(self.title)}"
        yield "track: my-lessons"
        yield "level: beginner"
        yield f"minutes: {min(60, max(3, len(self.steps) // 2))}"
        yield f"summary: {as_scalar(self.summary)}"
        yield ""
        yield "sample:"
        yield "  language: python"
        if self.about:
            yield f"  about: {as_scalar(self.about)}"
        yield f"  code: {_as_block(self.code)}"
        yield ""
        yield f"actors: {as_flow([_name_or_fields(actor) for actor in self.actors])}"
        yield f"watch: {as_flow(dict(self.watch))}" if self.watch else "watch: []"
        yield f"client: {as_flow({'decode_responses': self.decodes})}"
        if self.variables:
            are_new = all(value is None for value in self.variables.values())
            yield f"variables: {as_flow(list(self.variables) if are_new else self._starts)}"

    @property
    def _starts(self) -> dict[str, Json]:
        return {name: as_claim(value) for name, value in self.variables.items()}


def _actor(actor: Actor) -> Iterator[tuple[str, str]]:
    yield "name", actor.name
    if actor.label:
        yield "label", actor.label
    if actor.role:
        yield "role", actor.role


def _name_or_fields(actor: Actor) -> Json:
    found = dict(_actor(actor))
    return found if len(found) > 1 else actor.name


def _step(step: StepDraft) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a step in the order of the file."""
    yield "actor", step.actor
    yield "action", step.action or "-"
    yield from _OWN_FIELDS[step.kind](step)
    if step.line:
        yield "line", step.line
    if step.error:
        yield "expect", {"error": step.error}


Fields = Iterator[tuple[str, Any]]


def _command(step: StepDraft) -> Fields:
    yield "command", command_line(step.template or [escaped(word) for word in step.words])
    if step.save:
        yield "save", step.save
        if step.pick:
            yield "pick", step.pick[0] if len(step.pick) == 1 else step.pick


def _print(step: StepDraft) -> Fields:
    yield "print", step.template[0] if step.template else escaped(step.text)


def _assign(step: StepDraft) -> Fields:
    yield "assign", {name: _assigned(value) for name, value in step.assign.items()}


def _wait(step: StepDraft) -> Fields:
    yield "wait", step.seconds


def _crash(_step: StepDraft) -> Fields:
    yield "crash", True


def _read(step: StepDraft) -> Fields:
    yield "read", step.save or True
    if step.save and step.part:
        yield "pick", step.part
    if step.is_none and step.reply is not None and not is_message(step.reply):
        yield "ignore_subscribe_messages", True


_OWN_FIELDS: Mapping[str, Callable[[StepDraft], Fields]] = {
    "command": _command,
    "print": _print,
    "assign": _assign,
    "wait": _wait,
    "crash": _crash,
    "read": _read,
}
"""By kind of step: the field that determines the kind, and the fields that belong to it."""


def _assigned(value: Value) -> Json:
    if isinstance(value, Copy):
        return f"{{{value.mark}}}"
    return escaped(value) if isinstance(value, str) else as_claim(value)


def command_line(words: Sequence[str]) -> str | list[str]:
    """Return the words as typed in redis-cli, or as a list if they can't be typed."""
    line = " ".join(_typed(word, i) for i, word in enumerate(words))
    try:
        # Text that the check would report as a typing mistake, such as `; PING`, is data in a script.
        return line if split_command(line) == list(words) and not typing_problem(line) else list(words)
    except BadCommandLine:
        return list(words)


def _typed(word: str, place: int) -> str:
    if not word.isprintable():
        return quoted(word)
    if not _BARE.fullmatch(word):
        return "'" + word.replace("'", "\\'") + "'" if "\\" not in word else '"' + word.translate(_TABLE) + '"'
    return word.upper() if not place else word


_TABLE = str.maketrans({"\\": "\\\\", '"': '\\"'})


def as_scalar(value: Json) -> str:
    """Return the value as YAML after `name: `, without unnecessary quotes."""
    if not isinstance(value, str):
        return as_flow(value)
    for way in (value, f'"{value}"', as_flow(value)):
        if "\n" not in way and _reads_as(f"x: {way}\n", value):
            return way
    return as_flow(value)


def _reads_as(text: str, value: Json) -> bool:
    document = read_document(text)
    return bool(not document.problems and document.root and document.root.value == {"x": value})


def _as_block(code: str) -> str:
    lines = "".join(f"    {line}".rstrip() + "\n" for line in code.split("\n")).rstrip("\n")
    indented = "2" if code[:1] in (" ", "\n") else ""
    block = f"|{indented}\n{lines}"
    return block if _reads_as("x: " + block.replace("\n    ", "\n  ") + "\n", code) else as_flow(code)


def _as_item(step: StepDraft) -> str:
    lines = [f"{name}: {as_scalar(value)}" for name, value in _step(step)]
    return "  - " + "\n    ".join(lines)
