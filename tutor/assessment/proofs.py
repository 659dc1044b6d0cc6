"""Proofs on demand: run the lesson as it is, and once more with the proof's changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutor.apart.limits import LEARNERS
from tutor.apart.pool import run
from tutor.assessment import questions
from tutor.assessment.questions import ShownText
from tutor.engine.asking import proof as proving
from tutor.engine.asking.scenarios import with_answer
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.playing import player
from tutor.engine.trace.entry import NOT_THERE, TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value, as_python
from tutor.ports import corners
from tutor.ports.eviction import with_room

MOST_ROWS = 50
"""Maximum number of rows of a table: the last ones up to the answer."""


@dataclass(frozen=True, slots=True)
class ProofCell:
    """A value in a table. `differs` from the other table; `is_answer`: selected by the proof."""

    shown: ShownText
    differs: bool
    is_answer: bool


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A step that was run; `is_changed`: its command is not the lesson's own."""

    step: int
    command: str
    is_changed: bool
    is_answer: bool
    cells: tuple[ProofCell, ...]


@dataclass(frozen=True, slots=True)
class ProofTable:
    """The steps of one run, up to the answer."""

    title: str
    names: tuple[str, ...]
    rows: tuple[ProofRow, ...]
    skipped_count: int


@dataclass(frozen=True, slots=True)
class ShownProof:
    """The result of a proof, its place, and a table for each run: the lesson's, then the changed one."""

    found: ShownText
    place: str
    tables: tuple[ProofTable, ...]
    commands_count: int
    elapsed_text: str


@dataclass(frozen=True, slots=True)
class _Look:
    """The step and column of the answer; the step is 0 for the start, None if it does not exist."""

    step: int | None
    name: str
    is_step_the_answer: bool


_NOWHERE = _Look(None, "", is_step_the_answer=False)

AS_IT_IS = "The lesson as it is"


def prove(proof: Proof, lesson: Lesson) -> ShownProof:
    """Run the lesson now, and with the proof's changes if it has any; it runs apart, within limits.

    Raises: NotProvable, BrokerAway, WorkBusy, WorkStopped.
    """
    return run(LEARNERS, _proved, proof, lesson)


def _proved(proof: Proof, lesson: Lesson) -> ShownProof:
    if proof.run is not None:
        return _scenario(proof, lesson)
    value, played = with_room(lambda: _run(lesson, proof))
    look = _look(proof, value)
    plays = [played]
    if proof.changes_steps:
        own = with_room(lambda: player.play(lesson, corners.temporary(lesson), steps=len(played)))
        plays = [played, own]
        names = _names(lesson, look, plays)
        tables = [_table(AS_IT_IS, names, own, played, _NOWHERE), _table("With the change", names, played, own, look)]
    else:
        tables = [_table(AS_IT_IS, _names(lesson, look, plays), played, played, look)]
    sent = [entry for entries in plays for entry in entries if entry.command]
    return ShownProof(
        found=questions.shown_value(_found_text(value, look)),
        place=place(proof),
        tables=tuple(tables),
        commands_count=len(sent),
        elapsed_text=f"{sum(entry.elapsed_us for entry in sent) / 1000:.2f} ms",
    )


def _scenario(proof: Proof, lesson: Lesson) -> ShownProof:
    """Run a scenario, in which a question's answer is already at its place."""
    mine = proving.played_lesson(lesson, proof)
    played = with_room(lambda: player.play(mine, corners.temporary(mine), steps=proof.after))
    if proof.tries_answers:
        found, look = _effect_text(proof, played), _NOWHERE
    else:
        found, look = as_repr(proving.value_in(mine, proof, played)), _look(proof, None)
        look = replace(look, step=len(played) if look.step is None else look.step)
    sent = [entry for entry in played if entry.command]
    # A line says who acts, and says it also of those that send nothing.
    lines = [replace(entry, command=entry.action) for entry in played]
    names = tuple(dict.fromkeys((*_names(mine, look, [played]), *mine.start_variables)))
    return ShownProof(
        found=questions.shown_value(found),
        place=place(proof),
        tables=(_table("The scenario", names, lines, lines, look),),
        commands_count=len(sent),
        elapsed_text=f"{sum(entry.elapsed_us for entry in sent) / 1000:.2f} ms",
    )


