"""A step costs the same at the beginning and at the end of a lesson of 5,000 steps."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from tests.markup import elements, find
from tests.servers import Proxy, RedisServer, broker_at, proxy_of, running_redis
from tests.views.stepping import HTMX, newest, visitor
from tests.visitor import rows_of
from tutor import library, runs
from tutor.engine.playing import player
from tutor.models import Entry, Run
from tutor.ports import corners

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LENGTH = 5_000
PAGE = "/lessons/long/"
FEW, MANY = 5, LENGTH - 1
"""The positions that are compared; the last step is another, because it ends the lesson."""

HEAD = "title: Long\ntrack: tests\nactors: [p, c]\nwatch: {q: list}\nvariables: [t]\nsteps:\n"


def long_lesson() -> str:
    """Return a lesson that piles messages up: the queue has 60 at the first step and 1,720 at the last."""
    first = f"- {{actor: p, action: Fill, command: RPUSH q {' '.join(str(n) for n in range(1000, 1060))}}}\n"
    three = ("command: LPUSH q {}", "command: RPUSH q {}", "command: RPOP q, save: t")
    return (
        HEAD
        + first
        + "".join(f"- {{actor: p, action: Go, {three[n % 3].format(n)}}}\n" for n in range(1001, 1000 + LENGTH))
    )


@dataclass(frozen=True)
class World:
    """A server, the proxy in front of it, and a run that has taken MANY - 1 steps."""

    server: RedisServer
    proxy: Proxy
    client: Client
    run: Run


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    shelf: Path = tmp_path_factory.mktemp("lessons")
    (shelf / "long.yaml").write_text(long_lesson())
    with (
        django_db_blocker.unblock(),
        override_settings(LESSONS_DIR=shelf),
        running_redis() as server,
        proxy_of(server) as proxy,
        broker_at(proxy.url),
        transaction.atomic(),
    ):
        client = visitor()
        yield World(server, proxy, client, walked(client, MANY - 1))
        transaction.set_rollback(True)


def walked(client: Client, steps: int) -> Run:
    """Return a run of the visitor that took that many steps: each was really sent, and is recorded."""
    client.post(f"{PAGE}runs/", {"number": 1}, headers=HTMX)
    run, lesson = newest(), library.find("long").lesson
    entries = player.play(lesson, corners.of_run(str(run.pk), lesson), steps=steps)
    Entry.objects.filter(run=run).delete()
    Entry.objects.bulk_create(Entry(run=run, position=entry.position, record=entry.as_json()) for entry in entries)
    return run


@dataclass(frozen=True)
class Cost:
    """The cost of one request."""

    queries: list[str]
    round_trips: int
    bytes: int
    bytes_compressed: int


def cost(world: World, send) -> Cost:
    before = world.proxy.round_trips
    with CaptureQueriesContext(connection) as captured:
        answer: HttpResponse = send()
    assert answer.status_code == 200
    sent = (query["sql"].split() for query in captured.captured_queries)
    queries = [" ".join(words[:3]) for words in sent if "SAVEPOINT" not in words]
    return Cost(queries, world.proxy.round_trips - before, len(answer.content), len(gzip.compress(answer.content)))


def step(client: Client, run_id: UUID, position: int) -> HttpResponse:
    return client.post(f"/runs/{run_id}/steps/{position}/", headers=HTMX)


@pytest.fixture(scope="module")
def costs(world) -> tuple[Cost, Cost]:
    """The cost of an early step and of a late one."""
    other = visitor()
    early = walked(other, FEW - 1)
    return (
        cost(world, lambda: step(other, early.pk, FEW)),
        cost(world, lambda: step(world.client, world.run.pk, MANY)),
    )


def test_a_step_is_one_round_trip_however_many_there_were(costs):
    assert [one.round_trips for one in costs] == [1, 1]


def test_a_step_asks_the_database_the_same_however_many_there_were(costs):
    few, many = (one.queries for one in costs)
    assert many == few
    assert len(many) <= 3


def test_a_step_is_answered_in_as_many_bytes_however_many_there_were(costs):
    few, many = costs
    # A step that leaves a variable alone brings no cell for it.
    assert many.bytes <= 1.05 * few.bytes
    assert many.bytes_compressed <= 1.05 * few.bytes_compressed
    assert many.bytes_compressed <= 4096


def test_a_record_is_as_long_however_much_has_piled_up(world):
    sizes = [
        len(str(record))
        for record in Entry.objects.filter(run=world.run, position__in=[5, 4000]).values_list("record", flat=True)
    ]
    assert max(sizes) < 1.1 * min(sizes)


def test_a_page_of_a_long_run_holds_at_most_50_rows(world):
    text = world.client.get(PAGE).content.decode()
    assert [row[0] for row in rows_of(text)] == [
        str(n) for n in range(runs.reached(world.run.pk) - 49, runs.reached(world.run.pk) + 1)
    ]
    assert len(text) < 150_000
    assert len(gzip.compress(text.encode())) < 20_000


def test_a_page_asks_the_database_the_same_at_any_step(world):
    world.client.get(PAGE)
    sent = [cost(world, lambda at=at: world.client.get(f"{PAGE}?at={at}")) for at in (100, 4900)]
    assert len(sent[0].queries) == len(sent[1].queries) <= 10
    assert sent[1].bytes == pytest.approx(sent[0].bytes, rel=0.05)


def test_older_rows_are_fetched_until_all_are_there(world):
    text, seen = world.client.get(f"{PAGE}?at=400").content.decode(), []
    newest_row = int(rows_of(text)[-1][0])
    while True:
        seen = [*(int(row[0]) for row in rows_of(text)), *seen]
        links = [link for link in find(elements(text), "a", class_="fetch") if "before=" in link["hx-get"]]
        if not links:
            break
        text = world.client.get(links[0]["hx-get"], headers=HTMX).content.decode()
        assert len(rows_of(text)) <= 50
    assert newest_row > 400
    assert seen == list(range(1, newest_row + 1))


def test_later_rows_are_fetched_after_looking_back(world):
    text = world.client.get(f"{PAGE}?at=3").content.decode()
    (link,) = (link for link in find(elements(text), "a", class_="fetch") if "after=" in link["hx-get"])
    last = int(rows_of(text)[-1][0])
    assert [int(row[0]) for row in rows_of(world.client.get(link["hx-get"], headers=HTMX).content.decode())][:2] == [
        last + 1,
        last + 2,
    ]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_looking_back_touches_no_redis(world, headers):
    world.client.get("/")
    assert cost(world, lambda: world.client.get(f"{PAGE}?at=3", headers=headers)).round_trips == 0


def test_looking_back_works_while_redis_is_away(world):
    world.server.kill()
    try:
        for headers in ({}, HTMX):
            answer = world.client.get(f"{PAGE}?at=3", headers=headers)
            assert answer.status_code == 200
            (controls,) = find(elements(answer.content.decode()), "div", id="controls")
            assert controls["data-at"] == "3"
    finally:
        world.server.start()
