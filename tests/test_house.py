"""The house rules that a machine can hold: short simple functions, no flags, one name for one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from radon.complexity import cc_visit_ast

ROOT = Path(__file__).parent.parent

HIGHEST_COMPLEXITY = 10
LARGEST_SHARE = 0.015
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

FRAMEWORK_NAMES = {"Command", "DatabaseWrapper", "Meta", "Migration"}
"""Class names that Django asks for."""

FOREIGN_SIGNATURES = {
    "tutor/asgi.py": {"load_middleware(is_async)"},  # Django's
    "tutor/broker/bounded.py": {"send_packed_command(check_health)"},  # redis-py's
    "tutor/management/commands/create_instructor.py": {"handle(password_stdin)", "handle(remove)"},  # Django's
    "tutor/recording/tap.py": {"_send(check_health)"},  # redis-py's
    "tutor/rehearsal/inside/held_redis.py": {  # redis-py's
        "_get_message(ignore_subscribe_messages)",
        "_parse(block)",
        "_send(check_health)",
    },
}
"""Flags that a library's signature asks for, by module."""


def modules() -> list[Path]:
    return [path for path in sorted((ROOT / "tutor").rglob("*.py")) if "migrations" not in path.parts]


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module as it was parsed, once for all rules."""
    return ast.parse(path.read_text())


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield all statements, and no expression: `ast.walk` would visit ten times as many nodes."""
    within = (child for child in ast.iter_child_nodes(tree) if not isinstance(child, ast.expr))
    for child in within:
        if isinstance(child, ast.stmt):
            yield child
        yield from statements(child)


@cache
def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [each for each in statements(tree_of(path)) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_few_functions_are_complex():
    found = [
        (block.complexity, f"{path.relative_to(ROOT)}:{block.lineno} {block.name}")
        for path in modules()
        for block in cc_visit_ast(tree_of(path))
        if type(block).__name__ == "Function"
    ]
    complex_ones = sorted((each for each in found if each[0] > HIGHEST_COMPLEXITY), reverse=True)
    assert len(complex_ones) <= LARGEST_SHARE * len(found), complex_ones


def test_modules_and_functions_fit():
    long = []
    for path in modules():
        if len(path.read_text().splitlines()) > LONGEST_MODULE:
            long.append(str(path))
        long += [
            f"{path}:{each.lineno} {each.name}"
            for each in functions(path)
            if (each.end_lineno or 0) - each.body[0].lineno > LONGEST_FUNCTION
        ]
    assert not long


def test_functions_take_no_flags():
    """A bool parameter hides two functions in one: https://martinfowler.com/bliki/FlagArgument.html."""
    flags = set()
    for path in modules():
        name = str(path.relative_to(ROOT))
        for function in functions(path):
            arguments = function.args
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                is_flag = each.annotation is not None and ast.unparse(each.annotation) in ("bool", "bool | None")
                if is_flag and f"{function.name}({each.arg})" not in FOREIGN_SIGNATURES.get(name, ()):
                    flags.add(f"{name}:{function.lineno} {function.name}({each.arg})")
    assert not flags


def names_of_types(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the names of classes, wherever they are, and of the module's own aliases of types, with their lines."""
    for node in statements(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, node.lineno
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [each.id for each in node.targets if isinstance(each, ast.Name)]
            yield from ((name, node.lineno) for name in names if name[0].isupper() and not name.isupper())


def test_the_name_of_a_type_has_one_meaning():
    places = defaultdict(list)
    for path in modules():
        for name, line in names_of_types(tree_of(path)):
            if name not in FRAMEWORK_NAMES:
                places[name].append(f"{path.relative_to(ROOT)}:{line}")
    assert not {name: each for name, each in places.items() if len(each) > 1}
