"""The pages of `lessons watch`: previews of the watched files, and streams of their versions."""

from collections.abc import AsyncIterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from tutor import proof_files
from tutor.addresses import address
from tutor.authoring import watched_files
from tutor.authoring.watched_files import NotWatched, WatchedFile
from tutor.live.hub import as_event
from tutor.views.shared.answers import page
from tutor.views.shared.faults import Notice
from tutor.views.shared.previews import PreviewSource, show_preview


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """List the files that are watched."""
    files = [(file, address("preview", slug=file.slug)) for file in watched_files.current().files if not file.moved_to]
    return page(request, "previews/shelf.html", {"files": files})


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the file as it is now, or its last version without errors."""
    return show_preview(request, source_of(slug))


async def changes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Stream the current version and every later one; pages of other sites get 403."""
    if not _is_ours(request):
        return HttpResponse("Only pages of this program may listen.", status=403, content_type="text/plain")
    source_of(slug)  # 404 now, because a stream that has begun can't change its status

    async def events() -> AsyncIterator[str]:
        async for _ in watched_files.current().updates():
            yield as_event("version", {"version": source_of(slug).version})

    return StreamingHttpResponse(events(), content_type="text/event-stream")


def no_changes(request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Answer 501 under WSGI, which can't stream; under ASGI, watch_asgi.py routes this address to `changes`."""
    return HttpResponse("This server can't keep a stream open.", status=501, content_type="text/plain")


def source_of(slug: str) -> PreviewSource:
    """Return a watched file as the source of a preview. Raises: Http404."""
    try:
        file = watched_files.current().find(slug)
    except NotWatched:
        raise Http404 from None
    return PreviewSource(
        slug,
        str(file.path),
        file.text,
        address("preview", slug=slug),
        good_text=file.good_text,
        changes_url=address("preview_changes", slug=slug),
        remark=_remark(file),
        proof=proof_files.read(file.proof),
    )


def _remark(file: WatchedFile) -> Notice | None:
    if file.moved_to:
        text = "This is its last version. The preview is at a new address."
        return Notice(f"{file.path.name} was renamed.", text, url=address("preview", slug=file.moved_to))
    if file.is_gone:
        return Notice(
            f"{file.path.name} is gone.", "This is its last version. The preview continues when the file is back."
        )
    if file.trouble:
        return Notice(f"{file.path.name} can't be read.", f"{file.trouble}.")
    return None


def _is_ours(request: HttpRequest) -> bool:
    """Return whether a page of this program sent the request: browsers add Origin to a request from another site."""
    host = request.get_host()
    return request.headers.get("Origin", f"http://{host}") == f"http://{host}"
