"""Exporting a draft's questions to other systems, and importing theirs."""

from typing import get_args

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from tutor import exchange
from tutor.engine.errors import TutorError
from tutor.exchange.exporting import ExportFormat, NothingToExport
from tutor.models import Draft
from tutor.studio import drafts, questions
from tutor.studio.drafts import CannotBeKept
from tutor.studio.questions import ImportSummary, NotImported
from tutor.views.shared.access import author_of, instructors_only
from tutor.views.shared.answers import page_without_ping
from tutor.views.shared.parameters import one_of

FORMATS: dict[ExportFormat, str] = {
    "moodle": "Moodle XML",
    "gift": "GIFT",
    "qti": "QTI 3.0 (a package)",
}


@require_safe
@instructors_only
def draft_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how many questions the author's text has, and how to export and import some."""
    return _shown(request, drafts.find(slug))


@require_safe
@instructors_only
def export_questions(request: HttpRequest, slug: str, to: str) -> HttpResponse:
    """Send the questions as a file for another system."""
    found = drafts.find(slug)
    format_ = one_of(FORMATS, to)
    if format_ is None:
        raise Http404
    try:
        file = questions.exported(found, author_of(request), format_)
    except (NotImported, NothingToExport) as reason:
        return _shown(request, found, refusal=reason)
    # The file is made from the author's unsaved text, which changes with every key press.
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(file.content, file.media_type, headers=headers)


@require_POST
@instructors_only
def import_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Add the questions of an uploaded file to the author's text."""
    found, upload = drafts.find(slug), request.FILES.get("file")
    part = one_of(exchange.PARTS, request.POST.get("part")) or exchange.PARTS[0]
    if upload is None:
        return _shown(request, found, refusal=NotImported("Choose a file first."))
    try:
        # One byte more than allowed, so that a file that is too large is noticed without being read to its end.
        content = upload.read(exchange.LARGEST_FILE + 1)
        taken = questions.import_questions(found, author_of(request), content, upload.name or "questions", part=part)
    except (NotImported, CannotBeKept) as reason:
        return _shown(request, found, refusal=reason)
    return _shown(request, found, taken=taken)


def _shown(
    request: HttpRequest, found: Draft, *, refusal: TutorError | None = None, taken: ImportSummary | None = None
) -> HttpResponse:
    lesson = questions.lesson_on(found, author_of(request))
    context = {
        "draft": found,
        "counts": {part: len(getattr(lesson, part)) for part in exchange.PARTS} if lesson else None,
        "formats": FORMATS,
        "parts": get_args(exchange.Part),
        "refusal": str(refusal) if refusal else "",
        "taken": taken,
        "remarks": taken.remarks if taken else getattr(refusal, "problems", ()),
    }
    return page_without_ping(request, "studio/questions.html", context, status=422 if refusal else 200)
