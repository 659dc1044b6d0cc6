"""A disk that takes seconds for each fsync, as a failing or a crowded one does."""

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from tests.needs import need
from tests.polling import until
from tests.reliability.pile import PAGE
from tests.servers import Program, program
from tests.timing import in_time
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

SLOW_FSYNC = """
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int slow(void) {
    int log = open(getenv("FSYNCS"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0) { (void)!write(log, ".", 1); close(log); }
    sleep(5);
    return 0;
}
int fsync(int file) { (void)file; return slow(); }
int fdatasync(int file) { (void)file; return slow(); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """A library that has every fsync of a process take five seconds."""
    compiler = need(shutil.which("cc"), "a C compiler")
    folder = tmp_path_factory.mktemp("slow")
    (folder / "slow.c").write_text(SLOW_FSYNC)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "slow.so", folder / "slow.c"], check=True)
    return folder / "slow.so"


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def on_a_slow_disk(request, server, lessons, library) -> Iterator[Program]:
    with program(server.url, lessons, workers=1, interface=request.param, DATABASE_URL="") as made:
        made.kill()
        made.environment |= {"LD_PRELOAD": str(library), "FSYNCS": str(made.folder / "fsyncs")}
        made.start()
        yield made


def test_no_click_waits_for_the_disk(on_a_slow_disk, uninterrupted):
    fsyncs = on_a_slow_disk.folder / "fsyncs"
    until(fsyncs.exists, "the log to be begun")
    took: list[float] = []

    def learn_until_the_disk_was_awaited(_: int) -> list[tuple[str, ...]]:
        before, tables = fsyncs.stat().st_size, []
        while fsyncs.stat().st_size < before + 4:
            with on_a_slow_disk.visitor() as visitor:
                tables.append(learn(visitor, took))
        return tables

    with ThreadPoolExecutor(4) as pool:
        tables = [table for some in pool.map(learn_until_the_disk_was_awaited, range(4)) for table in some]
    assert len(tables) > 4
    assert all(table == uninterrupted for table in tables)
    assert in_time(max(took), 3)


def learn(visitor: Visitor, took: list[float]) -> list[tuple[str, ...]]:
    """Take the lesson to its end, pressing again after a 503, and note the seconds of each press."""
    answer = visitor.get(PAGE)
    while answer.next_form:
        begun = monotonic()
        pressed = visitor.press(answer)
        took.append(monotonic() - begun)
        assert pressed.status == 200 or "your place is kept" in pressed.text
        answer = pressed if pressed.status == 200 else visitor.get(PAGE)
    return visitor.get(PAGE).rows
