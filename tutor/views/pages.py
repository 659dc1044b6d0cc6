"""Pages beside the lessons: the glossary, the theme switch, the end of the tour, and the health check."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tutor import glossary, prose
from tutor.health import readiness
from tutor.site import cookies
from tutor.views.shared.answers import page_without_ping, see
from tutor.views.shared.choices import THEMES, remember
from tutor.views.shared.parameters import own_path


@require_safe
def glossary_page(request: HttpRequest) -> HttpResponse:
    """Show all terms of the glossary, each at its own anchor."""
    terms = sorted(glossary.current().terms.items(), key=lambda entry: entry[1].term.lower())
    shown = [{"id": id_, "term": term, "html": prose.as_line_html(term.text)} for id_, term in terms]
    return page_without_ping(request, "glossary.html", {"terms": shown})


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark; forget the choice to follow the system."""
    response = see(own_path(request, request.POST.get("next")))
    theme = request.POST.get("theme", "")
    remember(response, cookies.THEME, theme if theme in THEMES else "")
    return response


@require_POST
def end_tour(request: HttpRequest) -> HttpResponse:
    """Remember that the learner does not need the tour any more."""
    response = see(own_path(request, request.POST.get("next")))
    remember(response, cookies.TOUR, "1")
    return response


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Answer for monitors: ok; degraded while no steps can be taken; down (503) while pages can't be shown either."""
    # Recorded steps can be read without Redis, so only database and disk take this process out of a load balancer.
    failing = {finding.part for finding in readiness.report()}
    has_broker, has_database = "redis" not in failing, "database" not in failing
    is_down = bool(failing - {"redis"})
    state = "down" if is_down else "ok" if has_broker else "degraded"
    return JsonResponse(
        {"status": state, "redis": has_broker, "database": has_database}, status=503 if is_down else 200
    )
