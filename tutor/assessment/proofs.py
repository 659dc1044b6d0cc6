"""Proofs on demand: run the lesson as it is, and once more with the proof's changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.assessment import questions
from tutor.assessment.questions import ShownText
from tutor.engine.asking import proof as proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.playing import player
from tutor.engine.trace.entry import NOT_THERE, TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json
from tutor.ports import corners

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
    """Run the lesson now, and with the proof's changes if it has any. Raises: NotProvable, BrokerAway."""
    value, played = _run(lesson, proof)
    look = _look(proof, value)
    plays = [played]
    if proof.changes_steps:
        own = player.play(lesson, corners.temporary(lesson), steps=len(played))
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


def _names(lesson: Lesson, look: _Look, plays: Sequence[Sequence[TraceEntry]]) -> tuple[str, ...]:
    """Return the columns: the watched keys, keys found by patterns, and the name that the proof selects."""
    appeared = [key for entries in plays for entry in entries[-1:] for key, _ in entry.appeared]
    return tuple(dict.fromkeys([*lesson.watched, *appeared, *filter(None, [look.name])]))


def place(proof: Proof) -> str:
    """Return the place of the proof's value in words."""
    if proof.first is not None:
        return f"the first step after which {proof.first.key or proof.first.variable} is {as_repr(proof.first.equals)}"
    if proof.output:
        return f"what step {proof.after} puts out"
    return f"{proof.key or proof.variable} {f'after step {proof.after}' if proof.after else 'at the start'}"


def _run(lesson: Lesson, proof: Proof) -> tuple[Json, list[TraceEntry]]:
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
