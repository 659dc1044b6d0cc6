"""The lesson's program: its files, and which of them, or which function in it, each actor runs."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tutor.engine.lesson.parts import Actor
from tutor.engine.program.python_source import NotPython, parsed

MOST_FILES = 8
"""Maximum number of files of a program."""

LONGEST_SOURCE = 10_000
"""Maximum number of characters of one file."""

FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*\.py$", max_length=60)]
SourceText = Annotated[str, Field(min_length=1, max_length=LONGEST_SOURCE)]


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Where an actor's program begins: a file, and a function without arguments in it, "" for the whole file."""

    file: str
    function: str = ""


def entry_points(program: Mapping[str, str], cast: Iterable[Actor]) -> dict[str, EntryPoint]:
    """Return the entry point of each actor that has one: the one it names, its own file, or the function of its name.

    A file that can't be parsed has no functions.
    """
    found: dict[str, EntryPoint] = {}
    functions = {file: _functions(source) for file, source in program.items()}
    for actor in cast:
        if actor.runs:
            file, _, function = actor.runs.partition(":")
            found[actor.name] = EntryPoint(file, function)
        elif f"{actor.name}.py" in program:
            found[actor.name] = EntryPoint(f"{actor.name}.py")
        elif holder := next((file for file, names in functions.items() if actor.name in names), ""):
            found[actor.name] = EntryPoint(holder, actor.name)
    return found


def _functions(source: str) -> frozenset[str]:
    try:
        tree = parsed(source)
    except NotPython:
        return frozenset()
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
