"""What came of each step as claims that hold at every play: nothing that chance, a clock or the server decided."""

from collections.abc import Iterator, Sequence
from itertools import chain

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.program.interpolation import names_in
from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import key_places, spec_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.replies import Json, Reply, as_python

Claims = dict[str, Json]


def found_claims(lesson: Lesson, first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> Iterator[Claims]:
    """Yield for each step all that can be claimed after it, by name: watched keys, variables, output, reply.

    `first` and `second` are two plays of the lesson, each from nothing: what differs between them is left out. So is
    what follows from a command whose answer only happens to be the same, as the member that SPOP takes of two.
    """
    uncertain: set[str] = set()
    for step, one, other in zip(lesson.steps, first, second, strict=True):
        is_uncertain = _spread(step, one, uncertain)
        yield {} if one.refusal else _claims(one, other, uncertain, is_certain=not is_uncertain)


def new_claims(entry: TraceEntry, found: Claims) -> Claims:
    """Return which of the claims say what the step did: what it changed, and what it put out or else its reply.

    A saved value is put out too; where the variable is claimed, that would say the same twice.
    """
    kept = {name: value for name, value in found.items() if name in entry.was}
    if not entry.printed and any(name in entry.variables and is_same(kept[name], entry.output) for name in kept):
        return kept
    last = "output" if entry.output is not None else "reply"
    return {**kept, last: found[last]} if found.get(last) is not None else kept


def _spread(step: StepFields, entry: TraceEntry, uncertain: set[str]) -> bool:
    """Add to the uncertain names those that this step makes so, and return whether what it puts out is uncertain."""
    # A sentence about the step shows the values after it.
    texts = (text for field, text in step.texts.items() if field != "action")
    used = set(chain.from_iterable(map(names_in, texts)))
    queue = f"transaction of {entry.actor}"
    touched: set[str] = set()
    for command in step.templates:
        used |= command.variables
        touched |= {*command.keys}
    for each in entry.sent:
        touched |= {each.words[place] for place in key_places(each.words)}
    spec = spec_of(entry.words or [])
    if spec and spec.closes_transaction:
        used.add(queue)
    is_uncertain = _is_decided_by_server(entry.words or []) or bool((used | touched) & uncertain)
    if is_uncertain:
        uncertain |= {*step.saves, *entry.was, *(touched if spec is None or spec.writes else ())}
        if entry.lanes.get(entry.actor, {}).get("state") == "transaction":
            uncertain.add(queue)
    else:
        uncertain -= set(step.saves)
    return is_uncertain


def _is_decided_by_server(words: Sequence[str]) -> bool:
    return tells_time(words) or is_left_to_chance(words)


def _claims(one: TraceEntry, other: TraceEntry, uncertain: set[str], *, is_certain: bool) -> Claims:
    found: Claims = {}
    for name, state in one.keys.items():
        if name not in uncertain and state == other.keys.get(name) and key_states.is_whole(state):
            found[name] = _claimed(state)
    found.update((name, None) for name in one.gone if name not in uncertain and name in other.gone)
    for name, value in one.variables.items():
        if name not in uncertain and value == other.variables[name]:
            found[name] = as_claim(value)
    if is_certain and one.output == other.output:
        found["output"] = as_claim(one.output)
    if is_certain and one.reply == other.reply and one.words:
        found["reply"] = _reply(one.reply)
    return found


def _claimed(state: KeyState) -> Json:
    """Return the state as an author writes it: scores as whole numbers where they are."""
    if state["type"] != "zset":
        return key_states.as_value(state)
    return {member: _score(score) for member, score in key_states.scores(state).items()}


def _score(number: float) -> Json:
    return int(number) if number.is_integer() and abs(number) < 10**15 else as_claim(number)


def _reply(reply: Reply) -> Json:
    return "OK" if reply == {"status": "OK"} else as_python(reply)
