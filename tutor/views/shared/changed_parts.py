"""The parts of a lesson's page that a step changed: what the answer to a click has to bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.template.loader import get_template
from markupsafe import Markup

from tutor.drawing.picture import Picture
from tutor.drawing.stage import Stage
from tutor.drawing.tracker import TrackerCell, start_column

NOTE = "code-note"
"""The element that says with what the code was proved."""


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """The element with this id as it is now, or its new content."""

    id: str
    html: Markup
    swap: Literal["outerHTML", "innerHTML"] = "outerHTML"


def changed_parts(shown: Stage, on_page: Stage, engine: str, *, with_note: bool) -> list[ChangedPart]:
    """Return the parts of a stage that differ from those of the stage on the page.

    `with_note`: also the note on the code, because the page has that of an earlier proof.
    """
    old = {part for part in _parts(on_page, engine) if not (with_note and part.id == NOTE)}
    changed = [part for part in _parts(shown, engine) if part not in old]
    if _key_names(shown.picture) == _key_names(on_page.picture):
        return changed
    keys = ChangedPart("keys", _drawn("runs/_keys.html", engine, picture=shown.picture), "innerHTML")
    return [part for part in changed if not part.id.startswith(("key-", "channel-"))] + [keys]


def changed_cells(shown: Stage) -> list[TrackerCell]:
    """Return the cells of the step's column that differ from the last ones of their rows.

    The first column has no tokens. A variable that begins with a message is drawn with one from the second on.
    """
    if shown.column is None:
        return []
    first = {cell.row.id: cell for cell in start_column(shown.lesson, shown.entry).values}
    return [cell for cell in shown.column.values if cell.changed or cell.wire or _is_redrawn(cell, first[cell.row.id])]


def _is_redrawn(cell: TrackerCell, first: TrackerCell) -> bool:
    return cell.text == first.text and (cell.tokens, cell.absent) != (first.tokens, first.absent)


def _parts(shown: Stage, engine: str) -> Iterator[ChangedPart]:
    picture = shown.picture
    for side, stations in (("left", picture.producers), ("right", picture.consumers)):
        for number, actor in enumerate(stations, 1):
            context = {"actor": actor, "side": side, "number": number}
            yield ChangedPart(f"{side}-{number}", _drawn("runs/_station.html", engine, **context))
    for number, key in enumerate(picture.keys, 1):
        context = {"key": key, "number": number, "count": len(picture.keys)}
        yield ChangedPart(f"key-{number}", _drawn("runs/_key.html", engine, **context))
    for number, channel in enumerate(picture.channels, 1):
        yield ChangedPart(f"channel-{number}", _drawn("runs/_channel.html", engine, channel=channel, number=number))
    if shown.code.tabs:
        yield ChangedPart(NOTE, _drawn("runs/_code_note.html", engine, stage=shown))


def _key_names(picture: Picture) -> tuple[object, ...]:
    """Return what decides which elements the keys and channels have, and the lines between them."""
    keys = tuple(key.name for key in picture.keys)
    return keys, tuple(each.name for each in picture.channels), picture.gone, picture.unshown, picture.awaited


def _drawn(template: str, engine: str, **context: object) -> Markup:
    return Markup(get_template(template, using=engine).render(context))  # noqa: S704 - the template escapes
