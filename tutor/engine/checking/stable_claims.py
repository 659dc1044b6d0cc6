"""Claims about each step that hold in every play, independent of chance, clocks and the server's choices."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.program.interpolation import names_in
from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import asks_for_id, is_left_to_chance, picks_members, tells_time
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.replies import Json, Reply, as_python

Claims = dict[str, Json]


def found_claims(lesson: Lesson, first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> Iterator[Claims]:
    """Yield all stable claims after each step, by name: watched keys, variables, output, reply.

    `first` and `second` are two plays of the lesson from empty keys. Values that differ between them are left out, and
    so are values that follow from a reply that only happened to be the same, such as SPOP's pick of two members. An id
    that the server gives is another one in each play, so that all values that depend on it differ.
    """
    uncertain = _Uncertain()
    for step, one, other in zip(lesson.steps, first, second, strict=True):
        is_uncertain = uncertain.spread(step, one, other)
        if one.refusal:
            # Only an author claims a refusal, with `error`; filling reports it.
            yield {}
            continue
        claims = {**_key_claims(one, other, uncertain.names), **_variable_claims(one, other, uncertain.names)}
        yield claims if is_uncertain else {**claims, **_answer_claims(one, other)}


def new_claims(entry: TraceEntry, found: Claims) -> Claims:
    """Return the claims about the step's effects: its changes, and its output or else its reply.

    A saved value is an output as well. If the variable is claimed, the output would repeat that claim.
    """
    kept = {name: value for name, value in found.items() if name in entry.was}
    if not entry.printed and any(name in entry.variables and is_same(kept[name], entry.output) for name in kept):
        return kept
    last = "output" if entry.output is not None else "reply"
    return {**kept, last: found[last]} if found.get(last) is not None else kept


@dataclass(slots=True)
class _Uncertain:
    """The keys, variables and actors' transactions that depend on chance, a clock or the server's choices."""

    names: set[str] = field(default_factory=set)
    transactions: set[str] = field(default_factory=set)

    def spread(self, step: StepFields, entry: TraceEntry, other: TraceEntry) -> bool:
        """Add the names that this step makes uncertain, and return whether its own reply and output are uncertain.

        `other` is the entry of the same step in another play.
        """
        command, keys = traits_of(entry.words), _keys_touched(step, entry)
        runs_uncertain = command.closes_transaction and entry.actor in self.transactions
        uses_uncertain = not self.names.isdisjoint(_variables_used(step) | keys)
        if not (runs_uncertain or uses_uncertain or _may_agree_by_chance(entry, other)):
            self.names -= set(step.saves)
            return False
        self.names |= {*step.saves, *entry.was, *(keys if command.writes else ())}
        if entry.lane.get("state") == "transaction":
            self.transactions.add(entry.actor)
        return True


def _variables_used(step: StepFields) -> set[str]:
    # `action` does not count: it is a sentence about the step, and shows the values after it.
    texts = [text for field, text in step.texts.items() if field != "action"]
    return {*chain.from_iterable(map(names_in, texts)), *chain.from_iterable(each.variables for each in step.templates)}


def _keys_touched(step: StepFields, entry: TraceEntry) -> set[str]:
    sent = {each.words[place] for each in entry.sent for place in key_places(each.words)}
    return sent.union(*(each.keys for each in step.templates))


def _may_agree_by_chance(entry: TraceEntry, other: TraceEntry) -> bool:
    """Return whether the server decides the reply, and two plays can get the same one although a third would not."""
    if tells_time(entry.words) or picks_members(entry.words):
        return True
    # Two ids are the same only if both plays add the entry within one millisecond, or a transaction adds it.
    return is_left_to_chance(entry.words) and (not asks_for_id(entry.words) or entry.reply == other.reply)


def _key_claims(one: TraceEntry, other: TraceEntry, uncertain: Container[str]) -> Claims:
    alike = {name: state for name, state in one.keys.items() if state == other.keys.get(name)}
    # A claim of null says that a key found by a pattern no longer exists.
    gone = [name for name in one.gone if name in other.gone]
    claims = {name: claim_of_state(state) for name, state in alike.items() if key_states.is_whole(state)}
    return {name: claim for name, claim in (claims | dict.fromkeys(gone)).items() if name not in uncertain}


def _variable_claims(one: TraceEntry, other: TraceEntry, uncertain: Container[str]) -> Claims:
    alike = {name: value for name, value in one.variables.items() if value == other.variables[name]}
    return {name: as_claim(value) for name, value in alike.items() if name not in uncertain}


def _answer_claims(one: TraceEntry, other: TraceEntry) -> Claims:
    output = {"output": as_claim(one.output)} if one.output == other.output else {}
    return {**output, "reply": _reply(one.reply)} if one.words and one.reply == other.reply else output


def claim_of_state(state: KeyState) -> Json:
    """Return the state as an author writes it, with integral scores as whole numbers."""
    if state["type"] != "zset":
        return key_states.as_value(state)
    return {member: _score(score) for member, score in key_states.scores(state).items()}


def _score(number: float) -> Json:
    # Doubles represent all integers below 2**53 exactly, and 10**15 is below that.
    return int(number) if number.is_integer() and abs(number) < 10**15 else as_claim(number)


def _reply(reply: Reply) -> Json:
    return "OK" if reply == {"status": "OK"} else as_python(reply)
