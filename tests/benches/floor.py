"""The floor of a step: the cost of a view that only calls Redis, stores a row and answers with 2 KB."""

import time
from itertools import count

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tutor import urls
from tutor.broker import connection as broker_connection
from tutor.engine.redis import key_states
from tutor.ports import namespace

KEY = "tutor:{floor}"
ANSWER = b"<p>The floor answers with two kilobytes.</p>\n" * 45
ROW = "INSERT INTO bench_floor (run_id, position, record, taken_at) VALUES (%s, %s, %s, %s)"
RECORD = '{"position": 1, "words": ["LPUSH", "queue", "task1"]}' + " " * 460
# No two processes have the same.
_numbers = count(time.time_ns())


@csrf_exempt
@require_POST
def floor(request: HttpRequest) -> HttpResponse:
    """Send the pipeline of a step, insert a row as large as an entry, answer with a constant."""
    if not request.body:  # read it, because a server may hang up on an unread form
        return HttpResponseBadRequest()
    number = next(_numbers)
    pipeline = broker_connection.client().pipeline(transaction=False)
    for words in _batch(number):
        pipeline.execute_command(*words)
    pipeline.execute(raise_on_error=False)
    with connection.cursor() as cursor:
        cursor.execute(ROW, ["floor", number, RECORD, str(timezone.now())])
    return HttpResponse(ANSWER)


def _batch(number: int) -> list[list[str]]:
    key, seconds = f"{KEY}:queue", str(namespace.CORNER_SECONDS)
    command = ["LPUSH", key, "task1"] if number % 2 else ["RPOP", key]
    claim = ["SET", KEY, str(number), "EX", seconds, "GET"]
    index = ["ZADD", f"{KEY}=", str(int(time.time()) + namespace.CORNER_SECONDS), "floor"]
    return [claim, index, command, *key_states.reads("list", key)]


def make_table() -> None:
    """Make the table of the floor's rows: an entry's columns and indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_floor (id integer PRIMARY KEY AUTOINCREMENT, run_id char(32), position integer,"
            " record text, taken_at datetime, UNIQUE (run_id, position))"
        )
        cursor.execute("CREATE INDEX bench_floor_run ON bench_floor (run_id)")


def bare() -> WSGIHandler:
    """Return a WSGI application with the same addresses and no middleware."""
    with override_settings(MIDDLEWARE=[]):
        return WSGIHandler()


urlpatterns = [path("floor/", floor), *urls.urlpatterns]
handler404 = urls.handler404
