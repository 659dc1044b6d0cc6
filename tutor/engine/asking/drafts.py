"""Draft questions from a lesson's trace, each with the wrong answers found for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tutor.engine.asking.listing import LONGEST_LISTING, listing
from tutor.engine.asking.mistakes import Mistake
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.draft_question import DraftQuestion, PossibleAnswer
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.run_names import type_of
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.program.interpolation import fill
from tutor.engine.redis import key_states
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import KeyType, traits_of
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json

PossibleAnswers = Sequence[PossibleAnswer]
"""A group of answers, in no particular order."""


@dataclass(frozen=True, slots=True)
class MistakenPlay:
    """A play of the lesson with a mistake in it."""

    mistake: Mistake
    lesson: Lesson
    entries: Sequence[TraceEntry]

    @property
    def reason(self) -> str:
        """Why an answer from this play may seem right."""
        return f"So it would be with {self.mistake.label}."


@dataclass(frozen=True, slots=True)
class PlayedLesson:
    """A play of the lesson, or of its beginning, and plays of the same steps with mistakes."""

    lesson: Lesson
    entries: Sequence[TraceEntry]
    others: Sequence[MistakenPlay]
    is_beginning: bool

    @property
    def askable_keys(self) -> list[str]:
        """The watched keys whose state fits a line of text; keys of a pattern count once they have existed."""
        appeared = [key for key, _ in self.entries[-1].appeared] if self.entries else []
        return [key for key in (*self.lesson.watched, *appeared) if _type_of(self.lesson, key) in _ASKABLE]

    def sentence(self, step: int) -> str:
        """The step in one sentence."""
        return Story.of(self.lesson, self.entries[step - 1]).sentence

    def listing(self, last: int) -> str:
        """Return the steps up to `last` for a question."""
        return listing(self.lesson, self.entries, last)

    def states(self, key: str) -> list[KeyState]:
        """Return the key's state before the first step and after each step."""
        return _states_of(self.lesson, self.entries, key)

    def changed_keys(self, entry: TraceEntry) -> list[str]:
        """Return the askable keys that a step changed."""
        return [key for key in self.askable_keys if key in entry.was]

    def mistaken(self, n: int) -> list[tuple[TraceEntry, str]]:
        """Return step `n` of each play with a mistake that gets that far, and the reason to believe its result."""
        return [(other.entries[n - 1], other.reason) for other in self.others if n <= len(other.entries)]


def states(played: PlayedLesson) -> Iterator[DraftQuestion]:
    """Yield a question for each step about the state of a key after it."""
    for n, entry in enumerate(played.entries, 1):
        # For a step that changed no key, the question is about the first one.
        for key in (played.changed_keys(entry) or played.askable_keys)[:1]:
            known = played.states(key)
            changes = _changes(played.entries[:n], key)
            if key_states.is_whole(known[n]):
                yield DraftQuestion(
                    id=f"trace/state/{n}",
                    question=f"{_what_is(played.lesson, key)} after step {n}?" + played.listing(n),
                    key=_state(known[n]),
                    wrong=_wrong_states(known, n, _states_with_mistakes(played, key, n)),
                    proof=Proof(after=n, key=key),
                    concept=f"state of a {_type_of(played.lesson, key)}",
                    difficulty="easy" if len(changes) <= 2 else "medium",
                    explanation=_why(played, key, n, changes),
                    steps=[*changes[-1:], n] if changes[-1:] != [n] else [n],
                )


def _changes(entries: Iterable[TraceEntry], key: str) -> list[int]:
    return [entry.position for entry in entries if key in entry.was]


def _what_is(lesson: Lesson, key: str, *, would: str = "does") -> str:
    if _type_of(lesson, key) == "string":
        return f"What {'is' if would == 'does' else 'would be'} the value of `{key}`"
    return f"What {would} `{key}` hold"


def _why(played: PlayedLesson, key: str, n: int, changes: Sequence[int]) -> str:
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


def _state(state: KeyState, reason: str = "") -> PossibleAnswer:
    return PossibleAnswer(key_states.as_value(state), key_states.as_text(state), reason)


def _states_with_mistakes(played: PlayedLesson, key: str, n: int) -> list[PossibleAnswer]:
    type_ = _type_of(played.lesson, key)
    found = [(entry.state_of(key, type_), reason) for entry, reason in played.mistaken(n)]
    return [_state(state, reason) for state, reason in found if key_states.is_whole(state)]


def _wrong_states(
    states: Sequence[KeyState], n: int, mistaken: PossibleAnswers, *, would: str = ""
) -> Iterator[PossibleAnswers]:
    """Yield wrong states after step `n`: those of mistakes, then those of other steps, the nearest first.

    `would` is "would" for a lesson with another command.
    """
    yield [*mistaken, *([_reversed(states[n])] if states[n]["type"] == "list" else [])]
    so = "So it would be" if would else "So it is"
    for away in range(1, len(states)):
        around = [m for m in (n - away, n + away) if 0 <= m < len(states) and key_states.is_whole(states[m])]
        yield [_state(states[m], f"{so} {_when(m)}.") for m in around]


