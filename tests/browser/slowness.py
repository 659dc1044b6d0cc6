"""A network and a processor as slow as on a busy machine, or an answer that does not come before a test says so.

`SLOW_BROWSER=4 pytest tests/browser` keeps each answer to a press back for 300 to 700 ms, and lets the pages compute
four times slower; 1 slows down the answers alone.
"""

import os
import random
import socket
import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from threading import Thread

from playwright.sync_api import BrowserContext, Page, Route

RATE = float(os.environ.get("SLOW_BROWSER") or 0)
SHORTEST, LONGEST = 0.3, 0.7


def slow_down(context: BrowserContext) -> None:
    """Let each page of the context compute as slowly as SLOW_BROWSER says."""
    if RATE > 1:
        context.on("page", _slow_down_page)


def _slow_down_page(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": RATE})


@contextmanager
def slow_address(address: str) -> Iterator[str]:
    """Yield the address at which a site answers slowly; without SLOW_BROWSER, the site's own."""
    if not RATE:
        yield address
        return
    with _Server(("127.0.0.1", 0), _Relay) as server:
        server.port = int(address.rpartition(":")[2])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def held(page: Page, address: str) -> Iterator[list[str]]:
    """Hold requests to an address back until the block ends; yield a list of all that the page posts, also later."""
    waiting: list[Route] | None = []
    posted: list[str] = []

    def hold(route: Route) -> None:
        if waiting is None:
            route.continue_()
        else:
            waiting.append(route)

    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.route(address, hold)
    yield posted
    held_back, waiting = waiting, None
    for route in held_back:
        route.continue_()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    port: int


class _Relay(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        try:
            with socket.create_connection(("127.0.0.1", self.server.port)) as program:
                self._relay(program)
        except OSError:
            return  # one of the two hung up

    def _relay(self, program: socket.socket) -> None:
        due = 0.0
        while True:
            for source in select([self.request, program], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                if source is program:
                    time.sleep(max(0.0, due - time.monotonic()))
                    self.request.sendall(data)
                    continue
                if is_press(data):
                    due = time.monotonic() + random.uniform(SHORTEST, LONGEST)
                program.sendall(data)


def is_press(request: bytes) -> bool:
    """Return whether a request comes from a page: of a button, a link or a script, and not for a static file."""
    head = request.partition(b"\r\n\r\n")[0].lower()
    is_static = b" /static/" in head.partition(b"\r\n")[0]
    return head.startswith(b"post ") or (b"\r\nreferer: " in head and not is_static)
