"""The script's variables that a lesson shows, and the steps that set them.

If a line assigns a command's reply, or a part of it, the command's step saves it. Later values of such a variable, and
values of variables computed from it, become assignment steps. Other variables are not shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tutor.engine.lesson.lesson import CLAIMS
from tutor.engine.program.client import places_of
from tutor.engine.program.mailbox import as_received, is_message
from tutor.engine.values.replies import Value, decode, error_of
from tutor.engine.values.serialization import from_stored
from tutor.recording.actors import begins_subscription
from tutor.recording.step_drafts import Beat, StepDraft
from tutor.recording.tape import Changed, Heard
from tutor.tapping.script import Script, Statement

DEEPEST_PICK = 5

Key = tuple[int | None, str]
"""A variable: its scope and its name. Scope: a thread for local variables, None for the module, < 0 for an object."""


@dataclass(slots=True)
class Variable:
    """A variable of the script; `name` is its name in the lesson."""

    key: Key
    actor: str
    name: str = ""
    is_shown: bool = False
    holds_messages: bool = False
    value: Value = None
    start: Value = None


@dataclass(slots=True)
class Memory:
    """The variables of a recording, filled in by `steps`."""

    script: Script
    returned: Mapping[int, Value]
    """The value of redis-py for each command in the lesson, by the command's number."""
    variables: dict[Key, Variable] = field(default_factory=dict)
    _last: dict[int, StepDraft] = field(default_factory=dict)
    """Each thread's last command."""
    _latest: dict[int, StepDraft] = field(default_factory=dict)
    """Each thread's last step of any kind."""
    _speaker: dict[int, str] = field(default_factory=dict)
    _heard: dict[int, int] = field(default_factory=dict)
    _reads: dict[int, StepDraft] = field(default_factory=dict)
    """Each thread's last read whose result is not in a variable yet."""
    _objects: dict[int, dict[str, int]] = field(default_factory=dict)
    """The object of each thread behind names such as `self` in `self.done`."""

    def steps(self, beats: Sequence[Beat]) -> list[StepDraft]:
        """Return the drafts, with their saved variables, and the assignment steps between them."""
        found: list[StepDraft] = []
        listeners: dict[int, Variable] = {}
        for beat in beats:
            if isinstance(beat, StepDraft):
                self._note_step(beat)
                found.append(beat)
            elif isinstance(beat, Heard):
                self._heard[beat.thread] = beat.connection
            else:
                self._objects.setdefault(beat.thread, {}).update(beat.objects)
                change = replace(beat, values=_read(beat.values), messages=_read(beat.messages))
                if not self._is_read(change):
                    self._note_messages(change, listeners)
                found.extend(self._changed(change))
        for draft in found:
            if begins_subscription(draft.words) and draft.connection in listeners:
                draft.save = _mark(listeners[draft.connection].key)
            elif draft.kind == "command" and not draft.has_replied:
                _save_as_before(draft, found)
        return found

    def _note_step(self, draft: StepDraft) -> None:
        self._speaker[draft.thread] = draft.actor
        self._latest[draft.thread] = draft
        draft.objects = {**self._objects.get(draft.thread, {}), **draft.objects}
        if draft.kind == "command":
            self._last[draft.thread] = draft
        if draft.kind == "read":
            self._reads[draft.thread] = draft

    def shown(self) -> list[Variable]:
        """Return the variables shown in the lesson, in order of appearance."""
        return [each for each in self.variables.values() if each.is_shown]

    def named(self, name: str, thread: int, objects: Mapping[str, int]) -> Variable | None:
        """Return the shown variable behind a name in this thread; `objects` identifies the owners of attributes."""
        _, dot, attribute = name.partition(".")
        if dot:
            found = self.variables.get((-objects.get(name, 0), attribute))
        else:
            found = self.variables.get((thread, name)) or self.variables.get((None, name))
        return found if found and found.is_shown else None

    def alias(self, value: Value, thread: int) -> Variable | None:
        """Return the thread's only shown variable with this text, None if there is none or more than one."""
        mine = [each for each in self.shown() if each.key[0] in (thread, None) and each.value == value]
        return mine[0] if isinstance(value, str | bytes) and len(value) > 1 and len(mine) == 1 else None

    def _is_read(self, change: Changed) -> bool:
        """Let the thread's last read save the variable that its line assigned; return whether it did."""
        draft, statement = self._reads.get(change.thread), self.script.statement(change.line)
        if draft is None or statement is None or self.script.statement(draft.line) is not statement:
            return False
        known = {**change.values, **change.messages}
        written = list(filter(known.__contains__, statement.writes))
        if draft.is_none and is_message(draft.reply):
            # A handler took the message, so a separate step sets the variable to None.
            for name in written:
                self._variable(change, name).holds_messages = False
            return False
        names = [name for name in written if _is_what_came(known[name], draft)]
        if names:
            self._save_read(change, names[-1], known[names[-1]], draft)
        return bool(names)

    def _save_read(self, change: Changed, name: str, value: Value, draft: StepDraft) -> None:
        variable = self._variable(change, name)
        variable.value, variable.holds_messages = value, True
        # A variable that is None each time shows nothing.
        variable.is_shown = variable.is_shown or not draft.is_none
        draft.save, draft.part = _mark(variable.key), "data" if name in change.messages else ""
        del self._reads[change.thread]

    def _note_messages(self, change: Changed, listeners: dict[int, Variable]) -> None:
        for name, value in change.messages.items():
            variable = self._variable(change, name)
            variable.value, variable.is_shown, variable.holds_messages = value, True, True
            if change.thread in self._heard:
                listeners.setdefault(self._heard[change.thread], variable)

    def _changed(self, change: Changed) -> Iterator[StepDraft]:
        statement = self.script.statement(change.line)
        if statement is None:
            return
        saved = self._saved(change, statement)
        assigned: dict[str, Value] = {}
        for name, value in change.values.items():
            variable = self._variable(change, name)
            if not (variable.holds_messages or variable is saved) and self._has_new(variable, name, change, statement):
                assigned[_mark(variable.key)] = self._as_assigned(value, change, statement)
        if assigned:
            actor = self._speaker.get(change.thread, "")
            draft = self._latest[change.thread] = StepDraft(
                "assign", actor, change.thread, change.line, assign=assigned
            )
            yield draft

    def _has_new(self, variable: Variable, name: str, change: Changed, statement: Statement) -> bool:
        """Set the variable to the value that the line gave to `name`; return whether the lesson shows the change."""
        before, variable.value = variable.value, change.values[name]
        if not variable.is_shown and self._is_worth_showing(name, variable.value, change, statement):
            self._show(variable, change)
            before = variable.start = None if _is_new(name, statement) else before
        return variable.is_shown and repr(before) != repr(variable.value)

    def _command_of(self, change: Changed) -> StepDraft | None:
        """Return the last command sent while the changed line ran."""
        command = self._last.get(change.thread)
        return command if command and command.number > change.after else None

    def _saved(self, change: Changed, statement: Statement) -> Variable | None:
        """Let the line's last command save its reply if the statement assigns it to a variable."""
        command = self._last.get(change.thread)
        if command is None or command.save or not command.has_replied or error_of(command.reply):
            return None
        fitting = dict(self._fitting(change, statement, command))
        if not fitting:
            return None
        whole = [name for name, place in fitting.items() if not place]
        # In `a = b = r.get(…)` the last name is as good as the first; the whole reply is better than a part.
        name = (whole or list(fitting))[-1]
        place = fitting[name]
        variable = self._variable(change, name)
        self._show(variable, change)
        variable.value = change.values[name]
        command.save, command.pick = _mark(variable.key), place
        return variable

    def _fitting(
        self, change: Changed, statement: Statement, command: StepDraft
    ) -> Iterator[tuple[str, list[int | str]]]:
        """Yield the variables set to the reply or to a part of it, each with the part's place."""
        returned = self.returned.get(command.number)
        is_own = command.number > change.after
        for name in filter(change.values.__contains__, statement.writes):
            value = change.values[name]
            place = place_of(value, returned)
            # A part equal to a word of the command, such as the key in a BRPOP reply, probably comes from the script.
            if place is None or (place and _is_word(value, command)):
                continue
            if is_own or self._is_taken_out(value, command, statement):
                yield name, place

    def _show(self, variable: Variable, change: Changed) -> None:
        is_attribute = (variable.key[0] or 0) < 0
        if is_attribute and not variable.is_shown:
            # The thread that created the object is seldom its owner.
            variable.actor = self._speaker.get(change.thread, "")
        variable.is_shown = True

    def _is_taken_out(self, value: Value, command: StepDraft, statement: Statement) -> bool:
        """Return whether a later line extracts this value from a reply that no shown variable holds."""
        # Short texts, such as "OK", match too easily.
        is_next = self._latest.get(command.thread) is command
        return is_next and isinstance(value, str | bytes) and len(value) > 2 and bool(statement.reads)

    def _is_worth_showing(self, name: str, value: Value, change: Changed, statement: Statement) -> bool:
        if name in statement.adds:
            return True
        command = self._command_of(change)
        if command and name in statement.writes:
            return value is not None and not isinstance(value, bool) and not _is_word(value, command)
        if any(self.named(other, change.thread, change.objects) for other in statement.reads if other != name):
            return True
        return name in statement.writes and self.alias(value, change.thread) is not None

    def _as_assigned(self, value: Value, change: Changed, statement: Statement) -> Value:
        """Return the value, or a copy of the only variable read by the statement that has the same value."""
        if value is None or isinstance(value, bool):
            # Too common for an equal variable to be more than a coincidence.
            return value
        same = self._read_with_value(value, change, statement)
        if not same and isinstance(value, str | bytes):
            same = self._holding_reply(value, change)
        return Copy(_mark(same[0].key)) if same else value

    def _read_with_value(self, value: Value, change: Changed, statement: Statement) -> list[Variable]:
        """Return the variables with this value that the statement reads and does not change."""
        unchanged = [name for name in statement.reads if name not in change.values]
        read = [self.named(name, change.thread, change.objects) for name in unchanged]
        return [each for each in read if each and repr(each.value) == repr(value)]

    def _holding_reply(self, value: Value, change: Changed) -> list[Variable]:
        """Return the variable that the line's command saves, if it has this value and the line did not change it."""
        command = self._command_of(change)
        saved = [each for each in self.shown() if command and command.save == _mark(each.key)]
        return [each for each in saved if each.value == value and each.key[1] not in change.values]

    def _variable(self, change: Changed, name: str) -> Variable:
        key: Key = (None if change.is_module[name] else change.thread, name)
        if name in change.objects:
            key = (-change.objects[name], name.partition(".")[2])
        if key not in self.variables:
            self.variables[key] = Variable(key, self._speaker.get(change.thread, ""))
        return self.variables[key]


