"""Parsing Python that a lesson contains; nothing is run."""

import ast
import warnings
from threading import Lock
from typing import Any, Literal

DEEPEST_CODE = 200
"""Levels of expressions and blocks in code that is read. Some readers call themselves for each level."""

LONGEST_NUMBER = 4_096
"""Bits of an integer in code that is read.

Python itself refuses decimal numbers of more than 4300 digits: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
"""

_TOO_DEEP = "it is nested too deeply"


# Python 3.11 counts the depth of the trees that all threads build in one number. So a thread that is interrupted while
# it builds one may get a SystemError: https://github.com/python/cpython/issues/106905
_one_at_a_time = Lock()


class NotPython(ValueError):
    """A text that is not Python. `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.line, self.column = line, column


def parsed(code: str) -> ast.Module:
    """Return the syntax tree of a program. Raises: NotPython, if it is nested too deeply as well."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape such as \d is doubtful, but Python
            tree: ast.Module = syntax_tree(code)
    except SyntaxError as error:
        raise NotPython(error.msg, error.lineno or 1, error.offset or 1) from None
    except ValueError as error:  # a NUL character
        raise NotPython(str(error), 1, 1) from None
    except (RecursionError, MemoryError):  # the parser's own limits
        raise NotPython(_TOO_DEEP, 1, 1) from None
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST_CODE):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
        if long := next(filter(_is_long_number, level), None):
            raise NotPython("a number in it is too long", getattr(long, "lineno", 1), 1)
    raise NotPython(_TOO_DEEP, getattr(level[0], "lineno", 1), 1)


def syntax_tree(code: str, mode: Literal["exec", "eval"] = "exec", *, name: str = "<unknown>") -> Any:
    """Return what `ast.parse` returns, an `ast.Module` or an `ast.Expression`; raise what it raises."""
    with _one_at_a_time:
        return ast.parse(code, name, mode)


def literal(code: str) -> Any:
    """Return the value that `ast.literal_eval` returns; raise what it raises."""
    return ast.literal_eval(syntax_tree(code, "eval"))


def _is_long_number(node: ast.AST) -> bool:
    """Return whether a node is a number that Python reads in hexadecimal, and refuses to write out in decimal."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value.bit_length() > LONGEST_NUMBER
