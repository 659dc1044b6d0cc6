"""Compression of answers: Django's, except for texts whose parts are compressed already."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

from tutor.site.woven import WovenResponse

SHORTEST = 200
"""Bytes of an answer below which Django compresses nothing."""


class CompressionMiddleware(GZipMiddleware):
    """Compress answers if the browser takes gzip; woven ones are put together from compressed parts."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Answer as Django's middleware does, with the same headers."""
        if not isinstance(response, WovenResponse) or response.content is not response.filled.plain:
            return super().process_response(request, response)
        if len(response.content) < SHORTEST or response.has_header("Content-Encoding"):
            return response
        # Django's own function reads all names of the header, also at each step.
        if (vary := response.headers.get("Vary")) and "Accept-Encoding" not in vary:
            response.headers["Vary"] = f"{vary}, Accept-Encoding"
        else:
            patch_vary_headers(response, ("Accept-Encoding",))
        if not re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            return response
        response.content = response.filled.packed(self.max_random_bytes)
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Encoding"] = "gzip"
        return response
