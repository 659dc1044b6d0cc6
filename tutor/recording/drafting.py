"""Drafting a lesson from a recording: the steps are played while they are built, so that their claims are true."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutor.authoring import proving
from tutor.authoring.proving import PortOf
from tutor.engine.checking.lesson_problems import MOST_KEYS, problems_of
from tutor.engine.errors import Raised, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.moment import Moment
from tutor.engine.playing.player import MOST_STEPS as MOST_CONNECTED_STEPS
from tutor.engine.program.client import Client
from tutor.engine.program.mailbox import is_message
from tutor.engine.redis.arguments import is_left_to_chance, option_places, picks_members, runs_transaction, tells_time
from tutor.engine.redis.status_lines import as_status
from tutor.engine.redis.table import KeyType, key_places, traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Json, Reply, Value, as_python, error_of
from tutor.engine.values.wording import cut
from tutor.recording import templates
from tutor.recording.actors import ScriptActors, actors_of
from tutor.recording.complaints import Complaint, complaints, without_first_emptying
from tutor.recording.manuscript import Manuscript
from tutor.recording.plain_ids import with_plain_ids
from tutor.recording.sentences import Came, sentence
from tutor.recording.step_drafts import StepDraft, StepDrafter
from tutor.recording.tape import Event, Replied, TapedCommand
from tutor.recording.variables import Memory, name_variables
from tutor.tapping.script import NO_STATEMENT, Script

MOST_STEPS = 300
"""Maximum number of steps of a recorded lesson."""

MOST_WATCHED = 8
MOST_ACTORS = 8
LONGEST_KEY = 60
LONGEST_TITLE = 120
LONGEST_SUMMARY = 300
LONGEST_ERROR = 80


class NotDrafted(TutorError):
    """The recording can't become a lesson; `complaints` say why."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("; ".join(each.message for each in complaints))
        self.complaints = tuple(complaints)


@dataclass(frozen=True, slots=True)
class ScriptSource:
    """The script: its file's name without the ending, its text, its statements."""

    stem: str
    code: str
    script: Script


@dataclass(frozen=True, slots=True)
class Drafted:
    """A lesson, and notes on the parts of the script missing from it."""

    manuscript: Manuscript
    notes: tuple[Complaint, ...]


def require_fitting(events: Sequence[Event]) -> None:
    """Raises: NotDrafted if any event does not fit into a lesson."""
    _require(complaints(without_first_emptying(events)[0]))


def draft(events: Sequence[Event], source: ScriptSource, port_of: PortOf) -> Drafted:
    """Return a lesson made from the recorded events. Raises: NotDrafted, BrokerAway."""
    kept, notes = without_first_emptying(events)
    if not any(isinstance(event, TapedCommand) for event in kept):
        message = "the script sent no command to Redis with redis-py, so there is nothing to show"
        raise NotDrafted([Complaint(None, message)])
    kept = with_plain_ids(kept)
    decodes, mixed = _client_setup(kept)
    cast = actors_of(kept)
    frame = _Frame(source, cast, decodes)
    beats = StepDrafter(kept, cast).beats()
    commands = [beat for beat in beats if isinstance(beat, StepDraft)]
    _require(_size_complaints(commands, cast))
    first = _Play(frame.manuscript(commands, {}), port_of)
    _require([*first.complaints(), *_differences(commands, first)])
    memory = Memory(source.script, {step.number: _returned(step, first, i) for i, step in enumerate(commands)})
    steps = memory.steps(beats)
    watch = _watched(commands)
    name_variables(memory, steps, list(watch))
    _give_speakers(steps, cast)
    variables = {each.name: each.start for each in memory.shown()}
    second = _Play(frame.manuscript(steps, variables), port_of)
    _require(second.complaints())
    _word(steps, second, memory, source.script, cast)
    return Drafted(frame.manuscript(steps, variables), (*notes, *mixed, *_hidden_keys(commands, watch)))


