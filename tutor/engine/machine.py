"""Playing a lesson: the one way in which steps are performed, whether for a click, a rebuild or a proof."""

from collections.abc import Iterable, Sequence

from tutor.engine import ensemble, sight
from tutor.engine.broker import Corner, Exchange
from tutor.engine.commands import ALLOWED, as_kept, replayed
from tutor.engine.errors import CornerBehind
from tutor.engine.lesson import Lesson
from tutor.engine.steps import CommandStep, StepFields, Variables
from tutor.engine.texts import fill, names_in
from tutor.engine.trace import TraceEntry, earlier, start_keys
from tutor.engine.values import refusal_of


def advance(lesson: Lesson, last: TraceEntry | None, corner: Corner) -> TraceEntry:
    """Perform the step after `last` and return all that a row needs to be drawn.

    One round trip. Unit: `elapsed_us` counts microseconds around the broker call alone. A command that the server
    refuses is recorded in `entry.refusal`, not raised.
    Raises: BrokerAway; CornerBehind if the corner is not at the position of `last` (rebuild it, then call again).
    """
    position = last.position + 1 if last else 1
    step = lesson.steps[position - 1]
    words = step.words(last.variables if last else lesson.start_variables)
    exchange = corner.exchange(words, sight.reads(lesson), position=position)
    _require_place(last, exchange)
    return _entry(lesson, step, words, last, exchange)


def _require_place(last: TraceEntry | None, exchange: Exchange) -> None:
    # The claim tells the recorded exchange from one that was given up and reached the server late.
    if last and (exchange.counter, exchange.found) != (last.position, last.claim):
        raise CornerBehind(f"the corner was at {exchange.counter}, not at {last.position} as it was left")


def _entry(
    lesson: Lesson, step: StepFields, words: list[str] | None, last: TraceEntry | None, exchange: Exchange
) -> TraceEntry:
    before: Variables = last.variables if last else lesson.start_variables
    states_before = last.keys if last else start_keys(lesson.watched)
    reply = as_kept(words, exchange.reply) if words else None
    outcome = step.conclude(reply, before)
    seen = sight.seen(lesson, exchange.reads, words, last.beside if last else {})
    return TraceEntry(
        position=last.position + 1 if last else 1,
        kind=step.kind,
        actor=step.actor,
        action=fill(step.action, outcome.variables),
        command=fill(step.line_shown, before) if isinstance(step, CommandStep) else None,
        words=words,
        reply=reply,
        output=outcome.output,
        printed=outcome.printed,
        variables=outcome.variables,
        keys=seen.states,
        beside=seen.beside,
        was={**earlier(states_before, seen.states), **earlier(before, outcome.variables)},
        refusal=refusal_of(reply),
        elapsed_us=exchange.elapsed_us,
        claim=exchange.claim,
        line=step.line,
        box=step.box,
    )


def history(entries: Iterable[TraceEntry]) -> list[list[str]]:
    """Return the commands that bring an empty corner to where these entries left it."""
    found: list[list[str]] = []
    for entry in entries:
        if entry.words and ALLOWED[entry.words[0].upper()].writes and not entry.refusal:
            words = replayed(entry.words, entry.reply)
            if words:
                found.append(words)
    return found


def rebuild(entries: Sequence[TraceEntry], corner: Corner) -> None:
    """Bring the corner to the position after `entries` by playing what they recorded. Raises: BrokerAway."""
    corner.rebuild(history(entries), position=len(entries), claim=entries[-1].claim if entries else "")


def play(
    lesson: Lesson, corner: Corner, *, steps: int | None = None, again: Sequence[TraceEntry] = ()
) -> list[TraceEntry]:
    """Play the lesson, or its first `steps` steps, from the start in an empty corner. Raises: BrokerAway.

    `again` are the entries of another play: the same commands are sent, so that all of them are known beforehand. Up
    to the first reply that differs it is the play that it would be anyway.
    """
    if lesson.needs_connections:
        return ensemble.play(lesson, corner.wires(), steps=steps)
    entries: list[TraceEntry] = []
    wanted = lesson.steps[:steps]
    while len(entries) < len(wanted):
        last = entries[-1] if entries else None
        left = wanted[len(entries) :]
        known = [(step, entry.words) for step, entry in zip(left, again[len(entries) :], strict=False)][:LONGEST_LEG]
        leg = known or _leg(left, last.variables if last else lesson.start_variables)
        came = corner.exchanges([words for _, words in leg], sight.reads(lesson), position=len(entries) + 1)
        _require_place(last, came[0])
        for (step, words), exchange in zip(leg, came, strict=True):
            last = _entry(lesson, step, words, last, exchange)
            entries.append(last)
    return entries


LONGEST_LEG = 100
"""Steps that are sent in one go."""

Leg = list[tuple[StepFields, list[str] | None]]


def _leg(steps: Sequence[StepFields], variables: Variables) -> Leg:
    """Return the next steps, each with what it sends, up to one that sends a variable which these give values to."""
    leg: Leg = []
    given: set[str] = set()
    for step in steps[:LONGEST_LEG]:
        if isinstance(step, CommandStep) and any(name in given for word in step.template for name in names_in(word)):
            break
        leg.append((step, step.words(variables)))
        given.update(step.saves)
    return leg
