"""Tables of examples: one test goes through all rows and reports every row that fails.

A case of its own costs pytest some milliseconds, which is more than most rows take. Keep `pytest.mark.parametrize`
where rows are few, or where each needs its own fixtures: here, all rows of a test share them. Only the database is for
each row as the fixtures left it.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from reprlib import Repr
from textwrap import indent
from typing import Any

import pytest
from django.db import connection, transaction

Test = Callable[..., None]

SHORTEST = Repr()
SHORTEST.maxstring = SHORTEST.maxother = SHORTEST.maxlong = 200
SHORTEST.maxlist = SHORTEST.maxtuple = SHORTEST.maxdict = SHORTEST.maxset = 12
"""How a row is written in a report: unlike repr(), never longer than a screen."""


class Skipped(Exception):
    """A row skipped the whole test, which would hide the rows after it."""


def for_each(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Call the test once for each row, as `pytest.mark.parametrize` does, but within one case.

    Where several are stacked, every row of one meets every row of the other.

    Raises: AssertionError after the last row, with each row that failed and its error.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [_cells(columns, row, one_name=isinstance(names, str) and len(columns) == 1) for row in rows]
    if not table:
        raise ValueError(f"no rows for {', '.join(columns)}: the test would try nothing")

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        if missing := [name for name in columns if name not in signature.parameters]:
            raise TypeError(f"{test.__name__} does not take {', '.join(missing)}")

        @wraps(test)
        def test_of_all_rows(**fixtures: Any) -> None:
            __tracebackhide__ = True
            failures = [(cells, error) for cells in table if (error := _error_of(test, {**fixtures, **cells}))]
            if failures:
                raise AssertionError(_report(failures, len(table))) from failures[0][1]

        others = [parameter for name, parameter in signature.parameters.items() if name not in columns]
        # pytest reads here which fixtures the test asks for.
        test_of_all_rows.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return test_of_all_rows

    return decorate


def _cells(columns: list[str], row: Any, *, one_name: bool) -> dict[str, Any]:
    return {columns[0]: row} if one_name else dict(zip(columns, row, strict=True))


def _error_of(test: Test, arguments: dict[str, Any]) -> BaseException | None:
    try:
        with _undone():
            test(**arguments)
    except pytest.skip.Exception as skipped:
        return Skipped(f"{skipped}. A row cannot skip: leave it out of the table, or return early.")
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - any failure of a row is reported
        return error
    return None


@contextmanager
def _undone() -> Iterator[None]:
    """Roll back the row's changes, in tests that use the database within a transaction."""
    if not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _report(failures: list[tuple[dict[str, Any], BaseException]], count: int) -> str:
    lines = [f"{len(failures)} of {count} rows fail"]
    for cells, error in failures:
        lines.append("- " + ", ".join(f"{name}={SHORTEST.repr(value)}" for name, value in cells.items()))
        lines.append(indent(f"{_place_of(error)}{type(error).__name__}: {error}", "    "))
    return "\n".join(lines)


def _place_of(error: BaseException) -> str:
    """Return the line of the test that failed; an inner table names the lines of its own rows."""
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename == __file__:
        frame = frame.tb_next
    return f"line {frame.tb_lineno}: " if frame else ""
