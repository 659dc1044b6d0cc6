"""Templates of printed lines and of command words, with variables wherever they provably give the same text."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product

from tutor.engine.program.client import word_text
from tutor.engine.program.interpolation import fill, names_in
from tutor.engine.values.formatting import as_str
from tutor.engine.values.replies import Value
from tutor.tapping.script import Statement, name_of

VariableOf = Callable[[str], str | None]
"""Returns the lesson's variable for a name in the script, None if there is none."""

MOST_TRIES = 64

MOST_GAPS = 2
"""Maximum number of unknown parts of a line, because the search for each one scans the line again."""


def escaped(text: str) -> str:
    """Return the text escaped for a lesson, without placeholders."""
    is_plain = not any(names_in(text)) and fill(text, {}) == text
    return text if is_plain else text.replace("{", "{{").replace("}", "}}")


def printed(text: str, statement: Statement, named: VariableOf, values: Mapping[str, Value]) -> str:
    """Return the template of a printed line; `values` are the lesson's variables at that moment."""
    pieces: list[list[str]] = []
    calls = list(statement.calls("print"))
    if len(calls) == 1:
        separator = [escaped(_keyword(calls[0], "sep", " "))]
        for i, argument in enumerate(calls[0].args):
            pieces += [separator] * bool(i) + list(_pieces(argument, named))
    return (
        _proved(pieces, text, values) or _matched(pieces, text, values) or _substituted(text, statement, named, values)
    )


def word(text: str, statement: Statement, named: VariableOf, values: Mapping[str, Value]) -> str:
    """Return the template of a command's word, if an expression of the statement gives it."""
    for argument in _arguments(statement):
        template = _proved(list(_pieces(argument, named)), text, values, as_text=word_text)
        if template and any(names_in(template)):
            return template
    return escaped(text)


def _arguments(statement: Statement) -> Iterator[ast.expr]:
    """Yield the arguments of the statement's method calls, including items of lists and mappings."""
    for call in statement.method_calls():
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            yield argument
            if isinstance(argument, _COLLECTIONS):
                yield from (each for each in ast.iter_child_nodes(argument) if isinstance(each, ast.expr))


_COLLECTIONS = (ast.Dict, ast.List, ast.Tuple, ast.Set)


def _keyword(call: ast.Call, name: str, default: str) -> str:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return default


def _pieces(node: ast.expr, named: VariableOf) -> Iterator[list[str]]:
    """Yield the parts of an expression's text, each with its possible templates."""
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


def _formatted(node: ast.FormattedValue, named: VariableOf) -> list[str]:
    ways = _ways(node.value, named) if node.format_spec is None else []
    if isinstance(node.value, ast.Constant):
        return [escaped(str(node.value.value))]
    return [way for way in ways if "!r" in way] if node.conversion == ord("r") else ways


def _ways(node: ast.expr, named: VariableOf) -> list[str]:
    """Return the possible templates of a variable: as text, or with quotes."""
    while (inner := _within(node)) is not None:
        node = inner
    name = named(known) if (known := name_of(node)) else None
    return [f"{{{name}{call}{how}}}" for call in ("", ".decode()") for how in ("", "!r")] if name else []


def _within(node: ast.expr) -> ast.expr | None:
    """Return the variable of `task.decode()`, `str(task)` and `message["data"]`: a lesson's values are text already."""
    match node:
        case ast.Call(func=ast.Attribute(attr="decode", value=inner)):
            return inner
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner, *_]):
            return inner
        case ast.Subscript(slice=ast.Constant(value="data"), value=inner):
            return inner
    return None


def _proved(
    pieces: Sequence[Sequence[str]],
    text: str,
    values: Mapping[str, Value],
    *,
    as_text: Callable[[Value], str] = as_str,
) -> str:
    """Return the first template that gives the text, "" if none does."""
    for tried, way in enumerate(product(*pieces)):
        template = "".join(way)
        if tried >= MOST_TRIES:
            break
        if set(names_in(template)) <= values.keys() and fill(template, values, as_text=as_text) == text:
            return template
    return ""


def _matched(pieces: Sequence[Sequence[str]], text: str, values: Mapping[str, Value]) -> str:
    """Return the first template that gives the text, with literal words for unknown parts; "" if none does."""
    # The name may be another function's variable, so the printed text is unknown as well.
    ways = [[*piece, None] if not piece or any(names_in(piece[0])) else piece for piece in pieces]
    tries = (_with_gaps_filled(way, text, values) for way in islice(product(*ways), MOST_TRIES))
    template = next((each for each in tries if each), "")
    return template if fill(template, values) == text else ""


def _with_gaps_filled(way: Sequence[str | None], text: str, values: Mapping[str, Value]) -> str:
    """Return the template with the text's own words in place of None, "" if the text does not match."""
    names = set(names_in("".join(filter(None, way))))
    if not names or not names <= values.keys() or not 1 <= way.count(None) <= MOST_GAPS:
        return ""
    shape = "".join("(.+?)" if piece is None else re.escape(fill(piece, values)) for piece in way)
    found = re.fullmatch(shape, text, re.DOTALL)
    if found is None:
        return ""
    gaps = map(escaped, found.groups())
    return "".join(next(gaps) if piece is None else piece for piece in way)


def _substituted(text: str, statement: Statement, named: VariableOf, values: Mapping[str, Value]) -> str:
    """Return the text with variables in place of their values, if each value occurs once and as a whole word."""
    template = escaped(text)
    for variable in filter(None, map(named, statement.reads)):
        value = values.get(variable)
        if isinstance(value, str) and len(value) > 1 and text.count(value) == 1:
            tried = _with_variable(template, variable, value)
            template = tried if fill(tried, values) == text else template
    return template if fill(template, values) == text else escaped(text)


def _with_variable(template: str, variable: str, value: str) -> str:
    """Return the template with the variable in place of its value, unless that is a part of a longer word."""
    before, _, after = template.partition(escaped(value))
    is_alone = not (before[-1:].isalnum() or after[:1].isalnum())
    return f"{before}{{{variable}}}{after}" if is_alone else template
