"""Looks at lesson files, checks what is saved, tells the terminal and the pages: what `lessons watch` does."""

import asyncio
import signal
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from watchfiles import awatch

from tutor.authoring import diagnostics, preview
from tutor.authoring.diagnostics import painted, printable
from tutor.authoring.proving import CheckedText
from tutor.authoring.watching import Desk, News, Watched
from tutor.broker import status
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.library import LocatedProblem
from tutor.management.lessons.check import closing_line, in_numbers
from tutor.management.lessons.verb import Say
from tutor.management.ports import ADDRESS

STEP_MS, MOST_MS = 30, 400
"""What is saved is looked at when nothing has happened for the first time, at the latest after the second."""

SETTLE_SECONDS = 0.15
"""How long a file that editors replace may be missing or empty before that is taken for what its author means."""

TICK_SECONDS = 1.0
"""How often files are looked at where the system tells of no changes, as on some network drives."""


class Watcher:
    """One run of the command: looks, checks, tells the terminal and the pages."""

    def __init__(self, desk: Desk, port: int, say: Say, *, has_colours: bool) -> None:
        self._desk = desk
        self._port = port
        self._say = say
        self._has_colours = has_colours
        self._unchecked: set[str] = set()
        self._is_away = False

    async def run(self, *, opens_browser: bool) -> None:
        """Serve and watch until Ctrl-C or SIGTERM, then leave nothing behind."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # on Windows Ctrl-C arrives as KeyboardInterrupt
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        server = Server(
            import_string("tutor.watch_asgi.application"),
            address=ADDRESS,
            port=self._port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_level=LogLevels.error,
        )
        serving = asyncio.create_task(server.serve())
        try:
            self._welcome(opens_browser=opens_browser)
            await self._watch(stop)
        finally:
            self._desk.end()
            server.stop()  # type: ignore[no-untyped-call]
            await serving

    def _welcome(self, *, opens_browser: bool) -> None:
        address = f"http://{ADDRESS}:{self._port}/"
        what = f"the lessons in {self._desk.folder}"
        if self._desk.is_one_file:
            (file,) = self._desk.files
            address, what = f"{address}preview/{quote(file.slug)}/", str(file.path)
        self._say(f"\n    Watching {printable(what)}\n    The preview is at  {address}\n\n    Ctrl-C ends it.\n")
        if opens_browser:
            webbrowser.open(address)

    async def _watch(self, stop: asyncio.Event) -> None:
        # Beside it, because what is being written now shall not wait until a whole folder is checked.
        async with asyncio.TaskGroup() as group, aclosing(alarms(self._desk.folder, stop)) as changes:
            group.create_task(self._check_first(stop))
            async for _ in changes:
                if not self._desk.is_settled():
                    await asyncio.sleep(SETTLE_SECONDS)
                news = self._desk.look()
                for each in news:
                    self._take_in(each)
                if await self._check_waiting() or news:
                    self._desk.tell()

    def _take_in(self, news: News) -> None:
        """Tell of what became of a file, and have it checked if there is a new text."""
        name = printable(str(news.file.path))
        match news.kind:
            case "gone":
                self._unchecked.discard(news.file.slug)
                self._tell(f"{name} is gone", "warning")
                return
            case "moved" if news.before:
                self._tell(f"{printable(news.before.path.name)} is {printable(news.file.path.name)} now", "strong")
            case "new" | "back":
                self._tell(f"{name} is {news.kind}", "strong")
        if news.file.trouble:
            self._tell(f"{name} can't be read: {news.file.trouble}", "error")
        else:
            self._unchecked.add(news.file.slug)

    async def _check_first(self, stop: asyncio.Event) -> None:
        """Check what there is; of a whole folder, tell only of lessons with problems, and what it comes to."""
        files, problems = self._desk.files, list[LocatedProblem]()
        for file in files:
            if stop.is_set():
                return
            if self._is_away:
                self._unchecked.add(file.slug)
                continue
            checked = await self._checked(file)
            if checked and (checked.problems or self._desk.is_one_file):
                self._report(file, checked)
            problems += checked.problems if checked else ()
            self._desk.tell()
        if not (self._desk.is_one_file or self._unchecked):
            self._tell(closing_line(len(files), problems), "error" if problems else "good")

    async def _check_waiting(self) -> bool:
        """Check the files whose text is new, and return whether there were any."""
        if self._is_away and not await asyncio.to_thread(status.is_there):
            return False
        waiting = sorted(self._unchecked)
        self._unchecked.difference_update(waiting)
        for slug in waiting:
            file = self._desk.find(slug)
            if checked := await self._checked(file):
                self._report(file, checked)
        return bool(waiting)

    async def _checked(self, file: Watched) -> CheckedText | None:
        """Check the file; None if that can't be done, and while the server is away the file waits for it."""
        try:
            checked = await asyncio.to_thread(preview.examined, file.text, str(file.path))
        except BrokerLacks as lacking:
            self._tell(f"{printable(str(file.path))} is not checked: {lacking}", "warning")
            return None
        except BrokerAway as away:
            if not self._is_away:
                self._tell(f"{away} Lessons are checked when it does.", "warning")
            self._is_away = True
            self._unchecked.add(file.slug)
            return None
        self._is_away = False
        if checked.is_good:
            self._desk.note_good(file)
        return checked

    def _report(self, file: Watched, checked: CheckedText) -> None:
        part = "good" if checked.is_good and not checked.problems else "warning" if checked.is_good else "error"
        self._tell(f"{printable(str(file.path))}: {in_numbers(checked.problems)}", part)
        text = file.text.decode("utf-8", "replace")
        for line in diagnostics.as_text(checked.problems, lambda _: text, colours=self._has_colours):
            self._say(line)

    def _tell(self, said: str, part: str) -> None:
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        self._say(f"{painted(time, 'quiet')}  {painted(said, part)}" if self._has_colours else f"{time}  {said}")


async def alarms(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield when something may have changed: as soon as the system tells, and every TICK_SECONDS; until `stop`."""
    while not stop.is_set():
        yield
        try:
            identity = folder.stat().st_ino
            changes = awatch(
                folder,
                watch_filter=None,
                debounce=MOST_MS,
                step=STEP_MS,
                rust_timeout=int(TICK_SECONDS * 1000),
                yield_on_timeout=True,
                stop_event=stop,
                recursive=False,
            )
            async with aclosing(changes):
                async for _ in changes:
                    yield
                    # A folder that was made anew is another one, of which the system tells nothing.
                    if folder.stat().st_ino != identity:
                        break
        except (OSError, RuntimeError):  # watchfiles' own fault is a RuntimeError
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await stop.wait()
