"""The Content-Security-Policy of every answer: django-csp's, put together once and not for each answer anew."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """Set the policy of the settings; what a view changes of it with django-csp's decorators is heeded."""

    _policy = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, as django-csp does."""
        # Its decorators and its nonce leave their mark in attributes of such names.
        is_changed = any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if settings.DEBUG or is_changed:
            return super().process_response(request, response)
        self._policy = self._policy or build_policy()
        response.headers.setdefault(HEADER, self._policy)
        return response