def _client_setup(events: Sequence[Event]) -> tuple[bool, list[Complaint]]:
    """Return whether the lesson's client decodes, with a note if a client of the script is set up otherwise.

    If the script has both kinds, the setting with which more replies with text were read is used.
    """
    sent = {event.number: event for event in events if isinstance(event, TapedCommand)}
    settings = _of_texts(events, sent) or [event.decodes for event in sent.values()]
    decodes = settings.count(True) >= settings.count(False)
    other = next((event for event in sent.values() if event.decodes != decodes), None)
    if other is None:
        return decodes, []
    message = (
        f"this client has decode_responses={other.decodes}, another one {decodes}: all clients of a lesson are set up"
        f" alike, so what this one gets is shown as {'text' if decodes else 'bytes'}"
    )
    return decodes, [Complaint(other.line, message)]


def _of_texts(events: Sequence[Event], sent: Mapping[int, TapedCommand]) -> list[bool]:
    """Return whether the client decodes, for each reply that contains text."""
    replies = [event for event in events if isinstance(event, Replied) and event.number in sent]
    return [sent[each.number].decodes for each in replies if _has_text(as_status(sent[each.number].words, each.reply))]


def _has_text(reply: Reply) -> bool:
    return any(map(_has_text, reply)) if isinstance(reply, list) else isinstance(reply, str)


def _returned(step: StepDraft, play: "_Play", index: int) -> Value:
    """Return redis-py's value for a command in the lesson; for random results, the value recorded in the script."""
    try:
        if picks_members(step.words):
            return play.client.returned(step.words, step.reply)
        return play.client.returned(step.words, play.reply(index), play.queued(index))
    except Raised:
        return None


def _require(complaints: Iterable[Complaint]) -> None:
    found = list(complaints)
    if found:
        raise NotDrafted(found)


def _give_speakers(steps: Sequence[StepDraft], cast: ScriptActors) -> None:
    for step in steps:
        step.actor = step.actor or cast.by_thread.get(step.thread, cast.actors[0].name)


def _size_complaints(steps: Sequence[StepDraft], cast: ScriptActors) -> Iterator[Complaint]:
    lines = {key: step.line for step in reversed(steps) for key in _keys(step)}
    if len(lines) > MOST_KEYS:
        first = sorted(lines.values(), key=lambda line: line or 0)[MOST_KEYS]
        yield Complaint(first, f"the script touches {len(lines)} keys; a lesson may have {MOST_KEYS}")
    if len(cast.actors) > MOST_ACTORS:
        yield Complaint(None, f"{len(cast.actors)} clients and threads act; a lesson has room for {MOST_ACTORS}")
    if len(steps) > MOST_STEPS:
        message = f"here the lesson would get its step {MOST_STEPS + 1}, of {len(steps)}; shorten the script's loops"
        yield Complaint(steps[MOST_STEPS].line, message)


def _keys(step: StepDraft) -> list[str]:
    if not step.words:
        return []
    return [step.words[place] for place in key_places(step.words)]


def _watched(steps: Sequence[StepDraft]) -> dict[str, KeyType]:
    """Return the watched keys, each with the type that its first command implies."""
    found: dict[str, KeyType] = {}
    for step in steps:
        type_ = traits_of(step.words).type
        if type_ and not step.error:
            found |= {key: type_ for key in _keys(step) if key not in found and _is_shown(key)}
    return dict(list(found.items())[:MOST_WATCHED])


def _is_shown(key: str) -> bool:
    return bool(key) and key.isprintable() and len(key) <= LONGEST_KEY and key not in ("output", "reply", "error")


