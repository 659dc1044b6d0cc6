"""Previews: a text that somebody is writing, as learners will see it, or the last good version of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from tutor.assessment import predictions
from tutor.assessment.questions import TITLES
from tutor.authoring import preview
from tutor.authoring.preview import Preview, Text
from tutor.authoring.preview_questions import cards
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.views.shared.answers import is_htmx, page, partials
from tutor.views.shared.choices import keep_view, view_of
from tutor.views.shared.faults import Notice
from tutor.views.shared.numbers import asked_step
from tutor.views.shared.stages import lesson_context

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A text to be shown: `url` is the page that shows it, `slug` the lesson's name, `file` that of the text.

    `good_text` is its last version without errors, None if there was none; `changes_url` the stream that tells of new
    versions, "" if somebody else does; `remark` what there is to say of the file itself.
    """

    slug: str
    file: str
    text: Text
    url: str
    good_text: Text | None = None
    changes_url: str = ""
    remark: Notice | None = None

    @property
    def version(self) -> str:
        """A name for what there is to show; the page asks again when it is another one."""
        return preview.version_of(self.text, self.good_text, self.remark.title if self.remark else None)


FAULTS: Mapping[type[Exception], Notice] = {
    BrokerAway: Notice(
        "The Redis server does not answer.",
        "What is written now can't be played without it. This page tries again every few seconds.",
    ),
    BrokerLacks: Notice(
        "This lesson can't run on the server that answers.",
        "Start the program with REDIS_URL set to the address of another server.",
        can_retry=False,
    ),
}


def show_preview(request: HttpRequest, source: Source, *, can_be_framed: bool = False) -> HttpResponse:
    """Show the text at the step that `?at=` names, or at its start; always 200, whatever is wrong with the text.

    `can_be_framed`: pages of this site may show the answer within them; then it has no header or footer of the site's.
    Raises: Http404 if `?at=` is no number, and no step of the text that is played has that id.
    """
    if not can_be_framed:
        return _answer(request, source)

    @csp_replace({"frame-ancestors": [SELF]})
    @xframe_options_sameorigin
    def framed(request: HttpRequest) -> HttpResponse:
        return _answer(request, source, is_framed=True)

    return cast(HttpResponse, framed(request))


def _answer(request: HttpRequest, source: Source, *, is_framed: bool = False) -> HttpResponse:
    found = preview.look(source.text, source.good_text, source.file)
    try:
        return _shown(request, source, found, is_framed=is_framed)
    except Http404:
        raise
    except Exception:  # whatever a text that somebody is writing does to the drawing, they see their problems
        log.exception("the preview of %s can't be drawn", source.file)
        return _shown(request, replace(source, remark=NOT_DRAWN), replace(found, played=None), is_framed=is_framed)


NOT_DRAWN = Notice(
    "This version can't be shown.",
    "The program failed while it drew the steps; the log says where. The text is kept, and its check is below.",
    can_retry=False,
)


def _shown(request: HttpRequest, source: Source, found: Preview, *, is_framed: bool) -> HttpResponse:
    context = {
        "source": source,
        "found": found,
        "fault": _notice_of(found.fault),
        "is_framed": is_framed,
        "view": view_of(request),
        **_played_context(source, found, asked_step(request, found.played.lesson if found.played else None) or 0),
    }
    if is_htmx(request):
        return keep_view(request, partials(request, "previews/_answer.html", context))
    return keep_view(request, page(request, "previews/preview.html", context))


def _notice_of(fault: BrokerAway | BrokerLacks | None) -> Notice | None:
    if isinstance(fault, BrokerLacks):
        return replace(FAULTS[BrokerLacks], text=f"{fault} {FAULTS[BrokerLacks].text}")
    return FAULTS[BrokerAway] if fault else None


def _played_context(source: Source, found: Preview, asked: int) -> dict[str, object]:
    """Return what shows the version that is played, and nothing where none is; `asked` is kept for longer versions."""
    refresh_url = f"{source.url}?at={asked}"
    played = found.played
    if played is None or played.lesson is None:
        return {"stage": None, "title": source.slug, "refresh_url": refresh_url}
    shown = preview.stage_at(played.lesson, played, source.slug, asked, base_url=source.url)
    return lesson_context(shown, predictions.OFF) | {
        "title": played.lesson.title,
        "refresh_url": refresh_url,
        "question_parts": [(title, cards(played.lesson, played, part)) for part, title in TITLES.items()],
        "is_good": played.is_good,
    }
