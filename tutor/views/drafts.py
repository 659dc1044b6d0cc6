"""A draft in the Studio: the editor and its check, saving, history, and publishing."""

import json
from functools import cache
from hashlib import sha256
from typing import cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import condition, require_POST, require_safe

from tutor import concepts, proof_files, syllabus
from tutor.apart.limits import WorkBusy, WorkStopped
from tutor.authoring import orphans
from tutor.authoring.diagnostics import as_marks
from tutor.engine.lesson.json_schema import lesson_schema
from tutor.engine.redis.completion import completions
from tutor.models import Draft
from tutor.studio import checking, drafts, publishing
from tutor.studio.diffs import diff
from tutor.studio.drafts import CannotBeKept, SavedMeanwhile, UnsavedWork
from tutor.studio.publishing import NotSound
from tutor.views.shared.access import author_of, instructors_only
from tutor.views.shared.answers import page, page_without_ping, see
from tutor.views.shared.faults import RETRY_SECONDS
from tutor.views.shared.parameters import number_of
from tutor.views.shared.previews import PreviewSource, show_preview

DONE = {
    "saved": "Saved as revision {newest}.",
    "nothing": "Nothing had changed, so nothing was saved.",
    "imported": "The file is now revision {newest}.",
    "unchanged": "The file is the same as revision {newest}, so nothing was imported.",
    "published": "Revision {published} is published: learners who begin now get it.",
    "withdrawn": "The lesson is withdrawn. Learners who began it can finish.",
    "discarded": "Your changes were discarded; this is revision {newest}.",
    "reopened": "That revision is in the editor now. Save it to make it the newest.",
    "rebased": "Your text is now based on revision {newest}. Save it when it is right.",
}
"""Notices about the last form, by the value of `?done=`."""


@require_safe
@instructors_only
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the editor with the author's text, its problems, and the preview."""
    found = drafts.find(slug)
    return _editor(request, found, done=request.GET.get("done", ""))


@require_POST
@instructors_only
def check_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep the typed text and return its problems as JSON."""
    found, source = drafts.find(slug), request.POST.get("source", "")
    try:
        checked = checking.keep_and_check(found, author_of(request), source, base=number_of(request.POST.get("base")))
    except CannotBeKept as reason:
        return JsonResponse({"error": str(reason)}, status=422)
    except (WorkBusy, WorkStopped) as reason:
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return JsonResponse({"error": f"Not checked: {reason}"}, status=503, headers=headers)
    return JsonResponse(
        {
            "problems": checked.marks,
            "is_sound": checked.is_sound,
            "is_saved": drafts.workspace(found, author_of(request)).is_saved,
            "fault": checked.fault,
            "saved_at": timezone.now().isoformat(),
        }
    )


@require_safe
@instructors_only
def draft_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the author's text as learners would see it, for the frame beside the editor or a tab of its own."""
    found = drafts.find(slug)
    workspace = drafts.workspace(found, author_of(request))
    url = reverse("draft_preview", kwargs={"slug": slug})
    good_text = workspace.sound_source or workspace.latest.source
    proof = proof_files.of_name(slug)
    source = PreviewSource(
        slug, f"{slug}.yaml", workspace.source, url, good_text, is_framed=True, proof=proof, path=syllabus.current()
    )
    return show_preview(request, source)


@require_POST
@instructors_only
def save_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the text as a revision; if another author saved first, show both changes and overwrite nothing."""
    found, base = drafts.find(slug), number_of(request.POST.get("base"))
    source, note = request.POST.get("source", ""), request.POST.get("note", "").strip()
    before = drafts.latest(found).number
    try:
        saved = drafts.save(found, author_of(request), source, base=base, note=note)
    except SavedMeanwhile as late:
        return _conflict(request, found, late)
    except CannotBeKept as reason:
        return _editor(request, found, refusal=str(reason), sent=source)
    return _to_editor(slug, "saved" if saved.number > before else "nothing")


@require_safe
@instructors_only
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the author's unsaved changes, and ask whether to discard them."""
    return _changes(request, drafts.find(slug))


@require_POST
@instructors_only
def discard_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Discard the author's unsaved text."""
    drafts.discard(drafts.find(slug), author_of(request))
    return _to_editor(slug, "discarded")


@require_POST
@instructors_only
def rebase_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Base the author's text on the revision that they have seen."""
    drafts.rebase(drafts.find(slug), author_of(request), onto=number_of(request.POST.get("onto")))
    return _to_editor(slug, "rebased")


@require_safe
@instructors_only
def revisions(request: HttpRequest, slug: str) -> HttpResponse:
    """List the draft's revisions and publications."""
    found = drafts.find(slug)
    context = {"draft": found, "revisions": drafts.history(found), "publications": publishing.all_of(found)}
    return page_without_ping(request, "studio/revisions.html", {**context, "current": publishing.current(found)})


