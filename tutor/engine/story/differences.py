"""What a step changed, each as its old and its new value; derived from the step's entry."""

from collections.abc import Iterator
from dataclasses import dataclass

from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import tells_time
from tutor.engine.redis.key_states import KeyState
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import refusal_of
from tutor.engine.values.wording import counted, cut

LONGEST_SIDE = 60
"""Maximum number of characters of an old or a new value."""

NOTHING = "nothing"
GONE = "gone"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A watched key or a variable with its value before and after the step, as Python prints them, cut."""

    name: str
    was: str
    now: str


def differences(entry: TraceEntry) -> tuple[ValueChange, ...]:
    """Return what the step changed, keys first; nothing for a refused command, nor for a time that runs down."""
    if any(refusal_of(each.reply) for each in entry.sent):
        return ()
    return (*_of_keys(entry), *_of_variables(entry))


def _of_keys(entry: TraceEntry) -> Iterator[ValueChange]:
    for key, state in entry.keys.items():
        if key in entry.was:
            was, now = _sides(entry.was[key], state)
            yield ValueChange(key, was, now)
    for key in entry.gone:
        if key in entry.was:
            yield ValueChange(key, _text(entry.was[key]), GONE)


def _of_variables(entry: TraceEntry) -> Iterator[ValueChange]:
    # The second reply to TTL is lower than the first because time passes, not because the step changed anything.
    ticks = any(tells_time(each.words) for each in entry.sent)
    for name in entry.variables:
        if name in entry.was and not (ticks and isinstance(entry.was[name], int)):
            yield ValueChange(name, cut(entry.was_text(name), LONGEST_SIDE), cut(entry.value_text(name), LONGEST_SIDE))


def _sides(was: KeyState, now: KeyState) -> tuple[str, str]:
    """Return both states; the numbers of elements if neither fits, since both could begin with the same ones."""
    old, new = key_states.as_text(was), key_states.as_text(now)
    lengths = was.get("length"), now.get("length")
    if max(len(old), len(new)) > LONGEST_SIDE and None not in lengths and lengths[0] != lengths[1]:
        return counted(was["length"], "element"), counted(now["length"], "element")
    return _text(was), _text(now)


def _text(state: KeyState) -> str:
    return cut(key_states.as_text(key_states.shortened(state)), LONGEST_SIDE) or NOTHING
