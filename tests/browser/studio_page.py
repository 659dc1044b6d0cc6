"""A page for the editor alone: the Studio's markup and policy, and a server whose answers a test decides."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.browser.slowness import slow_address
from tutor.engine.redis.completion import completions

ROOT = Path(__file__).parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Lesson</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <link rel="icon" href="/static/img/mark.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/css/base.css">
  <link rel="stylesheet" href="/static/css/studio.css">
  <script type="module" src="/static/js/studio.js"></script>
</head>
<body>
<main class="studio">
  <h1>Lesson</h1>
  <form id="editor-form" method="post" action="/save/">
    <input type="hidden" name="csrfmiddlewaretoken" value="{token}"><input type="hidden" name="base" value="3">
    <label for="source">The lesson's file</label>
    <textarea id="source" name="source" spellcheck="false">
{source}</textarea>
    <div id="editor" data-check-url="/check/" data-schema-url="/schema/" data-commands-url="/commands/"></div>
    <label for="note">Note</label> <input id="note" name="note"> <button id="save" class="button">Save</button>
  </form>
  <p id="check-state" role="status"></p>
  <ol id="problems"{marks}></ol>
  <iframe id="preview" src="/preview/" title="Preview"></iframe>
</main>
</body>
</html>
"""
PREVIEW = (
    "<!doctype html><html lang=en><title>Preview</title><p id=told>0</p><script src=/preview.js></script>",
    'addEventListener("message", (event) => event.data === "refresh" && told.textContent++)',
)
Answer = tuple[int, str, bytes]
Check = Callable[[str], tuple[int, dict[str, Any]]]


def sound(_source: str) -> tuple[int, dict[str, Any]]:
    """Find no problem."""
    return 200, {"problems": [], "is_sound": True, "saved_at": "2026-11-26T14:03:00Z"}


@dataclass
class Studio:
    """The server's pages and answers, and the requests that it received."""

    address: str = ""
    source: str = "title: A lesson\n"
    token: str = "token-1"
    check: Check = sound
    is_logged_in: bool = True
    marks: list[dict[str, Any]] | None = None
    checked: list[str] = field(default_factory=list)
    saved: list[dict[str, str]] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        """Answer a GET request."""
        if path == "/" and not self.is_logged_in:
            return 302, "/login/", b""
        if path == "/":
            source = escape(self.source, quote=False).replace("\r", "&#13;")
            return 200, "text/html", PAGE.format(token=self.token, source=source, marks=self.marked()).encode()
        if path == "/preview/":
            return 200, "text/html", PREVIEW[0].encode()
        if path == "/preview.js":
            return 200, "text/javascript", PREVIEW[1].encode()
        if path == "/schema/":
            return 200, "application/json", (ROOT / "docs/lesson.schema.json").read_bytes()
        if path == "/commands/":
            return 200, "application/json", json.dumps(completions()).encode()
        file = ROOT / path.lstrip("/")
        return (200, TYPES[file.suffix], file.read_bytes()) if file.is_file() else (404, "text/plain", b"")

    def marked(self) -> str:
        """Return the attribute with the problems that the server has already found."""
        return "" if self.marks is None else f' data-marks="{escape(json.dumps(self.marks))}"'

    def post(self, path: str, form: dict[str, str]) -> Answer:
        """Answer a POST request as Django does: the token first, then the session."""
        if form["csrfmiddlewaretoken"] != self.token:
            return 403, "text/html", b"<p>The form is too old."
        if not self.is_logged_in:
            return 403, "application/json", json.dumps({"error": "You are logged out.", "login": "/login/"}).encode()
        if path == "/save/":
            self.saved.append(form)
            return 200, "text/html", b"<!doctype html><html lang=en><title>Saved</title><h1>Saved"
        self.checked.append(form["source"])
        status, said = self.check(form["source"])
        return status, "application/json", json.dumps(said).encode()


@contextmanager
def running_studio() -> Iterator[Studio]:
    """Serve a studio on a free port while the block runs."""
    studio = Studio()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*studio.get(self.path.partition("?")[0]))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            self.reply(*studio.post(self.path, form))

        def reply(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by its parent
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        with slow_address(f"http://127.0.0.1:{server.server_port}") as studio.address:
            yield studio
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
