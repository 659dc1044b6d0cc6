"""Run the answers of a question: the right ones have the effect that its proof states, and the others have not."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tutor.engine.asking.scenarios import NotProvable, scenario, with_answer
from tutor.engine.checking.idle_lines import idle_lines
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import Attempted, QuestionFields
from tutor.engine.playing.player import Play
from tutor.engine.redis import key_states
from tutor.engine.trace.claims import contradiction
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, as_python
from tutor.engine.values.wording import cut

MOST_UNLISTED = 5
"""Maximum number of unlisted right orders that are reported for one question."""

_AFTER_LINE = re.compile(r"after (\d{1,2})")

LONGEST_SAID = 200
"""Maximum number of characters of an answer or of a difference in a message."""


_Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Trial:
    """The play of one answer; `failed` says why it could not be played to its end, "" if it could.

    `failed_at`: the line that failed, 0 if that is not known.
    """

    entries: Sequence[TraceEntry]
    failed: str = ""
    failed_at: int = 0


@dataclass(frozen=True)
class _Trials:
    """The plays of a question's answers; equal lines are played once.

    `lost`: beginnings with which no answer can have the effect, because a line fails or gives another reply.
    """

    lesson: Lesson
    asked: Proof
    play: Play
    known: dict[_Lines, _Trial] = field(default_factory=dict)
    lost: set[_Lines] = field(default_factory=set)

    def of(self, answer: Attempted) -> _Trial:
        lines = self._lines(answer)
        if lines not in self.known:
            self.known[lines] = self._played(lines)
        return self.known[lines]

    def _lines(self, answer: Attempted) -> _Lines:
        return tuple(with_answer(self.asked.run or (), answer.lines))

    def is_lost(self, answer: Attempted) -> bool:
        """Return whether the answer begins like one that had lost by then, so that it need not be played."""
        lines = self._lines(answer)
        return any(lines[:count] in self.lost for count in range(1, len(lines) + 1))

    def note_lost(self, answer: Attempted, trial: _Trial, key: _Trial) -> None:
        """Note with which line an answer that has not the effect lost it, if that follows from its beginning alone."""
        if lost_at := trial.failed_at or self._lost_at(trial, key):
            self.lost.add(self._lines(answer)[:lost_at])

    def _lost_at(self, trial: _Trial, key: _Trial) -> int:
        if self.asked.gives is not None:
            return _missed_before_the_end(self.asked.gives, trial.entries)
        replies = dict(_replies(key.entries))
        if len(replies) < len(key.entries):
            return 0
        return next((each.position for each in trial.entries if replies.get(each.action) != _reply(each)), 0)

    def _played(self, lines: Sequence[str]) -> _Trial:
        try:
            mine = scenario(self.lesson, lines)
            entries = self.play(mine)
        except NotProvable as fault:
            return _Trial((), str(fault))
        except StepFault as fault:
            return _Trial((), str(fault), fault.position)
        accepted = {each.position for each in entries if "error" in mine.steps[each.position - 1].expect}
        accepted |= {len(entries)} if "error" in (self.asked.gives or {}) else set()
        refused = next((each for each in entries if each.refusal and each.position not in accepted), None)
        failed = f"line {refused.position} fails: {refused.refusal.said}" if refused and refused.refusal else ""
        return _Trial(entries, failed, refused.position if refused else 0)

    def missed(self, trial: _Trial, key: _Trial) -> str:
        """Return why an answer has not the stated effect, or else not that of the key; "" if it has."""
        if trial.failed:
            return trial.failed
        if self.asked.gives is not None:
            return _first_missed(self.asked.gives, trial.entries)
        return _difference(_effect(key.entries), _effect(trial.entries)) or _other_reply(key.entries, trial.entries)


def false_answers(lesson: Lesson, question: QuestionFields, asked: Proof, at: Path, play: Play) -> Iterator[Problem]:
    """Yield a problem for each right answer without the proof's effect, and for each other answer that has it.

    Raises: the exceptions of `play`.
    """
    answers = question.attempted
    if not answers:
        yield Problem((*at, "proof"), "this proof looks at nothing: add `key`, `variable`, `output`, `reply` or `sum`")
        return
    trials = _Trials(lesson, asked, play)
    key = trials.of(answers[0])
    if asked.gives is None and sum(answer.is_right for answer in answers) < 2:
        message = "nothing here says what the key brings about, so a wrong one would not be noticed: add `gives`"
        yield Problem((*at, "proof"), message, "strict")
    for answer in answers:
        yield from _judged(trials, answer, key, at)
        if answer is answers[0] and key.failed:
            return
    yield from _unlisted(trials, question.unlisted, key, at)
    if lesson.strict:
        yield from idle_lines(asked, question, lambda less: _judgement(trials, less, answers), (*at, "proof"))


def _judgement(trials: _Trials, less: Proof, answers: Sequence[Attempted]) -> Hashable:
    """Return which answers a proof confirms; of one that compares with the key, what the key comes to as well."""
    mine = trials if less is trials.asked else _Trials(trials.lesson, less, trials.play)
    key = mine.of(answers[0])
    effect = tuple(_effect(key.entries).items()) if less.gives is None and key.entries else ()
    return effect, *(bool(mine.missed(mine.of(each), key)) for each in answers)


def _judged(trials: _Trials, answer: Attempted, key: _Trial, at: Path) -> Iterator[Problem]:
    missed = trials.missed(trials.of(answer), key)
    said, path = cut(answer.said, LONGEST_SAID), (*at, *answer.path)
    if answer.is_right and missed:
        facts = Facts(_wanted(trials.asked), missed)
        yield Problem(path, f"the proof does not confirm {said}: {cut(missed, LONGEST_SAID)}", facts=facts)
    elif not answer.is_right and not missed:
        yield Problem(path, f"{said} counts as wrong, but the proof finds that it {_has_effect(trials.asked)}")


def _unlisted(trials: _Trials, answers: Sequence[Attempted], key: _Trial, at: Path) -> Iterator[Problem]:
    found = 0
    for answer in answers:
        if trials.is_lost(answer):
            continue
        trial = trials.of(answer)
        if trials.missed(trial, key):
            trials.note_lost(answer, trial, key)
            continue
        found += 1
        said = cut(answer.said, LONGEST_SAID)
        message = f"another order {_has_effect(trials.asked)} and counts as wrong; list it under `also`: {said}"
        yield Problem((*at, *answer.path), message)
        if found == MOST_UNLISTED:
            return


def _wanted(asked: Proof) -> str:
    gives = asked.gives
    return (
        "the key's effect" if gives is None else ", ".join(f"{name}: {as_repr(value)}" for name, value in gives.items())
    )


def _has_effect(asked: Proof) -> str:
    return "has the same effect as the key" if asked.gives is None else f"gives {cut(_wanted(asked), LONGEST_SAID)} too"


def _first_missed(gives: Mapping[str, Json], entries: Sequence[TraceEntry]) -> str:
    """Return the first claim that does not hold after the last line, or the line that it names; "" if all hold."""
    for name, claimed in gives.items():
        line = _AFTER_LINE.fullmatch(name)
        if line is None:
            missed = _missed(name, claimed, entries[-1])
        elif isinstance(claimed, dict) and 1 <= int(line[1]) <= len(entries):
            missed = _first_missed(claimed, entries[: int(line[1])])
        else:
            missed = f"there is no line {line[1]} to claim something of"
        if missed:
            return f"{missed} after line {line[1]}" if line else missed
    return ""


def _missed_before_the_end(gives: Mapping[str, Json], entries: Sequence[TraceEntry]) -> int:
    """Return the line after which a claim about it does not hold, 0 if there is none."""
    for name, claimed in gives.items():
        line = _AFTER_LINE.fullmatch(name)
        if line and _first_missed({name: claimed}, entries):
            return min(int(line[1]), len(entries))
    return 0


def _missed(name: str, claimed: Json, entry: TraceEntry) -> str:
    if name in ("waiting", "crashed"):
        actual = actors_that_are(name, entry)
        return "" if is_same(claimed, actual) else f"{name} is {as_repr(actual)}"
    came = contradiction(name, claimed, entry)
    if came is None:
        return ""
    return f"{name} is {came}" if came else f"there is no {name}"


def actors_that_are(state: str, entry: TraceEntry) -> list[str]:
    """Return the actors that are waiting, or crashed, after the entry's step, in alphabetical order."""
    return sorted(actor for actor, lane in entry.lanes.items() if lane["state"] == state)


