"""Proofs that a learner asks for: the lesson is run now, in a corner of its own, beside the same with changed steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.assessment import questions
from tutor.assessment.questions import ShownText
from tutor.engine.asking import proof as proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.claims import Proof
from tutor.engine.playing import player
from tutor.engine.trace.entry import NOT_THERE, TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json
from tutor.ports import corners

MOST_ROWS = 50
"""Rows that a table shows: those that lead to the answer."""


@dataclass(frozen=True, slots=True)
class ProofCell:
    """A value in a table; `differs` from the other table's, or `is_answer`: the proof looks at it."""

    shown: ShownText
    differs: bool
    is_answer: bool


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A step that was run; `is_changed`: another command than the lesson's own."""

    step: int
    command: str
    is_changed: bool
    is_answer: bool
    cells: tuple[ProofCell, ...]


@dataclass(frozen=True, slots=True)
class ProofTable:
    """What one run did, down to the answer."""

    title: str
    names: tuple[str, ...]
    rows: tuple[ProofRow, ...]
    skipped_count: int


@dataclass(frozen=True, slots=True)
class ShownProof:
    """What a proof found, where it looked, and the tables: the lesson's own and, if steps were changed, the other."""

    found: ShownText
    place: str
    tables: tuple[ProofTable, ...]
    commands_count: int
    elapsed_text: str


@dataclass(frozen=True, slots=True)
class _Look:
    """The step and column in which the answer stands; the step is 0 for the start, None if it is nowhere."""

    step: int | None
    name: str
    is_step_the_answer: bool


def prove(proof: Proof, lesson: Lesson) -> ShownProof:
    """Run the lesson now, and with the proof's changes if it has any. Raises: NotProvable, BrokerAway."""
    value, played = _run(lesson, proof)
    own = _play_own(lesson, len(played)) if proof.changes_steps else played
    look = _look(proof, value)
    appeared = dict.fromkeys(
        key for entries in (played[-1:], own[-1:]) for entry in entries for key, _ in entry.appeared
    )
    asked = [look.name] if look.name and look.name not in (*lesson.watched, *appeared) else []
    names = (*lesson.watched, *appeared, *asked)
    tables = [_table("The lesson as it is", names, own, played, _Look(None, "", False) if own is not played else look)]
    if own is not played:
        tables.append(_table("With the change", names, played, own, look))
    all_played = [*played, *(own if own is not played else ())]
    elapsed = sum(entry.elapsed_us for entry in all_played if entry.command) / 1000
    return ShownProof(
        found=questions.shown_value(_found_text(value, look)),
        place=place(proof),
        tables=tuple(tables),
        commands_count=sum(1 for entry in all_played if entry.command),
        elapsed_text=f"{elapsed:.2f} ms",
    )


def place(proof: Proof) -> str:
    """Return in words where the proof looks."""
    if proof.first is not None:
        return f"the first step after which {proof.first.key or proof.first.variable} is {as_repr(proof.first.equals)}"
    if proof.output:
        return f"what step {proof.after} puts out"
    return f"{proof.key or proof.variable} {f'after step {proof.after}' if proof.after else 'at the start'}"


def _run(lesson: Lesson, proof: Proof) -> tuple[Json, list[TraceEntry]]:
    # The changed steps may touch keys that the lesson's own don't: the port is that of the changed lesson.
    return proving.run(lesson, proof, corners.temporary(proving.variant(lesson, proof)))


def _play_own(lesson: Lesson, steps: int) -> list[TraceEntry]:
    return player.play(lesson, corners.temporary(lesson), steps=steps)


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
    cells = [
        _cell(
            entry.value_text(name) or NOT_THERE,
            other.value_text(name) or NOT_THERE,
            is_answer=is_here and look.name == name,
        )
        for name in names
    ]
    # A printed line is text, even where it looks like a value.
    output = _cell(entry.output_text, other.output_text, is_answer=is_here and look.name == "")
    return ProofRow(
        step=entry.position,
        command=entry.command or "",
        is_changed=entry.command != other.command,
        is_answer=is_here and look.is_step_the_answer,
        cells=(*cells, output),
    )


def _cell(text: str, other: str, *, is_answer: bool) -> ProofCell:
    return ProofCell(questions.shown_value(text), text != other, is_answer)
