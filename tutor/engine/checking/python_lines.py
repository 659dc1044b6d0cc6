"""What each line of a Python program calls, prints and assigns, read from its syntax tree; nothing is run."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import Any

from tutor.engine.checking.python_prints import ANY, PrintedParts, ends_a_line, printed_by
from tutor.engine.program.python_source import parsed
from tutor.engine.redis.redis_py_calls import METHODS, SentWords, Unknown, sent_by
from tutor.engine.values.wording import cut

LONGEST_CALL = 80
"""Maximum number of characters of a call in a message."""

MOST_CALLS = 200
"""Maximum number of calls that are compared with a step whose line is wrong."""

UNKNOWN = Unknown()

_LISTS = ("append", "appendleft", "extend", "insert", "pop", "popleft", "remove", "reverse", "sort")
_CHANGES = frozenset((*_LISTS, "add", "clear", "discard", "popitem", "setdefault", "update"))
"""Methods that change a list, a set, a dict or a deque."""


@dataclass(frozen=True)
class Call:
    """A call of a method or a function: `name` is its last word, `line` the line of that word, from 1.

    `args` and `options` are literals with `Unknown` for every other value. `part`: the key in brackets after the call,
    as in `get_message()["data"]`.
    """

    name: str
    line: int
    args: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    part: str = ""
    source: Callable[[], str] = str

    @cached_property
    def text(self) -> str:
        """The call as written, cut."""
        return cut(" ".join(self.source().split()), LONGEST_CALL)

    @cached_property
    def sent(self) -> tuple[SentWords, ...]:
        """What it can send; nothing if it is no method of redis-py, or can't be called like that."""
        return sent_by(self.name, self.args, self.options) if self.name in METHODS else ()


@dataclass(frozen=True, slots=True)
class PythonLine:
    """A line of a program: its calls, the texts that it may print, and the values of the variables that it changes.

    `kept`: the variables that get all that a call returns. A statement of several lines is on each of them.
    """

    calls: Sequence[Call]
    prints: Sequence[PrintedParts]
    assigned: Mapping[str, Any]
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Statement:
    """A statement without the statements in it: of a loop, its first line."""

    node: ast.stmt
    nodes: Sequence[ast.AST]
    last: int

    @cached_property
    def picked(self) -> Mapping[tuple[int | None, ...], str]:
        """The keys by which the statement picks a part of something, by the place of that."""
        return {_place(node.value): _key(node) for node in self.nodes if isinstance(node, ast.Subscript)}


