"""Playing a lesson: the only code that creates entries, for checks, clicks, rebuilds, proofs and previews alike.

A step is `planned`, the port answers, and the step is `concluded`; `perform` does all three. Plays differ only in their
ports.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from tutor.engine.errors import BrokerAway, CornerBehind, DataError, PlayFailed, Raised, StepFault, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.run_names import Names, type_of
from tutor.engine.lesson.steps.base import Outcome, StepFields, Variables
from tutor.engine.playing import hands, observation, stored_cast
from tutor.engine.playing.boxes import box_lit
from tutor.engine.playing.cast import Cast
from tutor.engine.playing.hands import Hands
from tutor.engine.playing.moment import Moment, woken_by
from tutor.engine.playing.port import Act, Port, PortAnswer, nothing_ahead
from tutor.engine.playing.reopening import connections
from tutor.engine.playing.restoring import words_again
from tutor.engine.program import limits
from tutor.engine.program.client import word_text
from tutor.engine.program.interpolation import drawn, fill
from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import is_subscription, without_limit
from tutor.engine.redis.key_states import KeyState
from tutor.engine.trace.entry import Sent, TraceEntry, earlier
from tutor.engine.values.refusals import NotSent, ProgramError, refusal_of
from tutor.engine.values.replies import Json, Reply, Value, Words, errors_in

Play = Callable[[Lesson], Sequence[TraceEntry]]
"""Plays a lesson from the start in an empty corner."""

LONGEST_LEG = 100
"""Maximum number of steps sent in one round trip."""

MOST_STEPS = 100
"""Maximum number of steps of a lesson on connections, all of which are played again if its corner is lost."""

MOST_RESTORES = 3
"""Maximum number of restores per step. A late request of an abandoned click can make a second one necessary."""


def perform(
    step: StepFields, before: Moment, port: Port, ahead: Callable[[], Sequence[Act]] = nothing_ahead
) -> TraceEntry:
    """Perform `step` after the moment `before` and return its entry, which is all that a row needs to be drawn.

    Unit: `elapsed_us` counts microseconds around the broker call alone. A command that the server refuses is recorded
    in `entry.refusal`, not raised.
    Raises: BrokerAway; CornerBehind if the port is not where `before` is (see `advance`); TooLarge.
    """
    plan = planned(step, before)
    with _faults_at(plan.act.position):
        answer = port.exchange(plan.act, ahead)
    return concluded(plan, answer)


@dataclass(frozen=True, slots=True)
class Plan:
    """A step before it is performed: what follows from the moment before it, whatever the broker will answer.

    `cast`: the actors' connections as the step begins; `sends`: its commands, which are sent unless there is a `reason`
    why redis-py would send none; `names`: those of the run after it; `act`: what a port has to do.
    """

    step: StepFields
    before: Moment
    cast: Cast
    sends: tuple[list[str], ...]
    names: Names
    reason: str | None
    act: Act


def planned(step: StepFields, before: Moment) -> Plan:
    """Return the plan of a step. It depends on nothing but its arguments. Raises: StepFault."""
    position = before.position + 1
    with _faults_at(position):
        cast = before.cast.begin(step)
        sends, reason = _sends_or_reason(step, before)
        reason = reason or next((why for words in sends if (why := cast.why_not_sent(step.actor, words))), None)
        names = before.names if reason else before.names.after(before.lesson, sends)
        act = _act(step, before, position, () if reason else sends, names)
        return Plan(step, before, cast, sends, names, reason, act)


def concluded(plan: Plan, answer: PortAnswer) -> TraceEntry:
    """Return the entry of a planned step that got this answer. It depends on nothing else. Raises: StepFault."""
    with _faults_at(plan.act.position):
        if plan.reason:
            answer = replace(answer, replies=(NotSent(plan.reason),), elapsed_us=0)
        entry = _entry(plan.step, plan.before, plan.cast, plan.sends, plan.names, answer)
        return _with_hands(entry, plan.before)


@contextmanager
def _faults_at(position: int) -> Iterator[None]:
    try:
        yield
    except StepFault as fault:
        raise fault.at(position) from None


def _sends_or_reason(step: StepFields, before: Moment) -> tuple[tuple[list[str], ...], str | None]:
    """Return the commands to send and None; or, if redis-py would send none, the commands for display and why."""
    try:
        return _sends(step, before), None
    except DataError as refused:
        return tuple([fill(word, before.variables) for word in each.words] for each in step.templates), str(refused)


def _sends(step: StepFields, before: Moment) -> tuple[list[str], ...]:
    sends = step.sends(before.variables, before.lesson.redis_client)
    for words in sends:
        limits.require_command(words)
    return sends


def _act(
    step: StepFields, before: Moment, position: int, sends: Sequence[Words], names: Names, *, known: int | None = None
) -> Act:
    """Return the act of a step; `known`: keys named earlier in the run, by default those at `before`."""
    previous = before.previous
    return Act(
        position=position,
        actor=step.actor,
        sends=tuple(without_limit(words) for words in sends),
        reads=observation.reads(before.lesson, names.keys),
        crashes=step.cuts_connection,
        passes_ms=step.passes_ms,
        times_out=before.cast.begin(step).timed_out(),
        claim=previous.claim,
        lives=previous.lives,
        ends=previous.ends,
        named=names.keys,
        news=len(names.keys) - (len(before.names.keys) if known is None else known),
        has_field_lives=before.lesson.gives_field_lives,
        field_lives=previous.field_lives,
        connections=connections(before.cast),
    )


def _sent(
    step: StepFields, position: int, cast: Cast, sends: Sequence[list[str]], answer: PortAnswer
) -> tuple[list[Sent], Cast]:
    """Return the commands with their replies, and the cast after them."""
    sent: list[Sent] = []
    for words, raw in zip(sends, answer.replies, strict=False):
        reply = cast.reply_of(step.actor, words, raw)
        sent.append(Sent(words, reply))
        if not isinstance(reply, NotSent):
            cast = cast.answered(step, words, reply)
    if answer.is_waiting:
        # Replies come in the order of the commands, so the first command without one is the one whose client waits.
        sent.append(Sent(sends[len(sent)], None))
        cast = cast.waits(step, sent[-1].words, position)
    return sent, cast


def _entry(
    step: StepFields, before: Moment, cast: Cast, sends: Sequence[list[str]], names: Names, answer: PortAnswer
) -> TraceEntry:
    position = before.position + 1
    sent, cast = _sent(step, position, cast, sends, answer)
    events, cast = _arrived(cast, answer)
    push = before.cast.reading(step)
    outcome, raised = _outcome(step, before, sent, push, answer)
    variables = {**outcome.variables, **{str(event["saved"]): event["value"] for event in events if event["saved"]}}
    seen = observation.seen(before.lesson, answer, names.keys, [key for key, _ in before.previous.appeared])
    _require_limits(before.variables, variables, sent, events, outcome)
    entry = TraceEntry(
        position=position,
        kind=step.kind,
        actor=step.actor,
        action=drawn(step.action, variables),
        command=_line_drawn(step, before.variables),
        sent=sent,
        output=outcome.output,
        printed=outcome.printed,
        variables=variables,
        keys=_shared(seen.states, before.keys),
        beside=seen.beside,
        was={**_earlier_keys(before, seen.states), **earlier(before.variables, variables)},
        refusal=next(filter(None, (refusal_of(each.reply) for each in sent)), raised),
        elapsed_us=answer.elapsed_us,
        claim=answer.claim,
        line=step.line,
        box=step.box,
        events=events,
        lanes=cast.lanes(),
        lanes_before=before.previous.lanes,
        passed=step.passes_seconds,
        lives=seen.lives,
        ends=_named_ends(before, sends, seen.ends),
        field_lives=seen.field_lives,
        sent_bytes=_sent_bytes(before, sent),
        named=names.as_json(),
        appeared=_appeared(before, seen.states),
        unshown=seen.unshown,
        read=push,
        connections=stored_cast.as_json(cast) if before.lesson.needs_connections else None,
    )
    return replace(entry, box=box_lit(before.lesson, entry)) if before.lesson.flow else entry


def _with_hands(entry: TraceEntry, before: Moment) -> TraceEntry:
    """Return the entry with what each actor holds after it."""
    held = hands.after(
        Hands.from_json(before.previous.hands or {}),
        entry,
        before.lesson,
        queued=before.cast.transactions.get(entry.actor, ()),
        awaited={actor: waiting.words for actor, waiting in before.cast.waiting.items()},
    )
    return replace(entry, hands=held.as_json())


def _arrived(cast: Cast, answer: PortAnswer) -> tuple[list[dict[str, Value]], Cast]:
    """Return the events at other actors, and the cast after receiving them. Raises: TooLarge."""
    events = [cast.event(arrival) for arrival in answer.arrivals]
    cast = replace(cast.received(events).woken(woken_by(events)), doomed=answer.doomed)
    cast.require_limits()
    return events, cast


def _sent_bytes(before: Moment, sent: Sequence[Sent]) -> int:
    """Return the bytes sent in the run, these commands included. Raises: TooLarge."""
    cost = before.lesson.cost
    total = before.previous.sent_bytes + limits.sent_size([each.words for each in sent], cost)
    limits.require_run(total, cost)
    return total


def _line_drawn(step: StepFields, variables: Variables) -> str | None:
    """Return the command line as written, with its variables filled in as they are sent."""
    return None if step.line_shown is None else drawn(step.line_shown, variables, as_text=word_text)


def _appeared(before: Moment, states: Iterable[str]) -> list[Sequence[Json]]:
    """Return the keys watched only by a pattern that have existed, each with the step that first created it."""
    known = {key for key, _ in before.previous.appeared}
    new = [key for key in states if key not in before.lesson.watched and key not in known]
    return [*before.previous.appeared, *([key, before.position + 1] for key in new)]


def _shared(states: Mapping[str, KeyState], before: Mapping[str, KeyState]) -> dict[str, KeyState]:
    """Return the states, with the earlier object where nothing changed: a step rarely changes more than one key.

    So a play of thousands of steps takes memory for what changed, not for all watched keys at each step.
    """
    return {key: before[key] if before.get(key) == state else state for key, state in states.items()}


def _earlier_keys(before: Moment, after: Mapping[str, KeyState]) -> dict[str, KeyState]:
    """Return the previous states of the changed keys; a missing key counts as empty."""
    came = {key: key_states.empty(type_of(before.lesson, key) or "list") for key in after if key not in before.keys}
    return {**{key: state for key, state in before.keys.items() if after.get(key) != state}, **came}


def _named_ends(before: Moment, sends: Sequence[Sequence[str]], ends: Mapping[str, int]) -> dict[str, int]:
    """Return the instants of expiry named by the lesson, in seconds or milliseconds; all others follow from a life."""
    if not ends:
        return {}
    numbers = {number for words in chain(sends, *before.cast.transactions.values()) for number in _numbers_in(words)}
    known = {*numbers, *(1000 * number for number in numbers), *before.previous.ends.values()}
    return {key: end for key, end in ends.items() if end in known}


def _numbers_in(words: Sequence[str]) -> Iterator[int]:
    # No time has 20 digits, and int() raises for more than 4,300: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
    return (int(word) for word in words if len(word) < 20 and word.isascii() and word.isdigit())


def _outcome(
    step: StepFields, before: Moment, sent: Sequence[Sent], push: Reply, answer: PortAnswer
) -> tuple[Outcome, ProgramError | None]:
    """Return the program's state after the step, and the exception that it raises on the reply or message."""
    client, variables = before.lesson.redis_client, before.variables
    words, reply = (sent[-1].words, sent[-1].reply) if sent else ([], push)
    if answer.is_waiting or (words and _returns_nothing(words, reply)):
        return Outcome(variables), None
    try:
        queued = before.cast.transactions.get(step.actor, ())
        value = client.returned(words, reply, queued) if words else reply
        return step.conclude(value, variables, client), None
    except Raised as raised:
        return Outcome(variables), ProgramError(str(raised))


