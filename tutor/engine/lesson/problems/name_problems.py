"""Problems of watched patterns, and warnings about names built from variables."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.steps.base import StepFields, Variables
from tutor.engine.program.interpolation import fill, names_in
from tutor.engine.redis.globs import is_pattern
from tutor.engine.redis.table import name_places
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.refusals import NotSent


def pattern_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield problems of watched patterns: the type can't be guessed, or no command can name such a key."""
    is_guessed = isinstance(lesson.watch, list)
    find = _guess_problems if is_guessed else _unnameable_warnings
    for i, watched in enumerate(lesson.watch):
        path: Path = ("watch", i if is_guessed else watched)
        yield from find(lesson, watched, path) if watched in lesson.watched_patterns else ()
        if lesson.format == 1 and is_pattern(watched) and watched not in lesson.keys_touched:
            message = f"in format 1, {watched!r} is the name of one key; patterns need `format: 2`"
            yield Problem(path, message, "warning")


def _unnameable_warnings(lesson: Lesson, pattern: str, path: Path) -> Iterator[Problem]:
    if not lesson.is_nameable(pattern):
        yield Problem(path, _unnameable(pattern), "warning")


def _unnameable(pattern: str) -> str:
    return f"no command can name a key like {pattern!r}"


def _guess_problems(lesson: Lesson, pattern: str, path: Path) -> Iterator[Problem]:
    """Yield the problem of a pattern whose keys' type can't be guessed."""
    types = lesson.types_for(pattern)
    if not lesson.is_nameable(pattern):
        yield Problem(path, _unnameable(pattern))
    elif not types:
        message = f"no command says of which type keys like {pattern!r} are; write it, as in"
        yield Problem(path, f"{message} watch: {{{as_repr(pattern)}: list}}")
    elif len(types) > 1:
        found = ", ".join(f"{type_} (step {step})" for type_, step in types.items())
        message = f"keys like {pattern!r} could be of several types: {found}; write which, as in"
        yield Problem(path, f"{message} watch: {{{as_repr(pattern)}: {next(iter(types))}}}")


def name_warnings(lesson: Lesson, entries: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Warn of steps of a play that name a key or channel by a variable that is None, or by an empty text."""
    variables = [lesson.start_variables, *(entry.variables for entry in entries)]
    for (before, _), entry in zip(pairwise(variables), entries, strict=True):
        step = lesson.steps[entry.position - 1]
        is_sent = entry.words and not isinstance(entry.refusal, NotSent)
        for message in _doubtful_names(step, before) if is_sent else ():
            yield Problem(("steps", entry.position - 1, step.kind), message, "warning")


def _doubtful_names(step: StepFields, variables: Variables) -> Iterator[str]:
    for word in (each.words[place] for each in step.templates for place in name_places(each.words)):
        without_value = [name for name in names_in(word) if variables[name] is None]
        if without_value:
            yield f"this names {fill(word, variables)!r}: the variable {without_value[0]} is None here"
        elif any(names_in(word)) and not fill(word, variables):
            yield f"this names nothing: {word} is an empty text here"
