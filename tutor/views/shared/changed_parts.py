"""The parts of a lesson's page that a step changed: what the answer to a click has to bring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.template.loader import get_template
from markupsafe import Markup

from tutor.drawing.picture import Picture
from tutor.drawing.stage import Stage


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """The new content of the element with this id."""

    id: str
    html: Markup


def changed_parts(shown: Stage, on_page: Stage, engine: str) -> list[ChangedPart]:
    """Return the parts of a stage that differ from those of the stage on the page."""
    old = {part.id: part.what for part in _parts(on_page.picture)}
    return [ChangedPart(part.id, part.drawn(engine)) for part in _parts(shown.picture) if part.what != old[part.id]]


@dataclass(frozen=True, slots=True)
class _PicturePart:
    """A part of the picture before it is drawn: its template, and what that gets."""

    id: str
    template: str
    context: Mapping[str, object]

    @property
    def what(self) -> str:
        """What is drawn, as text, which takes a tenth of drawing it. Equal values, as 1 and True, differ in it."""
        return repr(self.context)

    def drawn(self, engine: str) -> Markup:
        return Markup(get_template(self.template, using=engine).render(dict(self.context)))  # noqa: S704 - it escapes


def _parts(picture: Picture) -> Iterator[_PicturePart]:
    for side, stations in (("left", picture.producers), ("right", picture.consumers)):
        yield _PicturePart(f"stations-{side}", "runs/_stations.html", {"stations": stations, "side": side})
    middle = replace(picture, producers=(), consumers=())
    yield _PicturePart("keys", "runs/_keys.html", {"picture": middle})
