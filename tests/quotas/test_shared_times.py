"""Buckets that several processes share: what one takes, the other misses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tutor.quotas import shared_times
from tutor.quotas.buckets import Buckets, Draw
from tutor.quotas.rates import Rate
from tutor.quotas.shared_times import WAYS, SharedTimes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="buckets are shared on Linux only")

KEYS = 8 * WAYS


def times(path: Path) -> SharedTimes:
    made = SharedTimes.at(path, KEYS)
    assert made
    return made


def test_a_time_is_found_again_by_whoever_maps_the_file(tmp_path):
    times(tmp_path / "table").set(("steps", "ana"), 12.5)
    assert times(tmp_path / "table").get(("steps", "ana"), 0) == 12.5
    assert times(tmp_path / "table").get(("runs", "ana"), 3) == 3


def test_another_process_finds_it_too(tmp_path):
    times(tmp_path / "table").set(("steps", "ana"), 12.5)
    code = (
        "import sys; from pathlib import Path; from tutor.quotas.shared_times import SharedTimes;"
        f"print(SharedTimes.at(Path(sys.argv[1]), {KEYS}).get(('steps', 'ana'), 0))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "table")], check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "12.5"


def test_two_limiters_with_one_table_let_as_much_pass_as_one(tmp_path):
    rate = Rate(1, 3600, 10)
    both = [Buckets(clock=lambda: 100.0) for _ in range(2)]
    for each in both:
        each.share({"learner": times(tmp_path / "learners"), "address": times(tmp_path / "addresses")})
    draw = Draw("learner", ("steps", "ana"), rate)
    assert sum(both[n % 2].take([draw]) is None for n in range(40)) == 10


def test_in_a_full_table_the_fullest_bucket_makes_room(tmp_path):
    table = times(tmp_path / "table")
    table.set("attacker", 1e9)
    for visitor in range(100 * KEYS):
        table.set(visitor, 1.0 + visitor)
    assert table.get("attacker", 0) == 1e9
    assert sum(table.get(visitor, 0) != 0 for visitor in range(100 * KEYS)) == KEYS - 1


def test_times_of_before_the_machine_was_started_are_forgotten(tmp_path, monkeypatch):
    times(tmp_path / "table").set("ana", 5.0)
    boot = tmp_path / "boot"
    boot.write_text("another start")
    monkeypatch.setattr(shared_times, "_BOOT_ID", boot)
    assert times(tmp_path / "table").get("ana", 0) == 0


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 5000])
def test_a_file_of_another_kind_is_replaced(tmp_path, content):
    (tmp_path / "table").write_bytes(content)
    table = times(tmp_path / "table")
    table.set("ana", 5.0)
    assert table.get("ana", 0) == 5.0


def test_a_folder_that_cannot_be_written_means_no_table(tmp_path):
    assert SharedTimes.at(tmp_path / "missing" / "table", KEYS) is None
