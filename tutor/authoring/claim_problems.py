"""Problems of one step as it was played: false claims, refused commands, replies that the program can't take."""

from collections.abc import Iterator, Sequence

from tutor.authoring.raised_errors import is_decoding_error, raised_sentence
from tutor.authoring.spelling import spelling_hint
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import NO_FACTS, Facts, Path, Problem
from tutor.engine.lesson.problems.command_refusals import meant_subcommand
from tutor.engine.lesson.run_names import MOST_SHOWN, type_of
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.redis.table import traits_of
from tutor.engine.trace.claims import contradiction
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import NotSent, ProgramError, StepRefusal
from tutor.engine.values.replies import Json
from tutor.engine.values.wording import cut

LONGEST_VALUE = 400
"""Maximum number of characters of a value in a message."""


def claim_problems(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    """Yield false claims of the step, an unclaimed refusal, and errors that it raises in other actors' programs."""
    if isinstance(entry.refusal, NotSent):
        return  # play_problems reports that the step can't be sent
    step = lesson.steps[entry.position - 1]
    yield from _raised_elsewhere(lesson, entry)
    if entry.refusal and "error" not in step.expect:
        # The other claims are false for the same reason.
        yield _refused(entry, entry.refusal, step)
        return
    for name, claimed in step.expect.items():
        actual = contradiction(name, claimed, entry)
        if actual is not None:
            yield _false_claim(lesson, entry, name, claimed, actual)


def shortened(text: str) -> str:
    """Return at most LONGEST_VALUE characters of a value's text."""
    return cut(text, LONGEST_VALUE)


def _false_claim(lesson: Lesson, entry: TraceEntry, name: str, claimed: Json, actual: str) -> Problem:
    path: Path = ("steps", entry.position - 1, "expect", name)
    if entry.keys.get(name, {}).get("type") == "other":
        message = f"{name} is watched as a {type_of(lesson, name)}, and is of another type after this step"
        return Problem(path, message)
    shown = as_repr(claimed)
    hint = spelling_hint(claimed, actual) or (_subscription_hint(claimed, entry) if name == "reply" else "")
    came = f"it is {shortened(actual)}{hint}" if actual else _absent_key(name, entry)
    return Problem(path, f"claims that {name} is {shortened(shown)}, but {came}", facts=Facts(shown, actual))


def _subscription_hint(claimed: Json, entry: TraceEntry) -> str:
    """Return what the reply to a subscription consists of, for a claim that is not a list."""
    if traits_of(entry.words).pubsub not in ("begins", "ends") or isinstance(claimed, list):
        return ""
    return "; the reply confirms a subscription: its kind, the channel, and how many the client has now"


def _absent_key(name: str, entry: TraceEntry) -> str:
    """Return the message about a missing key, with the existing keys of its pattern, or about one that is not shown."""
    if entry.may_be_unshown(name):
        return f"a pattern shows {MOST_SHOWN} keys, and this is not one of them; watch it by its own name"
    existing = [key for key, _ in entry.appeared if key in entry.keys]
    return "there is no such key" + (f"; there are {', '.join(existing)}" if existing else "")


def _refused(entry: TraceEntry, refusal: StepRefusal, step: StepFields) -> Problem:
    at: Path = ("steps", entry.position - 1)
    if not isinstance(refusal, ProgramError):
        return _refused_by_server((*at, step.kind), refusal.said, entry.words)
    error = refusal.said
    if isinstance(step, PrintStep | AssignStep):
        return Problem((*at, step.kind), f"the program raises {error}: write {{name!r}} to show bytes as they are")
    field = "pick" if step.places and not is_decoding_error(error) else step.kind
    return Problem((*at, field), raised_sentence("the program", error, step))


def _refused_by_server(path: Path, refusal: str, words: list[str]) -> Problem:
    meant = meant_subcommand(words)
    facts = Facts(word=words[1], meant=meant) if meant else _how_it_is_written(refusal, words)
    hint = f"; did you mean {meant}?" if meant else ""
    return Problem(path, f"the server refused this command: {refusal}{hint}", facts=facts)


_MISWRITTEN = ("syntax error", "wrong number of arguments", "not an integer", "not a valid float", "not a float")
"""Parts of a server's refusal of a command whose arguments are wrong."""


def _how_it_is_written(refusal: str, words: Sequence[str]) -> Facts:
    """Return the syntax of a command with wrong arguments, and the value in quotes if it seems to lack them."""
    command = traits_of(words)
    if not command.syntax or not any(part in refusal for part in _MISWRITTEN):
        return NO_FACTS
    is_text = command.type == "string" and command.syntax.startswith("key value") and len(words) > 3
    quoted = f"command: {words[0]} {words[1]} {_as_quoted(' '.join(words[2:]))}" if is_text else ""
    name = command.name.replace("|", " ")
    return Facts(f"{name} {command.syntax}", " ".join(words), example=quoted if "syntax" in refusal else "")


def _as_quoted(text: str) -> str:
    """Return a text as one word of a command line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _raised_elsewhere(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    """Yield the errors that this step raises in programs that wait or are subscribed, at the steps where they do."""
    for event in entry.events:
        if event.get("raised"):
            i = int(event.get("since", entry.position)) - 1
            step = lesson.steps[i]
            message = raised_sentence(f"the program of {event['actor']}", event["raised"], step)
            yield Problem(("steps", i, step.kind), message)
