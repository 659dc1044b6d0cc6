"""Proving lesson files: each is read, played on a real server, and its claims are compared with the play."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutor import library
from tutor.authoring.claim_problems import claim_problems
from tutor.authoring.play_problems import first_difference, play_problems
from tutor.broker.replies import ServerRefuses
from tutor.engine.checking.key_proofs import false_keys
from tutor.engine.errors import BrokerLacks, StepFault, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.problems.name_problems import name_warnings
from tutor.engine.playing import player
from tutor.engine.playing.port import Port
<<<<<<< HEAD
=======
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.key_states import HALF, KeyState, as_text, as_value, clip, scores
from tutor.engine.redis.replay import replayed
from tutor.engine.redis.table import spec_of
>>>>>>> 284d805 (Lower rooms: plain English, and the pages of Redis and redis-py that the code rests on)
from tutor.engine.trace.entry import TraceEntry
from tutor.files.regular import start_of
from tutor.files.schema_errors import MOST_ERRORS, spot_at
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem, Reading

log = logging.getLogger(__name__)

PortOf = Callable[[Lesson], Port]
"""Returns a new port for one play of a lesson; the play leaves nothing on the server."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The result of a check: all problems, by line; the lesson and its play, None and empty if it can't be played."""

    problems: tuple[LocatedProblem, ...]
    lesson: Lesson | None
    entries: tuple[TraceEntry, ...]

    @property
    def is_good(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(problem.is_error for problem in self.problems)


def check(files: Sequence[Path], port_of: PortOf) -> list[LocatedProblem]:
    """Return all problems of all files, sorted by file and line.

    Raises: BrokerAway.
    """
    return sorted({problem for file in files for problem in _at_most(set(_check_file(file, port_of)), str(file))})


def _at_most(found: set[LocatedProblem], file: str) -> list[LocatedProblem]:
    """Return the first MOST_ERRORS problems, errors before warnings; a last one says that there are more."""
    first = sorted(found, key=lambda problem: (problem.severity, problem))[:MOST_ERRORS]
    more = LocatedProblem(file, 1, 1, f"only the first {MOST_ERRORS} problems are listed")
    return first if len(found) <= MOST_ERRORS else [*first, more]


def _check_file(path: Path, port_of: PortOf) -> Iterator[LocatedProblem]:
    file = str(path)
    try:
        content = start_of(path, LARGEST_FILE + 1)
    except OSError as fault:
        yield LocatedProblem(file, 1, 1, f"the file can't be read: {fault.strerror}")
        return
    try:
        yield from _checked(content, file, port_of).problems
    except BrokerLacks as lacking:
        yield from _unplayed(content, file, str(lacking))
    except ServerRefuses as refusal:
        # A server that refuses everything (a wrong password, say) would refuse every other file as well.
        if not refusal.is_about_one_command:
            raise
        yield from _unplayed(content, file, f"the server says {refusal.reason}")


def _unplayed(content: bytes, file: str, reason: str) -> Iterator[LocatedProblem]:
    """Yield the problems of a file that the server can't play, found without playing it."""
    reading = library.read(content, file)
    yield from reading.problems
    yield located(Problem(("steps",), f"not played, so nothing in it is proved: {reason}"), reading, file)


def check_text(text: str | bytes, file: str, port_of: PortOf) -> CheckedText:
    """Read a lesson from text, play it and prove it; problems are reported under the name `file`.

    Raises: BrokerAway, BrokerLacks.
    """
    found = _checked(text, file, port_of)
    return replace(found, problems=tuple(sorted(_at_most(set(found.problems), file))))


def _checked(text: str | bytes, file: str, port_of: PortOf) -> CheckedText:
    reading = library.read(text, file)
    problems = [*reading.problems]
    if not library.is_lesson_name(Path(file).name):
        problems += [LocatedProblem(file, 1, 1, "a lesson's file name is its address: a-z, 0-9 and - only, then .yaml")]
    if reading.lesson is None:
        return CheckedText(tuple(problems), None, ())
    try:
        entries, found = _proved(reading.lesson, port_of)
    except StepFault as fault:
        problems.append(located(_fault_problem(reading.lesson, fault), reading, file))
        return CheckedText(tuple(problems), None, ())
    except TutorError:
        raise
    except Exception as fault:  # a bug that one file triggers must not stop the check of the others
        log.exception("the check of %s failed", file)
        said = f"the program failed while it checked this lesson: {type(fault).__name__}: {fault}"
        return CheckedText((*problems, LocatedProblem(file, 1, 1, said)), None, ())
    problems += [located(problem, reading, file) for problem in found]
    return CheckedText(tuple(problems), reading.lesson, tuple(entries))


def _fault_problem(lesson: Lesson, fault: StepFault) -> Problem:
    """Return a problem at the step that could not be performed."""
    if fault.__cause__ is not None:
        log.error("step %s could not be played", fault.position, exc_info=fault.__cause__)
    return Problem(("steps", fault.position - 1, lesson.steps[fault.position - 1].kind), str(fault))


def located(problem: Problem, reading: Reading, file: str) -> LocatedProblem:
    """Return the problem with its place in the file."""
    root = reading.document.root
    spot = spot_at(root, problem.path, problem.message) if root else None
    line, column = (spot.line, spot.column) if spot else (1, 1)
    return LocatedProblem(file, line, column, problem.message, problem.severity, problem.facts)


def prove(lesson: Lesson, port_of: PortOf) -> list[Problem]:
    """Play the lesson twice, and once for each proof that changes it, and return the problems found.

    These are false claims, refusals, steps that wait in vain, the first difference between the two plays, answers of
    questions that their proofs contradict, and warnings for questions that could have a proof.
    """
    return _proved(lesson, port_of)[1]


def _proved(lesson: Lesson, port_of: PortOf) -> tuple[list[TraceEntry], list[Problem]]:
    """Return the first play of the lesson, and the problems that `prove` finds."""
    # Two plays: a step that gives something else each time would make every run differ from the lesson's text.
    first = play(lesson, port_of)
    second = play(lesson, port_of)
    false_answers = false_keys(lesson, first, lambda each: play(each, port_of))
    return first, [
        *(problem for entry in first for problem in claim_problems(lesson, entry)),
        *play_problems(lesson, first),
        *first_difference(first, second),
        *name_warnings(lesson, first),
        *false_answers,
    ]


def play(lesson: Lesson, port_of: PortOf) -> list[TraceEntry]:
    """Play the lesson by itself. Raises: BrokerAway, BrokerLacks, StepFault."""
    return player.play(lesson, port_of(lesson))
<<<<<<< HEAD
=======


def _difference(first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the first step that came out differently; what follows from it would only repeat it."""
    for one, other in zip(first, second, strict=True):
        pair = _differing_texts(one, other)
        if pair is None or (one.words and tells_time(one.words)):
            continue
        # An id or a member that the server picks is recorded and given back when a run is rebuilt.
        if one.words and not is_left_to_chance(one.words) and replayed(one.words, one.reply) == one.words:
            path = ("steps", one.position - 1, "command")
            message = f"this step plays differently each time: first {pair[0]}, then {pair[1]}"
            yield Problem(path, message, facts=Facts(*pair))
        return


def _vain_steps(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield the steps whose effect never comes, or that no program could do: it waits, or there is nothing to leave."""
    for actor, since in still_waiting(entries).items():
        message = f"{actor} waits here for something that no later step brings"
        yield Problem(("steps", since - 1, "command"), message)
    for before, entry in pairwise([None, *entries]):
        if entry is not None:
            yield from _impossible(lesson, entry, before.lanes.get(entry.actor, {}) if before else {})


def _impossible(lesson: Lesson, entry: TraceEntry, lane: Mapping[str, Json]) -> Iterator[Problem]:
    at = ("steps", entry.position - 1)
    command = spec_of(entry.words or [])
    if isinstance(entry.refusal, NotSent):
        yield Problem((*at, "command"), f"this can't be sent: {entry.refusal.said}")
    elif lane.get("state") == "waiting" and not entry.sent and lesson.steps[entry.position - 1].runs_in_program:
        message = f"{entry.actor} still waits for the reply to step {lane['since']}, and can do nothing before it comes"
        yield Problem((*at, "actor"), message)
    elif command and command.pubsub == "ends" and lane.get("state") != "subscribed":
        yield Problem((*at, "command"), f"{entry.actor} is subscribed to nothing that it could unsubscribe from")


def _without_message(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    """Yield that a step takes a part of a message where its program has none."""
    step = lesson.steps[entry.position - 1]
    if not isinstance(step, ReadStep) or not step.pick:
        return
    if step.returned(entry.read) is None:
        why = "nothing has come" if entry.read is None else "what has come is a confirmation, which it ignores"
        message = f"get_message() returns None here, and None[{step.pick!r}] is a TypeError in Python: {why}"
        yield Problem(("steps", entry.position - 1, "pick"), message)


def _differing_texts(one: TraceEntry, other: TraceEntry) -> tuple[str, str] | None:
    if one.reply != other.reply:
        return _short(as_repr(as_python(one.reply))), _short(as_repr(as_python(other.reply)))
    if one.events != other.events:
        return _short(as_repr(one.events)), _short(as_repr(other.events))
    names = [name for name in {**one.keys, **other.keys} if one.keys.get(name) != other.keys.get(name)]
    return (_key_text(one, names[0]), _key_text(other, names[0])) if names else None


def _key_text(entry: TraceEntry, key: str) -> str:
    return f"{key}: {entry.value_text(key)}" if key in entry.keys else f"no key {key}"


def _false_claims(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    at = ("steps", entry.position - 1)
    expect = lesson.steps[entry.position - 1].expect
    if isinstance(entry.refusal, NotSent):
        return
    yield from _raised_elsewhere(lesson, entry)
    if entry.refusal and "error" not in expect:
        # What the step claims besides would only say the same again.
        yield _refused(at, entry.refusal, entry.words or [], lesson.steps[entry.position - 1])
        return
    for name, claimed in expect.items():
        real = contradiction(name, claimed, entry)
        if real is not None and entry.keys.get(name, {}).get("type") == "other":
            message = f"{name} is watched as a {type_of(lesson, name)}, and is of another type after this step"
            yield Problem((*at, "expect", name), message)
        elif real is not None:
            said = as_repr(claimed)
            came = f"it is {_short(real)}{_spelling(claimed, real)}" if real else _not_there(name, entry)
            message = f"claims that {name} is {_short(said)}, but {came}"
            yield Problem((*at, "expect", name), message, facts=Facts(said, real))


def _not_there(name: str, entry: TraceEntry) -> str:
    """Return that a key is not there, and which are that a pattern watches; or that it is not shown."""
    if entry.may_be_unshown(name):
        return f"a pattern shows {MOST_SHOWN} keys, and this is not one of them; watch it by its own name"
    found = [key for key, _ in entry.appeared if key in entry.keys]
    return "there is no such key" + (f"; there are {', '.join(found)}" if found else "")


def _refused(at: tuple[str | int, ...], refusal: StepRefusal, words: Sequence[str], step: StepFields) -> Problem:
    said = refusal.said
    if not isinstance(refusal, ProgramError):
        message = f"the server refused this command: {said}"
        meant = meant_subcommand(words)
        facts = Facts(word=words[1], meant=meant) if meant else NO_FACTS
        return Problem((*at, "command"), f"{message}; did you mean {meant}?" if meant else message, facts=facts)
    if isinstance(step, PrintStep | AssignStep):
        return Problem((*at, step.kind), f"the program raises {said}: write {{name!r}} to show bytes as they are")
    has_pick = _has_pick(step)
    field = "command" if said.startswith("UnicodeDecodeError") or not has_pick else "pick"
    return Problem((*at, field), _raised("the program", said, has_pick=has_pick))


def _has_pick(step: StepFields) -> bool:
    return isinstance(step, CommandStep) and bool(step.places)


def _raised_elsewhere(lesson: Lesson, entry: TraceEntry) -> Iterator[Problem]:
    """Yield what comes to programs that wait or are subscribed, and that they can't take."""
    for event in entry.events:
        if event.get("raised"):
            i = int(event.get("since", entry.position)) - 1
            said = _raised(f"what {event['actor']} gets", event["raised"], has_pick=_has_pick(lesson.steps[i]))
            yield Problem(("steps", i, "command"), said)


DECODES = "the reply has bytes that are no UTF-8; `client: {decode_responses: false}` gives the program bytes"


def _raised(what: str, said: str, *, has_pick: bool) -> str:
    """Return in a sentence what a program raises where it takes a reply, and the way out."""
    if said.startswith("UnicodeDecodeError"):
        return f"{what} raises {said}: {DECODES}"
    if has_pick:
        return f"{what} raises {said}: `pick` finds no such part of the value that redis-py returns"
    return f"{what} raises {said}: this server's reply does not have the shape that redis-py expects"


def _spelling(claimed: Json, real: str) -> str:
    """Return what to do about a claim that is right but for how it is written in YAML, "" if it is not."""
    if isinstance(claimed, str) and claimed in _WORDS and real == claimed:
        return f"; without quotes {claimed} is text: write {_WORDS[claimed]}"
    if claimed is None and real == as_repr("None"):
        return "; there it is the text None: write null"
    if in_python := _in_python(claimed, real):
        return in_python
    if real == as_repr(claimed):
        return "; scores are numbers, so leave the quotes out"
    if real == as_repr(_in_quotes(claimed)):
        return "; this is text, so put the number in quotes"
    is_number = isinstance(claimed, str) and real == claimed and _NUMBER.fullmatch(claimed)
    return "; this is a number, so leave the quotes out" if is_number else ""


def _in_python(claimed: Json, real: str) -> str:
    """Return what to do about a claim that is the server's word, where redis-py returns another value for it."""
    if claimed == "OK" and real == "True":
        return "; redis-py returns True for OK: write true"
    if isinstance(claimed, str) and real == as_repr(encoded(claimed)):
        return f"; these are bytes, which are claimed as Python shows them: write {as_flow(real)}"
    if isinstance(claimed, list) and len(claimed) % 2 == 0 and all(isinstance(each, str) for each in claimed[::2]):
        as_dict = {str(name): value for name, value in zip(claimed[::2], claimed[1::2], strict=True)}
        return f"; this is a dict: write {as_flow(as_dict)}" if claimed and real == as_repr(as_dict) else ""
    return ""


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = {"None": "null", "True": "true", "False": "false"}
"""What Python prints, and how YAML writes it."""


def _in_quotes(value: Json) -> Json:
    """Return the value with text in place of numbers."""
    if isinstance(value, list):
        return [_in_quotes(each) for each in value]
    if isinstance(value, dict):
        return {name: _in_quotes(each) for name, each in value.items()}
    return value if isinstance(value, bool | str) or value is None else str(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def contradiction(name: str, claimed: Json, entry: TraceEntry) -> str | None:
    """Return what really came, as Python prints it, if it is not what was claimed.

    It is "" for a key that does not exist, or that may exist and is not shown, so that no claim about it can be proved.
    """
    if name in entry.keys:
        state = entry.keys[name]
        return None if _shows(state, claimed) else as_text(state)
    if name == "error":
        is_true = entry.refusal.said.startswith(claimed) if entry.refusal and isinstance(claimed, str) else False
        return (
            None
            if is_true or (claimed is None and not entry.refusal)
            else as_repr(entry.refusal and entry.refusal.said)
        )
    known = {"output": entry.output, "reply": as_python(entry.reply), **entry.variables}
    if name not in known:
        # A key that a pattern watches: it is claimed not to be there by null, or as an empty one.
        is_empty = claimed is None or claimed in ([], {})
        return None if is_empty and not entry.may_be_unshown(name) else ""
    real = known[name]
    is_ok = name == "reply" and claimed == "OK" and entry.reply == {"status": "OK"}
    return None if is_ok or is_same(claimed, real) else as_repr(real)


def _shows(state: KeyState, exactly: Json) -> bool:
    # A state holds long texts by their length and digest: so does the claim that it is compared with.
    claimed = clip(exactly)
    match state["type"]:
        case "other":
            return False
        case "set":
            return isinstance(claimed, list) and sorted(map(as_repr, claimed)) == sorted(map(as_repr, state["items"]))
        case "zset":
            return _shows_scores(state, claimed)
        case "list":
            return isinstance(claimed, list) and len(claimed) == state["length"] and _kept(claimed) == state["items"]
    return is_same(claimed, as_value(state))


def _kept(items: list[Json]) -> list[Json]:
    return items if len(items) <= 2 * HALF else items[:HALF] + items[-HALF:]


def _shows_scores(state: KeyState, claimed: Json) -> bool:
    if isinstance(claimed, list):
        return claimed == [member for member, _ in state["items"]]
    if not isinstance(claimed, dict):
        return False
    said = {
        member: _ENDLESS.get(score, score) if isinstance(score, str) else score for member, score in claimed.items()
    }
    if not all(isinstance(score, int | float) for score in said.values()):
        return False
    return scores(state) == said


_ENDLESS = {"inf": inf, "-inf": -inf}
"""How a claim says that a score is infinite, as it does of a variable."""
>>>>>>> 284d805 (Lower rooms: plain English, and the pages of Redis and redis-py that the code rests on)
