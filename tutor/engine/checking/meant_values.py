"""Whether a value that prose shows is the one that is meant: set at its step, not yet another, and named beside it.

So a reference to another step or another name is noticed, although its value is as good as any.
"""

import re
from collections.abc import Iterator, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.prose_texts import ProseText
from tutor.engine.lesson.references import START, Reference
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.wording import listed

_SENTENCE_END = re.compile(r"[.!?][\"')`]*\s+(?=[\[`\"'A-Z{])")
_BRACES = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W_]+")


def meant_problems(
    lesson: Lesson, entries: Sequence[TraceEntry], reference: Reference, text: ProseText, index: int
) -> Iterator[Problem]:
    """Yield the problems of a reference to a value, which begins at `index` of the text."""
    yield from _not_set_there(lesson, entries, reference, text, index)
    yield from _not_of_that_moment(lesson, entries, reference, text, index)
    yield from _unnamed(lesson, entries, reference, text, index)


def _not_of_that_moment(
    lesson: Lesson, entries: Sequence[TraceEntry], reference: Reference, text: ProseText, index: int
) -> Iterator[Problem]:
    """Yield a problem if a step's own text shows a value of a later step, or one that has changed until then."""
    moment = _moment_of(text)
    if not moment or not reference.step:
        return
    written = _written(reference, text, index)
    if reference.step > moment:
        yield text.problem(index, f"{written} is of a later step than the text that shows it", Facts("", written))
        return
    between = range(moment, reference.step, -1)
    last = next((number for number in between if _has_to_do(lesson, entries, reference.name, number)), 0)
    if last:
        meant = _reference(lesson, reference, last)
        message = f"{written} is older: step {last} has to do with {reference.name} as well; write {meant}"
        yield text.problem(index, message, Facts(meant, written))


def _moment_of(text: ProseText) -> int:
    """Return the step whose own text it is, 0 for a text of something else."""
    part, position = (*text.path, "", "")[:2]
    return position + 1 if part == "steps" and isinstance(position, int) else 0


def _unnamed(
    lesson: Lesson, entries: Sequence[TraceEntry], reference: Reference, text: ProseText, index: int
) -> Iterator[Problem]:
    """Yield a problem if the step has to do with other names too, and the sentence does not say which one it shows."""
    name, step = reference.name, reference.step
    if not step or _is_named(name, _sentence_at(text.text, index)):
        return
    names = dict.fromkeys([*lesson.watch, *lesson.start_variables])
    others = [each for each in names if each != name and _has_to_do(lesson, entries, each, step)]
    if others:
        written = _written(reference, text, index)
        message = (
            f"the sentence does not say what {written} is, and step {step} has to do with {listed(others)} too: write"
            f" {name}, or the words of that name, into it"
        )
        yield text.problem(index, message, Facts(name, written))


def _sentence_at(text: str, index: int) -> str:
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= index), default=0)
    end = min((end for end in ends if end > index), default=len(text))
    return _BRACES.sub(" ", text[start:end])


def _is_named(name: str, sentence: str) -> bool:
    """Return whether a sentence has the words of a name, in any case, with or without an s."""
    said = {word.casefold().removesuffix("s") for word in _WORD.findall(sentence)}
    return {word.casefold().removesuffix("s") for word in _WORD.findall(name)} <= said


def _written(reference: Reference, text: ProseText, index: int) -> str:
    return text.text[index : index + reference.end - reference.start]


def _reference(lesson: Lesson, reference: Reference, step: int) -> str:
    moment = lesson.step_ids[step - 1] if step else START
    return f"{{{reference.name} after {moment}{'!r' if reference.is_repr else ''}}}"


def _not_set_there(
    lesson: Lesson, entries: Sequence[TraceEntry], reference: Reference, text: ProseText, index: int
) -> Iterator[Problem]:
    """Yield a problem if the step of a reference neither sets the variable nor touches the key that it shows."""
    name, step = reference.name, reference.step
    if not step or _has_to_do(lesson, entries, name, step):
        return
    last = next((number for number in range(step - 1, 0, -1) if _has_to_do(lesson, entries, name, number)), 0)
    meant, written = _reference(lesson, reference, last), _written(reference, text, index)
    message = f"{written} is older: step {step} does nothing with {name}; write {meant}"
    yield text.problem(index, message, Facts(meant, written))


def _has_to_do(lesson: Lesson, entries: Sequence[TraceEntry], name: str, step: int) -> bool:
    entry, before = entries[step - 1], entries[step - 2] if step > 1 else None
    set_here = {*lesson.steps[step - 1].saves, *(event["saved"] for event in entry.events)}
    if name in entry.variables:
        old = before.variables if before else lesson.start_variables
        return name in set_here or as_repr(entry.variables[name]) != as_repr(old.get(name))
    is_sent = any(name in each.words for each in entry.sent)
    return is_sent or (before.keys.get(name) if before else None) != entry.keys.get(name)
