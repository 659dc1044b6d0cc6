"""CHANGELOG.md: versions with dates, newest first, and the version of the program is the newest one."""

import re
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLES = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
RELEASES = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", title) for title in TITLES[1:]]


def test_unreleased_changes_come_first_and_every_other_section_is_a_dated_version():
    assert TITLES[0] == "[Unreleased]"
    assert RELEASES
    assert None not in RELEASES


def test_versions_and_dates_only_go_down():
    found = [release for release in RELEASES if release]
    versions = [tuple(map(int, release.groups()[:3])) for release in found]
    dates = [date.fromisoformat(release[4]) for release in found]
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)


def test_the_program_has_the_newest_dated_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = RELEASES[0]
    assert newest
    assert project["version"] == ".".join(newest.groups()[:3])
