"""THIRD_PARTY.md names everything in the repository that other projects wrote, and nothing else is vendored."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.command_table import TABLE, traits

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
NOTICES = (ROOT / "THIRD_PARTY.md").read_text()
OWN = {"VENDORED.md", "codemirror-6.43.15.min.d.ts"}
"""The files in static/vendor that this project wrote."""

# Written in two halves, so that this file has none of these marks itself.
MARKS = re.compile("|".join(["@lic" + "ense", "SPDX-Lic" + "ense", r"/\*" + "!", r"Copyright \(" + "[cC]\\)"]))
TEXTS = {".py", ".html", ".css", ".js", ".svg", ".yaml", ".json", ".txt", ""}
FOLDERS = (".ci", "docs", "lessons", "static", "templates", "tests", "tutor")


def test_each_vendored_file_is_named_with_its_hash():
    named = dict(re.findall(r"^\| (\S+) \|.*\| `([0-9a-f]{64})` \|$", NOTICES, re.MULTILINE))
    assert named == {
        file.name: sha256(file.read_bytes()).hexdigest() for file in VENDOR.iterdir() if file.name not in OWN
    }


def own_files() -> Iterator[Path]:
    """Yield every file that this project wrote."""
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and VENDOR not in file.parents and "__pycache__" not in file.parts:
                yield file


def test_no_file_outside_the_vendor_folder_looks_vendored():
    kinds = {file.suffix for file in own_files()}
    assert kinds <= TEXTS | {".md", ".png"}
    assert [file for file in own_files() if ".min." in file.name] == []
    assert [file for file in own_files() if file.suffix in TEXTS and MARKS.search(file.read_text())] == []


PACKAGES = re.findall(r"^\| (\S+) \| ([\d.]+) \| (Copyright [^|]+) \|", NOTICES, re.MULTILINE)


def test_the_packages_of_the_editor_are_those_of_its_recipe():
    recipe = set(re.findall(r" (@?[\w./-]+@[\d.]+)", (VENDOR / "VENDORED.md").read_text()))
    assert {f"{name}@{version}" for name, version, _ in PACKAGES} == {
        package for package in recipe if not package.startswith("esbuild@")
    }


@pytest.mark.parametrize("notice", sorted({notice for _, _, notice in PACKAGES}))
def test_the_licence_beside_the_editor_has_the_copyright_of_each_package(notice: str):
    assert notice in (VENDOR / "codemirror-LICENSE.txt").read_text()


def test_the_licence_beside_the_editor_has_the_text_of_the_notices():
    text = (VENDOR / "codemirror-LICENSE.txt").read_text()
    assert text[text.index("Permission is hereby granted") :].strip() in NOTICES


def test_the_servers_that_documented_the_commands_are_named():
    assert [server for server in json.loads(TABLE.read_bytes())["made_from"] if server not in NOTICES] == []


def test_the_summaries_that_this_project_wrote_are_counted():
    own = sum("summary" in facts for facts in traits().values())
    assert f"- {own} are written for this project" in NOTICES


WORDED_BY_VALKEY = {"CLUSTER|SLOT-STATS", "MSETEX"}
"""Commands since Redis 7.4 whose summary is, word for word, that of Valkey."""


def test_no_summary_of_a_newer_redis_is_copied():
    newer = {
        row["name"]
        for row in json.loads(TABLE.read_bytes())["commands"]
        if row["since"] and tuple(map(int, row["since"].split("."))) >= (7, 4)
    }
    own = {name for name, facts in traits().items() if "summary" in facts}
    assert newer - own == WORDED_BY_VALKEY
