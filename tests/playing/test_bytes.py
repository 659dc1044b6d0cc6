"""Bytes that are no UTF-8, and control characters, in every name and value that a lesson can have."""

import json
from collections.abc import Mapping

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.fuzzing import some_of
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor import library
from tutor.models import LessonText

pytestmark = pytest.mark.django_db

PLAIN: Mapping[str, str] = {}
ODD = '"\\xff\\x00\\x1b[31m"'

PLACES = {
    "a value": [f"SET k {ODD}", "GET k"],
    "a list": [f"RPUSH l {ODD} b", "LPOP l"],
    "a field": [f"HSET h {ODD} {ODD}", "HGETALL h", "HKEYS h"],
    "a member": [f"SADD s {ODD}", "SPOP s"],
    "a scored member": [f"ZADD z 1 {ODD}", "ZPOPMIN z"],
    "a stream": [f"XADD x 1-1 {ODD} {ODD}", "XRANGE x - +"],
    "a group": [f"XGROUP CREATE x {ODD} 0 MKSTREAM", "XADD x 1-1 f v", f"XREADGROUP GROUP {ODD} c STREAMS x >"],
    "a consumer": ["XADD x 1-1 f v", "XGROUP CREATE x g 0", f"XREADGROUP GROUP g {ODD} STREAMS x >"],
    "a key": [f"SET {ODD} v", f"GET {ODD}", f"RENAME {ODD} k"],
    "a key that is waited for": [f"b: BRPOP {ODD} 0", f"LPUSH {ODD} {ODD}"],
    "a channel": [f"b: SUBSCRIBE {ODD}", f"PUBLISH {ODD} {ODD}", f"b: UNSUBSCRIBE {ODD}"],
    "a pattern": [f"b: PSUBSCRIBE {ODD}", f"PUBLISH {ODD} hello"],
    "a channel without listeners": [f"PUBLISH {ODD} hello"],
    "a refusal": [f"SET k {ODD}", f"LPUSH k {ODD}", f"XREADGROUP GROUP {ODD} c STREAMS {ODD} >"],
    "a transaction": ["MULTI", f"SET k {ODD}", f"LPUSH k {ODD}", "EXEC"],
    "what waits in a group": [
        "XGROUP CREATE x g $ MKSTREAM",
        f"b: XREADGROUP GROUP g {ODD} BLOCK 0 STREAMS x >",
        f"XADD x 1-1 {ODD} {ODD}",
    ],
}
TYPES = {"k": "string", "l": "list", "h": "hash", "s": "set", "z": "zset", "x": "stream"}


def text_of(lines: list[str]) -> str:
    steps = []
    for line in lines:
        actor, said = line.split(": ", 1) if line.startswith("b: ") else ("a", line)
        steps.append({"actor": actor, "action": "Has {v!r} {v}", "command": said, "save": "v"})
    steps.append({"actor": "a", "action": "Prints {v}", "print": "{v} {v!r}"})
    head = {"title": "Odd", "track": "tests", "actors": ["a", "b"], "variables": ["v"], "watch": TYPES}
    return json.dumps({**head, "steps": steps})


def require_drawn(answer: HttpResponse, address: str) -> None:
    assert answer.status_code == 200, address
    assert not {"\x00", "\x1b"} & set(answer.content.decode()), address


def require_pages(client: Client, *addresses: str, headers: Mapping[str, str] = PLAIN) -> None:
    for address in addresses:
        require_drawn(client.get(address, headers=headers), address)


@pytest.mark.slow
@for_each("turn, lines", list(enumerate(PLACES.values())))
def test_every_page_of_the_lesson_can_be_drawn(turn, lines, tmp_path, settings):
    settings.LESSONS_DIR = tmp_path
    (tmp_path / "odd.yaml").write_text(text_of(lines))
    client, of = visitor(), library.find("odd").lesson
    require_pages(client, "/lessons/odd/")
    client.post("/lessons/odd/runs/", {"number": 1}, headers=HTMX)
    for position in range(1, len(of.steps) + 1):
        url = f"/runs/{newest().pk}/steps/{position}/"
        require_drawn(client.post(url, headers=HTMX), url)
        if position in some_of(range(len(of.steps), 0, -1), turn):
            require_pages(client, f"/lessons/odd/?at={position}", "/lessons/odd/?ask=1", headers=HTMX)
    headers, others = (PLAIN, HTMX) if turn % 2 else (HTMX, PLAIN)
    require_pages(client, f"/lessons/odd/?at={len(of.steps)}", headers=headers)
    require_pages(client, "/lessons/odd/?view=lanes", headers=others)
    require_pages(client, *some_of(["/", "/lessons/odd/?ask=1", "/lessons/odd/quiz/", "/lessons/odd/test/"], turn))
    started = client.post("/lessons/odd/tests/", {"number": 1, "show": "all"})
    assert started.status_code in (303, 409)
    if started.status_code == 303:
        require_pages(client, started.headers["Location"])
    assert LessonText.objects.count() == 1
