"""Workers that can't start: the first ones end the program, later ones are tried again with growing pauses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lessons import lesson
from tests.polling import until
from tests.reliability.pile import STEPS
from tests.servers import prepared_folder
from tests.supervised import Supervised, kill, seconds_to_serve
from tests.tables import for_each
from tests.timing import in_time
from tutor.serving.seat import pause_after

BROKEN = "raise ImportError('a2wsgi is not what it was')\n"


@pytest.fixture
def lessons(tmp_path) -> Path:
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "pile.yaml").write_text(lesson("".join(STEPS)))
    return folder


@pytest.fixture
def packages(tmp_path) -> Path:
    """A folder before all others on the program's path; the workers import a2wsgi, the supervisor doesn't."""
    folder = tmp_path / "packages"
    folder.mkdir()
    return folder


@pytest.fixture
def program(tmp_path, lessons, packages) -> Iterator[Supervised]:
    folder = tmp_path / "var"
    folder.mkdir()
    prepared_folder(folder)
    made = Supervised(folder, lessons, PYTHONPATH=str(packages))
    yield made
    made.kill()


@pytest.mark.slow
def test_a_worker_that_can_not_start_ends_the_program_with_the_reason(program, packages):
    (packages / "a2wsgi.py").write_text(BROKEN)
    assert program.run_to_its_end() == 1
    assert "a2wsgi is not what it was" in program.log
    assert "CommandError: The asgi worker" in program.log
    assert program.log.count("can't start; the reason is above.") == 1


@pytest.mark.slow
def test_a_worker_that_can_not_start_later_is_tried_again_while_the_other_serves(program, packages):
    program.start()
    (packages / "a2wsgi.py").write_text(BROKEN)
    kill(program.workers()[0])
    until(lambda: program.log.count("ended: exit code 1") > 3, "four attempts")
    with program.visitor() as visitor:
        assert in_time(seconds_to_serve(visitor), 2)
    assert "ended: exit code 1. It is replaced in 0.2 seconds." in program.log
    (packages / "a2wsgi.py").unlink()
    until(lambda: len(program.workers()) == 2, "the second worker")


@pytest.mark.slow
def test_workers_that_can_not_be_renewed_are_kept(program, packages):
    program.start()
    before = program.workers()
    (packages / "a2wsgi.py").write_text(BROKEN)
    program.renew()
    until(lambda: program.log.count("could not start; the old one goes on") == 2, "both to be tried")
    assert program.workers() == before


@for_each(
    ("short_lives", "longest", "pause"),
    [
        (0, 0.5, 0),
        (1, 0.5, 0),
        (2, 0.5, 0.05),
        (3, 0.5, 0.1),
        (5, 0.5, 0.4),
        (6, 0.5, 0.5),
        (20, 0.5, 0.5),
        (6, 10, 0.8),
        (10, 10, 10),
        (100_000, 10, 10),
    ],
)
def test_pauses_grow_with_each_short_life(short_lives, longest, pause):
    assert pause_after(short_lives, longest=longest) == pytest.approx(pause)


@pytest.mark.slow
def test_a_host_that_is_none_of_this_computer_is_a_sentence(program):
    assert program.run_to_its_end("--host", "no.such.host.invalid") == 1
    assert "'no.such.host.invalid' is not an address of this computer. Choose another: --host 127.0.0.1" in program.log
    assert program.run_to_its_end("--host", "192.0.2.1") == 1
    assert "can't be used: Cannot assign requested address" in program.log
    assert "Traceback" not in program.log


@pytest.mark.slow
def test_a_number_of_workers_that_is_none_is_a_sentence(program):
    for number in ("0", "65"):
        assert program.run_to_its_end(f"--workers={number}") == 1
        assert f"'{number}' is not a number of workers. Choose one from 1 to 64." in program.log
