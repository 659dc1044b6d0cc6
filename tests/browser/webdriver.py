"""Firefox and WebKitGTK, driven by the commands of the W3C's WebDriver.

WebKitGTK's own driver takes them over HTTP. Firefox takes the same commands over a socket that it opens itself
(Marionette, the protocol behind geckodriver, which Debian does not package):
https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from tests.needs import need
from tests.polling import until
from tests.servers import free_port

FIREFOX, WEBKIT = "Firefox (Debian: apt install firefox-esr)", "WebKitGTK (Debian: apt install webkit2gtk-driver xvfb)"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name of an element's identifier, fixed by the standard."""
PATIENCE = 60
"""How many seconds to wait for an event: more than any machine needs, because an event ends the wait."""
COMMANDS = {
    "navigate": ("POST", "url"),
    "find": ("POST", "element"),
    "click": ("POST", "element/{id}/click"),
    "type": ("POST", "element/{id}/value"),
    "act": ("POST", "actions"),
    "run": ("POST", "execute/sync"),
    "size": ("POST", "window/rect"),
    "look": ("GET", "screenshot"),
    "end": ("DELETE", ""),
}
"""Each command that we use, as the method and the path below the session in WebDriver."""
MARIONETTE = {
    "navigate": "WebDriver:Navigate",
    "find": "WebDriver:FindElement",
    "click": "WebDriver:ElementClick",
    "type": "WebDriver:ElementSendKeys",
    "act": "WebDriver:PerformActions",
    "run": "WebDriver:ExecuteScript",
    "size": "WebDriver:SetWindowRect",
    "look": "WebDriver:TakeScreenshot",
    "end": "Marionette:Quit",
}
"""The same commands in Marionette."""
KEYS = {"Enter": "\ue007", "ArrowLeft": "\ue012", "ArrowRight": "\ue014"}
Send = Callable[..., Any]


class Refused(Exception):
    """The browser refused a command; the text is its reason."""


class Window:
    """A window of a browser, used as a person does."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def open(self, address: str) -> None:
        """Open an address and wait until the page is loaded."""
        self._send("navigate", url=address)

    def run(self, script: str, *args: object) -> Any:
        """Run the body of a function in the page and return its result."""
        return self._send("run", script=script, args=list(args))["value"]

    def wait_for(self, selector: str) -> None:
        """Wait until an element is on the page."""
        is_there = "return Boolean(document.querySelector(arguments[0]))"
        until(lambda: self.run(is_there, selector), f"{selector} to come", seconds=PATIENCE)

    def click(self, selector: str) -> None:
        """Scroll to an element and click in its middle. Raises: Refused, if something covers it."""
        self._send("click", id=self._found(selector))

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._send("type", id=self._found(selector), text=text)

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        strokes = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self._send("act", actions=[{"type": "key", "id": "keys", "actions": strokes}])

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels, the browser's own bars included."""
        self._send("size", width=width, height=height)

    def look(self) -> bytes:
        """Return a picture of what the window shows, as PNG."""
        return b64decode(self._send("look")["value"])

    def _found(self, selector: str) -> str:
        return str(self._send("find", using="css selector", value=selector)["value"][ELEMENT])


@contextmanager
def firefox(folder: Path, *, is_dark: bool = False) -> Iterator[Window]:
    """Start a Firefox without a screen whose profile is in `folder`, and end it after the block."""
    binary = need(shutil.which("firefox-esr") or shutil.which("firefox"), FIREFOX)
    scheme = f'user_pref("layout.css.prefers-color-scheme.content-override", {0 if is_dark else 1});\n'
    (folder / "user.js").write_text(f'user_pref("marionette.port", 0);\n{scheme}')
    words = [binary, "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    port = folder / "MarionetteActivePort"
    with _process(words, folder) as process:
        until(lambda: process.poll() is not None or _is_written(port), "Firefox to listen")
        listening = ("127.0.0.1", int(port.read_text()))
        with socket.create_connection(listening, timeout=PATIENCE) as connection, connection.makefile("rwb") as stream:
            send = _marionette(stream)
            yield Window(send)
            send("end")
            process.wait(PATIENCE)


def _is_written(file: Path) -> bool:
    return file.exists() and bool(file.read_text())


def _marionette(stream: BinaryIO) -> Send:
    """Return how to send a command: each message is JSON after its length in bytes and a colon."""

    def receive() -> Any:
        digits = b""
        while (byte := stream.read(1)) != b":":
            if not byte:
                raise Refused("Firefox closed the connection")
            digits += byte
        return json.loads(stream.read(int(digits)))

    def exchange(name: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, name, parameters]).encode()
        stream.write(b"%d:%b" % (len(message), message))
        stream.flush()
        _direction, _number, problem, result = receive()
        if problem:
            raise Refused(f"{problem['error']}: {problem['message']}")
        return result

    def send(command: str, **parameters: Any) -> Any:
        return exchange(MARIONETTE[command], {"full": False} | parameters if command == "look" else parameters)

    receive()  # its greeting
    exchange("WebDriver:NewSession", {})
    return send


@contextmanager
def webkit(folder: Path, *, is_dark: bool = False) -> Iterator[Window]:
    """Start a WebKitGTK on a screen in memory, and end both after the block; `folder` takes its files."""
    driver, screen = (need(shutil.which(name), WEBKIT) for name in ("WebKitWebDriver", "Xvfb"))
    port = free_port()
    with _screen(screen, folder) as display:
        own = {"DISPLAY": display, "GDK_BACKEND": "x11", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        theme = {"GTK_THEME": "Adwaita:dark" if is_dark else "Adwaita"}
        with _process([driver, f"--port={port}", "--host=127.0.0.1"], folder, **own, **theme):
            until(lambda: _is_listening(port), "WebKitGTK's driver to listen")
            wanted = {"capabilities": {"alwaysMatch": {"browserName": "MiniBrowser"}}}
            session = _asked(f"http://127.0.0.1:{port}/session", "POST", wanted)["sessionId"]

            def send(command: str, **parameters: Any) -> Any:
                method, path = COMMANDS[command]
                address = f"http://127.0.0.1:{port}/session/{session}/{path.format(id=parameters.pop('id', ''))}"
                return {"value": _asked(address.rstrip("/"), method, parameters)}

            yield Window(send)
            send("end")


@contextmanager
def _screen(binary: str, folder: Path) -> Iterator[str]:
    """Start a screen in memory and yield its name."""
    reading, writing = os.pipe()
    words = [binary, "-displayfd", str(writing), "-screen", "0", "2000x1400x24", "-nolisten", "tcp"]
    with _process(words, folder, pass_fds=(writing,)):
        os.close(writing)
        with os.fdopen(reading) as numbers:
            yield f":{numbers.readline().strip()}"


@contextmanager
def _process(
    words: list[str], folder: Path, *, pass_fds: tuple[int, ...] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{Path(words[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _asked(address: str, method: str, body: dict[str, Any]) -> Any:
    """Send a command over HTTP and return the value of the answer. Raises: Refused."""
    data = json.dumps(body).encode() if method == "POST" else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as problem:
        said = json.load(problem)["value"]
        raise Refused(f"{said['error']}: {said['message']}") from None
