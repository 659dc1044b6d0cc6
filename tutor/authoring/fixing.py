"""Fixes that `lessons check --fix` offers: each changes a lesson's text and never its meaning.

To add a fix: write a function from a lesson and its file's fields to the changes of its values, and add it to FIXES.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tutor import library
from tutor.authoring.edits import edited
from tutor.engine.checking.step_mentions import with_names
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path as FieldPath
from tutor.engine.lesson.prose_texts import prose_texts
from tutor.engine.lesson.references import told
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.replies import Json
from tutor.files.changes import FileChange, NotWritten, content_of
from tutor.files.yaml_places import NewValue, with_values
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import Ids, with_ids


class NotFixed(NotWritten):
    """The file can't be fixed; the text says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes of a file: new values and new names of fields by their paths, and ids of steps and questions."""

    values: Mapping[FieldPath, NewValue] = field(default_factory=dict)
    keys: Mapping[FieldPath, str] = field(default_factory=dict)
    ids: Ids = field(default_factory=dict)


def fixed(path: Path) -> FileChange:
    """Return a lesson's file with all fixes; nothing is written or played. Raises: NotFixed, NotWritten."""
    content = content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        raise NotFixed(
            "\n".join([*map(str, reading.errors), f"{path} can't be fixed before its errors are corrected."])
        )
    text = content.decode("utf-8")
    for fix in FIXES:
        text = _with(fix, text, path)
    return FileChange(path, content, text.encode(), word="fixed")


def _with(fix: "Fixing", text: str, path: Path) -> str:
    lesson, root = library.read(text, str(path)).lesson, read_document(text).root
    if lesson is None or root is None:
        raise NotFixed(f"{path} can't be fixed: after the first fixes it has errors.")
    found = fix(lesson, root.value)
    if not (found.values or found.keys):
        return text
    wanted = _wanted(root.value, found)
    for changes in (found, _anew(found)):
        after = edited(text, partial(_edited, fix=changes))
        came = read_document(after).root
        if came is not None and is_same(wanted, came.value) and _reads_alike(lesson, after, path):
            return after
    raise NotFixed(f"{path} is written in a way that can't be fixed without changing more than its numbers of steps.")


def _edited(text: str, fix: Fix) -> str:
    return with_ids(with_values(text, fix.values, fix.keys), fix.ids)


def _anew(fix: Fix) -> Fix:
    """Return the fix with each value written anew, in one line."""
    return Fix({path: NewValue(new.value) for path, new in fix.values.items()}, fix.keys, fix.ids)


def _wanted(fields: Any, fix: Fix) -> Any:
    found = deepcopy(fields)
    for path, new in fix.values.items():
        _at(found, path[:-1])[path[-1]] = new.value
    for path, name in fix.keys.items():
        parent = _at(found, path[:-1])
        renamed = {name if key == path[-1] else key: value for key, value in parent.items()}
        parent.clear()
        parent.update(renamed)
    for name, of_list in fix.ids.items():
        for i, id_ in of_list.items():
            found[name][i]["id"] = id_
    return found


def _at(fields: Any, path: FieldPath) -> Any:
    for part in path:
        fields = fields[part]
    return fields


def _reads_alike(before: Lesson, after: str, path: Path) -> bool:
    """Return whether learners read the same in both texts, and whether all else has the same meaning."""
    lesson = library.read(after, str(path)).lesson
    if lesson is None or lesson.ids != before.ids:
        return False
    one, other = (list(prose_texts(told(each, {}, "plain"))) for each in (before, lesson))
    return one == other and _numbers(before) == _numbers(lesson)


def _numbers(lesson: Lesson) -> Any:
    """Return all that a lesson says by numbers of steps, outside of its prose."""
    asked = (*lesson.quiz, *lesson.practice)
    moments = [each.steps for each in lesson.key_moments]
    return moments, [(each.steps, each.proof, each.makers) for each in asked]


Fixing = Callable[[Lesson, Any], Fix]


