"""The Studio's first page: all drafts and lesson files, new lessons, and imported files."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor.authoring.starter import NotMade
from tutor.engine.errors import TutorError
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.studio import files, listing
from tutor.studio.drafts import CannotBeKept, DraftExists
from tutor.views.shared.access import author_of, instructors_only
from tutor.views.shared.answers import page_without_ping, see


@require_safe
@instructors_only
def studio(request: HttpRequest) -> HttpResponse:
    """List every lesson that instructors can work on."""
    return _home(request)


@require_POST
@instructors_only
def begin_draft(request: HttpRequest) -> HttpResponse:
    """Begin a draft with a short working lesson."""
    slug = request.POST.get("slug", "").strip()
    try:
        draft = files.begin_from_starter(slug, author_of(request))
    except (NotMade, DraftExists) as reason:
        return _home(request, reason, slug=slug)
    return see(reverse("draft", kwargs={"slug": draft.slug}))


@require_POST
@instructors_only
def import_file(request: HttpRequest) -> HttpResponse:
    """Import an uploaded file, as a new draft or as the newest revision of the draft of its name."""
    upload = request.FILES.get("file")
    if upload is None:
        return _home(request, CannotBeKept("Choose a file first."))
    name = upload.name or ""
    # One byte more than allowed, so that a file that is too large is noticed without being read to its end.
    return _import(request, files.slug_of(name), upload.read(LARGEST_FILE + 1), note=f"From the file {name}")


@require_POST
@instructors_only
def take_in_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Import a file of the lessons' folder as the newest revision of its draft."""
    return _import(request, slug, files.file_content(slug), note=f"From the file lessons/{slug}.yaml")


def _import(request: HttpRequest, slug: str, content: bytes, *, note: str) -> HttpResponse:
    try:
        imported = files.import_content(slug, content, author_of(request), note=note)
    except (CannotBeKept, NotMade) as reason:
        return _home(request, reason)
    return see(f"{reverse('draft', kwargs={'slug': slug})}?done={'imported' if imported.is_new else 'unchanged'}")


def _home(request: HttpRequest, refusal: TutorError | None = None, *, slug: str = "") -> HttpResponse:
    shelf = files.files()
    listed = listing.listed_drafts(shelf, author_of(request))
    context = {
        "drafts": listed,
        "files": listing.listed_files(shelf, listed),
        "is_removed": request.GET.get("done") == "removed",
        "refusal": str(refusal) if refusal else "",
        "slug": slug,
    }
    return page_without_ping(request, "studio/studio.html", context, status=422 if refusal else 200)