def _when(step: int) -> str:
    return f"after step {step}" if step else "before the first step"


def _reversed(state: KeyState) -> PossibleAnswer:
    return _state({**state, "items": state["items"][::-1]}, "The elements are right, but in the reverse order.")


def _is_unordered(entry: TraceEntry) -> bool:
    """Return whether the order of the step's reply is undefined, so that no question can ask for it."""
    return traits_of(entry.words).unordered


def _puts_out(lesson: Lesson, entry: TraceEntry) -> bool:
    """Return whether the step prints, or gets a reply without waiting for it."""
    return lesson.steps[entry.position - 1].puts_out(entry)


def outputs(played: PlayedLesson) -> Iterator[DraftQuestion]:
    """Yield a question about the output of each step that has one."""
    if any(map(_is_unordered, played.entries)):
        return
    for n, entry in enumerate(played.entries, 1):
        if not _puts_out(played.lesson, entry):
            continue
        changes = sum(bool(each.was.keys() & each.keys.keys()) for each in played.entries[:n])
        yield DraftQuestion(
            id=f"trace/output/{n}",
            question=f"What does step {n} {'print' if entry.printed else 'put out'}?" + played.listing(n),
            key=_output(entry),
            wrong=chain(
                [[_output(other, reason) for other, reason in played.mistaken(n) if not other.refusal]],
                _misprints(played.lesson, n),
                _wrong_outputs(played.lesson, played.entries, n),
            ),
            proof=Proof(after=n, output=True),
            concept="output of a step",
            difficulty="easy" if entry.printed or changes <= 2 else "medium",
            explanation=f"Step {n}: {played.sentence(n)}.",
            steps=[n],
        )


def _output(entry: TraceEntry, reason: str = "") -> PossibleAnswer:
    return PossibleAnswer(entry.output, entry.output_text, reason)


def _misprints(lesson: Lesson, n: int) -> Iterator[PossibleAnswers]:
    """Yield the line that a step prints, with wrong values for its variables."""
    step = lesson.steps[n - 1]
    if isinstance(step, PrintStep):
        early = fill(step.print, lesson.start_variables)
        yield [PossibleAnswer(early, early, "So it would be with the values that the variables have at the start.")]
        yield [PossibleAnswer(step.print, step.print, "The values take the place of the names in braces.")]


def _wrong_outputs(
    lesson: Lesson, entries: Sequence[TraceEntry], n: int, *, would: str = ""
) -> Iterator[PossibleAnswers]:
    """Yield outputs of steps of the same kind, nearest first, then the states of keys, then no output.

    `would` is "would" for a lesson with another command.
    """
    entry, so = entries[n - 1], "So it would be" if would else "So it is"
    alike = [each for each in entries if each.position != n and each.kind == entry.kind and _puts_out(lesson, each)]
    for other in sorted(alike, key=lambda each: abs(each.position - n)):
        if other.output is not None or not entry.printed:
            yield [_output(other, f"{so} at step {other.position}.")]
    if not entry.printed:
        yield [
            _state(
                state,
                f"This is what `{key}` {'would hold' if would else 'holds'} after the step, not what the program gets.",
            )
            for key, state in entry.keys.items()
            if key_states.is_whole(state)
        ]
    yield [PossibleAnswer(None, as_repr(None), f"The step {would or 'does'} put something out.")]


def emptied(played: PlayedLesson) -> Iterator[DraftQuestion]:
    """Yield, for each key that becomes empty, a question about the step that empties it."""
    for place, key in enumerate(played.askable_keys, 1):
        found = _emptying(played.states(key))
        if found is None:
            continue
        n, filled = found.step, found.filled_at
        often = " for the first time" if found.is_repeated or played.is_beginning else ""
        # If the key is not empty earlier, the proof need not name a step to start from.
        after = {} if filled <= 1 else {"after": filled}
        first = {"first": {"key": key, "equals": key_states.as_value(played.states(key)[n]), **after}}
        yield DraftQuestion(
            # The id has the number of the step that fills the key, because it must not give the answer away.
            id=f"trace/emptied{place if place > 1 else ''}/{filled}",
            question=f"At which step does `{key}` become empty{often}?" + _steps_to_search(played, n, filled),
            key=_step(n),
            wrong=_wrong_steps(played, key, n, filled),
            proof=Proof.model_validate(first),
            concept="when a key is empty",
            difficulty="medium",
            explanation=f"Step {n}: {played.sentence(n)}.",
            steps=[n],
        )


def _steps_to_search(played: PlayedLesson, n: int, filled: int) -> str:
    """Return the steps among which step `n` is to be found: all, or those from where the key was filled."""
    total = len(played.entries)
    if total <= LONGEST_LISTING:
        return listing(played.lesson, played.entries, total)
    # The listing must not end at the answer; its end is the same for several of them.
    return listing(played.lesson, played.entries, min(total, n - n % 4 + 7), first=max(1, filled))


