"""Playing a lesson whose actors keep connections: they wait, subscribe, crash, and time passes.

A web request has no connection to keep, so such a lesson is played from the start at every step, on fresh connections:
the state is real each time, nothing is held between clicks. What was recorded comes again: ids that the server gave
are sent, and time that passed is made to have passed (see Wires.age) and not waited for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tutor.engine import sight
from tutor.engine.commands import CHANNEL_COMMANDS, as_kept, replayed, time_limit, without_limit
from tutor.engine.lesson import Lesson
from tutor.engine.steps import CommandStep, CrashStep, StepFields, WaitStep
from tutor.engine.texts import fill
from tutor.engine.trace import TraceEntry, earlier, start_keys
from tutor.engine.values import Json, Reply, Value, error, refusal_of, status
from tutor.engine.wires import Answer, Arrival, Wires

MOST_STEPS = 100
"""Steps that a lesson with connections may have: each click plays all before it."""

NOBODY = Answer(None, is_waiting=False, elapsed_us=0)

NOT_SENT = "NOTSENT"
"""How a refusal begins that is not the server's: a program at this point could not have sent the command."""


class Ensemble:
    """The actors of one performance: which of them wait, are subscribed or have a transaction open."""

    def __init__(self, lesson: Lesson, wires: Wires) -> None:
        self._lesson = lesson
        self._wires = wires
        self._waiting: dict[str, _Waiting] = {}
        self._channels: dict[str, list[tuple[str, str]]] = {}
        """What each actor is subscribed to: the command that did it, and the name."""
        self._save_messages: dict[str, str] = {}
        self._transactions: dict[str, int] = {}
        self._crashed: set[str] = set()

    def repeat(self, entry: TraceEntry) -> None:
        """Do again what the entry recorded."""
        step = self._lesson.steps[entry.position - 1]
        words = replayed(entry.words, entry.reply) if entry.words else None
        self._do(step, words, entry.position)
        self._take_in(self._wires.arrivals())

    def perform(self, last: TraceEntry | None, *, recorded: TraceEntry | None = None) -> TraceEntry:
        """Do the step after `last`, or what was recorded of it, and return its entry."""
        position = last.position + 1 if last else 1
        step = self._lesson.steps[position - 1]
        before = last.variables if last else self._lesson.start_variables
        words = step.words(before)
        if words and recorded and recorded.words:
            words = replayed(recorded.words, recorded.reply)
        answer = self._do(step, words, position)
        events = self._take_in(self._wires.arrivals())
        return self._entry(step, words, last, answer, events)

    def _do(self, step: StepFields, words: list[str] | None, position: int) -> Answer:
        if isinstance(step, CrashStep):
            self._crash(step.actor)
        elif isinstance(step, WaitStep):
            self._let_pass(step.wait)
        if words is None:
            return NOBODY
        if reason := self._why_not_sent(step.actor, words):
            return Answer(error(f"{NOT_SENT} {reason}"), is_waiting=False, elapsed_us=0)
        self._crashed.discard(step.actor)
        answer = self._wires.call(step.actor, without_limit(words))
        self._note(step, words, answer, position)
        return answer

    def _why_not_sent(self, actor: str, words: list[str]) -> str | None:
        if actor in self._waiting:
            return f"{actor} still waits for the reply to step {self._waiting[actor].position}"
        if actor in self._transactions and words[0].upper() in CHANNEL_COMMANDS - {"PUBLISH"}:
            return f"{actor} has a transaction open, and channels are no part of it"
        return None

    def _crash(self, actor: str) -> None:
        self._wires.cut(actor)
        for state in (self._waiting, self._channels, self._transactions):
            state.pop(actor, None)
        self._crashed.add(actor)

    def _let_pass(self, seconds: float) -> None:
        self._wires.age(round(seconds * 1000))
        for actor, waiting in self._waiting.items():
            if waiting.limit is not None:
                waiting.limit -= seconds
                if waiting.limit <= 0:
                    self._wires.time_out(actor)

    def _note(self, step: StepFields, words: list[str], answer: Answer, position: int) -> None:
        name, actor = words[0].upper(), step.actor
        if name in ("EXEC", "DISCARD"):
            # Also if it is refused: EXECABORT ends the transaction as well.
            self._transactions.pop(actor, None)
        if answer.is_waiting:
            self._waiting[actor] = _Waiting(step, words, position)
        elif refusal_of(answer.reply):
            return
        elif name.endswith("SUBSCRIBE"):
            self._note_channels(step, name, words[1:])
        elif name == "MULTI":
            self._transactions[actor] = 0
        elif actor in self._transactions:
            self._transactions[actor] += 1

    def _note_channels(self, step: StepFields, name: str, channels: list[str]) -> None:
        known = self._channels.setdefault(step.actor, [])
        if "UNSUBSCRIBE" in name:
            kind = name.replace("UNSUBSCRIBE", "SUBSCRIBE")
            # Without a name it leaves all channels, or all patterns; the others stay.
            left = channels or [channel for _, channel in known]
            self._channels[step.actor] = [each for each in known if each[0] != kind or each[1] not in left]
            return
        known.extend((name, channel) for channel in channels if (name, channel) not in known)
        if isinstance(step, CommandStep) and step.save:
            self._save_messages[step.actor] = step.save

    def _take_in(self, arrivals: Sequence[Arrival]) -> list[dict[str, Json]]:
        return [self._event(arrival) for arrival in arrivals]

    def _event(self, arrival: Arrival) -> dict[str, Json]:
        if arrival.kind == "message":
            saved = self._save_messages.get(arrival.actor)
            value = arrival.reply[-1] if isinstance(arrival.reply, list) else None
            return {"actor": arrival.actor, "kind": "message", "reply": arrival.reply, "saved": saved, "value": value}
        waiting = self._waiting.pop(arrival.actor)
        step = waiting.step
        has_ended = waiting.limit is not None and waiting.limit <= 0 and arrival.reply is None
        saves = isinstance(step, CommandStep) and step.save and not refusal_of(arrival.reply)
        value = step.picked(arrival.reply) if isinstance(step, CommandStep) and saves else None
        return {
            "actor": arrival.actor,
            "kind": "timeout" if has_ended else "reply",
            "reply": as_kept(waiting.words, arrival.reply),
            "since": waiting.position,
            "saved": step.save if isinstance(step, CommandStep) and saves else None,
            "value": value,
        }

    def _entry(
        self,
        step: StepFields,
        words: list[str] | None,
        last: TraceEntry | None,
        answer: Answer,
        events: list[dict[str, Json]],
    ) -> TraceEntry:
        before = last.variables if last else self._lesson.start_variables
        reply = self._kept(step.actor, words, answer)
        outcome = None if _brings_nothing(words, answer) else step.conclude(reply, before)
        variables: dict[str, Value] = {**(outcome.variables if outcome else before)}
        variables |= {str(event["saved"]): event["value"] for event in events if event["saved"]}
        replies = self._wires.read(sight.reads(self._lesson))
        seen = sight.seen(self._lesson, replies, words, last.beside if last else {})
        states_before = last.keys if last else start_keys(self._lesson.watched)
        return TraceEntry(
            position=last.position + 1 if last else 1,
            kind=step.kind,
            actor=step.actor,
            action=fill(step.action, variables),
            command=fill(step.line_shown, before) if isinstance(step, CommandStep) else None,
            words=words,
            reply=reply,
            output=outcome.output if outcome else None,
            printed=outcome.printed if outcome else False,
            variables=variables,
            keys=seen.states,
            beside=seen.beside,
            was={**earlier(states_before, seen.states), **earlier(before, variables)},
            refusal=refusal_of(reply),
            elapsed_us=answer.elapsed_us,
            line=step.line,
            box=step.box,
            events=events,
            lanes=self.lanes(),
            lanes_before=last.lanes if last else {},
            passed=step.wait if isinstance(step, WaitStep) else 0,
        )

    def _kept(self, actor: str, words: list[str] | None, answer: Answer) -> Reply:
        if words is None or answer.is_waiting:
            return None
        if actor in self._transactions and answer.reply == "QUEUED":
            return status("QUEUED")
        return as_kept(words, answer.reply)

    def lanes(self) -> dict[str, dict[str, Json]]:
        """Return the actors that are not just idle, each with its state."""
        found: dict[str, dict[str, Any]] = {actor: {"state": "crashed"} for actor in self._crashed}
        for actor, count in self._transactions.items():
            found[actor] = {"state": "transaction", "queued": count}
        for actor, channels in self._channels.items():
            if channels:
                found[actor] = {"state": "subscribed", "channels": [channel for _, channel in channels]}
        for actor, waiting in self._waiting.items():
            found[actor] = {"state": "waiting", "command": " ".join(waiting.words), "since": waiting.position}
        return found


