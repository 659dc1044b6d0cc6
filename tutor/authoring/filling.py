"""Filling a lesson: it is played, and its claims are added to or corrected in the text of its file.

Steps and questions without an id get the one derived from their text, so that it stays when they are reworded.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tutor import library
from tutor.authoring import proving
from tutor.authoring.edits import edited
from tutor.authoring.proving import PortOf
from tutor.engine.checking.mentions import mentions
from tutor.engine.checking.stable_claims import Claims, found_claims, new_claims
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.trace.claims import contradiction
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.wording import cut
from tutor.files.changes import FileChange, NotWritten, content_of
from tutor.files.schema_errors import spot_at
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import Ids, NewClaims, as_flow, with_claims, with_ids
from tutor.library import Reading

LONGEST_CLAIM = 300
"""Characters of the longest claim that is filled in; longer ones would only be skipped by readers."""

LONGEST_SHOWN = 60
"""Characters of a sentence or a value in a note."""

MOST_LISTED = 30
"""Maximum number of sentences listed after a filling."""


class NotFilled(NotWritten):
    """The file can't be filled; the text says why. Nothing was changed."""


def fill(path: Path, port_of: PortOf) -> FileChange:
    """Play the lesson twice and return its file with the results as claims, and with ids; nothing is written.

    Raises: NotFilled, NotWritten, BrokerAway.
    """
    content = content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        raise NotFilled(
            "\n".join([*map(str, reading.errors), f"{path} can't be filled before its errors are corrected."])
        )
    entries, again = (proving.play(reading.lesson, port_of) for _ in range(2))
    found = list(found_claims(reading.lesson, entries, again))
    changes = {i: claims for i, claims in _changes(reading.lesson, entries, found) if claims.corrected or claims.added}
    after = _filled(content.decode("utf-8"), changes, _new_ids(reading.lesson), path)
    notes = [*_notes(reading.lesson, entries, found), *_sentences_to_reread(reading, changes)]
    return FileChange(path, content, after.encode(), tuple(notes))


def _changes(lesson: Lesson, entries: Sequence[TraceEntry], found: Sequence[Claims]) -> Iterator[tuple[int, NewClaims]]:
    for i, (step, entry, came) in enumerate(zip(lesson.steps, entries, found, strict=True)):
        sound = {name: value for name, value in came.items() if _can_be_written(name, value, entry)}
        false = [name for name, value in step.expect.items() if contradiction(name, value, entry)]
        corrected = {name: sound[name] for name in false if name in sound}
        added = {name: value for name, value in new_claims(entry, sound).items() if name not in step.expect}
        yield i, NewClaims(corrected, added)


def _new_ids(lesson: Lesson) -> Ids:
    """Return the derived ids of the steps and questions without an id, by list and index."""
    lists: Mapping[str, tuple[Sequence[StepFields | QuestionFields], Sequence[str]]] = {
        "steps": (lesson.steps, lesson.step_ids),
        "quiz": (lesson.quiz, lesson.quiz_ids),
        "practice": (lesson.practice, lesson.practice_ids),
    }
    named = {name: enumerate(zip(items, ids, strict=True)) for name, (items, ids) in lists.items()}
    return {name: {i: id_ for i, (item, id_) in of_list if item.id is None} for name, of_list in named.items()}


def _can_be_written(name: str, value: Any, entry: TraceEntry) -> bool:
    # A key may be named by bytes, which YAML can't hold: so the claim is written and read again.
    root = read_document(as_flow({name: value})).root
    is_read_back = root is not None and is_same(root.value, {name: value})
    return is_read_back and len(as_flow(value)) <= LONGEST_CLAIM and contradiction(name, value, entry) is None


def _filled(text: str, changes: Mapping[int, NewClaims], ids: Ids, path: Path) -> str:
    if not changes and not any(ids.values()):
        return text
    filled = edited(text, lambda old: with_ids(with_claims(old, changes), ids))
    wanted, came = _wanted(text, changes, ids), read_document(filled).root
    if came is None or not is_same(wanted, came.value):
        reason = "is written in a way that can't be filled without changing more than its claims and ids"
        raise NotFilled(f"{path} {reason}.")
    return filled


def _wanted(text: str, changes: Mapping[int, NewClaims], ids: Ids) -> Any:
    root = read_document(text).root
    fields: Any = root.value if root else {}
    for i, claims in changes.items():
        step = fields["steps"][i]
        step["expect"] = {**step.get("expect", {}), **claims.corrected, **claims.added}
    for name, of_list in ids.items():
        for i, id_ in of_list.items():
            fields[name][i]["id"] = id_
    return fields


def _notes(lesson: Lesson, entries: Sequence[TraceEntry], found: Sequence[Claims]) -> Iterator[str]:
    for number, (step, entry, came) in enumerate(zip(lesson.steps, entries, found, strict=True), 1):
        if entry.refusal and "error" not in step.expect:
            yield f"step {number} was refused, and no claim was made: {entry.refusal.shown}"
        for name, value in step.expect.items():
            if name not in came and contradiction(name, value, entry):
                yield f"the claim of step {number} about {name} is false and can't be filled in"


def _sentences_to_reread(reading: Reading, changes: Mapping[int, NewClaims]) -> Iterator[str]:
    """Yield the lines whose sentences mention a step or a value of which a claim was corrected, at most MOST_LISTED."""
    found: dict[str, None] = {}
    lesson, root = reading.lesson, reading.document.root
    if lesson is None or root is None:
        return
    for i, claims in changes.items():
        for name in claims.corrected:
            was = lesson.steps[i].expect[name]
            said = f"the claim of step {i + 1} about {name} was {cut(as_repr(was), LONGEST_SHOWN)}: read again"
            for path, text in mentions(lesson, i + 1, was):
                spot = spot_at(root, path, "")
                shown = cut(" ".join(text.split()), LONGEST_SHOWN)
                found[f"{said} line {spot.line} ({path[0]}): {shown}"] = None
    yield from islice(found, MOST_LISTED)
    if len(found) > MOST_LISTED:
        yield f"{len(found) - MOST_LISTED} more sentences mention these steps or values"
