"""Questions made from a lesson's trace, each still with all the wrong choices that can be found for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tutor.engine.asking import proof
from tutor.engine.asking.mistakes import Mistake
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.claims import Proof
from tutor.engine.lesson.questions.question import Difficulty
from tutor.engine.lesson.run_names import type_of
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.lesson.steps.read import ReadStep
from tutor.engine.program.interpolation import fill
from tutor.engine.redis import key_states
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import KeyType, spec_of
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json

LONGEST_LISTING = 12
"""Steps that a question lists, so that it can be answered without the table."""


@dataclass(frozen=True, slots=True)
class Other:
    """What came of the lesson with a mistake in it."""

    mistake: Mistake
    lesson: Lesson
    entries: Sequence[TraceEntry]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of the lesson, or of its beginning, and of the same with mistakes."""

    lesson: Lesson
    entries: Sequence[TraceEntry]
    others: Sequence[Other]
    is_beginning: bool

    @property
    def askable_keys(self) -> list[str]:
        """The watched keys whose state can be read off a line of text, those of patterns once they have been there."""
        appeared = [key for key, _ in self.entries[-1].appeared] if self.entries else []
        return [key for key in (*self.lesson.watched, *appeared) if _type_of(self.lesson, key) in _ASKABLE]

    def sentence(self, step: int) -> str:
        """The step in one sentence."""
        return Story.of(self.lesson, self.entries[step - 1]).sentence

    def states(self, key: str) -> list[KeyState]:
        """The key's state before the first step, after it, and so on."""
        return _states_of(self.lesson, self.entries, key)


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a choice claims, and why somebody may believe it."""

    value: Json
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before its wrong choices are picked: from the first group first, in a random order within each.

    `wrong` can be gone through once; what is not needed of it is never worked out.
    """

    id: str
    question: str
    key: Said
    wrong: Iterable[Sequence[Said]]
    proof: Proof
    concept: str
    difficulty: Difficulty
    explanation: str
    steps: Sequence[int]


def states(played: Played) -> Iterator[Draft]:
    """Yield for each step what a key holds after it."""
    for n, entry in enumerate(played.entries, 1):
        for key in _key_to_ask(played, entry):
            known = played.states(key)
            changes = _changes(played.entries[:n], key)
            if key_states.is_whole(known[n]):
                yield Draft(
                    id=f"trace/state/{n}",
                    question=f"{_what_is(played.lesson, key)} after step {n}?" + _listing(played.lesson, n),
                    key=_state(known[n]),
                    wrong=_wrong_states(known, n, _states_with_mistakes(played, key, n)),
                    proof=Proof(after=n, key=key),
                    concept=f"state of a {_type_of(played.lesson, key)}",
                    difficulty="easy" if len(changes) <= 2 else "medium",
                    explanation=_why(played, key, n, changes),
                    steps=[*changes[-1:], n] if changes[-1:] != [n] else [n],
                )


def _key_to_ask(played: Played, entry: TraceEntry) -> list[str]:
    """Return the key that this step changed, else the first one; none if there is none to ask about."""
    changed = [key for key in played.askable_keys if key in entry.was]
    return (changed or played.askable_keys)[:1]


def _changes(entries: Iterable[TraceEntry], key: str) -> list[int]:
    return [entry.position for entry in entries if key in entry.was]


def _what_is(lesson: Lesson, key: str, *, would: str = "does") -> str:
    if _type_of(lesson, key) == "string":
        return f"What {'is' if would == 'does' else 'would be'} the value of `{key}`"
    return f"What {would} `{key}` hold"


def _listing(lesson: Lesson, count: int) -> str:
    """Return the first `count` steps as a block of code under the question, nothing if they are too many."""
    labels = {actor.name: actor.shown for actor in lesson.cast}
    lines: list[str] = []
    for number, step in enumerate(lesson.steps[:count], 1):
        # Of two, a producer and a consumer, the command says which one it is; of more it does not.
        who = f"{labels[step.actor]}: " if len(labels) > 2 else ""
        lines.append(f"{number}  {who}{step.listing}" if step.listing else f"{number}  {step.action}")
    if len(lines) > LONGEST_LISTING or any("`" in line or not line.isprintable() for line in lines):
        return ""
    return "\n\n```text\n" + "\n".join(lines) + "\n```"


def _why(played: Played, key: str, n: int, changes: Sequence[int]) -> str:
    if not changes:
        return f"No step up to step {n} changes `{key}`."
    last = f"Step {changes[-1]}: {played.sentence(changes[-1])}."
    return last if changes[-1] == n else f"{last} The steps since then do not change `{key}`."


def _states_of(lesson: Lesson, entries: Sequence[TraceEntry], key: str) -> list[KeyState]:
    type_ = _type_of(lesson, key)
    return [key_states.empty(type_), *(entry.state_of(key, type_) for entry in entries)]


_ASKABLE = ("list", "string", "set")