def names_for_numbers(lesson: Lesson, fields: Any) -> Fix:
    """Return names in place of the numbers of steps: in prose, in lists of steps and in proofs."""
    values = {**_in_prose(lesson), **dict(_in_lists(lesson, fields))}
    keys = dict(_in_replacements(lesson, fields))
    used = _used(lesson, [new.value for new in values.values()], keys.values())
    steps = {i: id_ for i, id_ in enumerate(lesson.step_ids) if id_ in used and lesson.steps[i].id is None}
    return Fix(values, keys, {"steps": steps, **_of_reworded(lesson, values)})


def _of_reworded(lesson: Lesson, values: Mapping[FieldPath, NewValue]) -> Ids:
    """Return the ids of questions whose text changes: without them, stored answers would lose their question."""
    parts = {"quiz": (lesson.quiz, lesson.quiz_ids), "practice": (lesson.practice, lesson.practice_ids)}
    return {
        part: {
            i: id_
            for i, (question, id_) in enumerate(zip(asked, ids, strict=True))
            if question.id is None and (part, i, "question") in values
        }
        for part, (asked, ids) in parts.items()
    }


FIXES: Sequence[Fixing] = (names_for_numbers,)
"""All fixes, in the order in which they are made."""


def _used(lesson: Lesson, values: Sequence[Json], keys: Any) -> set[str]:
    """Return the ids that new values name."""
    texts = [str(value) for value in (*values, *keys)]
    words = {word for text in texts for word in _words(text)}
    return words.intersection(lesson.step_ids)


def _words(text: str) -> list[str]:
    return text.replace("{", " ").replace("}", " ").split()


def _in_prose(lesson: Lesson) -> dict[FieldPath, NewValue]:
    found = {}
    for each in prose_texts(lesson):
        rewrite = partial(with_names, ids=lesson.step_ids, kind=each.kind)
        if (text := rewrite(each.text)) != each.text:
            found[each.path] = NewValue(text, rewrite)
    return found


def _in_lists(lesson: Lesson, fields: Any) -> Iterator[tuple[FieldPath, NewValue]]:
    for at, item in _items(fields):
        for k, number in enumerate(item.get("steps") or ()):
            yield from _named(lesson, (*at, "steps", k), number)
    for at, proof in _proofs(fields):
        yield from _named(lesson, (*at, "after"), proof.get("after"))
        yield from _named(lesson, (*at, "first", "after"), (proof.get("first") or {}).get("after"))


def _proofs(fields: Any) -> Iterator[tuple[FieldPath, Any]]:
    """Yield the proofs that name steps of the lesson: a scenario's numbers are those of its lines."""
    for at, item in _items(fields):
        proof, mistakes = item.get("proof") or {}, item.get("mistakes")
        if "run" in proof:
            continue
        yield (*at, "proof"), proof
        for letter, mistake in mistakes.items() if isinstance(mistakes, dict) else ():
            made_by = mistake.get("made_by") if isinstance(mistake, dict) else None
            if made_by and "run" not in made_by:
                yield (*at, "mistakes", letter, "made_by"), made_by


def _items(fields: Any) -> Iterator[tuple[FieldPath, Any]]:
    for name in ("key_moments", "quiz", "practice"):
        for i, item in enumerate(fields.get(name) or ()):
            yield (name, i), item


def _named(lesson: Lesson, path: FieldPath, number: Json) -> Iterator[tuple[FieldPath, NewValue]]:
    if isinstance(number, int) and 1 <= number <= len(lesson.steps):
        yield path, NewValue(lesson.step_ids[number - 1])


def _in_replacements(lesson: Lesson, fields: Any) -> Iterator[tuple[FieldPath, str]]:
    for at, proof in _proofs(fields):
        for key in proof.get("replace") or ():
            if str(key).isdecimal() and 1 <= int(key) <= len(lesson.steps):
                yield (*at, "replace", key), lesson.step_ids[int(key) - 1]