def _save_as_before(draft: StepDraft, steps: Sequence[StepDraft]) -> None:
    """Let a command without a reply save the variable that the same line saved before."""
    same = [each for each in steps if (each.thread, each.line) == (draft.thread, draft.line) and each.save]
    draft.save, draft.pick = (same[0].save, same[0].pick) if same else ("", [])


def _is_what_came(value: Value, draft: StepDraft) -> bool:
    """Return whether the value is the result of a read, or the data of its message."""
    if draft.is_none:
        return value is None
    if is_message(draft.reply):
        return bool(_as_sent(value) == draft.reply[-1])
    parts = {name: _as_sent(part) for name, part in value.items()} if isinstance(value, dict) else {}
    return parts == as_received(draft.reply)


def _as_sent(value: Value) -> Value:
    """Return text for bytes, because a program that does not decode has the value as the server sent it."""
    return decode(value) if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True)
class Copy:
    """The value of another variable, in a step that assigns."""

    mark: str


def _mark(key: Key) -> str:
    """Return the placeholder for a variable that has no name yet."""
    return f"{'' if key[0] is None else key[0]}:{key[1]}"


def _is_new(name: str, statement: Statement) -> bool:
    """Return whether the statement sets the variable independently of its previous value."""
    return name in statement.writes and name not in statement.adds and name not in statement.reads


