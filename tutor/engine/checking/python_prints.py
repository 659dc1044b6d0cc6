"""What a line of Python prints, as far as its text says: by `print`, `write`, and the methods of a logger."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

MOST_ALTERNATIVES = 16
"""Maximum number of texts that one call is read as: each `if` within an expression doubles them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An expression that is shown as text: the `variable` whose whole value it is, "" for any other."""

    variable: str = ""


ANY = Shown()

PrintedParts = Sequence[str | Shown]
"""What a call shows: its fixed texts in order, and the expressions between them."""

_LOGGING = {"debug": 0, "info": 0, "warning": 0, "error": 0, "critical": 0, "exception": 0, "log": 1}
"""The methods of a logger, each with the place of its message; the line around that is the handler's."""

_PERCENT = re.compile(r"%(?:%|(?:\([^()]*+\))?[-+ #0]*+(?:[0-9]++|\*)?(?:\.[0-9]++)?[a-zA-Z])")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")


def printed_by(call: ast.Call) -> Iterator[PrintedParts]:
    """Yield each text that a call may print; none if it is no call that prints."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "print" and isinstance(call.func, ast.Name):
        yield from islice(_of_print(call), MOST_ALTERNATIVES)
    elif name == "write" and call.args:
        yield from (_without_line_end(parts) for parts in islice(_shown(call.args[0]), MOST_ALTERNATIVES))
    elif name in _LOGGING and len(call.args) > _LOGGING[name] and isinstance(call.func, ast.Attribute):
        message = call.args[_LOGGING[name]]
        yield from ([ANY, *parts, ANY] for parts in islice(_formatted(message, _PERCENT), MOST_ALTERNATIVES))


def ends_a_line(call: ast.Call) -> bool:
    """Return whether what follows a `print` begins a new line."""
    end = next((each.value for each in call.keywords if each.arg == "end"), None)
    return end is None or (isinstance(end, ast.Constant) and end.value in (None, "\n"))


def variable_of(node: ast.expr | None) -> str:
    """Return the last word of the variable that is shown whole, as `task` and `self.task.decode()` do, "" for none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not (node.args or node.keywords):
        return variable_of(node.func.value)
    if isinstance(node, ast.Await):
        return variable_of(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _of_print(call: ast.Call) -> Iterator[PrintedParts]:
    separator = next((each.value for each in call.keywords if each.arg == "sep"), ast.Constant(" "))
    between: str | Shown = ANY
    if isinstance(separator, ast.Constant):
        between = " " if separator.value is None else str(separator.value)
    for shown in product(*map(_alternatives, call.args)):
        yield [part for place, parts in enumerate(shown) for part in ((between, *parts) if place else parts)]


def _alternatives(node: ast.expr) -> list[PrintedParts]:
    return list(islice(_shown(node), MOST_ALTERNATIVES))


def _shown(node: ast.expr) -> Iterator[PrintedParts]:
    """Yield what an expression may be shown as."""
    match node:
        case ast.Constant():
            yield [str(node.value)]
        case ast.JoinedStr():
            yield from _joined(node.values)
        case ast.FormattedValue():
            # A format such as `:>3` changes the text.
            yield [ANY if node.format_spec else Shown(variable_of(node.value))]
        case ast.BinOp(op=ast.Add()):
            yield from _joined([node.left, node.right])
        case ast.BinOp(op=ast.Mod()):
            yield from _formatted(node.left, _PERCENT)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            yield from _formatted(template, _BRACES)
        case ast.IfExp():
            yield from _shown(node.body)
            yield from _shown(node.orelse)
        case _:
            yield [Shown(variable_of(node))]


def _joined(nodes: Iterable[ast.expr]) -> Iterator[PrintedParts]:
    for shown in product(*map(_alternatives, nodes)):
        yield [part for parts in shown for part in parts]


def _formatted(node: ast.expr, fields: re.Pattern[str]) -> Iterator[PrintedParts]:
    """Yield a text with any text for each of its fields."""
    for parts in _shown(node):
        yield [each for part in parts for each in (_with_fields(part, fields) if isinstance(part, str) else [part])]


def _with_fields(text: str, fields: re.Pattern[str]) -> Iterator[str | Shown]:
    end = 0
    for found in fields.finditer(text):
        yield text[end : found.start()]
        yield found[0][0] if found[0] in ("%%", "{{", "}}") else ANY
        end = found.end()
    yield text[end:]


def _without_line_end(parts: PrintedParts) -> PrintedParts:
    last = parts[-1] if parts else ""
    return [*parts[:-1], last.removesuffix("\n")] if isinstance(last, str) and parts else parts