def _hidden_keys(steps: Sequence[StepDraft], watch: Mapping[str, KeyType]) -> Iterator[Complaint]:
    hidden = list(dict.fromkeys(key for step in steps for key in _keys(step) if key not in watch))
    if hidden and len(watch) == MOST_WATCHED:
        message = (
            f"{len(hidden)} more keys are not watched: {', '.join(hidden[:5])}; add them to `watch` if they matter"
        )
        yield Complaint(None, message)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part shared by all manuscripts of one recording."""

    source: ScriptSource
    cast: ScriptActors
    decodes: bool

    def manuscript(self, steps: Sequence[StepDraft], variables: Mapping[str, Value]) -> Manuscript:
        """Return the lesson of these steps."""
        stem, docstring = self.source.stem, self.source.script.docstring
        said = " ".join(docstring.split("\n\n")[0].split())
        name = f"{stem}.py"
        return Manuscript(
            title=stem.replace("_", " ").replace("-", " ").strip().capitalize()[:LONGEST_TITLE] or name,
            summary=said if 0 < len(said) <= LONGEST_SUMMARY else f"What {name} does in Redis, step by step.",
            about="",
            code=self.source.code,
            actors=self.cast.actors,
            watch=_watched([step for step in steps if step.words]),
            variables=variables,
            steps=steps,
            decodes=self.decodes,
        )


class _Play:
    """One play of the steps and its results."""

    def __init__(self, manuscript: Manuscript, port_of: PortOf) -> None:
        self._steps = manuscript.steps
        self._lesson = Lesson.model_validate(manuscript.fields())
        self._problems = list(self._static_complaints())
        self.entries: list[TraceEntry] = [] if self._problems else proving.play(self._lesson, port_of)

    def _static_complaints(self) -> Iterator[Complaint]:
        if self._lesson.needs_connections and len(self._steps) > MOST_CONNECTED_STEPS:
            message = (
                f"here the lesson would get its step {MOST_CONNECTED_STEPS + 1}, of {len(self._steps)}; one in which"
                f" an actor waits, subscribes or opens a transaction may have {MOST_CONNECTED_STEPS}"
            )
            yield Complaint(self._steps[MOST_CONNECTED_STEPS].line, message)
            return
        for problem in problems_of(self._lesson):
            if problem.severity == "error":
                yield Complaint(self._line_of(problem.path), problem.message)

    def _line_of(self, path: Sequence[str | int]) -> int | None:
        is_of_step = len(path) > 1 and path[0] == "steps" and isinstance(path[1], int)
        return self._steps[int(path[1])].line if is_of_step else None

    def complaints(self) -> list[Complaint]:
        """Return the problems of the steps, including those found only by playing them."""
        found = list(self._problems)
        for step, entry in zip(self._steps, self.entries, strict=bool(self.entries)):
            if isinstance(entry.refusal, NotSent):
                message = f"this can't be a step of the lesson: {entry.refusal.said}"
                found.append(Complaint(step.line, message))
            elif entry.refusal and not step.has_replied:
                found.append(Complaint(step.line, f"the server refused this command: {entry.refusal.said}"))
        return found

    @property
    def client(self) -> Client:
        """The client of the lesson's program."""
        return self._lesson.redis_client

    def queued(self, index: int) -> Sequence[Sequence[str]]:
        """Return the commands that an EXEC at this index runs."""
        if not runs_transaction(self._steps[index].words):
            return ()
        before = Moment.after_all(self._lesson, self.entries[:index])
        return before.cast.transactions.get(self.entries[index].actor, ())

    def reply(self, index: int) -> Reply:
        """Return the reply to a step, even if it came later to a waiting client."""
        entry = self.entries[index]
        if not entry.is_waiting:
            return entry.reply
        later = (event for each in self.entries[index:] for event in each.events)
        mine = (event for event in later if event["actor"] == entry.actor and event.get("since") == entry.position)
        return next((event["reply"] for event in mine), None)


