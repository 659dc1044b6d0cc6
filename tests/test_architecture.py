"""docs/architecture.md speaks of files and functions that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = re.sub(r"^```.*?^```$", "", (ROOT / "docs" / "architecture.md").read_text(), flags=re.MULTILINE | re.DOTALL)
FILES = [
    path
    for folder in ("tutor", "templates", "static", "tests", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
]
PLACES = re.findall(r"`([\w./*-]+\.(?:py|html|js|css|json|yaml|md))(?:: (\w+))?`", TEXT)

EXAMPLES = {"note.py", "truth.py", "_truth.html", "about.py", "about.html", "test_about.py", "hello-list.yaml"}
"""Files that the recipes make."""


def found(place: str) -> list[Path]:
    """Return the files that a place such as `views/runs.py` names; its first folders may be left out."""
    return [path for path in FILES if path.match(f"*/{place}")]


def test_each_file_exists():
    names = {place for place, _ in PLACES if Path(place).name not in EXAMPLES}
    assert len(names) > 60
    assert {name for name in names if not found(name)} == set()


def test_each_function_is_in_its_file():
    named = {(place, name) for place, name in PLACES if name}
    assert len(named) > 10
    missing = set()
    for place, name in named:
        texts = [path.read_text() for path in found(place)]
        if not any(
            re.search(rf"^\s*(?:(?:async )?(?:def|class)|const) {name}\b", text, re.MULTILINE) for text in texts
        ):
            missing.add((place, name))
    assert missing == set()


def test_each_room_is_told_of():
    rooms = {path.parent for path in FILES if path.name == "__init__.py" and ROOT / "tutor" in path.parents}
    mentioned = set(re.findall(r"`(?:[\w/]*/)?(\w+)/`", TEXT)) | set(re.findall(r"(\w+)/\w+\.py", TEXT))
    assert {room.name for room in rooms} - mentioned - {"tutor", "commands", "migrations"} == set()
