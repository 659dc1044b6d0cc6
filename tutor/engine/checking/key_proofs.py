"""Run the proofs of a lesson's questions and compare each result with the question's key."""

from collections.abc import Iterator, Sequence

from tutor.engine.asking import proof
from tutor.engine.checking.question_problems import questions_of
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.playing.player import Play
from tutor.engine.redis import key_states
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import NotSent, ProgramError, StepRefusal
from tutor.engine.values.replies import Json
from tutor.engine.values.wording import without_backticks


def false_keys(lesson: Lesson, entries: Sequence[TraceEntry], play: Play) -> Iterator[Problem]:
    """Yield a problem for each proof that does not confirm its key alone, and a warning for each missing proof.

    `entries`: the trace of the lesson itself; `play` plays it with changed steps. Raises: the exceptions of `play`.
    """
    for at, question in questions_of(lesson):
        if question.proof is None:
            yield from _missing_proof(lesson, question, at, entries)
        else:
            yield from _contradictions(lesson, question, question.proof, (*at, "proof"), entries, play)


def _contradictions(
    lesson: Lesson, question: QuestionFields, asked: Proof, at: Path, entries: Sequence[TraceEntry], play: Play
) -> Iterator[Problem]:
    try:
        played = _played(lesson, asked, play) if asked.changes_steps else entries
        value = proof.value_in(lesson, asked, played)
    except (proof.NotProvable, StepFault) as not_provable:
        yield Problem(at, f"the proof can't be run: {not_provable}")
        return
    refused = _refused(lesson, asked, played[: asked.after], entries)
    if refused and refused.refusal:
        yield Problem(at, f"the proof can't be run: {_why(refused.refusal, refused.position)}")
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


def _played(lesson: Lesson, asked: Proof, play: Play) -> Sequence[TraceEntry]:
    changed = proof.variant(lesson, asked)
    # The steps after the answer are not needed; a lesson has at least one step.
    return play(changed if asked.after is None else proof.cut(changed, max(1, asked.after)))


def _refused(
    lesson: Lesson, asked: Proof, played: Sequence[TraceEntry], own: Sequence[TraceEntry]
) -> TraceEntry | None:
    """Return the first step that failed because the proof changed it or made it impossible.

    If only the program failed on the reply, the step has had its effect in Redis: just its saved value is unavailable.
    """
    pairs = zip(played, own, strict=False)
    return next((each for each, was in pairs if _hinders(lesson, asked, each) and _is_news(each, was)), None)


def _hinders(lesson: Lesson, asked: Proof, entry: TraceEntry) -> bool:
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


def _named(asked: Proof, value: Json) -> str:
    if asked.first is None:
        return as_repr(value)
    return "no step" if value is None else f"step {value}"


def _missing_proof(
    lesson: Lesson, question: QuestionFields, at: Path, entries: Sequence[TraceEntry]
) -> Iterator[Problem]:
    provable = question.provable_part(_values(entries), len(lesson.steps))
    if provable:
        yield Problem(at, f"there is no proof, although {provable}", "warning")


def _values(entries: Sequence[TraceEntry]) -> list[Json]:
    """Return all values of keys, variables and outputs in this trace except None."""
    found: list[Json] = []
    for entry in entries:
        states = [key_states.as_value(state) for state in entry.keys.values() if state["type"] != "other"]
        found += [value for value in (*entry.variables.values(), entry.output, *states) if value is not None]
    return found