def _type_of(lesson: Lesson, key: str) -> KeyType:
    return type_of(lesson, key) or "list"


def _state(state: KeyState, reason: str = "") -> Said:
    return Said(key_states.as_value(state), key_states.as_text(state), reason)


def _states_with_mistakes(played: Played, key: str, n: int) -> list[Said]:
    type_, others = _type_of(played.lesson, key), [other for other in played.others if n <= len(other.entries)]
    found = [(other.mistake, other.entries[n - 1].state_of(key, type_)) for other in others]
    return [
        _state(state, f"So it would be with {mistake.label}.") for mistake, state in found if key_states.is_whole(state)
    ]


def _wrong_states(states: Sequence[KeyState], n: int, mistaken: Sequence[Said]) -> Iterator[Sequence[Said]]:
    """Yield wrong states after step `n`: of mistakes, of the steps around it, and of all others; nearest first."""
    yield [*mistaken, *([_reversed(states[n])] if states[n]["type"] == "list" else [])]
    for away in range(1, len(states)):
        around = [m for m in (n - away, n + away) if 0 <= m < len(states) and key_states.is_whole(states[m])]
        yield [_state(states[m], f"So it is {_when(m)}.") for m in around]


def _when(step: int) -> str:
    return f"after step {step}" if step else "before the first step"


def _reversed(state: KeyState) -> Said:
    return _state({**state, "items": state["items"][::-1]}, "The elements are right, but in the reverse order.")


def _is_unordered(entry: TraceEntry) -> bool:
    """Return whether the step's reply may come in any order, so that what it gives can't be asked for."""
    command = spec_of(entry.words or [])
    return command is not None and command.unordered


def _puts_out(lesson: Lesson, entry: TraceEntry) -> bool:
    """Return whether the step prints, or gives its program a reply at once: not one that it has to wait for."""
    step = lesson.steps[entry.position - 1]
    is_quiet = entry.refusal or entry.lanes.get(entry.actor, {}).get("state") in ("waiting", "subscribed")
    if isinstance(step, ReadStep):
        return bool(step.saves)
    return entry.printed or (isinstance(step, CommandStep) and step.save is not None and not is_quiet)


def outputs(played: Played) -> Iterator[Draft]:
    """Yield for each step that puts something out what it is."""
    if any(map(_is_unordered, played.entries)):
        return
    for n, entry in enumerate(played.entries, 1):
        if not _puts_out(played.lesson, entry):
            continue
        changes = sum(bool(each.was.keys() & each.keys.keys()) for each in played.entries[:n])
        yield Draft(
            id=f"trace/output/{n}",
            question=f"What does step {n} {'print' if entry.printed else 'put out'}?" + _listing(played.lesson, n),
            key=_output(entry),
            wrong=chain(
                [_outputs_with_mistakes(played, n)],
                _misprints(played.lesson, n),
                _wrong_outputs(played.entries, n),
            ),
            proof=Proof(after=n, output=True),
            concept="output of a step",
            difficulty="easy" if entry.printed or changes <= 2 else "medium",
            explanation=f"Step {n}: {played.sentence(n)}.",
            steps=[n],
        )


def _output(entry: TraceEntry, reason: str = "") -> Said:
    return Said(entry.output, entry.output_text, reason)


def _outputs_with_mistakes(played: Played, n: int) -> list[Said]:
    found = [(other.mistake, other.entries[n - 1]) for other in played.others if n <= len(other.entries)]
    return [_output(entry, f"So it would be with {mistake.label}.") for mistake, entry in found if not entry.refusal]


def _misprints(lesson: Lesson, n: int) -> Iterator[Sequence[Said]]:
    """Yield the line that a step prints, with its variables taken wrongly."""
    step = lesson.steps[n - 1]
    if isinstance(step, PrintStep):
        early = fill(step.print, lesson.start_variables)
        yield [Said(early, early, "So it would be before any step gave the variables a value.")]
        yield [Said(step.print, step.print, "The values take the place of the names in braces.")]


def _wrong_outputs(entries: Sequence[TraceEntry], n: int) -> Iterator[Sequence[Said]]:
    """Yield what the same kind of step puts out at other places, nearest first; then what a key holds, and nothing."""
    entry = entries[n - 1]
    alike = [each for each in entries if each.position != n and each.kind == entry.kind]
    for other in sorted(alike, key=lambda each: abs(each.position - n)):
        if other.output is not None or not entry.printed:
            yield [_output(other, f"So it is at step {other.position}.")]
    if not entry.printed:
        yield [
            _state(state, f"This is what `{key}` holds after the step, not what the program gets.")
            for key, state in entry.keys.items()
            if key_states.is_whole(state)
        ]
    yield [Said(None, as_repr(None), "The step does put something out.")]