def _effect_text(proof: Proof, played: Sequence[TraceEntry]) -> str:
    """Return the real values of what the proof claims after the last line."""
    last = played[-1]
    waiting = sorted(actor for actor, lane in last.lanes.items() if lane["state"] == "waiting")
    values = {"reply": as_repr(as_python(last.reply)), "output": as_repr(last.output), "waiting": as_repr(waiting)}
    names = [name for name in proof.gives or {"reply": None} if not name.startswith("after ")]
    return ", ".join(f"{name}: {values.get(name) or last.value_text(name) or NOT_THERE}" for name in names)


def of_answer(question: QuestionFields) -> Proof | None:
    """Return the question's proof with the right answer at its place in a scenario; None if there is no proof."""
    proof, answers = question.proof, question.attempted
    if proof is None or proof.run is None or not proof.tries_answers or not answers:
        return proof
    return proof.model_copy(update={"run": with_answer(proof.run, answers[0].lines)})


def _names(lesson: Lesson, look: _Look, plays: Sequence[Sequence[TraceEntry]]) -> tuple[str, ...]:
    """Return the columns: the watched keys, keys found by patterns, and the name that the proof selects."""
    appeared = [key for entries in plays for entry in entries[-1:] for key, _ in entry.appeared]
    return tuple(dict.fromkeys([*lesson.watched, *appeared, *filter(None, [look.name])]))


def place(proof: Proof) -> str:
    """Return the place of the proof's value in words."""
    if proof.first is not None:
        return f"the first step after which {proof.first.key or proof.first.variable} is {as_repr(proof.first.equals)}"
    if proof.run is not None:
        return _place_in_scenario(proof)
    if proof.output:
        return f"what step {proof.after} puts out"
    part = _part(proof)
    return f"{part}{proof.key or proof.variable} {f'after step {proof.after}' if proof.after else 'at the start'}"


def _part(proof: Proof) -> str:
    parts = {"field": proof.field, "score of": proof.score, "rank of": proof.rank}
    named = next((f"{word} {name} in " for word, name in parts.items() if name is not None), "")
    return named or ("number of elements in " if proof.length else "seconds left for " if proof.life else "")


def _place_in_scenario(proof: Proof) -> str:
    line = f"line {proof.after}" if proof.after else "the last line"
    if proof.tries_answers:
        return f"the effect of the right answer after {line}"
    if proof.sum:
        return f"{' + '.join(proof.sum)} after {line}"
    if proof.waiting:
        return f"{'the number of actors' if proof.length else 'the actors'} waiting after {line}"
    if proof.reply or proof.output:
        return f"the {'reply' if proof.reply else 'output'} of {line}"
    return f"{_part(proof)}{proof.key or proof.variable} after {line}"


def _run(lesson: Lesson, proof: Proof) -> tuple[Value, list[TraceEntry]]:
    # The changed steps may touch other keys than the lesson, so the port needs the changed lesson.
    return proving.run(lesson, proof, corners.temporary(proving.variant(lesson, proof)))


def _look(proof: Proof, value: Json) -> _Look:
    if proof.first is not None:
        return _Look(value, proof.first.key or proof.first.variable or "", is_step_the_answer=True)
    return _Look(proof.after, "" if proof.output else proof.key or proof.variable or "", is_step_the_answer=False)


def _found_text(value: Json, look: _Look) -> str:
    if not look.is_step_the_answer:
        return as_repr(value)
    return "at no step" if value is None else f"step {value}"


def _table(
    title: str, names: tuple[str, ...], entries: Sequence[TraceEntry], others: Sequence[TraceEntry], look: _Look
) -> ProofTable:
    end = look.step if look.step and look.is_step_the_answer else len(entries)
    shown = list(zip(entries, others, strict=True))[max(0, end - MOST_ROWS) : max(end, MOST_ROWS)]
    rows = tuple(_row(names, entry, other, look) for entry, other in shown)
    return ProofTable(title, (*names, "Output"), rows, len(entries) - len(rows))


def _row(names: tuple[str, ...], entry: TraceEntry, other: TraceEntry, look: _Look) -> ProofRow:
    is_here = look.step == entry.position
    texts = [(name, entry.value_text(name) or NOT_THERE, other.value_text(name) or NOT_THERE) for name in names]
    # The output has no name; a printed line is text, even if it looks like a value.
    texts.append(("", entry.output_text, other.output_text))
    return ProofRow(
        step=entry.position,
        command=entry.command or "",
        is_changed=entry.command != other.command,
        is_answer=is_here and look.is_step_the_answer,
        cells=tuple(
            ProofCell(questions.shown_value(text), text != its, is_here and look.name == name)
            for name, text, its in texts
        ),
    )
