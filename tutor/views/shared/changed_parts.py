"""The parts of a lesson's page that a step changed: what the answer to a click has to bring."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from django.template.loader import get_template
from markupsafe import Markup

from tutor.drawing.picture import Picture
from tutor.drawing.stage import Stage
from tutor.drawing.tracker import TrackerCell, start_column

NOTE = "code-note"
"""The element that says with what the code was proved."""

Swap = Literal["outerHTML", "innerHTML"]


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """The new element with this id, or its new content."""

    id: str
    html: Markup
    swap: Swap = "outerHTML"


def changed_parts(shown: Stage, on_page: Stage, engine: str, outdated: Collection[str]) -> list[ChangedPart]:
    """Return the parts of a stage that differ from those of the stage on the page.

    `outdated`: the ids of parts that the page has as they were before something else than the run changed.
    """
    old = {part.id: part.what for part in _parts(on_page) if part.id not in outdated}
    changed = [part for part in _parts(shown) if part.what != old.get(part.id)]
    if _key_names(shown.picture) != _key_names(on_page.picture):
        changed = [part for part in changed if not part.id.startswith(("key-", "channel-"))]
        changed.append(_PagePart("keys", "runs/_keys.html", {"picture": shown.picture}, "innerHTML"))
    return [ChangedPart(part.id, part.drawn(engine), part.swap) for part in changed]


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


@dataclass(frozen=True, slots=True)
class _PagePart:
    """A part of the page before it is drawn: its template, and what that gets."""

    id: str
    template: str
    context: Mapping[str, object]
    swap: Swap = "outerHTML"

    @property
    def what(self) -> str:
        """What is drawn, as text, which takes a tenth of drawing it. Equal values, as 1 and True, differ in it."""
        # The note gets the whole stage, of which it shows little.
        return self.drawn("jinja2") if self.id == NOTE else repr(self.context)

    def drawn(self, engine: str) -> Markup:
        return Markup(get_template(self.template, using=engine).render(dict(self.context)))  # noqa: S704 - it escapes


def _parts(shown: Stage) -> Iterator[_PagePart]:
    picture = shown.picture
    for side, stations in (("left", picture.producers), ("right", picture.consumers)):
        for number, actor in enumerate(stations, 1):
            yield _PagePart(f"{side}-{number}", "runs/_station.html", {"actor": actor, "side": side, "number": number})
    for number, key in enumerate(picture.keys, 1):
        yield _PagePart(f"key-{number}", "runs/_key.html", {"key": key, "number": number, "count": len(picture.keys)})
    for number, channel in enumerate(picture.channels, 1):
        yield _PagePart(f"channel-{number}", "runs/_channel.html", {"channel": channel, "number": number})
    if shown.code.tabs:
        yield _PagePart(NOTE, "runs/_code_note.html", {"stage": shown})


def _key_names(picture: Picture) -> tuple[object, ...]:
    """Return what decides which elements the keys and channels have, and the lines between them."""
    keys = tuple(key.name for key in picture.keys)
    return keys, tuple(each.name for each in picture.channels), picture.gone, picture.unshown, picture.awaited
