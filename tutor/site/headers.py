"""The headers of every response: Content-Security-Policy, built by django-csp once, and those that isolate the site."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

ISOLATION = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}
"""Django's middleware sets most of these too, but not on an error of a middleware outside it, and never CORP."""


class PolicyMiddleware(CSPMiddleware):
    """Set the policy of the settings, or the one that a view has changed with django-csp's decorators, and the rest.

    It is the first of all, so that it sees the answers of every other: redirects, refused hosts, static files.
    """

    _policy = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers."""
        for name, value in ISOLATION.items():
            response.headers.setdefault(name, value)
        # django-csp's decorators set attributes of the response, such as _csp_update, and its nonce one of the request.
        is_changed = any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if settings.DEBUG or is_changed:
            return super().process_response(request, response)
        self._policy = self._policy or build_policy()
        response.headers.setdefault(HEADER, self._policy)
        return response