@require_safe
@instructors_only
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a revision, and how it differs from the one before or from the one that `?against=` names."""
    found = drafts.find(slug)
    shown = drafts.revision(found, number)
    against = number_of(request.GET["against"]) if request.GET.get("against") else number - 1
    before = drafts.revision(found, against) if against else None
    context = {
        "draft": found,
        "revision": shown,
        "against": against,
        "numbers": [each.number for each in drafts.history(found)],
        "lines": diff(before.source if before else "", shown.source),
        "current": publishing.current(found),
        "orphaned": as_marks(orphans.warnings_for(slug, shown.source, f"{slug}.yaml"), shown.source),
    }
    return page_without_ping(request, "studio/revision.html", context)


@require_safe
@instructors_only
def revision_file(request: HttpRequest, slug: str, number: int) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Send a revision as a lesson file, byte for byte."""
    source = drafts.revision(drafts.find(slug), number).source
    name = f'attachment; filename="{slug}.yaml"'
    return HttpResponse(source.encode(), "application/yaml", headers={"Content-Disposition": name})


@require_POST
@instructors_only
def reopen_revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Open an old revision in the editor."""
    found = drafts.find(slug)
    try:
        drafts.reopen(found, author_of(request), number)
    except UnsavedWork:
        return _changes(request, found, kept_from=number)
    return _to_editor(slug, "reopened")


@require_POST
@instructors_only
def publish_revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Publish a revision, if the check finds no errors."""
    found = drafts.find(slug)
    shown = drafts.revision(found, number)
    try:
        publishing.publish(found, shown, author_of(request))
    except NotSound as reason:
        context = {"draft": found, "revision": shown, "marks": as_marks(reason.problems, shown.source)}
        return page_without_ping(request, "studio/not_sound.html", context, status=422)
    return _to_editor(slug, "published")


@require_POST
@instructors_only
def withdraw_lesson(request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Stop offering the lesson to new learners."""
    publishing.withdraw(drafts.find(slug))
    return _to_editor(slug, "withdrawn")


@require_safe
@instructors_only
def removal(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whether to remove a draft with its history."""
    found = drafts.find(slug)
    context = {"draft": found, "newest": drafts.latest(found), "was_published": bool(publishing.all_of(found))}
    return page_without_ping(request, "studio/removal.html", context)


@require_POST
@instructors_only
def remove_draft(request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Remove a draft that was never published."""
    drafts.remove(drafts.find(slug))
    return see(f"{reverse('studio')}?done=removed")


@require_safe
@instructors_only
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Return the JSON Schema of a lesson with the concepts that there are, by which the editor completes fields."""
    made, names = lesson_schema(), list(concepts.current().sentences)
    lists = [made["properties"][field]["items"] for field in ("needs", "teaches")]
    kinds = [each.get("properties", {}) for each in made["definitions"].values()]
    ahead = [each["ahead"] for each in kinds if "ahead" in each]
    for field in (*lists, *ahead):
        field["enum"] = names
    return JsonResponse(made)


# The list depends on the program alone, and an editor asks for it with each page: so it is made once and has an ETag.
@cache
def _commands() -> str:
    return json.dumps(completions(), separators=(",", ":"))


def _version_of_commands(_request: HttpRequest) -> str:
    return f'"{sha256(_commands().encode()).hexdigest()[:16]}"'


@require_safe
@instructors_only
@condition(etag_func=_version_of_commands)
def commands(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Return the commands that lessons may send, by which the editor completes command lines."""
    return HttpResponse(_commands(), content_type="application/json")


def _editor(
    request: HttpRequest, found: Draft, *, done: str = "", refusal: str = "", sent: str | None = None
) -> HttpResponse:
    author = author_of(request)
    workspace = drafts.workspace(found, author)
    source = workspace.source if sent is None else sent
    current = publishing.current(found)
    numbers = {"newest": workspace.latest.number, "published": current.revision.number if current else 0}
    context = {
        "draft": found,
        "desk": workspace,
        "source": source,
        "checked": checking.check_if_possible(found.slug, source, author),
        "others": drafts.others_at_work(found, author),
        "current": current,
        "done": DONE.get(done, "").format(**numbers) if current or done != "published" else "",
        "refusal": refusal,
    }

    # The preview beside the editor is a page of this site in a frame.
    @csp_update({"frame-src": [SELF]})
    def framing(request: HttpRequest) -> HttpResponse:
        return page(request, "studio/draft.html", context, status=422 if refusal else 200)

    return cast(HttpResponse, framing(request))


def _changes(request: HttpRequest, found: Draft, *, kept_from: int | None = None) -> HttpResponse:
    """Show the author's changes; `kept_from` is the revision that they kept from being opened, if any."""
    workspace = drafts.workspace(found, author_of(request))
    lines = diff(drafts.revision(found, workspace.base).source, workspace.source)
    context = {"draft": found, "desk": workspace, "lines": lines, "kept_from": kept_from}
    return page_without_ping(request, "studio/changes.html", context, status=409 if kept_from else 200)


def _conflict(request: HttpRequest, found: Draft, late: SavedMeanwhile) -> HttpResponse:
    workspace = drafts.workspace(found, author_of(request))
    before = drafts.revision(found, workspace.base)
    context = {
        "draft": found,
        "desk": workspace,
        "latest": late.latest,
        "theirs": diff(before.source, late.latest.source),
        "ours": diff(before.source, workspace.source),
    }
    return page_without_ping(request, "studio/conflict.html", context, status=409)


def _to_editor(slug: str, done: str) -> HttpResponse:
    return see(f"{reverse('draft', kwargs={'slug': slug})}?done={done}")
