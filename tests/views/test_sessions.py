"""Sessions that learners run where they stand in a text."""

import re
from pathlib import Path

import pytest
import redis
from django.test import Client

from tests.learners import remembered
from tests.lessons import SOUND
from tests.markup import elements, find, text_of
from tests.quotas.clock import limited
from tests.servers import broker_at, running_redis
from tests.shelves import shelf_of
from tests.views.stepping import HTMX, SLUG
from tutor.apart.limits import LEARNERS, WorkBusy, WorkStopped
from tutor.broker import connection
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.ports import corners
from tutor.ports.namespace import INDEX

pytestmark = pytest.mark.django_db

PAGE = f"/lessons/{SLUG}/"
TEXT = """\
key_moments:
  - question: Who waits?
    answer: |
      Look:

      ```redis-cli
      anna> BRPOP jobs 0
      > LPUSH jobs mail <b>
      (integer) 7
      anna>
      1) "jobs"
      2) "mail"
      ```

      And once more:

      ```redis-cli
      > PING
      PONG
      ```
quiz:
  - question: |
      How long?

      ```redis-cli
      > RPUSH q a b
      ```
    number: 2
    hint: |
      Count:

      ```redis-cli
      > LLEN q
      ```
"""


def shelve(folder: Path) -> None:
    (folder / f"{SLUG}.yaml").write_text(SOUND + TEXT)


shelf = shelf_of(shelve)


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser with its cookie."""
    return remembered(client)


def links(answer) -> list[str]:
    return [each["href"] for each in find(elements(answer.content.decode()), "a") if "session-run" in each["class"]]


def test_each_session_of_a_page_has_a_link_with_a_label(visitor):
    answer = visitor.get(PAGE)
    assert len(links(answer)) == len(set(links(answer))) == 2
    labels = [
        each["aria-label"] for each in find(elements(answer.content.decode()), "a", **{"class": "button session-run"})
    ]
    assert labels == ["Run this session on the server"] * 2


def test_a_session_is_shown_as_it_came_with_the_differences_marked(visitor):
    answer = visitor.get(links(visitor.get(PAGE))[0], headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert re.findall("<mark>(.*?)</mark>", html) == ["(integer) 2"]
    assert "LPUSH jobs mail &lt;b&gt;" in html
    said = text_of(html)
    assert "The lesson says: (integer) 7" in said
    assert "waits for its reply" in said
    assert "2 commands in" in said
    assert "What differs from the lesson is marked." in said


def test_without_htmx_it_is_a_page_that_leads_back(visitor):
    answer = visitor.get(links(visitor.get(PAGE))[1], headers={"Referer": f"http://testserver{PAGE}"})
    assert "PONG" in text_of(answer.content.decode())
    assert "The replies are those of the lesson." in text_of(answer.content.decode())
    assert any(each["href"].endswith(PAGE) for each in find(elements(answer.content.decode()), "a"))


def test_nothing_is_left_on_the_server(visitor):
    with running_redis() as server, broker_at(server.url):
        assert visitor.get(links(visitor.get(PAGE))[0], headers=HTMX).status_code == 200
        client: redis.Redis = connection.client()
        assert b"cmdstat_lpush:" in client.execute_command("INFO", "commandstats")
        assert client.execute_command("ZCARD", INDEX) == 0
        assert client.execute_command("KEYS", "*jobs*") == []


def test_only_a_session_of_the_lesson_is_run(visitor):
    assert visitor.get(f"{PAGE}sessions/0123456789abcdef/").status_code == 404
    assert visitor.get(f"{PAGE}sessions/PING/").status_code == 404
    assert visitor.get("/lessons/other/sessions/0123456789abcdef/").status_code == 404
    assert visitor.post(links(visitor.get(PAGE))[1], {"text": "> PING"}).status_code == 405


def test_a_learner_of_an_earlier_version_runs_its_sessions(visitor, shelf: Path):
    (link, *_) = links(visitor.get(PAGE))
    visitor.post(f"{PAGE}runs/", {"number": 1})
    (shelf / f"{SLUG}.yaml").write_text(SOUND)
    assert visitor.get(link, headers=HTMX).status_code == 200


def test_a_session_in_a_question_has_a_link_and_one_in_a_hidden_hint_has_none(visitor):
    answer = visitor.get(f"{PAGE}quiz/")
    assert len(links(answer)) == 1
    assert visitor.get(links(answer)[0], headers=HTMX).status_code == 200


def test_in_a_test_under_way_the_reason_stands_in_its_place(visitor):
    started = visitor.post(f"/lessons/{SLUG}/tests/", {"number": 1, "show": "all"})
    answer = visitor.get(started["Location"])
    assert "RPUSH q a b" in answer.content.decode()
    assert links(answer) == []
    assert "once the test is finished" in text_of(answer.content.decode())


FAULTS = [
    (BrokerAway("away"), 503),
    (BrokerLacks("This server lacks it."), 503),
    (WorkBusy("Other checks are running."), 503),
    (WorkStopped("time", LEARNERS), 503),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=lambda each: type(each).__name__)
def test_a_fault_is_a_sentence(visitor, monkeypatch, fault: Exception, status: int):
    (link, *_) = links(visitor.get(PAGE))

    def failing(lesson: object) -> None:
        raise fault

    monkeypatch.setattr(corners, "temporary", failing)
    for headers in (HTMX, {}):
        answer = visitor.get(link, headers=headers)
        assert answer.status_code == status
        assert text_of(answer.content.decode())


def test_it_counts_as_a_proof(visitor):
    (link, *_) = links(visitor.get(PAGE))
    with limited(LIMITS="off", LIMIT_PROOFS="1/h"):
        assert [visitor.get(link, headers=HTMX).status_code for _ in range(2)] == [200, 429]