def _read(stored: Mapping[str, Value]) -> dict[str, Value]:
    return {name: from_stored(value) for name, value in stored.items()}


def _is_word(value: Value, command: StepDraft) -> bool:
    """Return whether the value is one of the command's words."""
    return isinstance(value, str | bytes) and (decode(value) if isinstance(value, bytes) else value) in command.words


def place_of(value: Value, returned: Value) -> list[int | str] | None:
    """Return the path to the value within redis-py's return value, None if it is not in it; [] is all of it."""
    # None and booleans occur in most replies: only a whole reply is known to be where such a value comes from.
    depth = 0 if value is None or isinstance(value, bool) else DEEPEST_PICK
    found = next(places_of(value, returned, depth), None)
    # In a long array the match could be accidental.
    return found if found is None or len(found) < DEEPEST_PICK else None


def name_variables(memory: Memory, steps: Sequence[StepDraft], keys: Sequence[str]) -> None:
    """Name each shown variable in the lesson, prefixed with its actor's name if the plain name is taken."""
    shown = memory.shown()
    plain = [each.key[1] for each in shown]
    taken = {*keys, *CLAIMS}
    names: dict[str, str] = {}
    for variable in shown:
        name = variable.key[1]
        if plain.count(name) > 1 or name in taken:
            name = f"{variable.actor}_{name}" if variable.actor else f"the_{name}"
        # The prefixed name may be taken as well.
        while name in taken or name in names.values():
            name += "_2"
        variable.name = names[_mark(variable.key)] = name
    for step in steps:
        step.save = names.get(step.save, "")
        step.assign = {names[mark]: _named(value, names) for mark, value in step.assign.items()}


def _named(value: Value, names: Mapping[str, str]) -> Value:
    return Copy(names[value.mark]) if isinstance(value, Copy) else value
