"""The parts of a lesson's page that a step changed: what the answer to a click has to bring."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.template.loader import get_template
from markupsafe import Markup

from tutor.drawing.stage import Stage


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """The new content of the element with this id."""

    id: str
    html: Markup


def changed_parts(shown: Stage, on_page: Stage, engine: str) -> list[ChangedPart]:
    """Return the parts of a stage that differ from those of the stage on the page."""
    old = set(_parts(on_page, engine))
    return [part for part in _parts(shown, engine) if part not in old]


def _parts(shown: Stage, engine: str) -> Iterator[ChangedPart]:
    picture = shown.picture
    for side, stations in (("left", picture.producers), ("right", picture.consumers)):
        yield ChangedPart(f"stations-{side}", _drawn("runs/_stations.html", engine, stations=stations, side=side))
    yield ChangedPart("keys", _drawn("runs/_keys.html", engine, picture=picture))


def _drawn(template: str, engine: str, **context: object) -> Markup:
    return Markup(get_template(template, using=engine).render(context))  # noqa: S704 - the template escapes
