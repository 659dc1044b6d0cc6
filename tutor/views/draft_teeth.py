"""How much of a draft has teeth: falsehoods planted in the author's text, tried on request."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tutor.apart.limits import WorkBusy, WorkStopped
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.mutation.kinds import KINDS
from tutor.mutation.survey import EXECUTABLE, NotSurveyed
from tutor.studio import drafts, teeth
from tutor.views.shared.access import author_of, instructors_only
from tutor.views.shared.answers import page_without_ping
from tutor.views.shared.parameters import one_of, optional_number

MOST_SEEDS = 10_000
"""The number of samples after which they begin again."""


@require_safe
@instructors_only
def draft_teeth(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what falsehoods are, and with `?seed=` try some of them; `?class=` names a class of statements."""
    found, seed = drafts.find(slug), (optional_number(request.GET.get("seed")) or 0) % MOST_SEEDS
    kind = one_of([kind.name for kind in KINDS], request.GET.get("class")) or ""
    context = {"draft": found, "kinds": KINDS, "executable": EXECUTABLE, "kind": kind, "seed": seed}
    if not seed:
        return page_without_ping(request, "studio/teeth.html", {**context, "result": None, "refusal": ""})
    try:
        result, refusal, status = teeth.survey(found, author_of(request), kind=kind, seed=seed), "", 200
    except NotSurveyed as reason:
        result, refusal, status = None, str(reason), 422
    except (BrokerAway, BrokerLacks, WorkBusy, WorkStopped) as reason:
        result, refusal, status = None, f"Not tried: {reason}", 503
    return page_without_ping(
        request, "studio/teeth.html", {**context, "result": result, "refusal": refusal}, status=status
    )
