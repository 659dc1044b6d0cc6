"""How far work has come in an author's text, so that work that is stopped can be reported at a line."""

from collections.abc import Callable

_report: Callable[[int], None] | None = None


def report_by(report: Callable[[int], None] | None) -> None:
    """Have lines reported by this function from now on, in this process."""
    global _report
    _report = report


def at_line(line: int) -> None:
    """Note that the work has come to this line of the text; without effect where it does not run apart."""
    if _report is not None:
        _report(line)
