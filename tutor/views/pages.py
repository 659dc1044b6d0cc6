"""The theme switch and the health check."""

from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tutor.broker import status
from tutor.models import Run
from tutor.views.shared.answers import see
from tutor.views.shared.choices import THEME_COOKIE, THEMES, remember
from tutor.views.shared.parameters import own_path

HEALTH_SECONDS = 0.5
"""How long a check may reuse the last answer of Redis; each worker process keeps its own."""


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark; forget the choice to follow the system."""
    response = see(own_path(request, request.POST.get("next")))
    theme = request.POST.get("theme", "")
    remember(request, response, THEME_COOKIE, theme if theme in THEMES else "")
    return response


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Answer for monitors: ok; degraded while Redis is away (pages still work); down (503) without the database."""
    # Recorded steps can be read without Redis, so only a missing database takes this process out of a load balancer.
    has_broker, has_database = status.current(max_age=HEALTH_SECONDS).is_up, _database_answers()
    state = "down" if not has_database else "ok" if has_broker else "degraded"
    return JsonResponse(
        {"status": state, "redis": has_broker, "database": has_database}, status=200 if has_database else 503
    )


def _database_answers() -> bool:
    try:
        Run.objects.exists()
    except DatabaseFault:
        return False
    return True
