"""The port of a rehearsal: a step's commands are those that its actor's program is about to send.

The server's side is that of every lesson whose actors wait (ports/wires/port.py), on a private server. What is new is
the program's side: before a step is done, the actor's program must be held at the same event, and afterwards it gets
the reply and runs on to its next one. The steps are the only order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from tutor.engine.errors import NotPlayable
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.engine.redis.arguments import is_subscription, without_limit
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Words
from tutor.ports.wires.port import RedisWires
from tutor.rehearsal.departure import Departure
from tutor.rehearsal.held_programs import HeldPrograms
from tutor.rehearsal.messages import Hold, HoldKind, ProgramLine
from tutor.rehearsal.resp import as_resp, confirmations_as_resp

MOST_WAKES = 1_000
"""Maximum number of sleeps that end within one `wait` step."""


NOWHERE = ProgramLine()


@dataclass(frozen=True, slots=True)
class Deed:
    """What a program did at a step: the line, and the words, text or seconds; all empty if it did nothing."""

    line: ProgramLine = NOWHERE
    words: tuple[Words, ...] = ()
    text: str | None = None


class ProgramPort:
    """Performs the steps of a lesson by its programs. `deeds`: what they did, step by step."""

    def __init__(self, lesson: Lesson, wires: RedisWires, programs: HeldPrograms) -> None:
        self._lesson = lesson
        self._wires = wires
        self._programs = programs
        self._now = 0.0
        self._waiting: dict[str, Hold] = {}
        self._wakes: dict[str, float] = {}
        self._crashed: set[str] = set()
        self.deeds: list[Deed] = []
        self.seen: set[ProgramLine] = set()
        """The lines of the deeds."""

    def __enter__(self) -> Self:
        self._wires.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._wires.__exit__(*exc)

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:  # noqa: ARG002 - it never restores
        """Raises: NotPlayable, because a program can't be set back."""
        raise NotPlayable("a rehearsal begins with the first step")

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - see RedisWires
        """Let the actor's program do the step. Raises: Departure, BrokerAway."""
        step = self._lesson.steps[act.position - 1]
        answer, deed = self._do(step, act)
        self.deeds.append(deed)
        self.seen.add(deed.line)
        return answer

    def _do(self, step: StepFields, act: Act) -> tuple[PortAnswer, Deed]:
        if step.cuts_connection:
            return self._crash(act), Deed()
        if step.passes_seconds:
            return self._let_pass(step, act)
        if step.templates:
            return self._send(step, act)
        answer = self._wires.exchange(act)
        if step.reads_mailbox:
            deed = self._read(act)
        elif isinstance(step, PrintStep):
            deed = self._print(act)
        else:
            # The step is a line without an event: the program has run it on its way to where it is held.
            if act.actor not in self._waiting and step.runs_in_program and not self._is_forgotten(step, act.actor):
                self._held(act.actor)
            deed = Deed()
        return answer, deed

    def _is_forgotten(self, step: StepFields, actor: str) -> bool:
        """Return whether the step only says that variables are gone with the program, which has crashed."""
        return actor in self._crashed and isinstance(step, AssignStep) and set(step.assign.values()) == {None}

    # What the actor itself does.

    def _send(self, step: StepFields, act: Act) -> tuple[PortAnswer, Deed]:
        if not act.sends:
            raise Departure(f"redis-py can't send {step.line_shown}: see the check of the lesson")
        hold = self._required(act.actor, "send", f"the step sends {command_line(act.sends[0])}")
        self._require_words(hold, act.sends[0])
        self._require_decoding(hold)
        answer = self._wires.exchange(act)
        lines, words = [hold.line], [hold.words]
        for sent, reply, following in zip(act.sends, answer.replies, [*act.sends[1:], None], strict=False):
            self._release(act.actor, confirmations_as_resp(reply) if is_subscription(sent) else as_resp(reply))
            if following is not None:
                hold = self._required(act.actor, "send", f"the step sends {command_line(following)}")
                self._require_words(hold, following)
                lines.append(hold.line)
                words.append(hold.words)
        if answer.is_waiting:
            self._waiting[act.actor] = hold
        self._deliver(answer)
        return answer, Deed(lines[-1], tuple(words))

    def _require_words(self, hold: Hold, words: Words) -> None:
        # Names of commands are compared in capitals, as redis-py sends them.
        came = without_limit(hold.words)
        if [came[0].upper(), *came[1:]] != [words[0].upper(), *words[1:]]:
            raise Departure(
                f"the program sends {command_line(hold.words)} at {hold.line}, the step sends {command_line(words)}",
                hold.line,
                expected=command_line(words),
                came=command_line(hold.words),
            )

    def _require_decoding(self, hold: Hold) -> None:
        client = self._lesson.redis_client
        if hold.decodes != client.decode_responses:
            program, lesson = ("does", "does not") if hold.decodes else ("does not", "does")
            raise Departure(
                f"the client of the program {program} decode replies at {hold.line}, that of the lesson {lesson}:"
                f" create it with decode_responses={client.decode_responses}, or write"
                f" `client: {{decode_responses: {str(hold.decodes).lower()}}}` into the lesson",
                hold.line,
                expected=f"decode_responses={client.decode_responses}",
                came=f"decode_responses={hold.decodes}",
            )

    def _print(self, act: Act) -> Deed:
        hold = self._required(act.actor, "print", "the step prints a line")
        self._release(act.actor)
        return Deed(hold.line, text=hold.text)

    def _read(self, act: Act) -> Deed:
        hold = self._required(act.actor, "read", "the step reads a message")
        self._release(act.actor)
        after = self._programs.current(act.actor)
        if after and after.kind == "listen":
            raise Departure(
                f"nothing has come, and the program waits in listen() at {after.line}; get_message() would return None",
                after.line,
            )
        return Deed(hold.line)

    def _crash(self, act: Act) -> PortAnswer:
        self._programs.end(act.actor)
        self._crashed.add(act.actor)
        self._waiting.pop(act.actor, None)
        self._wakes.pop(act.actor, None)
        answer = self._wires.exchange(act)
        self._deliver(answer)
        return answer

    # Time.

    def _let_pass(self, step: StepFields, act: Act) -> tuple[PortAnswer, Deed]:
        line = self._line_of_wait(step, act.actor)
        answer = self._wires.exchange(act)
        end = self._now + step.passes_seconds
        self._wake_until(end)
        self._set_clock(end)
        self._deliver(answer)
        return answer, Deed(line)

    def _line_of_wait(self, step: StepFields, actor: str) -> ProgramLine:
        """Return where the actor's program sleeps or waits. Raises: Departure if it sleeps for another time."""
        if actor in self._waiting:
            return self._waiting[actor].line
        # A program that has crashed begins anew at its next event, which passing time is not.
        if actor in self._lesson.entry_points and actor not in self._crashed:
            self._held(actor)
        hold = self._programs.current(actor)
        if hold is None or hold.kind not in ("sleep", "listen"):
            self._require_nobody_else(actor)
            return ProgramLine()
        left = self._wakes[actor] - self._now if actor in self._wakes else None
        if hold.kind == "sleep" and left is not None and abs(left - step.passes_seconds) > 1e-6:
            raise Departure(
                f"the program sleeps {left:g} seconds at {hold.line}, the step waits {step.passes_seconds:g}",
                hold.line,
                expected=f"{step.passes_seconds:g}",
                came=f"{left:g}",
            )
        return hold.line

    def _require_nobody_else(self, actor: str) -> None:
        """Require in a strict lesson that time passes for the one who waits. Raises: Departure."""
        held = [hold for hold in self._programs.all_held if hold.kind in ("sleep", "listen")]
        waiting = next(iter([*self._waiting.values(), *held]), None)
        if self._lesson.strict and waiting:
            message = f"the program of {actor} does not wait here, and that of {waiting.actor} does, at {waiting.line}"
            raise Departure(message, waiting.line, field="actor", expected=waiting.actor, came=actor)

    def _set_clock(self, now: float) -> None:
        self._now = now
        self._programs.set_clock(now)

    def _wake_until(self, end: float) -> None:
        """Let those go on whose sleep is over by then, in the order in which they wake."""
        for _ in range(MOST_WAKES):
            due = sorted((at, actor) for actor, at in self._wakes.items() if at <= end + 1e-9)
            if not due:
                return
            at, actor = due[0]
            self._set_clock(max(self._now, at))
            self._release(actor)
        raise Departure(f"more than {MOST_WAKES:,} sleeps end within this step")

    # Releasing.

    def _required(self, actor: str, kind: HoldKind, wanted: str) -> Hold:
        """Return where the actor's program is held, if that is at such an event. Raises: Departure."""
        if actor in self._waiting:
            waits = self._waiting[actor]
            raise Departure(
                f"the program of {actor} waits for the reply to {command_line(waits.words)} at {waits.line}"
            )
        hold = self._held(actor)
        if hold.kind != kind:
            raise Departure(f"{self._now_doing(hold)}, {wanted}", hold.line, expected=wanted, came=_shown(hold))
        return hold

    def _now_doing(self, hold: Hold) -> str:
        if hold.kind == "end":
            return f"the program of {hold.actor} has ended"
        left = self._wakes.get(hold.actor, 0) - self._now
        more = f" for {left:g} more seconds" if hold.kind == "sleep" else ""
        return f"the program {_shown(hold)} at {hold.line}{more}"

    def _held(self, actor: str) -> Hold:
        begins = not self._programs.has_begun(actor)
        hold = self._programs.held(actor)
        self._crashed.discard(actor)
        if begins:
            self._note(hold)
        return hold

    def _release(self, actor: str, data: bytes = b"") -> None:
        """Let the actor's program run to where it is held next."""
        self._wakes.pop(actor, None)
        self._programs.release(actor, data)
        self._note(self._programs.settle(actor))

    def _note(self, hold: Hold) -> None:
        if hold.kind in ("sleep", "listen") and hold.seconds is not None:
            self._wakes[hold.actor] = self._now + hold.seconds

    def _deliver(self, answer: PortAnswer) -> None:
        """Give other actors' programs what has come for them, and let those run on that waited for it."""
        for arrival in answer.arrivals:
            if arrival.kind == "reply":
                del self._waiting[arrival.actor]
                self._release(arrival.actor, as_resp(arrival.reply))
                continue
            self._programs.push(arrival.actor, as_resp(arrival.reply))
            hold = self._programs.current(arrival.actor)
            if hold and hold.kind == "listen":
                self._release(arrival.actor)

    def left_over(self) -> Iterator[Departure]:
        """Yield what the programs would do after the last step, at lines that no step has run."""
        for hold in self._programs.all_held:
            if hold.kind in ("send", "print") and hold.line not in self.seen:
                yield Departure(
                    f"the program of {hold.actor} {_shown(hold)} at {hold.line}, and no step is left", hold.line
                )


def command_line(words: Words) -> str:
    """Return a command as typed, with quotes where a word needs them."""
    return " ".join(as_repr(word) if not word or any(c.isspace() for c in word) else word for word in words)


def _shown(hold: Hold) -> str:
    match hold.kind:
        case "send":
            return f"sends {command_line(hold.words)}"
        case "print":
            return f"prints {as_repr(hold.text)}"
        case "read":
            return "reads a message"
        case "listen":
            return "waits for a message"
        case "sleep":
            return "sleeps"
    return "has ended"