def _effect(entries: Sequence[TraceEntry]) -> Mapping[str, str]:
    """Return what a play comes to: its last reply, and the keys, variables and waiting actors at its end, as text."""
    last = entries[-1]
    states = {
        name: key_states.as_text(state)
        for name, state in last.keys.items()
        if state.get("length") or state.get("value")
    }
    variables = {name: as_repr(value) for name, value in last.variables.items() if value is not None}
    return {
        "the last reply": as_repr(as_python(last.reply)),
        "waiting": as_repr(actors_that_are("waiting", last)),
        **states,
        **variables,
    }


def _difference(wanted: Mapping[str, str], came: Mapping[str, str]) -> str:
    for name in dict.fromkeys((*wanted, *came)):
        if wanted.get(name) != came.get(name):
            return f"{name} is {came.get(name, 'not there')}, with the key {wanted.get(name, 'not there')}"
    return ""


def _other_reply(wanted: Sequence[TraceEntry], came: Sequence[TraceEntry]) -> str:
    """Return the first line with another reply, if both plays have the same lines in any order."""
    own, other = _replies(wanted), _replies(came)
    if [line for line, _ in own] != [line for line, _ in other]:
        return ""
    pairs = zip(own, other, strict=True)
    return next((f"{line} gives {got}, with the key {was}" for (line, was), (_, got) in pairs if was != got), "")


def _replies(entries: Sequence[TraceEntry]) -> list[tuple[str, str]]:
    return sorted((entry.action, _reply(entry)) for entry in entries)


def _reply(entry: TraceEntry) -> str:
    return as_repr(as_python(entry.reply))
