"""A thousand open streams: whether and how soon each gets its message, and the cost of steps meanwhile."""

import asyncio
import http.client
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Thread
from urllib.parse import urlsplit

from tests.benches import runs
from tests.benches.caller import Learner
from tests.benches.figures import Figure, median, percentile
from tests.benches.server import post
from tutor.broker import exchange
from tutor.live import rooms
from tutor.live.attendance import channel_of
from tutor.live.hub import MOST_TABS

STREAMS, MESSAGES = 1_000, 4
LEARNERS = STREAMS // MOST_TABS
STEPS = 150
OPEN_SECONDS, ARRIVE_SECONDS = 25, 10


class Crowd:
    """Browsers with open streams, in a separate thread; `late` is the delay of each message in ms."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._learners = [Learner() for _ in range(LEARNERS)]
        self.rooms = [rooms.room_of(learner.id) for learner in self._learners]
        self._listening: set[int] = set()
        self.late: list[float] = []
        self._are_enough = Event()
        self._is_over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._open_all(),))

    def __enter__(self) -> "Crowd":
        self._thread.start()
        self._are_enough.wait(OPEN_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()
        self._loop.close()
        time.sleep(1)  # until the site has noticed that all are gone

    @property
    def listening(self) -> int:
        """The number of streams that have been confirmed."""
        return len(self._listening)

    def publish_to_all(self) -> None:
        """Publish one message to each room."""
        for room in self.rooms:
            exchange.send([("PUBLISH", channel_of(room), str(time.perf_counter_ns()))])

    async def _open_all(self) -> None:
        learners = [learner for learner in self._learners for _ in range(MOST_TABS)]
        tasks = [asyncio.create_task(self._listen(number, learner)) for number, learner in enumerate(learners)]
        await self._is_over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, number: int, learner: Learner) -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
            try:
                lines = f"GET /live/stream/ HTTP/1.1\r\nHost: {self._address.netloc}\r\nCookie: {learner.cookie_header}"
                writer.write(f"{lines}\r\n\r\n".encode())
                while line := await reader.readline():
                    self._note(number, line, await reader.readline() if line.startswith(b"event: ") else b"")
            finally:
                writer.close()

    def _note(self, number: int, line: bytes, data: bytes) -> None:
        now = time.perf_counter_ns()
        if line == b"event: listening\n":
            self._listening.add(number)
            if self.listening == STREAMS:
                self._are_enough.set()
        elif line == b"event: message\n":
            sent = int(json.loads(data.removeprefix(b"data: "))["text"])
            self.late.append((now - sent) / 1e6)


def all_figures(address: str) -> Iterator[Figure]:
    """Measure steps alone, then with all streams open, then with messages to all of them on the way."""
    walkers = [runs.walker() for _ in range(2)]
    _steps(address, walkers, 1, 30)
    alone = _steps(address, walkers, 31, STEPS)
    begin = time.perf_counter()
    with Crowd(address) as crowd:
        opened = time.perf_counter() - begin
        open_streams = crowd.listening
        idle = _steps(address, walkers, 31 + STEPS, STEPS)
        with ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(lambda: [crowd.publish_to_all() for _ in range(MESSAGES)])
            busy = _steps(address, walkers, 31 + 2 * STEPS, STEPS)
            publishing.result()
        deadline = time.monotonic() + ARRIVE_SECONDS
        while len(crowd.late) < STREAMS * MESSAGES and time.monotonic() < deadline:
            time.sleep(0.05)
        late = list(crowd.late) or [float("inf")]
    yield Figure("streams_open", f"streams that listen, of {STREAMS:,}", open_streams)
    yield Figure("streams_open_s", "opening them all", round(opened, 1), "s")
    yield Figure("streams_delivered", f"messages that arrived, of {STREAMS * MESSAGES:,}", len(crowd.late))
    yield Figure("streams_missing", "messages that did not arrive", STREAMS * MESSAGES - len(crowd.late), most=0)
    yield Figure("stream_ms_p50", "from PUBLISH to the reader, median", median(late), "ms")
    yield Figure("stream_ms_p99", "from PUBLISH to the reader, p99", percentile(late, 99), "ms")
    for name, label, times in (
        ("alone", "without streams", alone),
        ("streams", "with all streams open", idle),
        ("messages", "while messages go to all streams", busy),
    ):
        yield Figure(f"step_{name}_ms_p50", f"two learners' steps {label}, median", median(times), "ms")
        yield Figure(f"step_{name}_ms_p99", f"two learners' steps {label}, p99", percentile(times, 99), "ms")


def _steps(address: str, walkers: list[runs.Walker], begin: int, count: int) -> list[float]:
    """Return how long each step took, in ms; the learners step at once."""

    def walk(walker: runs.Walker) -> list[float]:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        found = []
        for position in range(begin, begin + count):
            started = time.perf_counter_ns()
            post(connection, walker.learner, walker.step_path(position))
            found.append((time.perf_counter_ns() - started) / 1e6)
        connection.close()
        return found

    with ThreadPoolExecutor(len(walkers)) as pool:
        return [each for times in pool.map(walk, walkers) for each in times]


def allow_many_files() -> None:
    """Let this process, and those it starts, keep that many sockets open."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 3 * STREAMS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
