"""Sites under attack: the program under its supervisor, with all that an attack can reach."""

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from tests.postgresql import PostgreSQL, running_postgresql
from tests.servers import ROOT, Proxy, RedisServer, proxy_of, running_redis
from tests.supervised import Supervised, supervised

SMALL_DISK_MB = 96
"""Size of the file system that holds the program's folder, where this process may mount one."""

REDIS_MEMORY = "64mb"

LESSONS = ROOT / "lessons"


class Clock:
    """The clock of the site's processes, shifted by a number of seconds: https://github.com/wolfcw/libfaketime."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._library = next(iter(sorted(glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))), "")  # noqa: PTH207
        self.set(0)

    @property
    def can_jump(self) -> bool:
        """Whether the library is installed."""
        return bool(self._library)

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables with which a process runs on this clock; only its wall clock is shifted."""
        if not self.can_jump:
            return {}
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """Let the clock be that many seconds ahead."""
        # A process reads the file while it is replaced, so it must never be empty.
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self._file)


@dataclass(frozen=True, slots=True)
class Site:
    """All that an attack can reach; None for what the site does not have.

    `disk`: the file system of the program's folder if it is small.
    """

    program: Supervised
    random: random.Random
    server: RedisServer | None = None
    proxy: Proxy | None = None
    clock: Clock | None = None
    postgres: PostgreSQL | None = None
    disk: Path | None = None


@contextmanager
def own_computer(seed: str) -> Iterator[Site]:
    """Yield a site as `make run` starts it, with the embedded Redis."""
    with _folder() as folder, supervised(folder, LESSONS) as program:
        yield Site(program, random.Random(seed))


@contextmanager
def server_with_sqlite(seed: str) -> Iterator[Site]:
    """Yield a site on a server of its own, with a small disk and a Redis whose clock jumps."""
    with _folder() as folder, ExitStack() as stack:
        clock = Clock(folder)
        server = stack.enter_context(running_redis("--maxmemory", REDIS_MEMORY, environment=clock.environment))
        proxy = stack.enter_context(proxy_of(server))
        place = folder / "var"
        place.mkdir()
        disk = stack.enter_context(_small_disk(place))
        # Not the program's clock: under libfaketime 0.9.10 Python's time.sleep raises EINVAL when the clock jumps.
        program = stack.enter_context(supervised(place, LESSONS, "--interface", "wsgi", REDIS_URL=proxy.url))
        yield Site(program, random.Random(seed), server, proxy, clock, disk=disk)


@contextmanager
def server_with_postgres(seed: str) -> Iterator[Site]:
    """Yield a site with PostgreSQL, on ASGI."""
    with _folder() as folder, ExitStack() as stack:
        server = stack.enter_context(running_redis("--maxmemory", REDIS_MEMORY))
        proxy = stack.enter_context(proxy_of(server))
        postgres = stack.enter_context(running_postgresql())
        program = stack.enter_context(supervised(folder, LESSONS, REDIS_URL=proxy.url, DATABASE_URL=postgres.url))
        yield Site(program, random.Random(seed), server, proxy, postgres=postgres)


@contextmanager
def _folder() -> Iterator[Path]:
    # Short, because the embedded server's socket is in it.
    folder = Path(tempfile.mkdtemp(prefix="site-", dir=os.environ["TUTOR_TEST_RUN"]))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a small file system there during the block; yield None where this process may not."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    options = ["-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "none", str(folder)]
    if not mount or not umount or os.geteuid() != 0:
        yield None
        return
    if subprocess.run([mount, *options], check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)