def emptied(played: Played) -> Iterator[Draft]:
    """Yield for each key that becomes empty at which step that is."""
    for place, key in enumerate(played.askable_keys, 1):
        is_empty = [_is_empty(state) for state in played.states(key)]
        filled = is_empty.index(False) if False in is_empty else None
        if filled is None or True not in is_empty[filled:]:
            continue
        n = is_empty.index(True, filled)
        is_again = played.is_beginning or (False in is_empty[n:] and True in is_empty[is_empty.index(False, n) :])
        often = " for the first time" if is_again else ""
        # Where nothing else is empty before, the proof need not say from where to look.
        after = {} if filled <= 1 else {"after": filled}
        first = {"first": {"key": key, "equals": key_states.as_value(played.states(key)[n]), **after}}
        yield Draft(
            # Its number is that of the step that fills the key: an id must not tell the answer.
            id=f"trace/emptied{place if place > 1 else ''}/{filled}",
            question=f"At which step does `{key}` become empty{often}?" + _listing(played.lesson, len(played.entries)),
            key=_step(n),
            wrong=_wrong_steps(played, key, n, first),
            proof=Proof.model_validate(first),
            concept="when a key is empty",
            difficulty="medium",
            explanation=f"Step {n}: {played.sentence(n)}.",
            steps=[n],
        )


def _is_empty(state: KeyState) -> bool:
    return state["type"] != "other" and key_states.as_value(state) in ([], None)


def _step(n: Json, reason: str = "") -> Said:
    return Said(n, "Never" if n is None else f"Step {n}", reason)


def _wrong_steps(played: Played, key: str, n: int, first: Mapping[str, Json]) -> list[Sequence[Said]]:
    mistaken = [
        _step(_found(other, other.mistake.proof(**first)), f"So it would be with {other.mistake.label}.")
        for other in played.others
    ]
    reasons = {
        m: f"After step {m}, `{key}` holds {key_states.as_text(state)}." for m, state in enumerate(played.states(key))
    }
    near = [_step(m, reasons[m]) for m in (n - 1, n + 1) if 1 <= m <= len(played.entries)]
    far = [[_step(m, reasons[m])] for m in (n - 2, n + 2, n - 3, n + 3) if 1 <= m <= len(played.entries)]
    return [mistaken, near, *far]


def _found(other: Other, proved: Proof) -> Json:
    try:
        return proof.value_in(other.lesson, proved, other.entries)
    except proof.NotProvable:
        return None


def what_ifs(played: Played) -> Iterator[Draft]:
    """Yield for each command that can be mixed up what a key would hold then, and what would be put out."""
    for other in played.others:
        for right, wrong in other.mistake.swap.items():
            suppose = f"Suppose the lesson had `{wrong}` in place of each `{right}`."
            yield from _states_if(played, other, wrong.lower(), suppose)
            yield from _outputs_if(played, other, wrong.lower(), suppose)


def _states_if(played: Played, other: Other, name: str, suppose: str) -> Iterator[Draft]:
    for n, entry in enumerate(other.entries, 1):
        for key in [key for key in played.askable_keys if key in entry.was][:1]:
            states, real = _states_of(other.lesson, other.entries, key), played.states(key)[n]
            if not key_states.is_whole(states[n]) or not key_states.is_whole(real) or is_same(states[n], real):
                continue
            own = _state(real, "So it is in the lesson as it stands.")
            yield Draft(
                id=f"trace/if-{name}/{n}",
                question=f"{suppose} {_what_is(played.lesson, key, would='would')} after step {n}?"
                + _listing(other.lesson, n),
                key=_state(states[n]),
                wrong=chain([[own]], _wrong_states(states, n, [])),
                proof=other.mistake.proof(after=n, key=key),
                concept=_concept_if(played.lesson, key),
                difficulty="hard",
                explanation=f"Then, at step {n}: {Story.of(other.lesson, entry).sentence}.",
                steps=[n],
            )


def _concept_if(lesson: Lesson, key: str) -> str:
    return "ends of a list" if _type_of(lesson, key) == "list" else "another command"


def _outputs_if(played: Played, other: Other, name: str, suppose: str) -> Iterator[Draft]:
    for n, (entry, real) in enumerate(zip(other.entries, played.entries, strict=False), 1):
        is_asked = _puts_out(other.lesson, entry) and not entry.printed and _puts_out(played.lesson, real)
        if not is_asked or is_same(entry.output, real.output) or _is_unordered(entry):
            continue
        yield Draft(
            id=f"trace/if-{name}-output/{n}",
            question=f"{suppose} What would step {n} put out?" + _listing(other.lesson, n),
            key=_output(entry),
            wrong=chain([[_output(real, "So it is in the lesson as it stands.")]], _wrong_outputs(other.entries, n)),
            proof=other.mistake.proof(after=n, output=True),
            concept="ends of a list"
            if any(_type_of(played.lesson, k) == "list" for k in entry.keys)
            else "another command",
            difficulty="hard",
            explanation=f"Then, at step {n}: {Story.of(other.lesson, entry).sentence}.",
            steps=[n],
        )
