"""How often a press goes to PostgreSQL and back, counted on the wire."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.servers import Proxy
from tests.views.stepping import HTMX, PAGE, START, STEPS, newest, shelve, visitor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="is about PostgreSQL"),
]

MOST = 3


@pytest.fixture
def wire() -> Iterator[Proxy]:
    """A proxy between this process and the database."""
    place = connection.settings_dict
    host, port = place["HOST"], place["PORT"]
    proxy = Proxy(int(port or 5432))
    connection.close()
    place["HOST"], place["PORT"] = "127.0.0.1", str(proxy.port)
    try:
        yield proxy
    finally:
        connection.close()
        place["HOST"], place["PORT"] = host, port
        proxy.close()


@pytest.fixture
def client(wire, server, settings, tmp_path) -> Client:
    """A visitor with the page open."""
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path, 2 * STEPS)
    client = visitor()
    client.get(PAGE)
    return client


def trips(wire: Proxy, answer: HttpResponse, before: int) -> int:
    assert answer.status_code == 200
    return wire.round_trips - before


def test_a_step_and_a_prediction_are_two_round_trips(wire, client):
    client.post(START, {"number": "1"}, headers=HTMX)
    path = f"/runs/{newest().pk}"
    before = wire.round_trips
    assert 2 <= trips(wire, client.post(f"{path}/steps/2/", headers=HTMX), before) <= MOST
    before = wire.round_trips
    predicted = client.post(f"{path}/predictions/3/", {"guess": "Processed task1"}, headers=HTMX)
    assert 2 <= trips(wire, predicted, before) <= MOST


def test_a_repeated_press_is_at_most_as_many_as_a_new_one(wire, client):
    client.post(START, {"number": "1"}, headers=HTMX)
    before = wire.round_trips
    assert 2 <= trips(wire, client.post(f"/runs/{newest().pk}/steps/1/", headers=HTMX), before) <= MOST


def test_a_first_press_is_four_round_trips_more_than_a_step(wire, client):
    client.post(START, {"number": "1"}, headers=HTMX)
    other = visitor()
    other.get(PAGE)
    before = wire.round_trips
    # What is published, the newest run, what is stored, and the new run.
    assert trips(wire, other.post(START, {"number": "1"}, headers=HTMX), before) <= MOST + 4
