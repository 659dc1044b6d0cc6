"""Problems of references in prose: misspelt ones, and numbers of steps where a name would stay right."""

import re
from collections.abc import Iterator
from itertools import islice

from tutor.engine.checking.step_mentions import mentions_in
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem, nearest
from tutor.engine.lesson.prose_texts import ProseText, Segment, prose_texts, segments
from tutor.engine.lesson.references import START, is_named, moment_of, references_in

MOST_OF_LESSON = 100
"""Maximum number of such problems reported of one lesson."""


def reference_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield the problems of a lesson's prose."""
    yield from islice((each for text in prose_texts(lesson) for each in _problems(lesson, text)), MOST_OF_LESSON)


def _problems(lesson: Lesson, text: ProseText) -> Iterator[Problem]:
    for segment in segments(text.text, text.kind):
        for mention in mentions_in(segment, lesson.step_ids):
            said = " ".join(mention.text.split())
            meant = " ".join(mention.with_names.split())
            message = (
                f"{said!r} becomes wrong when a step is inserted: write {meant!r}, or let `lessons check --fix` do it"
            )
            yield text.problem(segment.start + mention.start, message, Facts(meant, said))
        if "{" in segment.text and segment.kind != "block":
            yield from _near_misses(lesson, text, segment)


_BRACES = re.compile(r"(?<!\\)\{(?P<inside>[^{}\n]{1,200})\}")
_STEP_FORM = re.compile(r"[Ss]tep\s+(?P<id>[\w-]+)")
_VALUE_FORM = re.compile(r"(?P<name>\S.*?)\s+(?P<after>after)\s+(?P<id>[\w-]+?)(?P<repr>!\w+)?")
_LAST_WORD = re.compile(r"(?P<before>.*?)\s+(?P<id>[a-z][a-z0-9-]*)\s*(?P<repr>!\w+)?\s*")


def _near_misses(lesson: Lesson, text: ProseText, segment: Segment) -> Iterator[Problem]:
    """Yield a problem for braces that look almost like a reference; they would be shown as they are."""
    read = {reference.start for reference in references_in(segment, lesson)}
    for found in _BRACES.finditer(segment.text):
        if found.start() in read or found["inside"] in lesson.start_variables:
            continue
        why, meant = _fault(lesson, found["inside"], segment)
        if why:
            aside = f"; did you mean {meant!r}?" if meant else ""
            facts = Facts("{step …} or {… after …} with the id of a step", found[0], meant=meant)
            message = f"{found[0]} stays as it is: {why}{aside}"
            yield text.problem(segment.start + found.start(), message, facts)


def _fault(lesson: Lesson, inside: str, segment: Segment) -> tuple[str, str]:
    """Return why braces are not read as a reference, and what was probably meant; both "" if they are other text."""
    if form := _STEP_FORM.fullmatch(inside):
        return _unread_step(lesson, form["id"], inside) if segment.kind == "prose" else ("", "")
    if form := _VALUE_FORM.fullmatch(inside):
        return _unread_value(lesson, form["name"], form["id"], form["repr"] or "")
    last = _LAST_WORD.fullmatch(inside)
    if last and last["id"] in lesson.positions:
        return _misspelt_word(lesson, last["before"], last["id"], last["repr"] or "")
    if inside in lesson.positions and "-" in inside and segment.kind == "prose":
        return f"a reference to a step is written {{step {inside}}}", f"{{step {inside}}}"
    return "", ""


def _unread_step(lesson: Lesson, id_: str, inside: str) -> tuple[str, str]:
    word = inside[:4]
    if id_.isdecimal() and 1 <= int(id_[:9]) <= len(lesson.steps):
        return "steps are named by their ids", f"{{{word} {lesson.step_ids[int(id_) - 1]}}}"
    near = nearest(id_, lesson.step_ids)
    return f"there is no step {id_!r}", f"{{{word} {near}}}" if near else ""


def _unread_value(lesson: Lesson, name: str, id_: str, shown: str) -> tuple[str, str]:
    names = [*lesson.watch, *lesson.start_variables]
    moments = [*lesson.step_ids, START]
    is_known, is_moment = is_named(name, lesson), moment_of(id_, lesson) is not None
    if id_.isdecimal() and is_known and 1 <= int(id_[:9]) <= len(lesson.steps):
        return "steps are named by their ids", f"{{{name} after {lesson.step_ids[int(id_) - 1]}{_only_repr(shown)}}}"
    near_name = name if is_known else nearest(name, names)
    near_id = id_ if is_moment else nearest(id_, moments)
    if not (is_known or is_moment) and not (near_name and near_id):
        return "", ""
    meant = f"{{{near_name} after {near_id}{_only_repr(shown)}}}" if near_name and near_id else ""
    if is_known and is_moment:
        return "only !r can follow", meant
    if is_moment:
        return f"no watched key and no variable is called {name!r}", meant
    return f"there is no step {id_!r}", meant


def _only_repr(shown: str) -> str:
    return "!r" if shown else ""


def _misspelt_word(lesson: Lesson, before: str, id_: str, shown: str) -> tuple[str, str]:
    """Return the fault of braces that end with a step's id, and have another word than `step` or `after` before it."""
    if nearest(before.strip(), ["step", "steps"]):
        return "a reference to a step is written {step …}", f"{{step {id_}}}"
    name, _, word = before.strip().rpartition(" ")
    if name and (is_named(name, lesson) or nearest(word, ["after"])):
        near = name if is_named(name, lesson) else nearest(name, [*lesson.watch, *lesson.start_variables])
        meant = f"{{{near} after {id_}{_only_repr(shown)}}}" if near else ""
        return "a value is named by {… after …}", meant
    return "", ""
