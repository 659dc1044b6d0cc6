"""The proof of a lesson whose program did all its steps, and how it differs from an earlier one."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from tutor.engine.checking.stable_claims import claim_of_state
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import asks_for_id, is_left_to_chance, tells_time
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.proof_file import DjangoProof, ProofFile, ProvedStep
from tutor.engine.trace.reference_play import reference_entry
from tutor.engine.values.formatting import as_str
from tutor.engine.values.serialization import all_stored
from tutor.rehearsal.port import Deed

_GENERATED = re.compile(r"\b1\d{12}-\d+\b")
"""An id of a stream's entry that the server made of the time in milliseconds."""


def proof(
    lesson: Lesson,
    entries: Sequence[TraceEntry],
    deeds: Sequence[Deed],
    ran: Mapping[str, Collection[int]],
    versions: Mapping[str, str],
) -> ProofFile:
    """Return the proof of a whole play. Generated ids are 1-0, 2-0, …, so that each rehearsal gives the same file.

    `ran`: by file, the lines that have run to their end; the steps' own lines are added.
    """
    steps = [_step(id_, entry, deed) for id_, entry, deed in zip(lesson.step_ids, entries, deeds, strict=True)]
    return ProofFile(play_digest(lesson), versions, tuple(_with_plain_ids(steps)), ran=_all_ran(lesson, deeds, ran))


def _all_ran(lesson: Lesson, deeds: Sequence[Deed], ran: Mapping[str, Collection[int]]) -> dict[str, list[int]]:
    own = {(deed.line.file, deed.line.line) for deed in deeds}
    return {
        file: sorted({*ran.get(file, ()), *(line for name, line in own if name == file)}) for file in lesson.program
    }


def no_steps(lesson: Lesson) -> ProofFile:
    """Return the proof of a lesson without a program."""
    return ProofFile(play_digest(lesson), {}, ())


def _step(id_: str, entry: TraceEntry, deed: Deed) -> ProvedStep:
    return ProvedStep(
        id_,
        deed.line.file,
        deed.line.line,
        sent=[list(each.words) for each in entry.sent],
        printed=as_str(entry.output) if entry.printed else None,
        variables=all_stored(entry.variables),
        keys={key: claim_of_state(state) for key, state in entry.keys.items() if key_states.is_whole(state)},
        entry=reference_entry(entry),
    )


def _with_plain_ids(steps: Sequence[ProvedStep]) -> Iterator[ProvedStep]:
    plain: dict[str, str] = {}
    for step in steps:
        text = json.dumps(asdict(step))
        for real in _GENERATED.findall(text):
            plain.setdefault(real, f"{len(plain) + 1}-0")
        yield ProvedStep(**json.loads(_GENERATED.sub(lambda found: plain[found[0]], text)))


def differences(lesson: Lesson, old: ProofFile, new: ProofFile) -> list[str]:
    """Return how the new proof differs, a sentence each; versions don't count, nor what chance or a clock decides."""
    if old.digest != new.digest:
        return ["the lesson or its program has changed since it was proved"]
    words = [each.words for _, each in lesson.commands]
    is_uncertain = any(tells_time(each) or (is_left_to_chance(each) and not asks_for_id(each)) for each in words)
    found = []
    for number, (before, after) in enumerate(zip(old.steps, new.steps, strict=False), 1):
        if (before.step, before.file, before.line) != (after.step, after.file, after.line):
            found.append(f"step {number}: {_where(before)} is now {_where(after)}")
        elif not is_uncertain and _said(before) != _said(after):
            found.append(f"step {number}: its words, printed line or values are others")
    if len(old.steps) != len(new.steps):
        found.append("the number of steps is another")
    return [*found, *_of_lines(old, new), *_of_projects(old.django, new.django)]


def _of_lines(old: ProofFile, new: ProofFile) -> Iterator[str]:
    # Older files don't say which lines have run.
    if old.ran is not None and old.ran != new.ran:
        yield "other lines of the program have run"


def _of_projects(old: DjangoProof | None, new: DjangoProof | None) -> Iterator[str]:
    if old is None or new is None:
        if old != new:
            yield "the Django project is proved for the first time" if new else "the lesson has no Django project now"
    elif old.digest != new.digest:
        yield "the Django project has changed since it was proved"
    elif (old.gave, old.sent) != (new.gave, new.sent):
        yield "the Django project gives something else, or sends other commands"


def _said(step: ProvedStep) -> ProvedStep:
    return replace(step, file="", line=0, entry=None)


def settled(lesson: Lesson, old: ProofFile, new: ProofFile) -> ProofFile:
    """Return the new proof with the old one's entries, if it differs in nothing: their idle times would."""
    if differences(lesson, old, new) or any(step.entry is None for step in old.steps):
        return new
    steps = (replace(after, entry=before.entry) for before, after in zip(old.steps, new.steps, strict=True))
    return replace(new, steps=tuple(steps))


def _where(step: ProvedStep) -> str:
    return f"{step.file}:{step.line}" if step.file else "no line"
