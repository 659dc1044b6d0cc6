"""The report on planted falsehoods, as text and as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tutor.authoring.diagnostics import Paint, printable
from tutor.engine.values.wording import counted
from tutor.mutation.kinds import KINDS
from tutor.mutation.survey import EXECUTABLE, Judgement, Tally, tallies, total

_ABOUT = {kind.name: kind.about for kind in KINDS}


def as_text(judgements: Sequence[Judgement], paint: Paint) -> Iterator[str]:
    """Yield each executable gap, then the table of classes and the share of all."""
    gaps = [each for each in judgements if each.outcome == "gap" and each.mutant.kind in EXECUTABLE]
    for each in sorted(gaps, key=lambda gap: (gap.file, gap.mutant.line, gap.mutant.column)):
        place = f"{each.file}:{each.mutant.line}:{each.mutant.column}:"
        yield f"{paint(printable(place), 'strong')} {sentence(each)}"
    if gaps:
        yield ""
    if judgements:
        yield from _table(judgements)
        yield ""
    yield closing_line(judgements)


def sentence(judgement: Judgement) -> str:
    """Return a gap as an author reads it."""
    return printable(f"{judgement.mutant.kind}: if {judgement.mutant.change}, nothing would notice")


def _table(judgements: Sequence[Judgement]) -> Iterator[str]:
    rows = [each for each in tallies(judgements) if each.name in EXECUTABLE]
    yield f"{'class':20} {'planted':>8} {'found':>7} {'as true':>8} {'gaps':>6} {'share':>8}"
    for each in [*rows, total(judgements)]:
        yield _row(each)
    for each in tallies(judgements):
        if each.name not in EXECUTABLE:
            yield f"{_row(each)}   counted apart: free prose"


def _row(each: Tally) -> str:
    share = percent(each.share)
    return f"{each.name:20} {each.planted:>8,} {each.found:>7,} {each.equivalent:>8,} {each.gaps:>6,} {share:>8}"


def percent(share: float | None) -> str:
    """Return a share in percent, rounded down so that 100 % means all."""
    return "-" if share is None else f"{int(share * 10) / 10:g} %"


def closing_line(judgements: Sequence[Judgement]) -> str:
    """Return the share of all executable classes in a sentence."""
    found = total(judgements)
    if found.share is None:
        return "No falsehood could be planted."
    possible = found.planted - found.equivalent
    listed = f"; {counted(found.equivalent, 'change')} as true as before" if found.equivalent else ""
    return f"{percent(found.share)} of claims have teeth: {found.found:,} of {possible:,}{listed}"


def as_json(judgements: Sequence[Judgement], lessons: int, **facts: object) -> str:
    """Return the report as JSON in ASCII: totals, classes, and each mutant with its outcome."""
    record = {
        "lessons": lessons,
        **facts,
        "total": _counts(total(judgements)),
        "classes": [
            {**_counts(each), "about": _ABOUT[each.name], "executable": each.name in EXECUTABLE}
            for each in tallies(judgements)
        ],
        "mutants": [_mutant(each) for each in judgements],
    }
    return json.dumps(record, indent=2)


def _counts(each: Tally) -> dict[str, Any]:
    return {
        "class": each.name,
        "planted": each.planted,
        "found": each.found,
        "equivalent": each.equivalent,
        "gaps": each.gaps,
        "share": None if each.share is None else round(each.share, 2),
    }


def _mutant(each: Judgement) -> dict[str, Any]:
    """Return a mutant; `edits` are [start, end, text] in characters of the file, so that it can be made again."""
    mutant = each.mutant
    return {
        "file": each.file,
        "line": mutant.line,
        "column": mutant.column,
        "class": mutant.kind,
        "where": each.where,
        "was": mutant.was,
        "now": mutant.now,
        "change": f"if {mutant.change}",
        "outcome": each.outcome,
        "found_by": each.found_by or None,
        "by_time": each.is_by_time,
        "edits": [[edit.start, edit.end, edit.text] for edit in mutant.edits],
    }
