"""On which servers the lessons of the folder were proved, as their pages show it."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from cachetools import TTLCache, cached
from django.conf import settings

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.trace.proved_servers import SERVERS_FILE, ProvedLesson, proved_lessons_in
from tutor.engine.values.wording import listed
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.same import Same

FRESH_SECONDS = 10
"""How long a page relies on the file as it was read last."""


@cached(TTLCache(4, FRESH_SECONDS))
def _proved_in(folder: Path) -> dict[str, ProvedLesson]:
    try:
        return proved_lessons_in(start_of(folder / SERVERS_FILE, LARGEST_FILE).decode("utf-8", "replace"))
    except OSError:
        return {}


def proved_on(slug: str, lesson: Lesson) -> str:
    """Return the servers on which this lesson was proved, with the day: "Valkey 9.1.2 and Redis 7.0.15, …".

    It is "" if the file says nothing about the lesson, or speaks of another version of what it plays.
    """
    found = _proved_in(Path(settings.LESSONS_DIR)).get(slug)
    if found is None or not found.servers or found.digest != _digest(Same(lesson)):
        return ""
    names = listed([server.name for server in found.servers])
    return f"{names}, {_day(max(server.day for server in found.servers))}"


@lru_cache(256)
def _digest(lesson: Same[Lesson]) -> str:
    # It takes as long as drawing a page.
    return play_digest(lesson.it)


def _day(written: str) -> str:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{day.day} {day:%B %Y}"
