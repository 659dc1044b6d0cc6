"""Printed lines and words of commands with variables in them, where that is proved to give the very same text."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product

from tutor.engine.program.client import word_text
from tutor.engine.program.texts import fill, names_in
from tutor.engine.values.replies import Value
from tutor.engine.values.shown import as_str
from tutor.recording.script import Statement, name_of

Named = Callable[[str], str | None]
"""Gives the lesson's variable for a name in the script, None if the lesson has none."""

MOST_TRIES = 64

MOST_GAPS = 2
"""Unknown parts of a line between known ones: looking for each takes the length of the line once more."""


def escaped(text: str) -> str:
    """Return the text as a sentence of a lesson that says just this."""
    is_plain = not any(names_in(text)) and fill(text, {}) == text
    return text if is_plain else text.replace("{", "{{").replace("}", "}}")


def printed(text: str, statement: Statement | None, named: Named, values: Mapping[str, Value]) -> str:
    """Return the template of a printed line; `values` are the lesson's variables at that moment."""
    calls = list(statement.calls("print")) if statement else []
    arguments = calls[0].args if len(calls) == 1 else []
    separator = _keyword(calls[0], "sep", " ") if len(calls) == 1 else " "
    pieces: list[list[str]] = []
    for i, argument in enumerate(arguments):
        pieces += [[escaped(separator)]] * bool(i) + list(_pieces(argument, named))
    return (
        _proved(pieces, text, values) or _matched(pieces, text, values) or _substituted(text, statement, named, values)
    )


def word(text: str, statement: Statement | None, named: Named, values: Mapping[str, Value]) -> str:
    """Return the template of a command's word, if an expression of the statement gives it."""
    for argument in _arguments(statement):
        template = _proved(list(_pieces(argument, named)), text, values, as_text=word_text)
        if template and any(names_in(template)):
            return template
    return escaped(text)


def _arguments(statement: Statement | None) -> Iterator[ast.expr]:
    """Yield what the statement hands to methods, also what stands in lists and mappings there."""
    calls = (each for node in (statement.nodes if statement else ()) for each in ast.walk(node))
    for call in calls:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield argument
                if isinstance(argument, ast.Dict | ast.List | ast.Tuple | ast.Set):
                    yield from (each for each in ast.iter_child_nodes(argument) if isinstance(each, ast.expr))


def _keyword(call: ast.Call, name: str, default: str) -> str:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return default


def _pieces(node: ast.expr, named: Named) -> Iterator[list[str]]:
    """Yield the parts of the text that an expression becomes, each with the ways in which it may be written."""
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _pieces(part, named)
    elif isinstance(node, ast.FormattedValue):
        yield _formatted(node, named)
    elif isinstance(node, ast.Constant):
        yield [escaped(str(node.value))]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _pieces(node.left, named)
        yield from _pieces(node.right, named)
    else:
        yield _ways(node, named)


def _formatted(node: ast.FormattedValue, named: Named) -> list[str]:
    ways = _ways(node.value, named) if node.format_spec is None else []
    if isinstance(node.value, ast.Constant):
        return [escaped(str(node.value.value))]
    return [way for way in ways if "!r" in way] if node.conversion == ord("r") else ways


def _ways(node: ast.expr, named: Named) -> list[str]:
    """Return how a variable may be written: as text, or with quotes."""
    while (inner := _within(node)) is not None:
        node = inner
    name = named(known) if (known := name_of(node)) else None
    return [f"{{{name}{call}{how}}}" for call in ("", ".decode()") for how in ("", "!r")] if name else []


def _within(node: ast.expr) -> ast.expr | None:
    """Return the variable of `task.decode()`, `str(task)` and `message["data"]`: a lesson's values are text already."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "decode":
        return node.func.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr"):
        return node.args[0] if node.args else None
    is_data = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "data"
    return node.value if is_data and isinstance(node, ast.Subscript) else None


def _proved(
    pieces: Sequence[Sequence[str]],
    text: str,
    values: Mapping[str, Value],
    *,
    as_text: Callable[[Value], str] = as_str,
) -> str:
    """Return the first way of writing that gives the text, "" if none does."""
    for tried, way in enumerate(product(*pieces)):
        template = "".join(way)
        if tried >= MOST_TRIES:
            break
        if set(names_in(template)) <= values.keys() and fill(template, values, as_text=as_text) == text:
            return template
    return ""


def _matched(pieces: Sequence[Sequence[str]], text: str, values: Mapping[str, Value]) -> str:
    """Return the first way of writing that gives the text, with words for what is unknown; "" if none does."""
    # Another function's variable may have the name: then what was printed is unknown, too.
    ways = [[*piece, None] if not piece or any(names_in(piece[0])) else piece for piece in pieces]
    for way in islice(product(*ways), MOST_TRIES):
        names = {name for piece in way if piece for name in names_in(piece)}
        if not names or not names <= values.keys() or not 1 <= way.count(None) <= MOST_GAPS:
            continue
        shape = "".join("(.+?)" if piece is None else re.escape(fill(piece, values)) for piece in way)
        if found := re.fullmatch(shape, text, re.DOTALL):
            gaps = iter(found.groups())
            template = "".join(escaped(next(gaps)) if piece is None else piece for piece in way)
            return template if fill(template, values) == text else ""
    return ""


def _substituted(text: str, statement: Statement | None, named: Named, values: Mapping[str, Value]) -> str:
    """Return the text with variables that the statement reads where their values stand, each once and alone."""
    template = escaped(text)
    for name in statement.reads if statement else ():
        variable = named(name)
        value = values.get(variable) if variable else None
        if not isinstance(value, str) or len(value) < 2 or text.count(value) != 1:
            continue
        before, _, after = template.partition(escaped(value))
        is_alone = not (before[-1:].isalnum() or after[:1].isalnum())
        tried = f"{before}{{{variable}}}{after}"
        if is_alone and fill(tried, values) == text:
            template = tried
    return template if fill(template, values) == text else escaped(text)
