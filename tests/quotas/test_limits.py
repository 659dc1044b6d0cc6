"""Requests beyond the limits: 429 with a sentence and a time, nothing done, and the same button works afterwards."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.quotas.clock import limited
from tests.shelves import shelf_of
from tests.studio.studio_drafts import instructor
from tests.tables import for_each
from tests.views.stepping import HTMX, PAGE, START, begun, newest, shelve, take, visitor
from tutor.models import Entry, Run
from tutor.quotas.limiter import limiter
from tutor.quotas.visitors import Sender
from tutor.views.shared.limits import FREE, KINDS

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


def names() -> list[str]:
    return [pattern.name for pattern in get_resolver().url_patterns]


ARGUMENTS = {
    "slug": "small", "part": "quiz", "question": "q", "attempt": 1, "run_id": uuid4(), "position": 1,
    "sitting_id": uuid4(), "to": "gift", "number": 1, "session": "s", "step": "1", "token": "t",
}  # fmt: skip


def path_of(name: str) -> str:
    pattern = next(each for each in get_resolver().url_patterns if each.name == name)
    return reverse(name, kwargs={each: ARGUMENTS[each] for each in pattern.pattern.converters})


def test_every_view_that_takes_a_form_has_a_kind(client):
    client.force_login(instructor("ana"))
    taking = {name for name in names() if name not in FREE and client.post(path_of(name)).status_code != 405}
    assert taking - set(KINDS) == set()
    assert len(taking) > 25


def test_the_table_names_views_that_exist():
    assert set(KINDS) - set(names()) == set()
    assert not set(FREE) & set(KINDS)


@pytest.mark.slow
def test_every_page_is_counted_except_the_free_ones(client):
    client.force_login(instructor("ana"))
    for name in names():
        with limited(LIMITS="off", LIMIT_PAGES_PER_ADDRESS="1/h", LIMIT_CHECKS_PER_ADDRESS="1/h"):
            if name in KINDS and KINDS[name] not in ("pages", "checks"):
                continue
            codes = [client.get(path_of(name)).status_code for _ in range(2)]
            assert (codes[1] == 429) is (name not in FREE), name


@for_each("headers", [{}, HTMX])
def test_a_step_too_many_is_refused_and_the_same_press_works_after_the_time_told(headers):
    with limited(LIMITS="off", LIMIT_STEPS="1/min burst 1") as clock:
        client = visitor()
        run = begun(client)
        assert take(client, run, 2).status_code == 200
        refused = client.post(f"/runs/{run.pk}/steps/3/", headers=headers)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
        text = refused.content.decode()
        assert "You are going faster than this site allows. You can go on in 60 seconds. Nothing was done" in text
        assert ("Try again" in text) is (headers == {})
        assert Entry.objects.filter(run=run).count() == 2
        clock.move(60)
        assert client.post(f"/runs/{run.pk}/steps/3/", headers=headers).status_code in (200, 303)
        assert Entry.objects.filter(run=run).count() == 3


def test_another_learner_at_the_same_address_goes_on():
    with limited(LIMITS="off", LIMIT_STEPS="1/min burst 1"):
        greedy, other = visitor(), visitor()
        run, others_run = begun(greedy), begun(other)
        assert [take(greedy, run, 2).status_code, take(greedy, run, 3).status_code] == [200, 429]
        assert take(other, others_run, 2).status_code == 200


def test_new_cookies_do_not_help_an_address():
    with limited(LIMITS="off", LIMIT_RUNS_PER_ADDRESS="1/min burst 3"):
        codes = [visitor().post(START, {"number": "1"}, headers=HTMX).status_code for _ in range(6)]
        assert codes == [200, 200, 200, 429, 429, 429]
        assert Run.objects.count() == 3
        refused = visitor().post(START, {"number": "1"}, headers=HTMX).content.decode()
        assert "Too many requests come from your network" in refused
        elsewhere = visitor().post(START, {"number": "1"}, headers=HTMX, REMOTE_ADDR="198.51.100.7")
        assert elsewhere.status_code == 200


def from_address(address: str, **environment: str) -> int:
    return visitor().post(START, {"number": "1"}, headers=HTMX, REMOTE_ADDR=address, **environment).status_code


def test_the_addresses_of_one_network_count_together():
    with limited(LIMITS="off", LIMIT_RUNS_PER_ADDRESS="1/min burst 3"):
        assert [from_address(f"2001:db8:1:2::{n:x}") for n in range(5)] == [200, 200, 200, 429, 429]
        assert from_address("2001:db8:1:3::1") == 200


def test_a_header_does_not_change_the_address_without_a_proxy():
    with limited(LIMITS="off", LIMIT_RUNS_PER_ADDRESS="1/min burst 3"):
        codes = [from_address("203.0.113.9", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(5)]
        assert codes == [200, 200, 200, 429, 429]


def test_behind_a_proxy_its_own_word_counts_and_not_what_visitors_claim(settings):
    settings.BEHIND_TLS, settings.SECURE_SSL_REDIRECT = True, False
    with limited(LIMITS="off", LIMIT_RUNS_PER_ADDRESS="1/min burst 3"):
        told = [f"198.51.100.{n}, 203.0.113.9" for n in range(4)] + ["203.0.113.9, 198.51.100.1"]
        assert [from_address("127.0.0.1", HTTP_X_FORWARDED_FOR=each) for each in told] == [200, 200, 200, 429, 200]


def test_the_studio_gets_the_sentence_as_json():
    client = Client()
    client.force_login(instructor("ana"))
    client.post("/studio/drafts/", {"slug": "mine"})
    with limited(LIMITS="off", LIMIT_CHECKS="1/min burst 1"):
        answers = [
            client.post(
                "/studio/drafts/mine/check/", {"source": "", "base": "1"}, headers={"Accept": "application/json"}
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert answers[1]["Retry-After"] == "60"
        assert answers[1].json()["error"].startswith("Too many requests. You are going faster than this site allows.")


def test_a_check_counts_the_account_and_not_the_cookie_of_learners():
    accounts = []
    for name in ("ana", "ana", "bob"):
        client = Client()
        client.force_login(instructor(name))
        accounts.append(client)
    accounts[0].post("/studio/drafts/", {"slug": "mine"})
    with limited(LIMITS="off", LIMIT_CHECKS="1/min burst 1"):
        codes = [each.post("/studio/drafts/mine/check/", {"source": "", "base": "1"}).status_code for each in accounts]
        assert codes == [200, 429, 200]


def test_what_is_stored_is_charged_and_the_next_step_waits():
    with limited(LIMITS="off", LIMIT_BYTES="100 KB/h burst 1 KB") as clock:
        client = visitor()
        run = begun(client)
        codes = [take(client, run, position).status_code for position in (2, 3)]
        assert 429 in codes
        refused = take(client, run, 2 + codes.index(429))
        assert "You have stored as much in a short time" in refused.content.decode()
        clock.move(int(refused["Retry-After"]))
        assert take(client, run, 2 + codes.index(429)).status_code == 200


def test_a_page_can_be_read_while_the_bucket_of_bytes_is_overdrawn():
    with limited(LIMITS="off", LIMIT_BYTES="1 KB/h burst 1"):
        client = visitor()
        begun(client)
        assert client.get(PAGE).status_code == 200


def test_reading_a_page_is_charged_no_bytes():
    with limited(LIMIT_BYTES="1 KB/h burst 1"):
        client = visitor()
        for _ in range(5):
            client.get(PAGE)
        assert client.post(START, {"number": "1"}, headers=HTMX).status_code == 200
        assert newest().number == 1


def test_the_stream_of_one_learner_is_limited_too():
    with limited():
        sender = Sender(uuid4(), "203.0.113.9")
        for _ in range(12):
            limiter.require("streams", sender)
        with pytest.raises(Exception, match=re.escape("You can go on in 1 second.")):
            limiter.require("streams", sender)