def _differences(steps: Sequence[StepDraft], play: _Play) -> Iterator[Complaint]:
    """Yield the first command with a different answer in the lesson; later differences would follow from it."""
    if not play.entries:
        return
    for i, step in enumerate(steps):
        if step.kind == "read" and _read_data(step.reply) != _read_data(play.entries[i].read):
            both = f"{_short(step.reply)} in the script and {_short(play.entries[i].read)} in the lesson"
            yield Complaint(step.line, f"get_message() read {both}")
            return
        is_fixed = step.kind == "command" and step.has_replied and not tells_time(step.words)
        if not is_fixed or is_left_to_chance(step.words):
            continue
        real, came = step.reply, play.reply(i)
        if _scalars(real) != _scalars(came):
            message = (
                f"{step.name} answered {_short(real)} in the script and {_short(came)} in the lesson. What depends on"
                " the clock or on chance can't be repeated: use fixed values, or take the line out"
            )
            yield Complaint(step.line, message)
            return


def _read_data(push: Reply) -> Json:
    """Return the comparable parts of a push: its kind, and the data of a message."""
    return [push[0], push[-1]] if is_message(push) else push and push[0]


def _short(reply: Reply) -> str:
    return cut(repr(error_of(reply) or as_python(reply)), 60)


def _scalars(reply: Reply) -> list[str]:
    """Return all scalars in a reply, in an order and a form that do not depend on the protocol's version."""
    return sorted(_leaves(reply if error_of(reply) else as_python(reply)))


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif refusal := error_of(value):
        yield refusal.split(" ", 1)[0]
    elif isinstance(value, bool):
        yield "OK" if value else "0"
    else:
        yield _as_number(value)


def _as_number(value: Json) -> str:
    try:
        return f"{float(value):.15g}"
    except (TypeError, ValueError):
        return str(value)


def _word(steps: Sequence[StepDraft], play: _Play, memory: Memory, script: Script, cast: ScriptActors) -> None:
    """Give each step its sentence, and put variables into its command or its line."""
    before = {each.name: each.start for each in memory.shown()}
    by_chance: dict[str, Value] = {}
    for i, (step, entry) in enumerate(zip(steps, play.entries, strict=True)):
        if step.save:
            by_chance.pop(step.save, None)
            if picks_members(step.words):
                by_chance[step.save] = _picked(step, play.client)
        # These values differ in each play; the script's words and lines contain the script's own values.
        after = {**entry.variables, **by_chance}
        named = _names_for(step, memory)
        statement = script.statement(step.line) or NO_STATEMENT
        if step.kind == "print":
            step.template = [templates.printed(step.text, statement, named, after)]
        elif step.kind == "command":
            step.template = _words(step, lambda word: templates.word(word, statement, named, before))  # noqa: B023
            step.error = _error((entry.refusal.said if entry.refusal else error_of(play.reply(i))) or "")
        step.action = sentence(step, cast.label(step.actor), _came(entry))
        before = after


def _came(entry: TraceEntry) -> Came:
    if entry.is_waiting:
        return "nothing yet"
    return "nil" if as_python(entry.reply) in (None, []) else "a value"


def _picked(step: StepDraft, client: Client) -> Value:
    return client.part(client.returned(step.words, step.reply), step.pick)


def _words(step: StepDraft, template_of: Callable[[str], str]) -> list[str]:
    """Return the words of a command with variables in them; options can't hold any."""
    fixed = {0, *option_places(step.words)}
    return [templates.escaped(word) if i in fixed else template_of(word) for i, word in enumerate(step.words)]


def _error(refusal: str) -> str:
    code, _, rest = refusal.partition(" ")
    return refusal[:LONGEST_ERROR] if code == "ERR" and rest else code


def _names_for(step: StepDraft, memory: Memory) -> templates.VariableOf:
    def named(name: str) -> str | None:
        found = memory.named(name, step.thread, step.objects) or (
            memory.alias(step.reads[name], step.thread) if name in step.reads else None
        )
        return found.name if found and found.name.isascii() else None

    return named
