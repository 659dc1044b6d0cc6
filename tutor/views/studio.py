"""The Studio's first page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tutor.views.access import instructors_only
from tutor.views.responses import page


@require_safe
@instructors_only
def studio(request: HttpRequest) -> HttpResponse:
    """Show the lessons that are written here."""
    return page(request, "studio/studio.html", {})
