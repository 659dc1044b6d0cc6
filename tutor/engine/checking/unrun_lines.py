"""Lines of a lesson's program that no step ran: nothing proves them, so they could say anything."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Problem
from tutor.engine.program.python_source import NotPython, parsed
from tutor.engine.values.wording import cut

LONGEST_LINE = 60
"""Maximum number of characters of a line in a message."""

_WITHOUT_A_RUN = (ast.Raise, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Try)
"""Statements that no step can be expected to run.

`raise` would end the program; `global` and `try` do nothing themselves; imports may be for types only.
"""


def unrun_lines(lesson: Lesson, ran: Mapping[str, Collection[int]]) -> Iterator[Problem]:
    """Yield a problem for each statement, with those that follow it, that is not among the lines that ran, by file."""
    for file, source in lesson.program.items():
        try:
            tree = parsed(source)
        except NotPython:
            continue  # reported at the file
        lines, numbers = source.split("\n"), frozenset(ran.get(file, ()))
        for block in _unrun_blocks(tree.body, numbers):
            first, more = block[0].lineno, len(block) - 1
            text = cut(lines[first - 1].strip(), LONGEST_LINE)
            after = "statement" if more == 1 else f"{more} statements"
            following = f", nor the {after} after it" if more else ""
            message = (
                f"no step runs line {first} of {file} ({text}){following}: show it with a step, or leave it out; lines"
                " that several actors need can be a function in a file of its own"
            )
            yield Problem(("program", file), message, "strict", inside=(first, block[0].col_offset + 1))


def _unrun_blocks(body: Sequence[ast.stmt], ran: frozenset[int]) -> Iterator[list[ast.stmt]]:
    """Yield the statements without a run, those together that follow each other."""
    block: list[ast.stmt] = []
    for node in body:
        if _can_run(node) and ran.isdisjoint(_own_lines(node)):
            block.append(node)
            continue
        if block:
            yield block
            block = []
        for inner in _bodies(node):
            yield from _unrun_blocks(inner, ran)
    if block:
        yield block


def _can_run(node: ast.stmt) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return not is_text and not isinstance(node, _WITHOUT_A_RUN)


def _own_lines(node: ast.stmt) -> range:
    """Return the lines of a statement without those of its blocks; a decorator's line counts as its own."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    inner = [block[0].lineno for block in _bodies(node) if block]
    # A block may be on the statement's own line: `if x: return`.
    return range(first, max(node.lineno + 1, min(inner, default=(node.end_lineno or node.lineno) + 1)))


def _bodies(node: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """Yield the blocks of a statement, except that of `if __name__ == "__main__"`: an actor may run a function."""
    if isinstance(node, ast.If) and "__name__" in {
        each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)
    }:
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body
