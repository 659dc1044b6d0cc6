"""The file that says on which servers the lessons of a folder were proved: data, read by the lessons' pages."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SERVERS_FILE = "servers.json"
"""Its name; it lies beside the lessons."""

SERVERS_VERSION = 1
"""The version of its form."""


@dataclass(frozen=True, slots=True)
class ProvedServer:
    """A server by its name and version, and the day on which the lesson was proved there, as 2026-11-28."""

    name: str
    day: str


@dataclass(frozen=True, slots=True)
class ProvedLesson:
    """`digest`: what was played (engine/lesson/play_digest.py); a lesson with another digest was changed since."""

    digest: str
    servers: tuple[ProvedServer, ...]


def proved_lessons_in(text: str) -> dict[str, ProvedLesson]:
    """Return what a file's text says, by the lesson's name; nothing for a text that is none, or of another version."""
    try:
        data: Any = json.loads(text)
        if data["version"] != SERVERS_VERSION:
            return {}
        return {
            str(slug): ProvedLesson(
                str(each["digest"]), tuple(ProvedServer(str(s["name"]), str(s["day"])) for s in each["servers"])
            )
            for slug, each in data["lessons"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def as_servers_text(lessons: Mapping[str, ProvedLesson]) -> str:
    """Return the text of the file, sorted by lesson, so that a difference shows what changed."""
    by_lesson = {slug: {"digest": each.digest, "servers": _records(each.servers)} for slug, each in lessons.items()}
    return json.dumps({"version": SERVERS_VERSION, "lessons": by_lesson}, indent=1, sort_keys=True) + "\n"


def _records(servers: Iterable[ProvedServer]) -> list[dict[str, str]]:
    return [{"name": each.name, "day": each.day} for each in servers]
