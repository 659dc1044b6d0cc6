"""`manage.py lessons watch`: check lesson files as they are saved, and show how learners will see them."""

import asyncio
import logging
import os
import sys
import webbrowser
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings

from tutor.authoring import watched_files
from tutor.authoring.watched_files import WatchedFiles
from tutor.management.lessons.shelf import lesson_file, seen_from_here
from tutor.management.lessons.verb import Say
from tutor.management.tcp_ports import held

PORTS = range(8765, 8775)
"""Where the preview is served by default: at the first of these ports that is free."""


class Watch:
    """Serves previews on this computer and checks each file that is saved, until Ctrl-C."""

    summary = "Check lesson files as you save them, and show them in the browser as learners will see them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to watch and where to show it."""
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            help="a lesson's file or name, or a folder of them; by default the lessons' folder",
        )
        parser.add_argument("--port", type=int, help=f"where to serve the preview; by default {PORTS[0]} if it is free")
        parser.add_argument("--no-open", action="store_true", help="do not open the browser")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Watch until Ctrl-C; exit status 1 if the port can't be used. Raises: NothingToWatch."""
        files = watched_files.open_at(lesson_file(options["path"] or seen_from_here(Path(settings.LESSONS_DIR))))
        asked = options["port"]
        with ExitStack() as stack:
            try:
                port = stack.enter_context(held([*PORTS, 0] if asked is None else [asked or -1]))
            except (OSError, OverflowError):
                say(f"Port {asked} can't be used here. Choose another with --port, or leave it out.")
                return 1
            return self._serve(files, port, say, options)

    def _serve(self, files: WatchedFiles, port: int, say: Say, options: Mapping[str, Any]) -> NoReturn:
        _serve_previews_only()
        # Loaded here, so that no other command waits for a web server and a file watcher to be loaded.
        from tutor.management.lessons.file_watcher import FileWatcher

        watcher = FileWatcher(files, port, say, options["paint"])
        opens_browser = not options["no_open"] and _has_browser()
        with suppress(KeyboardInterrupt):
            asyncio.run(watcher.run(webbrowser.open if opens_browser else _open_nothing))
        say("\nStopped watching.")
        _end_at_once()


def _end_at_once() -> NoReturn:
    """End the process with status 0, without the interpreter's own finalization.

    The web server's and the file watcher's native threads may still be on their way into Python. CPython ends such a
    thread during finalization, and native code may answer with an abort:
    https://docs.python.org/3/c-api/init.html#cautions-regarding-runtime-finalization
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads any more
            stream.flush()
    os._exit(0)


def _open_nothing(_address: str) -> None:
    """Open no browser: the address is printed."""


def _has_browser() -> bool:
    """Return whether this is an interactive terminal on a computer with a screen."""
    has_screen = sys.platform in ("win32", "darwin") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return sys.stdout.isatty() and has_screen


def _serve_previews_only() -> None:
    """Have this process serve previews only, without a database or any set-up."""
    settings.ROOT_URLCONF = "tutor.watch_urls"
    settings.BACKGROUND_THREADS = False
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    without = ("SessionMiddleware", "AuthenticationMiddleware", "LearnerMiddleware", "LimitMiddleware")
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith(without)]
    # Static files straight from the program's folder: collectstatic is not run for a preview.
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    # The terminal is for the results of the check.
    for name in ("watchfiles", "django.request"):
        logging.getLogger(name).setLevel(logging.ERROR)
