"""The Content-Security-Policy header, built by django-csp once instead of for each response."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """Set the policy of the settings, or the one that a view has changed with django-csp's decorators."""

    _policy = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, as django-csp does."""
        # django-csp's decorators set attributes of the response, such as _csp_update, and its nonce one of the request.
        is_changed = any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if settings.DEBUG or is_changed:
            return super().process_response(request, response)
        self._policy = self._policy or build_policy()
        response.headers.setdefault(HEADER, self._policy)
        return response
