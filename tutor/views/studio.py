"""The Studio's first page: all drafts and files, new lessons, and files taken in."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tutor.authoring import starter
from tutor.authoring.starter import NotMade
from tutor.engine.errors import TutorError
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.studio import drafts, files, listing
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
        starter.refuse_bad_slug(slug)
        draft = drafts.begin(
            slug, starter.text_to_begin(slug), author_of(request), note="Begun from the starter lesson"
        )
    except (NotMade, DraftExists) as reason:
        return _home(request, reason, slug=slug)
    return see(reverse("draft", kwargs={"slug": draft.slug}))


@require_POST
@instructors_only
def import_file(request: HttpRequest) -> HttpResponse:
    """Take in an uploaded file: as a new draft, or as the newest revision of the one of its name."""
    upload = request.FILES.get("file")
    if upload is None:
        return _home(request, CannotBeKept("Choose a file first."))
    name = upload.name or ""
    slug = name.removesuffix(".yaml").removesuffix(".yml")
    return _take_in(request, slug, upload.read(LARGEST_FILE + 1), note=f"From the file {name}")


@require_POST
@instructors_only
def take_in_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Make what the lessons' folder has under this name the newest revision of its draft."""
    return _take_in(request, slug, files.file_content(slug), note=f"From the file lessons/{slug}.yaml")


def _take_in(request: HttpRequest, slug: str, content: bytes, *, note: str) -> HttpResponse:
    try:
        taken = files.take_in(slug, content, author_of(request), note=note)
    except (CannotBeKept, NotMade) as reason:
        return _home(request, reason)
    return see(f"{reverse('draft', kwargs={'slug': slug})}?done={'imported' if taken.is_new else 'unchanged'}")


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