@dataclass(frozen=True, slots=True)
class _Emptying:
    """The first step that empties a key, the step that filled it, and whether the key becomes empty again."""

    step: int
    filled_at: int
    is_repeated: bool


def _emptying(states: Sequence[KeyState]) -> _Emptying | None:
    """Return when a key becomes empty, None if it never does; `states[0]` is the state before the first step."""
    is_empty = [_is_empty(state) for state in states]
    turns = [n for n in range(1, len(is_empty)) if is_empty[n] != is_empty[n - 1]]
    # A key with content from the start was filled before the first step.
    fills_and_empties = turns if is_empty[:1] == [True] else [0, *turns]
    if len(fills_and_empties) < 2:
        return None
    return _Emptying(fills_and_empties[1], fills_and_empties[0], is_repeated=len(fills_and_empties) > 3)


def _is_empty(state: KeyState) -> bool:
    return state["type"] != "other" and key_states.as_value(state) in ([], None)


def _step(n: Json, reason: str = "") -> PossibleAnswer:
    return PossibleAnswer(n, "Never" if n is None else f"Step {n}", reason)


def _wrong_steps(played: PlayedLesson, key: str, n: int, filled: int) -> list[PossibleAnswers]:
    found = [(_becomes_empty(_states_of(other.lesson, other.entries, key), filled), other) for other in played.others]
    # A play of the beginning alone can't show that something never happens.
    mistaken = [_step(m, other.reason) for m, other in found if m is not None or not played.is_beginning]
    states = enumerate(played.states(key))
    steps = {m: _step(m, f"After step {m}, `{key}` holds {key_states.as_text(state)}.") for m, state in states if m}
    groups = ([n - 1, n + 1], [n - 2], [n + 2], [n - 3], [n + 3])
    return [mistaken, *([steps[m] for m in group if m in steps] for group in groups)]


def _becomes_empty(states: Sequence[KeyState], after: int) -> int | None:
    """Return the first step behind step `after` that empties a key; `states[0]` is the one before the first step.

    In a play with a mistake the key may be empty already, and then does not become so.
    """
    is_empty = [_is_empty(state) for state in states]
    return next((n for n in range(after + 1, len(states)) if is_empty[n] and not is_empty[n - 1]), None)


def what_ifs(played: PlayedLesson) -> Iterator[DraftQuestion]:
    """Yield questions about states and outputs of the lesson with one command in place of another."""
    for other in played.others:
        for right, wrong in other.mistake.swap.items():
            suppose = f"Suppose the lesson had `{wrong}` in place of each `{right}`."
            yield from _states_if(played, other, wrong.lower(), suppose)
            yield from _outputs_if(played, other, wrong.lower(), suppose)


def _states_if(played: PlayedLesson, other: MistakenPlay, name: str, suppose: str) -> Iterator[DraftQuestion]:
    for n, entry in enumerate(other.entries, 1):
        for key in played.changed_keys(entry)[:1]:
            states, real = _states_of(other.lesson, other.entries, key), played.states(key)[n]
            if not key_states.is_whole(states[n]) or not key_states.is_whole(real) or is_same(states[n], real):
                continue
            own = _state(real, "So it is in the lesson as it stands.")
            yield DraftQuestion(
                id=f"trace/if-{name}/{n}",
                question=f"{suppose} {_what_is(played.lesson, key, would='would')} after step {n}?"
                + listing(other.lesson, other.entries, n),
                key=_state(states[n]),
                wrong=chain([[own]], _wrong_states(states, n, [], would="would")),
                proof=other.mistake.proof(after=n, key=key),
                concept=_concept_if(_type_of(played.lesson, key)),
                difficulty="hard",
                explanation=f"Then, at step {n}: {Story.of(other.lesson, entry).sentence}.",
                steps=[n],
            )


def _concept_if(type_: KeyType | None) -> str:
    return "ends of a list" if type_ == "list" else "another command"


def _outputs_if(played: PlayedLesson, other: MistakenPlay, name: str, suppose: str) -> Iterator[DraftQuestion]:
    for n, (entry, real) in enumerate(zip(other.entries, played.entries, strict=False), 1):
        is_asked = _puts_out(other.lesson, entry) and not entry.printed and _puts_out(played.lesson, real)
        if not is_asked or is_same(entry.output, real.output) or _is_unordered(entry):
            continue
        yield DraftQuestion(
            id=f"trace/if-{name}-output/{n}",
            question=f"{suppose} What would step {n} put out?" + listing(other.lesson, other.entries, n),
            key=_output(entry),
            wrong=chain(
                [[_output(real, "So it is in the lesson as it stands.")]],
                _wrong_outputs(other.lesson, other.entries, n, would="would"),
            ),
            proof=other.mistake.proof(after=n, output=True),
            concept=_concept_if(traits_of([name.upper()]).type),
            difficulty="hard",
            explanation=f"Then, at step {n}: {Story.of(other.lesson, entry).sentence}.",
            steps=[n],
        )
