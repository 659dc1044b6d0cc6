"""The fair floor of a request: a view below the same middleware that does what the request cannot do without.

A floor reads and inserts in one transaction as the request does, sends the same pipeline to Redis, and answers with the
very bytes that the request was answered with, so that they are compressed alike. Its content is constant: it knows no
lesson, keeps no variables and draws nothing. The form's token and the learner's cookie are checked by the middleware.
"""

import time
from functools import lru_cache
from itertools import count
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.middleware.csrf import get_token
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tutor import urls
from tutor.broker import exchange
from tutor.engine.redis import key_states
from tutor.ports import namespace
from tutor.views.shared.answers import personal

KEY = "tutor:{floor}"
ANSWER = b"<p>The floor answers with two kilobytes.</p>\n" * 45
READ = "SELECT record FROM bench_floor WHERE run_id = %s ORDER BY position DESC LIMIT %s"
ROW = "INSERT INTO bench_floor (run_id, position, record, taken_at) VALUES (%s, %s, %s, %s)"
RECORD = '{"position": 1, "words": ["LPUSH", "queue", "task1"]}' + " " * 460
STEPS = 7
"""Entries that a page reads: those of the first lesson's run, where `make bench` measures pages."""

# No two processes have the same.
_numbers = count(time.time_ns())


@require_POST
def step(request: HttpRequest, name: str) -> HttpResponse:
    """Read a row, send the pipeline of a step, insert a row as large as an entry; `predicted`: and a second one."""
    if not request.body:  # read it, because a server may hang up on an unread form
        return HttpResponseBadRequest()
    number = next(_numbers)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ, ["floor", 1])
        cursor.fetchone()
        exchange.send(_batch(number))
        cursor.execute(ROW, ["floor", number, RECORD, str(timezone.now())])
        if name == "predicted":
            cursor.execute(ROW, ["guess", number, "", str(timezone.now())])
    return personal(HttpResponse(_answer(name)))


@require_POST
def marking(request: HttpRequest) -> HttpResponse:
    """Read a row and insert one."""
    if not request.body:
        return HttpResponseBadRequest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ, ["floor", 1])
        cursor.fetchone()
        cursor.execute(ROW, ["answer", next(_numbers), "", str(timezone.now())])
    return personal(HttpResponse(_answer("marking")))


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Read the entries of a run; the token is masked once, as in every page with a form."""
    get_token(request)
    with connection.cursor() as cursor:
        cursor.execute(READ, ["floor", STEPS])
        cursor.fetchall()
    return personal(HttpResponse(_answer(name)))


def _batch(number: int) -> list[tuple[str, ...]]:
    key, seconds = f"{KEY}:queue", str(namespace.CORNER_SECONDS)
    command = ("LPUSH", key, "task1") if number % 2 else ("RPOP", key)
    claim = ("SET", KEY, str(number), "EX", seconds, "GET")
    index = ("ZADD", f"{KEY}=", str(int(time.time()) + namespace.CORNER_SECONDS), "floor")
    return [claim, index, command, *(tuple(words) for words in key_states.reads("list", key)), ("GET", KEY)]


def answer_with(name: str, answer: str) -> None:
    """Have the floor of that name answer with these bytes, in this process and in those that it starts."""
    _file(name).write_text(answer)
    _answer.cache_clear()


@lru_cache
def _answer(name: str) -> bytes:
    return _file(name).read_bytes() if _file(name).exists() else ANSWER


def _file(name: str) -> Path:
    return Path(settings.TUTOR_VAR) / f"floor-{name}.html"


def make_table() -> None:
    """Make the table of the floor's rows: an entry's columns and indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_floor (id integer PRIMARY KEY AUTOINCREMENT, run_id char(32), position integer,"
            " record text, taken_at datetime, UNIQUE (run_id, position))"
        )
        cursor.execute("CREATE INDEX bench_floor_run ON bench_floor (run_id)")


urlpatterns = [
    path("floor/step/", step, {"name": "step"}),
    path("floor/predicted/", step, {"name": "predicted"}),
    path("floor/marking/", marking),
    path("floor/page/", page, {"name": "page"}),
    path("floor/look_back/", page, {"name": "look_back"}),
    path("floor/catalogue/", page, {"name": "catalogue"}),
    *urls.urlpatterns,
]
handler404 = urls.handler404
