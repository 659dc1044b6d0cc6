"""A cheap load generator: requests made beforehand, sent over a few connections by one loop that parses no more than it
has to, so that the server is measured and not this process."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.benches.caller import Learner

END_OF_HEADERS, LENGTH = b"\r\n\r\n", b"content-length: "


@dataclass(frozen=True, slots=True)
class Load:
    """The milliseconds of each answer, and the seconds in which all of them came."""

    milliseconds: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds


class _Client:
    """A connection that sends the next request once the answer to the one before has come."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = iter(requests)
        self._answer = b""
        self._whole = 0

    def send(self) -> bool:
        """Send the next request; return whether there was one."""
        request = next(self._left, None)
        if request is None:
            self.socket.close()
            return False
        self._answer, self._whole, self._sent_at = b"", 0, time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> float | None:
        """Read what has come; return the milliseconds if the answer is whole. Raises: RuntimeError unless it is 200."""
        self._answer += self.socket.recv(1 << 18)
        if not self._whole and (end := self._answer.find(END_OF_HEADERS)) >= 0:
            headers = self._answer[:end].lower()
            if not headers.startswith(b"http/1.1 200") or LENGTH not in headers:
                raise RuntimeError(f"the site answered {self._answer[:300]!r}")
            self._whole = end + len(END_OF_HEADERS) + int(headers.partition(LENGTH)[2].split(b"\r\n", 1)[0])
        if not self._whole or len(self._answer) < self._whole:
            return None
        return (time.perf_counter() - self._sent_at) * 1000


def load(port: int, requests: Sequence[Sequence[bytes]]) -> Load:
    """Send each client's requests one after the other, those of all clients at once."""
    clients = [_Client(port, each) for each in requests]
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        found = list(_answers(selector, len(clients)))
    return Load(found, time.perf_counter() - began)


def _answers(selector: selectors.BaseSelector, left: int) -> Iterator[float]:
    while left:
        ready = selector.select(timeout=30)
        if not ready:
            raise RuntimeError("the site does not answer")
        for key, _ in ready:
            client: _Client = key.data
            if (spent := client.receive()) is None:
                continue
            yield spent
            place = key.fileobj
            if not client.send():
                selector.unregister(place)
                left -= 1


def form(learner: Learner, path: str, **fields: str) -> bytes:
    """Return a form as htmx sends it."""
    body = urlencode({"csrfmiddlewaretoken": learner.token, **fields})
    lines = (
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {learner.cookie_header}", "HX-Request: true",
        "Accept: text/html", "Accept-Encoding: gzip", "User-Agent: bench", "Sec-Fetch-Site: same-origin",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
    )  # fmt: skip
    return "\r\n".join([*lines, "", body]).encode()
