"""Variables in sentences."""

import pytest

from tests.tables import for_each
from tutor.engine.program.interpolation import fill, names_in, not_filled


@for_each(
    ("text", "filled"),
    [
        ("Processed {task!r}", "Processed 'task1'"),
        ("Processed {task}", "Processed task1"),
        ("{done} of {total!r}", "None of 3"),
        ("{{task}}", "{task}"),
        ("{{{task}}}", "{task1}"),
        ('{"json": 1}', '{"json": 1}'),
        ("{}", "{}"),
        ("{0} {task.upper} {task!s} {task:>9}", "{0} {task.upper} {task!s} {task:>9}"),
        ("{", "{"),
        ("", ""),
    ],
)
def test_only_a_variables_name_in_braces_is_filled_in(text: str, filled: str):
    assert fill(text, {"task": "task1", "done": None, "total": 3}) == filled


def test_a_value_with_braces_is_not_filled_in_again():
    assert fill("{a}", {"a": "{b}", "b": "x"}) == "{b}"


def test_names_are_found_in_order_and_escaped_braces_are_none():
    assert list(names_in("{b} {a!r} {{c}} {d.e}")) == ["b", "a"]


@for_each(
    ("text", "parts"),
    [
        ("{task!r is taken", ["{task!r"]),
        ("{ task } and {task.upper()}", ["{ task }", "{task.upper()}"]),
        ("{task} {task!r} {{task}} {{{task}}} {job.id} {task_2}", []),
        ('{"task": 1}', []),
    ],
)
def test_what_looks_like_a_variable_and_is_none_is_found(text: str, parts: list[str]):
    assert list(not_filled(text, {"task"})) == parts


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError, match="nobody"):
        fill("{nobody}", {})
