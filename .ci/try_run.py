"""Try `make run` as a learner would: start it, open the first lesson, take its first step, and end it with Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

LESSON = "/lessons/redis-as-message-broker/"
SECONDS_TO_START = 300
SECONDS_TO_END = 20

browser = build_opener(HTTPCookieProcessor(CookieJar()))


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def page(address: str, form: "dict[str, str] | None" = None) -> str:
    """Return a page: the one at the address, or the one to which submitting a form leads."""
    sent = urlencode(form).encode() if form is not None else None
    with browser.open(Request(address, sent), timeout=20) as answer:  # noqa: S310 - our own address
        return str(answer.read().decode())


def started(program: "subprocess.Popen[bytes]", address: str) -> str:
    """Return the lesson's page as soon as the program serves it."""
    deadline = time.monotonic() + SECONDS_TO_START
    while program.poll() is None and time.monotonic() < deadline:
        try:
            return page(address + LESSON)
        except URLError:
            time.sleep(0.2)
    sys.exit(f"make run ended with {program.poll()}, or served no page within {SECONDS_TO_START} seconds.")


def take_first_step(address: str, shown: str) -> None:
    """Press "Start", which also takes the first step."""
    form = re.search(r'<form[^>]*action="([^"]+/runs/)"[^>]*>(.*?)</form>', shown, re.DOTALL)
    if form is None:
        sys.exit("The page has no form that starts the lesson.")
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[2]))
    if 'id="row-1"' not in page(address + form[1], fields):
        sys.exit("The page after the first step does not show that step.")


def main() -> None:
    """Try everything, or exit with the reason why it failed."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = ["make", "run", f"PORT={port}"]
    program = subprocess.Popen(words, start_new_session=True)
    try:
        take_first_step(address, started(program, address))
    finally:
        os.killpg(program.pid, signal.SIGINT)
        program.wait(SECONDS_TO_END)
    print("make run: started, took a step, ended.")


if __name__ == "__main__":
    main()
