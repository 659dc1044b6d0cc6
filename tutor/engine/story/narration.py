"""One sentence about a step, for screen readers; derived from its entry."""

from collections.abc import Sequence

from tutor.engine.redis.key_states import as_text
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.story.shortened import LONGEST_STATE, short
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import NotSent, ProgramError, StepRefusal, refusal_of
from tutor.engine.values.wording import cut


def sentence(entry: TraceEntry, deed: str, events: Sequence[str]) -> str:
    """Return one sentence without a full stop; `deed`: the step's own effect, `events`: those at other actors."""
    if entry.refusal:
        # A program that raises on the reply does not undo what the command did.
        return "; ".join([_refused(entry, entry.refusal), *events, *_changed_keys(entry)])
    # A printed line changes nothing else.
    if entry.printed:
        return f"The program printed: {entry.output_text}"
    changes = _changed_keys(entry)
    # The result that a command gave its program is described with the command.
    if not entry.words or events:
        changes += _changed_variables(entry)
    if deed and not changes and not entry.is_waiting:
        changes = _left_alone(entry)
    return "; ".join(filter(None, (deed, *events, *changes))) or "Nothing changed"


def _refused(entry: TraceEntry, refusal: StepRefusal) -> str:
    refused = next((each.words for each in entry.sent if refusal_of(each.reply)), entry.words)
    name = refused[0].upper() if refused else "The step"
    if isinstance(refusal, ProgramError):
        return f"{name}{' was answered, and the program raised' if entry.sent else ' raised'} {refusal.said}"
    return f"{name} {'was' if isinstance(refusal, NotSent) else 'was refused:'} {refusal.shown}"


def _changed_keys(entry: TraceEntry) -> list[str]:
    states = [_state(entry, key) for key in entry.keys if key in entry.was]
    return [*states, *(f"{key} is gone" for key in entry.gone if key in entry.was)]


def _changed_variables(entry: TraceEntry) -> list[str]:
    return [f"{name} = {short(value)}" for name, value in entry.variables.items() if name in entry.was]


def _left_alone(entry: TraceEntry) -> list[str]:
    """Return that the watched keys from which the commands would have taken an element are unchanged."""
    takers = [each.words for each in entry.sent if traits_of(each.words).takes]
    keys = [words[place] for words in takers for place in key_places(words)]
    return [f"{key} is unchanged" for key in keys if key in entry.keys]


def _state(entry: TraceEntry, key: str) -> str:
    state = entry.keys[key]
    text = as_text(state)
    # A long string is cut; for a long list, its length is more informative than its first elements.
    if state["type"] != "string" and state["type"] != "other":
        if not state["items"]:
            return f"{key} is now empty"
        if len(text) > LONGEST_STATE:
            return f"{key} now has {state['length']:,} {'element' if state['length'] == 1 else 'elements'}"
    return f"{key} is now {cut(text, LONGEST_STATE)}"