class PythonLines:
    """The lines of a program. Raises: NotPython."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._read: dict[int, PythonLine] = {}
        self._statements = [_statement(node) for node in ast.walk(parsed(code)) if isinstance(node, ast.stmt)]

    @cached_property
    def calls(self) -> Sequence[Call]:
        """The first MOST_CALLS calls of the program."""
        found = (call for each in self._statements for node in each.nodes for call in self._calls_of(each, node))
        return list(islice(found, MOST_CALLS))

    def at(self, number: int) -> PythonLine:
        """Return what the line of that number does; each line is read once, however many steps refer to it."""
        if number not in self._read:
            self._read[number] = self._line(number)
        return self._read[number]

    def _line(self, number: int) -> PythonLine:
        here = [each for each in self._statements if each.node.lineno <= number <= each.last]
        calls = [(each, call) for each in here for call in _calls_at(each, number)]
        return PythonLine(
            [found for each, call in calls for found in self._calls_of(each, call)],
            [self._on_its_line(parts, call) for _, call in calls for parts in printed_by(call)],
            {name: value for each in here for name, value in _assigned(each)},
            frozenset(name for each in here for name in _kept(each.node)),
        )

    def _on_its_line(self, parts: PrintedParts, call: ast.Call) -> PrintedParts:
        """Return what a call prints with what other calls may print before and behind it in the same line."""
        before = [ANY] if self._prints_in_parts else []
        return [*before, *parts, *([] if ends_a_line(call) else [ANY])]

    @cached_property
    def _prints_in_parts(self) -> bool:
        calls = (node for each in self._statements for node in each.nodes if isinstance(node, ast.Call))
        return any(not ends_a_line(call) for call in calls)

    @cached_property
    def _aliases(self) -> Mapping[str, ast.expr]:
        """The variables that are another name of a method, as in `push = r.lpush`, each with its first value."""
        found: dict[str, ast.expr] = {}
        for each in self._statements:
            if isinstance(each.node, ast.Assign) and isinstance(each.node.value, ast.Attribute | ast.Call):
                for target in each.node.targets:
                    found.setdefault(_last_word(target), each.node.value)
        return found

    def _calls_of(self, statement: _Statement, node: ast.AST) -> Iterator[Call]:
        if isinstance(node, ast.Call):
            source = partial(self._source, node)
            for call in _calls(_unaliased(node, self._aliases), statement):
                yield replace(call, source=source)

    def _source(self, node: ast.Call) -> str:
        return ast.get_source_segment(self._code, node) or ""


@lru_cache(maxsize=16)
def lines_of(code: str) -> PythonLines:
    """Return the lines of a program, read once. Raises: NotPython."""
    return PythonLines(code)


def _statement(node: ast.stmt) -> _Statement:
    parts = _own_parts(node)
    nodes = [each for part in parts for each in ast.walk(part)]
    return _Statement(node, nodes, max([node.lineno, *(getattr(part, "end_lineno", 0) for part in parts)]))


def _own_parts(statement: ast.stmt) -> list[ast.AST]:
    """Return the parts of a statement without the statements in it: of a loop, its first line."""
    parts = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt | ast.excepthandler)]
    own = [part for part in parts if not isinstance(part, ast.match_case)]
    return [each for part in own for each in (_inner(part) if isinstance(part, ast.withitem) else [part])]


def _inner(item: ast.withitem) -> list[ast.AST]:
    return [item.context_expr, *([item.optional_vars] if item.optional_vars else [])]


def _calls_at(statement: _Statement, number: int) -> list[ast.Call]:
    """Return the calls of a statement that are on a line."""
    calls = [node for node in statement.nodes if isinstance(node, ast.Call)]
    # In a chain of calls over several lines, each call is on the lines of its own name and arguments.
    near = [call for call in calls if (call.func.end_lineno or 0) <= number <= (call.end_lineno or 0)]
    return near or calls


def _key(node: ast.Subscript) -> str:
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return key if isinstance(key, str) else ""


def _calls(node: ast.Call, statement: _Statement) -> Iterator[Call]:
    """Yield the call, and each call that it passes on to a thread: `Timer(1, r.lpush, ["jobs", "mail"])`."""
    line = node.func.end_lineno or 0
    args = [_literal(arg) for arg in node.args]
    options = {option.arg or "**": _literal(option.value) for option in node.keywords}
    if name := _last_word(node.func):
        named = {option: value for option, value in options.items() if option != "**"}
        yield Call(name, line, _unpacked(args, options), named, statement.picked.get(_place(node), ""))
    yield from _passed_on(node, line, args, options)


def _unaliased(node: ast.Call, aliases: Mapping[str, ast.expr]) -> ast.Call:
    """Return the call with the method that its name stands for: `push = r.lpush`, `push = partial(r.lpush, "jobs")`."""
    name, function, given = _last_word(node.func), node.func, list[ast.expr]()
    aliased = aliases.get(name) if name not in METHODS else None
    if isinstance(aliased, ast.Call) and _last_word(aliased.func) == "partial" and aliased.args:
        function, *given = aliased.args
    elif isinstance(aliased, ast.Attribute):
        function = aliased
    if isinstance(function, ast.Call) and _last_word(function.func) == "getattr" and len(function.args) > 1:
        named = function.args[1]
        function = ast.Name(named.value) if isinstance(named, ast.Constant) and isinstance(named.value, str) else named
    if function is node.func:
        return node
    return _placed(ast.Call(ast.copy_location(function, node.func), [*given, *node.args], node.keywords), node)


def _placed(call: ast.Call, at: ast.Call) -> ast.Call:
    ast.copy_location(call, at)
    call.func.end_lineno = at.func.end_lineno
    return call


def _place(node: ast.expr) -> tuple[int | None, ...]:
    """Return where an expression is: where an alias was resolved, a call is another object at the same place."""
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _passed_on(node: ast.Call, line: int, args: Sequence[Any], options: Mapping[str, Any]) -> Iterator[Call]:
    for place, arg in enumerate(node.args):
        if isinstance(arg, ast.Attribute) and arg.attr in METHODS:
            rest = args[place + 1 :]
            yield Call(arg.attr, line, rest)
            if len(rest) == 1 and isinstance(rest[0], list):
                yield Call(arg.attr, line, rest[0])
    target = next((option.value for option in node.keywords if option.arg == "target"), None)
    if isinstance(target, ast.Attribute):
        given = options.get("args", [])
        yield Call(target.attr, line, given if isinstance(given, list) else [Unknown(is_starred=True)])


def _unpacked(args: Sequence[Any], options: Mapping[str, Any]) -> Sequence[Any]:
    """Return the arguments with one that stands for those in `**options`."""
    return [*args, Unknown(is_starred=True)] if "**" in options else args


def _last_word(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal(node: ast.expr | None) -> Any:
    """Return the value of a literal, with `Unknown` for each value in it that is none."""
    match node:
        case ast.Starred():
            value: Any = Unknown(is_starred=True)
        case ast.Constant():
            value = UNKNOWN if node.value is Ellipsis or isinstance(node.value, complex) else node.value
        case ast.UnaryOp(op=ast.USub()):
            number = _literal(node.operand)
            value = -number if isinstance(number, int | float) and not isinstance(number, bool) else UNKNOWN
        case ast.JoinedStr() | ast.BinOp():
            value = Unknown(parts=_parts(node))
        case ast.List() | ast.Tuple():
            value = [_literal(each) for each in node.elts]
        case ast.Dict():
            keys = [_literal(key) if key else UNKNOWN for key in node.keys]
            names = [key if isinstance(key, str | bytes | int | float | Unknown) else UNKNOWN for key in keys]
            value = dict(zip(names, map(_literal, node.values), strict=True))
        case _:
            value = UNKNOWN
    return value


def _parts(node: ast.expr) -> tuple[str | None, ...]:
    """Return the parts of an f-string or a sum of texts, None for each that is unknown; none if it may be no text."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = _parts(node.left), _parts(node.right)
        return tuple(part for side in sides for part in side or (None,)) if any(sides) else ()
    if isinstance(node, ast.JoinedStr):
        return tuple(part for each in node.values for part in _parts(each) or (None,))
    return (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()


def _assigned(each: _Statement) -> Iterator[tuple[str, Any]]:
    """Yield the variables that a statement assigns, each with its value."""
    for node in each.nodes:
        if isinstance(node, ast.NamedExpr):
            yield from _bound(node.target, _literal(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
            yield _last_word(node.func.value), UNKNOWN
    for target, value in _targets(each.node):
        yield from _bound(target, value)


def _targets(statement: ast.stmt) -> list[tuple[ast.expr, Any]]:
    match statement:
        case ast.Assign():
            return [(target, _literal(statement.value)) for target in statement.targets]
        case ast.AnnAssign():
            return [(statement.target, _literal(statement.value))]
        case ast.AugAssign() | ast.For() | ast.AsyncFor():
            return [(statement.target, UNKNOWN)]
        case ast.With() | ast.AsyncWith():
            return [(item.optional_vars, UNKNOWN) for item in statement.items if item.optional_vars]
        case ast.Delete():
            return [(target, UNKNOWN) for target in statement.targets]
    return []


def _kept(statement: ast.stmt) -> Iterator[str]:
    """Yield the variables that get all that a call returns."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        yield from filter(None, map(_last_word, statement.targets))


def _bound(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(target, ast.Name | ast.Attribute):
        yield _last_word(target), value
    elif isinstance(target, ast.Subscript):  # a part of the variable changes
        yield _last_word(target.value), UNKNOWN
    elif isinstance(target, ast.List | ast.Tuple):
        values = value if isinstance(value, list) and len(value) == len(target.elts) else [UNKNOWN] * len(target.elts)
        for each, part in zip(target.elts, values, strict=True):
            yield from _bound(each, part)