def _returns_nothing(words: Sequence[str], reply: Reply) -> bool:
    """Return whether redis-py returns no value for this reply.

    subscribe() returns None and leaves the confirmation for get_message(). A refused command raises ResponseError; so
    does execute() of a pipeline in which any command failed (`raise_on_error` in redis/client.py).
    """
    return is_subscription(words) or isinstance(reply, NotSent) or any(errors_in(reply))


def _require_limits(
    before: Variables,
    variables: Variables,
    sent: Sequence[Sent],
    events: Sequence[Mapping[str, Value]],
    outcome: Outcome,
) -> None:
    replies = [*(each.reply for each in sent), *(event["reply"] for event in events)]
    limits.require_value("a value in the reply", replies)
    limits.require_variables(before, variables)
    limits.require_value("what the step puts out", outcome.output)
    limits.require_step([*(each.words for each in sent), *replies, *variables.values()])


def play(lesson: Lesson, port: Port, *, steps: int | None = None) -> list[TraceEntry]:
    """Play the lesson, or its first `steps` steps, from the start. Raises: BrokerAway, TooLarge, PlayFailed."""
    with port:
        return list(played(lesson, port, steps=steps))


def played(lesson: Lesson, port: Port, *, steps: int | None = None) -> Iterator[TraceEntry]:
    """Yield the entries of a play at a port that has been entered, each when its step is done. Raises: as `play`."""
    moment = Moment.at_start(lesson)
    wanted = lesson.steps[:steps]
    for step in wanted:
        try:
            entry = perform(step, moment, port, partial(_leg, moment, wanted))
        except TutorError:
            raise
        except Exception as fault:  # a bug triggered by one lesson is reported at its step; others still play
            said = f"the program failed at this step: {type(fault).__name__}: {fault}"
            raise PlayFailed(said).at(moment.position + 1) from fault
        moment = moment.after(entry)
        yield entry


