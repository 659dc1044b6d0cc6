"""A site as its visitors see it, with an ear on each page: what goes wrong there comes to the test.

WebDriver has no command for a page's console, and WebKitGTK prints nothing of a page that is automated. So a relay
between browser and site puts a script of its own before all others of a page.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

SCRIPT = rb"""
const report = (text) => navigator.sendBeacon("/overheard/", `${location.pathname}: ${text}`)
addEventListener("error", (event) => {
  report(event.message ?? `${event.target.src ?? event.target.href} does not load`)
}, true)
addEventListener("unhandledrejection", (event) => report(String(event.reason)))
addEventListener("securitypolicyviolation", (event) => report(`${event.violatedDirective} refuses ${event.blockedURI}`))
for (const level of ["error", "warn"]) {
  const say = console[level]
  console[level] = (...words) => (report(words.join(" ")), say(...words))
}
"""
TAG = b'<head><script src="/overheard.js"></script>'
OWN = ("connection", "keep-alive", "transfer-encoding", "accept-encoding", "content-length", "date", "server")
"""Headers that belong to one connection, not to a message; without accept-encoding, pages come as text."""


@dataclass
class Overheard:
    """The address to use in place of the site's, and all that pages complained of."""

    address: str
    complaints: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: str
    heard: Overheard


class _Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/overheard.js":
            self.reply(200, [("Content-Type", "text/javascript")], SCRIPT)
        else:
            self.relay()

    def do_POST(self) -> None:
        if self.path == "/overheard/":
            self.server.heard.complaints.append(self.body().decode())
            self.reply(204, [], b"")
        else:
            self.relay()

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def relay(self) -> None:
        with closing(HTTPConnection(self.server.site, timeout=60)) as connection:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in OWN}
            connection.request(self.command, self.path, self.body(), kept)
            answer = connection.getresponse()
            self.reply(answer.status, answer.getheaders(), answer.read().replace(b"<head>", TAG, 1))

    def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in OWN:
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by its parent
        """Say nothing."""


@contextmanager
def eavesdropping_on(address: str) -> Iterator[Overheard]:
    """Relay a site on a free port during the block."""
    with _Server(("127.0.0.1", 0), _Relay) as server:
        server.site = urlsplit(address).netloc
        server.heard = Overheard(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.heard
        finally:
            server.shutdown()
            thread.join()
