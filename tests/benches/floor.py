"""The fair floor of a request: a view below the same middleware that does what the request cannot do without.

A floor reads and inserts in one transaction as the request does, sends the same pipeline to Redis, and answers with the
very bytes that the request was answered with, so that they are compressed alike. Its content is constant: it knows no
lesson, keeps no variables and draws nothing. The form's token and the learner's cookie are checked by the middleware.
"""

import time
from functools import lru_cache
from itertools import count
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.middleware.csrf import get_token
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tests.benches import site
from tutor import urls
from tutor.broker import exchange
from tutor.engine.redis import key_states
from tutor.learners import learner_of
from tutor.models import sql_key
from tutor.ports import namespace
from tutor.views.shared.answers import personal

KEY = "tutor:{floor}"
ANSWER = b"<p>The floor answers with two kilobytes.</p>\n" * 45
RECORD = '{"position": 1, "words": ["LPUSH", "queue", "task1"]}' + " " * 600

LAST_ENTRY = """
    SELECT entry.record FROM tutor_run run LEFT JOIN tutor_entry entry ON entry.run_id = run.id
    WHERE run.id = %s AND run.learner = %s ORDER BY entry.position DESC LIMIT 1
"""
ENTRIES = """
    SELECT entry.record FROM tutor_run run JOIN tutor_entry entry ON entry.run_id = run.id
    WHERE run.learner = %s AND run.slug = %s ORDER BY run.number DESC, entry.position DESC LIMIT 7
"""
ATTEMPTS = """
    SELECT answer, score FROM tutor_attempt
    WHERE learner = %s AND slug = %s AND question = 'floor' AND meaning = '' ORDER BY number
"""
STORE_ENTRY = "INSERT INTO tutor_entry (run_id, position, record, taken_at) VALUES (%s, %s, %s, %s)"
STORE_GUESS = """
    INSERT INTO tutor_prediction (run_id, position, step, asked, guess, is_right, reason, made_at)
    VALUES (%s, %s, 'floor', 'floor', '"task1"', %s, '', %s)
"""
STORE_ATTEMPT = """
    INSERT INTO tutor_attempt (learner, slug, text_id, question, meaning, number, answer, score, taken_at)
    VALUES (%s, %s, %s, 'floor', '', %s, '"B"', 0, %s)
"""

# No two processes have the same.
_numbers = count(time.time_ns())


@require_POST
def step(request: HttpRequest, name: str, run_id: UUID, position: int) -> HttpResponse:
    """Read the learner's run with its last entry, send a step's pipeline, insert an entry; `predicted`: and a guess."""
    if not request.body:  # read it, because a server may hang up on an unread form
        return HttpResponseBadRequest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LAST_ENTRY, [sql_key(run_id), sql_key(learner_of(request))])
        cursor.fetchone()
        exchange.send(_batch(next(_numbers)))
        cursor.execute(STORE_ENTRY, [sql_key(run_id), position, RECORD, str(timezone.now())])
        if name == "predicted":
            cursor.execute(STORE_GUESS, [sql_key(run_id), position, True, str(timezone.now())])
    return personal(HttpResponse(_answer(name)))


@require_POST
def marking(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Read the learner's attempts at a question, and insert one."""
    if not request.body:
        return HttpResponseBadRequest()
    learner = sql_key(learner_of(request))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTEMPTS, [learner, slug])
        cursor.fetchall()
        cursor.execute(STORE_ATTEMPT, [learner, slug, site.digest, number, str(timezone.now())])
    return personal(HttpResponse(_answer("marking")))


@require_safe
def page(request: HttpRequest, name: str, slug: str) -> HttpResponse:
    """Read the entries of the learner's run; the token is masked once, as in every page with a form."""
    get_token(request)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [sql_key(learner_of(request)), slug])
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


STEP_PATH = "runs/<uuid:run_id>/steps/<int:position>/"

urlpatterns = [
    path(f"floor/step/{STEP_PATH}", step, {"name": "step"}),
    path(f"floor/predicted/{STEP_PATH}", step, {"name": "predicted"}),
    path("floor/marking/<slug:slug>/<int:number>/", marking),
    *(path(f"floor/{name}/<slug:slug>/", page, {"name": name}) for name in ("page", "look_back", "catalogue")),
    *urls.urlpatterns,
]
handler404 = urls.handler404
