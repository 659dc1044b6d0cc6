"""Watching lesson files for `lessons watch`: each saved file is checked, and open previews are refreshed."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from watchfiles import awatch

from tutor.apart.limits import WorkBusy
from tutor.authoring import diagnostics, preview
from tutor.authoring.diagnostics import Paint, printable
from tutor.authoring.proving import CheckedText
from tutor.authoring.watched_files import FileEvent, WatchedFile, WatchedFiles
from tutor.broker import status
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.library import LocatedProblem
from tutor.management.lessons.check import closing_line, in_numbers
from tutor.management.lessons.verb import Say
from tutor.management.tcp_ports import ADDRESS

STEP_MS, MOST_MS = 30, 400
"""Files are scanned after the first of these times without a change, at the latest after the second."""

SETTLE_SECONDS = 0.15
"""How long a file may be missing or empty, as while an editor replaces it, before that counts as a change."""

TICK_SECONDS = 1.0
"""How often files are scanned where the system reports no changes, as on some network drives."""


class FileWatcher:
    """One run of the command: scans the files, checks them, and reports to the terminal and the pages."""

    def __init__(self, files: WatchedFiles, port: int, say: Say, paint: Paint) -> None:
        self._files = files
        self._port = port
        self._say = say
        self._paint = paint
        self._unchecked: set[str] = set()
        self._is_away = False

    async def run(self, open_page: Callable[[str], object]) -> None:
        """Serve previews and watch until Ctrl-C or SIGTERM; `open_page` gets the address of the first page."""
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
            open_page(self._welcome())
            await self._watch(stop)
        finally:
            self._files.close()
            server.stop()  # type: ignore[no-untyped-call]
            await serving

    def _welcome(self) -> str:
        """Say what is watched and where the previews are, and return that address."""
        address, watched = f"http://{ADDRESS}:{self._port}/", f"the lessons in {self._files.folder}"
        if self._files.is_one_file:
            (file,) = self._files.files
            address, watched = f"{address}preview/{quote(file.slug)}/", str(file.path)
        self._say(
            f"\n    Watching {printable(watched)}\n    The preview is at  {address}\n\n    Press Ctrl-C to stop.\n"
        )
        return address

    async def _watch(self, stop: asyncio.Event) -> None:
        # The first check runs beside the scans: a file saved now must not wait until a whole folder is checked.
        async with asyncio.TaskGroup() as group, aclosing(alarms(self._files.folder, stop)) as changes:
            group.create_task(self._check_all(stop))
            async for _ in changes:
                if not self._files.is_settled():
                    await asyncio.sleep(SETTLE_SECONDS)
                events = self._files.scan()
                for event in events:
                    self._handle(event)
                if await self._check_waiting() or events:
                    self._files.notify()

    def _handle(self, event: FileEvent) -> None:
        """Report a change of a file, and have a new text checked."""
        name = printable(str(event.file.path))
        match event.kind:
            case "gone":
                self._unchecked.discard(event.file.slug)
                self._print(f"{name} is gone", "warning")
                return
            case "moved" if event.before:
                self._print(f"{printable(event.before.path.name)} is {printable(event.file.path.name)} now", "strong")
            case "new" | "back":
                self._print(f"{name} is {event.kind}", "strong")
        if event.file.trouble:
            self._print(f"{name} can't be read: {event.file.trouble}", "error")
        else:
            self._unchecked.add(event.file.slug)

    async def _check_all(self, stop: asyncio.Event) -> None:
        """Check all files once; of a whole folder, report the lessons with problems, and a summary."""
        files, problems = self._files.files, list[LocatedProblem]()
        for file in files:
            if stop.is_set():
                return
            problems += await self._check_at_start(file)
        if not (self._files.is_one_file or self._unchecked):
            self._print(closing_line(len(files), problems), "error" if problems else "good")

    async def _check_at_start(self, file: WatchedFile) -> tuple[LocatedProblem, ...]:
        """Check one file of all, and return its problems; while the server is away, leave the file unchecked."""
        if self._is_away:
            self._unchecked.add(file.slug)
            return ()
        checked = await self._checked(file)
        if checked and (checked.problems or self._files.is_one_file):
            self._report(file, checked)
        self._files.notify()
        return checked.problems if checked else ()

    async def _check_waiting(self) -> bool:
        """Check the files with a new text, and return whether there were any."""
        if self._is_away and not await asyncio.to_thread(status.is_there):
            return False
        waiting = sorted(self._unchecked)
        self._unchecked.difference_update(waiting)
        for slug in waiting:
            file = self._files.find(slug)
            if checked := await self._checked(file):
                self._report(file, checked)
        return bool(waiting)

    async def _checked(self, file: WatchedFile) -> CheckedText | None:
        """Check the file; None if that can't be done: at all, or yet, in which case the file stays unchecked."""
        try:
            # In a thread, because a check plays the lesson twice and the event loop serves the previews meanwhile.
            checked = await asyncio.to_thread(preview.examined, file.text, str(file.path))
        except BrokerLacks as lacking:
            self._print(f"{printable(str(file.path))} is not checked: {lacking}", "warning")
            return None
        except WorkBusy as busy:
            self._print(f"{printable(str(file.path))} is not checked yet: {busy}", "warning")
            self._unchecked.add(file.slug)
            return None
        except BrokerAway as away:
            if not self._is_away:
                self._print(f"{away} Lessons are checked when it does.", "warning")
            self._is_away = True
            self._unchecked.add(file.slug)
            return None
        self._is_away = False
        if checked.is_good:
            self._files.keep_good_text(file)
        return checked

    def _report(self, file: WatchedFile, checked: CheckedText) -> None:
        part = "error" if not checked.is_good else "warning" if checked.problems else "good"
        self._print(f"{printable(str(file.path))}: {in_numbers(checked.problems)}", part)
        text = file.text.decode("utf-8", "replace")
        for line in diagnostics.as_text(checked.problems, lambda _: text, self._paint):
            self._say(line)

    def _print(self, text: str, part: str) -> None:
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        self._say(f"{self._paint(time, 'quiet')}  {self._paint(text, part)}")


async def alarms(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield when something may have changed: when the system reports it, and every TICK_SECONDS, until `stop`."""
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
                    # The system watches the old folder only, not one that was made anew under the same name.
                    if folder.stat().st_ino != identity:
                        break
        except (OSError, RuntimeError):  # watchfiles raises its own errors as RuntimeError
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await stop.wait()