def _leg(before: Moment, steps: Sequence[StepFields]) -> list[Act]:
    """Return the acts that follow the next step, up to one that sends a variable set in between."""
    acts: list[Act] = []
    following = steps[before.position : before.position + LONGEST_LEG]
    given = set(following[0].saves) if following else set()
    # The next step itself is not among the acts, but its names and saved variables count for those after it.
    names = before.names
    if following:
        sends, reason = _sends_or_reason(following[0], before)
        names = names if reason else names.after(before.lesson, sends)
    for position, step in enumerate(following[1:], before.position + 2):
        if any(not given.isdisjoint(each.variables) for each in step.templates):
            break
        try:
            sends, known = _sends(step, before), len(names.keys)
            names = names.after(before.lesson, sends)
        except (StepFault, DataError):
            break  # reported when the play reaches the step
        acts.append(_act(step, before, position, sends, names, known=known))
        given.update(step.saves)
    return acts


def advance(
    lesson: Lesson, last: TraceEntry | None, port: Port, history: Callable[[], Sequence[TraceEntry]]
) -> TraceEntry:
    """Perform the step after `last`; `history` returns all entries up to it in case the port must be restored.

    It takes one round trip if the port is still in the state after `last`. Raises: BrokerAway, TooLarge.
    """
    with port:
        before = Moment.after_last(lesson, last, history)
        plan = planned(lesson.steps[before.position], before)
        claim = last.claim if last else ""
        answer = answered(
            partial(port.exchange, plan.act), lambda: port.restore(acts_again(lesson, history()), claim=claim)
        )
        return concluded(plan, answer)


def answered(exchange: Callable[[], PortAnswer], restore: Callable[[], None]) -> PortAnswer:
    """Return the answer of an exchange with a port, which is restored if it is behind. Raises: BrokerAway."""
    for _ in range(MOST_RESTORES):
        try:
            return exchange()
        except CornerBehind:
            # Redis lost the corner, or a worker died between Redis and the commit: the trace decides.
            restore()
    raise BrokerAway("Something else writes to this run's keys.")


def acts_again(lesson: Lesson, entries: Sequence[TraceEntry]) -> list[Act]:
    """Return the acts that bring an empty port to the state after these entries, with nothing left to chance."""
    acts, moment = list[Act](), Moment.at_start(lesson)
    for entry, sends in zip(entries, words_again(lesson, entries), strict=True):
        names = Names.from_json(entry.named)
        acts.append(_act(lesson.steps[entry.position - 1], moment, entry.position, sends, names))
        moment = moment.after(entry)
    return acts
