"""Previews: a text that is being written, shown as learners will see it, or its last good version."""

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
from tutor.authoring.preview import LessonSource, Preview
from tutor.authoring.preview_questions import cards
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.lesson.path import Syllabus
from tutor.engine.lesson.references import told
from tutor.proof_files import ReadProof
from tutor.views.shared.answers import is_htmx, page, partials
from tutor.views.shared.choices import keep_view, view_of
from tutor.views.shared.faults import Fault, Notice, answer_for
from tutor.views.shared.parameters import asked_moment, asked_step, picked_tab
from tutor.views.shared.stages import lesson_context, shown_lesson

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PreviewSource:
    """A text to preview: `url` is the preview's page, `slug` the lesson's name, `file` the text's name in problems.

    `good_text`: its last version without errors, None if there was none. `changes_url`: the stream of new versions, ""
    if the page around the preview refreshes it. `remark`: a notice about the file itself. `is_framed`: pages of this
    site may show the preview in a frame, without the site's header and footer. `proof`: the proof file of the lesson,
    which may be of another version. `path`: the lessons and concepts beside it; None for those of the lessons' folder.
    """

    slug: str
    file: str
    text: LessonSource
    url: str
    good_text: LessonSource | None = None
    changes_url: str = ""
    remark: Notice | None = None
    is_framed: bool = False
    proof: ReadProof | None = None
    path: Syllabus | None = None

    @property
    def version(self) -> str:
        """A name for the texts and the remark; the page fetches the preview again when it changes."""
        remark, proof = self.remark.title if self.remark else None, self.proof.text if self.proof else None
        return preview.version_of(self.text, self.good_text, remark, proof)


# A preview is always answered with 200: the page stays, and shows the notice above the last good version.
FAULTS: Mapping[type[Exception], Fault] = {
    BrokerAway: Fault(
        200,
        Notice(
            "The Redis server does not answer.",
            "The text can't be played without it. This page tries again every few seconds.",
            can_retry=True,
        ),
    ),
    BrokerLacks: Fault(
        200,
        Notice(
            "This lesson can't run on this Redis server.",
            "Start the program with REDIS_URL set to the address of another server.",
        ),
        gives_reason=True,
    ),
}

NOT_DRAWN = Notice(
    "This version can't be shown.",
    "The program failed while it drew the steps; the log says where. The text is kept, and its problems are below.",
)


def show_preview(request: HttpRequest, source: PreviewSource) -> HttpResponse:
    """Show the text at the step that `?at=` names, or at its start; the status is 200 even if the text has problems.

    Raises: Http404 if `?at=` is not a number and no step of the text that is played has that id.
    """
    return _framed(request, source) if source.is_framed else _answer(request, source)


def _framed(request: HttpRequest, source: PreviewSource) -> HttpResponse:
    """Answer with headers that let pages of this site show the preview in a frame; older browsers need the second."""

    @csp_replace({"frame-ancestors": [SELF]})
    @xframe_options_sameorigin
    def view(request: HttpRequest) -> HttpResponse:
        return _answer(request, source)

    return cast(HttpResponse, view(request))


def _answer(request: HttpRequest, source: PreviewSource) -> HttpResponse:
    found = preview.look(source.text, source.good_text, source.file, source.path)
    try:
        return _drawn(request, source, found)
    except Http404:
        raise
    except Exception:  # a text that the drawing can't handle is a bug here; its author still needs the list of problems
        log.exception("the preview of %s can't be drawn", source.file)
        return _drawn(request, replace(source, remark=NOT_DRAWN), replace(found, played=None))


def _drawn(request: HttpRequest, source: PreviewSource, found: Preview) -> HttpResponse:
    context = {
        "source": source,
        "found": found,
        "fault": _notice(found.fault) if found.fault else None,
        "is_framed": source.is_framed,
        "view": view_of(request),
        **_played_context(request, source, found),
    }
    if is_htmx(request):
        return keep_view(request, partials(request, "previews/_answer.html", context))
    return keep_view(request, page(request, "previews/preview.html", context))


def _notice(fault: Exception) -> Notice | None:
    answer = answer_for(fault, FAULTS)
    return answer.notice_for(fault) if answer else None


def _played_context(request: HttpRequest, source: PreviewSource, found: Preview) -> dict[str, object]:
    """Return the context of the version that is played; the address keeps the asked step, for a longer version."""
    played = found.played
    asked = asked_step(request, played.lesson if played else None) or 0
    refresh_url = f"{source.url}?at={asked}"
    if played is None or played.lesson is None:
        return {"stage": None, "title": source.slug, "refresh_url": refresh_url}
    shown = preview.stage_at(played.lesson, played, source.slug, asked, base_url=source.url, proof=source.proof)
    shown = replace(shown, picked_file=picked_tab(request, shown), moment=asked_moment(request, shown))
    filled = told(played.lesson, played.values)
    # An author has reached every step.
    return lesson_context(shown, predictions.OFF, filled) | {
        "lesson": shown_lesson(shown.whole, filled),
        "title": played.lesson.title,
        "refresh_url": refresh_url,
        "question_parts": [(title, cards(played.lesson, played, part)) for part, title in TITLES.items()],
        "is_good": played.is_good,
    }
