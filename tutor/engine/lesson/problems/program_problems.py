"""Problems of a lesson's program and Django project, found without running them; all have severity "strict"."""

import ast
from collections.abc import Iterator

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Actor
from tutor.engine.lesson.problem import NO_FACTS, Facts, Path, Problem, name_facts
from tutor.engine.program.python_source import NotPython, parsed


def program_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield files that can't be parsed, and actors that run nothing, or something that is not there."""
    for file, source in lesson.program.items():
        if reason := _syntax_fault(source):
            yield _problem(("program", file), f"{file} is not Python: {reason}")
    yield from _project_problems(lesson)
    for i, actor in enumerate(lesson.cast):
        at: Path = ("actors", i, "runs") if actor.runs else ("actors", i)
        if actor.runs and not lesson.program:
            yield _problem(at, f"{actor.name} runs {actor.runs}, and the lesson has no `program`")
        elif actor.runs or (lesson.program and _acts(lesson, actor)):
            yield from _entry_problems(lesson, actor, at)


def _project_problems(lesson: Lesson) -> Iterator[Problem]:
    if lesson.django is None:
        return
    for file, source in lesson.django.files.items():
        if reason := _syntax_fault(source):
            yield _problem(("django", "files", file), f"{file} is not Python: {reason}")
    started = set[str]()
    for i, run in enumerate(lesson.django.runs):
        at: Path = ("django", "runs", i, run.act)
        file = f"management/commands/{run.what.partition(' ')[0]}.py"
        if run.act in ("manage", "start") and file not in lesson.django.files:
            yield _problem(at, f"`files` has no {file}", name_facts(file, lesson.django.files, "a file of `files`"))
        elif run.act == "stop" and run.what not in started:
            message = f"no earlier run starts {run.what!r}"
            yield _problem(at, message, name_facts(run.what, started, "a started command"))
        started ^= {run.what} if run.act in ("start", "stop") else set()


def _acts(lesson: Lesson, actor: Actor) -> bool:
    return any(step.actor == actor.name and step.is_done_by_actor for step in lesson.steps)


def _entry_problems(lesson: Lesson, actor: Actor, at: Path) -> Iterator[Problem]:
    entry = lesson.entry_points.get(actor.name)
    if entry is None:
        message = (
            f"{actor.name} acts, and no part of `program` is its own: write a file {actor.name}.py, a function"
            f" {actor.name}() or, in `actors`, `runs`"
        )
        example = f"{{name: {actor.name}, runs: {next(iter(lesson.program))}}}"
        yield _problem(at, message, Facts(example=example))
    elif entry.file not in lesson.program:
        message = f"`program` has no file {entry.file}; it has {', '.join(lesson.program)}"
        yield _problem(at, message, name_facts(entry.file, lesson.program, "a file of `program`"))
    elif entry.function:
        yield from _function_problems(lesson.program[entry.file], entry.file, entry.function, at)


def _function_problems(source: str, file: str, function: str, at: Path) -> Iterator[Problem]:
    try:
        tree = parsed(source)
    except NotPython:
        return  # reported at the file
    known = {node.name: node.args for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in known:
        message = f"{file} has no function {function}; it has {', '.join(known) or 'none'}"
        yield _problem(at, message, name_facts(function, known, f"a function of {file}"))
    elif _needed(known[function]):
        needed = ", ".join(_needed(known[function]))
        yield _problem(at, f"{function}() in {file} is called without arguments, and needs {needed}")


def _needed(arguments: ast.arguments) -> list[str]:
    """Return the arguments without a default."""
    places = [*arguments.posonlyargs, *arguments.args]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    needed = places[: len(places) - len(arguments.defaults)]
    return [each.arg for each in [*needed, *(each for each, default in named if default is None)]]


def _syntax_fault(source: str) -> str:
    """Return why the source can't be parsed, with its line; "" if it can."""
    try:
        parsed(source)
    except NotPython as fault:
        return f"{fault} in its line {fault.line}"
    return ""


def _problem(path: Path, message: str, facts: Facts = NO_FACTS) -> Problem:
    return Problem(path, message, "strict", facts)
