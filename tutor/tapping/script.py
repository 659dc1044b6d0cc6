"""The text of a script: the statement of each line, and the names that it reads and assigns."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tutor.engine.program.python_source import syntax_tree

_INNER = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
"""Nodes with a scope of their own."""


@dataclass(slots=True)
class Statement:
    """A statement without nested ones: its first line, names and expressions; `self.done` counts as a name."""

    line: int
    writes: dict[str, None] = field(default_factory=dict)
    reads: dict[str, None] = field(default_factory=dict)
    adds: set[str] = field(default_factory=set)
    """Names that it updates in place, as `done += 1` does."""
    loose: set[str] = field(default_factory=set)
    """Attributes of objects without a name here, as `balance` in `accounts["ana"].balance = 3`."""
    nodes: list[ast.AST] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """All variables that it mentions, except those that begin with _."""
        known = (*self.writes, *self.reads)
        return {name for name in known if not any(part.startswith("_") for part in name.split("."))}

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Yield its calls of the named function."""
        return (each for each in self._all_calls() if isinstance(each.func, ast.Name) and each.func.id == name)

    def method_calls(self) -> Iterator[ast.Call]:
        """Yield its calls of methods."""
        return (each for each in self._all_calls() if isinstance(each.func, ast.Attribute))

    def _all_calls(self) -> Iterator[ast.Call]:
        return (each for node in self.nodes for each in ast.walk(node) if isinstance(each, ast.Call))


NO_STATEMENT = Statement(0)
"""A statement without names and expressions."""


class Script:
    """The statements of a script by line. Raises: SyntaxError, ValueError."""

    def __init__(self, text: str, name: str) -> None:
        tree = syntax_tree(text, name=name)
        self.docstring = ast.get_docstring(tree) or ""
        self._by_line: dict[int, Statement] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                self._add(node)

    def statement(self, line: int | None) -> Statement | None:
        """Return the statement on the line: the innermost one that begins last."""
        return self._by_line.get(line or 0)

    def _add(self, node: ast.stmt) -> None:
        parts = list(_own_parts(node))
        end = max([node.lineno, *(part.end_lineno or 0 for part in parts if hasattr(part, "end_lineno"))])
        known = self._by_line.get(node.lineno)
        # `if x: y = 1` is two statements on one line.
        statement = known if known and known.line == node.lineno else Statement(node.lineno)
        statement.nodes.extend(parts)
        for part in parts:
            _note_names(part, statement)
        if isinstance(node, ast.AugAssign) and (target := name_of(node.target)):
            statement.adds.add(target)
            statement.reads[target] = None
        for line in range(node.lineno, end + 1):
            self._by_line[line] = statement


def _own_parts(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of a statement, without its nested statements."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.withitem):
            yield child


def _note_names(node: ast.AST, statement: Statement) -> None:
    """Add the names in the expression to those of the statement."""
    if isinstance(node, ast.Name | ast.Attribute):
        _note_name(node, statement)
    known = {*statement.reads, *statement.writes}
    for part in _parts(node):
        _note_names(part, statement)
    if isinstance(node, _INNER):
        # Names bound by a comprehension or a lambda are not variables of the statement.
        own = _inner_names(node)
        for names in (statement.reads, statement.writes):
            for name in [each for each in names if each.partition(".")[0] in own and each not in known]:
                del names[name]


def _note_name(node: ast.Name | ast.Attribute, statement: Statement) -> None:
    if name := name_of(node):
        (statement.reads if isinstance(node.ctx, ast.Load) else statement.writes)[name] = None
    elif isinstance(node, ast.Attribute):
        statement.loose.add(node.attr)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of an expression that have a value: for `done.append(task)` not the method but `done`."""
    method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    for child in ast.iter_child_nodes(node):
        yield method.value if method is child else child


def _inner_names(node: ast.AST) -> set[str]:
    stored = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return stored | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def name_of(node: ast.AST) -> str:
    """Return the name of a variable, `done`, or of an object's attribute, `self.done`; "" for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
    return node.id if isinstance(node, ast.Name) else ""


def is_same_run(script: Script, before: int, now: int) -> bool:
    """Return whether the second line continues the statement of the first one."""
    statement = script.statement(before)
    return statement is not None and statement is script.statement(now) and now > before
