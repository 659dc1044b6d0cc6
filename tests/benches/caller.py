"""A browser's part without a browser: requests straight into a WSGI application, with cookies, timed."""

import gzip
import io
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

from tutor import learners
from tutor.site import cookies

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `microseconds` from the call to the last byte and the end of the request."""

    status: int
    headers: dict[str, str]
    wire: bytes
    microseconds: float

    @property
    def text(self) -> str:
        """The body as the browser sees it."""
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.wire) if is_packed else self.wire).decode()


@dataclass
class Learner:
    """One learner's browser: cookies, and the token that forms carry."""

    id: UUID = field(default_factory=uuid4)
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        signed = HttpResponse()
        signed.set_signed_cookie(cookies.LEARNER, str(self.id), salt=learners.COOKIE_SALT)
        self.cookies[cookies.LEARNER] = signed.cookies[cookies.LEARNER].value

    def get(self, app: WSGIHandler, path: str, *, htmx: bool = False) -> Answer:
        """Get a page, and keep its cookies and its token."""
        answer = self._call(app, "GET", path, b"", htmx=htmx)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, app: WSGIHandler, path: str, **fields: str) -> Answer:
        """Send a form as htmx sends it."""
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return self._call(app, "POST", path, body, htmx=True)

    @property
    def cookie_header(self) -> str:
        """The cookies as a request carries them."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _call(self, app: WSGIHandler, method: str, path: str, body: bytes, *, htmx: bool) -> Answer:
        environ = self._environ(method, path, body, htmx=htmx)
        started: list[tuple[str, list[tuple[str, str]]]] = []
        begin = time.perf_counter_ns()
        response = app(environ, lambda status, headers, *_: started.append((status, headers)))
        wire = b"".join(response)
        response.close()
        spent = (time.perf_counter_ns() - begin) / 1000
        status, headers = started[0]
        self._keep(headers)
        return Answer(int(status[:3]), dict(headers), wire, spent)

    def _keep(self, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            if name == "Set-Cookie":
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}

    def _environ(self, method: str, path: str, body: bytes, *, htmx: bool) -> dict[str, object]:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_ACCEPT": "text/html",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
            "HTTP_COOKIE": self.cookie_header,
            "HTTP_ORIGIN": "http://127.0.0.1:8000",
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "HTTP_USER_AGENT": "bench",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        return environ | ({"HTTP_HX_REQUEST": "true"} if htmx else {})