class _Waiting:
    """A client that waits: since which step, for what, and for how many more seconds (None: for ever)."""

    def __init__(self, step: StepFields, words: Sequence[str], position: int) -> None:
        self.step = step
        self.words = words
        self.position = position
        self.limit = time_limit(words)


def advance(lesson: Lesson, entries: Sequence[TraceEntry], wires: Wires) -> TraceEntry:
    """Play what `entries` recorded on fresh connections, then perform the step after it. Raises: BrokerAway."""
    with wires:
        ensemble = Ensemble(lesson, wires)
        for entry in entries:
            ensemble.repeat(entry)
        return ensemble.perform(entries[-1] if entries else None)


def play(lesson: Lesson, wires: Wires, *, steps: int | None = None) -> list[TraceEntry]:
    """Play the lesson, or its first `steps` steps, in one go. Raises: BrokerAway."""
    entries: list[TraceEntry] = []
    with wires:
        ensemble = Ensemble(lesson, wires)
        for _ in lesson.steps[:steps]:
            entries.append(ensemble.perform(entries[-1] if entries else None))
    return entries


def play_again(lesson: Lesson, wires: Wires, recorded: Sequence[TraceEntry]) -> list[TraceEntry]:
    """Play what was recorded, as the next click would, and return what came of it this time. Raises: BrokerAway."""
    entries: list[TraceEntry] = []
    with wires:
        ensemble = Ensemble(lesson, wires)
        for entry in recorded:
            entries.append(ensemble.perform(entries[-1] if entries else None, recorded=entry))
    return entries


def still_waiting(entries: Sequence[TraceEntry]) -> Mapping[str, int]:
    """Return the actors that wait in vain at the end, each with the step at which it began to."""
    lanes = entries[-1].lanes if entries else {}
    return {actor: int(lane["since"]) for actor, lane in lanes.items() if lane["state"] == "waiting"}


def _brings_nothing(words: list[str] | None, answer: Answer) -> bool:
    """Return whether the program goes on with nothing: it waits, or has only said what it listens to."""
    return words is not None and (answer.is_waiting or words[0].upper().endswith("SUBSCRIBE"))
