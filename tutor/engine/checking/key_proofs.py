"""Run the proofs of a lesson's questions and compare each result with the question's key."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from pydantic import ValidationError

from tutor.engine.asking import proof
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.checking.effects import false_answers
from tutor.engine.checking.idle_lines import idle_lines
from tutor.engine.checking.question_problems import questions_of
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.questions.proofs import MadeBy, Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.playing.player import Play
from tutor.engine.redis import key_states
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import NotSent, ProgramError, StepRefusal
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import without_backticks


def false_keys(lesson: Lesson, entries: Sequence[TraceEntry], play: Play) -> Iterator[Problem]:
    """Yield a problem for each proof that does not confirm its key alone, and a warning for each missing proof.

    `entries`: the trace of the lesson itself; `play` plays it with changed steps. Raises: the exceptions of `play`.
    """
    values = _values(entries)
    for at, question in questions_of(lesson):
        if question.proof is None:
            yield from _missing_proof(lesson, question, at, values)
        elif question.proof.tries_answers:
            yield from false_answers(lesson, question, question.proof, at, play)
        else:
            yield from _contradictions(lesson, question, question.proof, (*at, "proof"), entries, play)
        for letter, maker in question.makers.items():
            yield from _not_made(lesson, question, (at, letter), maker, entries, play)


def _contradictions(
    lesson: Lesson, question: QuestionFields, asked: Proof, at: Path, entries: Sequence[TraceEntry], play: Play
) -> Iterator[Problem]:
    try:
        value = _found(lesson, asked, entries, play)
    except (NotProvable, StepFault) as not_provable:
        yield Problem(at, f"the proof can't be run: {not_provable}")
        return
    found, wrong = _named(asked, value), question.distractor_that_says(value)
    says = without_backticks(question.key_text)
    if not question.key_says(value):
        aside = "" if wrong is None else f"; a wrong choice says what came: {without_backticks(wrong)}"
        if asked.output and value is None:
            aside = f"; step {asked.after} puts out nothing: a reply needs `save` for that"
        yield Problem(at, f"the proof gives {found}, the key says {says}{aside}", facts=Facts(says, found))
    elif wrong is not None:
        yield Problem(at, f"the proof gives {found}, and so says the wrong choice {without_backticks(wrong)}")
    elif lesson.strict:
        yield from _idle_lines(lesson, question, asked, at, value, play)


def _idle_lines(
    lesson: Lesson, question: QuestionFields, asked: Proof, at: Path, value: Value, play: Play
) -> Iterator[Problem]:
    known: dict[tuple[str, ...], str] = {tuple(asked.run or ()): as_repr(value)}

    def finds(less: Proof) -> str:
        lines = tuple(less.run or ())
        if lines not in known:
            try:
                known[lines] = as_repr(_found(lesson, less, (), play))
            except (NotProvable, StepFault):
                known[lines] = ""
        return known[lines]

    yield from idle_lines(asked, question, finds, at)


def _found(lesson: Lesson, asked: Proof, entries: Sequence[TraceEntry], play: Play) -> Value:
    """Return the value that the proof finds. Raises: NotProvable, StepFault, and the exceptions of `play`."""
    mine = proof.played_lesson(lesson, asked)
    is_own = asked.run is None and not asked.changes_steps
    played = entries if is_own else _played(mine, asked, play)
    value = proof.value_in(mine, asked, played)
    if asked.run is not None and lesson.strict:
        _hold_refusals(mine, played[: asked.after])
    # No step of a scenario is the lesson's own, and a refusal that is not its answer hinders it.
    refused = _refused(mine, asked, played[: asked.after], entries if asked.run is None else ())
    if refused and refused.refusal:
        raise NotProvable(_why(refused.refusal, refused.position))
    return value


def _hold_refusals(mine: Lesson, played: Sequence[TraceEntry]) -> None:
    """Raise NotProvable for a line with `try` that is not refused: nothing would notice that it says something else."""
    for entry in played:
        if "error" in mine.steps[entry.position - 1].expect and not _is_refused(entry):
            raise NotProvable(f"line {entry.position} is not refused, so it needs no `try`")


def _is_refused(entry: TraceEntry) -> bool:
    """Return whether the server refused the step, or a command that its EXEC performed."""
    replies = entry.reply if isinstance(entry.reply, list) else []
    return entry.refusal is not None or any(isinstance(each, dict) and "error" in each for each in replies)


def _not_made(
    lesson: Lesson,
    question: QuestionFields,
    place: tuple[Path, str],
    maker: MadeBy,
    entries: Sequence[TraceEntry],
    play: Play,
) -> Iterator[Problem]:
    """Yield a problem if what is said to give a wrong choice gives another value."""
    at, letter = place
    path = (*at, "mistakes", letter, "made_by")
    try:
        value = _found(lesson, maker.proof(question.proof), entries, play)
    except (NotProvable, StepFault) as not_provable:
        yield Problem(path, f"`made_by` can't be run: {not_provable}")
        return
    except ValidationError as fault:
        yield Problem(path, f"`made_by` is no proof: {fault.errors()[0]['msg'].removeprefix('Value error, ')}")
        return
    if not question.choice_says(letter, value):
        said = without_backticks(question.letter_text(letter))
        message = f"`made_by` gives {as_repr(value)}, the choice {letter} says {said}"
        yield Problem(path, message, facts=Facts(said, as_repr(value)))
    elif lesson.strict and maker.run is not None:
        yield from _idle_lines(lesson, question, maker.proof(question.proof), path, value, play)


def _played(changed: Lesson, asked: Proof, play: Play) -> Sequence[TraceEntry]:
    # The steps after the answer are not needed; a lesson has at least one step.
    return play(changed if asked.after is None else proof.cut(changed, max(1, asked.after)))


def _refused(
    lesson: Lesson, asked: Proof, played: Sequence[TraceEntry], own: Sequence[TraceEntry]
) -> TraceEntry | None:
    """Return the first step that failed because the proof changed it or made it impossible.

    If only the program failed on the reply, the step has had its effect in Redis: just its saved value is unavailable.
    """
    pairs = zip_longest(played, own[: len(played)])
    return next(
        (each for each, was in pairs if _hinders(lesson, asked, each) and (not was or _is_news(each, was))), None
    )


def _hinders(lesson: Lesson, asked: Proof, entry: TraceEntry) -> bool:
    if asked.run is not None and "error" in lesson.steps[entry.position - 1].expect:
        return False
    if not isinstance(entry.refusal, ProgramError):
        return entry.refusal is not None
    # The program failed on the reply, so that only values that it would have saved are missing.
    variable = asked.first.variable if asked.first else asked.variable
    is_asked = entry.position == asked.after and asked.output
    return is_asked or variable in lesson.steps[entry.position - 1].saves


def _why(refusal: StepRefusal, position: int) -> str:
    if isinstance(refusal, NotSent):
        return f"step {position} can't be sent: {refusal.said}"
    if isinstance(refusal, ProgramError):
        return f"the program raises {refusal.said} at step {position}"
    return f"the server refused step {position}: {refusal.said}"


def _is_news(entry: TraceEntry, was: TraceEntry) -> bool:
    # The refusal of an unchanged command is a result of the run, not a fault of the proof.
    return entry.words != was.words or isinstance(entry.refusal, NotSent)


def _named(asked: Proof, value: Value) -> str:
    if asked.first is None:
        return as_repr(value)
    return "no step" if value is None else f"step {value}"


def _missing_proof(lesson: Lesson, question: QuestionFields, at: Path, values: Sequence[Json]) -> Iterator[Problem]:
    if question.source is not None:
        return
    provable = question.provable_part(values, len(lesson.steps))
    if provable:
        yield Problem(at, f"there is no proof, although {provable}", "strict")
        return
    message = "no proof and no source: add a `proof` that runs it, or a `source` with title and url that says it"
    yield Problem(at, message, "strict")


def _values(entries: Sequence[TraceEntry]) -> list[Json]:
    """Return the different values of keys, variables and outputs in this trace, except None."""
    found: dict[str, Json] = {}
    known = set[int]()
    for entry in entries:
        # Entries share the states and values that a step did not change, and all of them live as long as `entries`.
        new = [state for state in entry.keys.values() if id(state) not in known and state["type"] != "other"]
        values = [value for value in (*entry.variables.values(), entry.output) if id(value) not in known]
        known.update(map(id, (*new, *values)))
        for value in (*values, *map(key_states.as_value, new)):
            if value is not None:
                found.setdefault(repr(value), value)
    return list(found.values())
