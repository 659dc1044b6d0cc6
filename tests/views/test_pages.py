"""The theme, and whether the program is well."""

import json

import pytest
from django.test import Client

from tests.markup import elements, find
from tests.polling import until
from tests.servers import broker_at, free_port
from tests.tables import for_each
from tutor.broker import status
from tutor.health import readiness

pytestmark = pytest.mark.django_db

PAGE = "/lessons/redis-as-message-broker/"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_remembered(client, theme):
    answer = client.post("/theme/", {"theme": theme, "next": PAGE})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    (root,) = find(elements(client.get(PAGE).content.decode()), "html")
    assert root["data-theme"] == theme


def test_a_theme_is_forgotten_to_follow_the_system(client):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()


@for_each("theme", ["blue", "<script>", '"><img src=x>', "\0", "x" * 5000])
def test_a_theme_that_there_is_not_is_none(client, theme):
    client.post("/theme/", {"theme": theme})
    client.cookies["theme"] = theme.replace("\0", "0")
    assert "data-theme" not in client.get("/").content.decode()


def test_choosing_a_theme_twice_is_as_good_as_once(client):
    for _ in range(2):
        assert client.post("/theme/", {"theme": "dark", "next": "/"}).status_code == 303


def test_a_theme_is_chosen_by_nothing_but_a_post(client):
    assert client.get("/theme/", {"theme": "dark"}).status_code == 405


def test_a_theme_is_not_chosen_by_another_site():
    wary = Client(enforce_csrf_checks=True)
    wary.get("/")
    good = {"theme": "dark", "csrfmiddlewaretoken": wary.cookies["csrftoken"].value}
    assert wary.post("/theme/", good, headers={"Origin": "https://evil.example"}).status_code == 403
    assert wary.post("/theme/", {"theme": "dark"}).status_code == 403
    assert "theme" not in wary.cookies
    assert wary.post("/theme/", good).status_code == 303


ELSEWHERE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example",
    "https:///evil.example", " https://evil.example", "\\\\evil.example", "data:text/html,x", "http://testserver@evil.example",
    "/\n/evil.example", "https://testserver.evil.example/", "",
]  # fmt: skip


@for_each("url", ELSEWHERE)
def test_no_redirect_leads_to_another_site(client, url):
    answer = client.post("/theme/", {"theme": "dark", "next": url})
    assert answer.status_code == 303
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\"))
    assert "evil" not in answer["Location"].split("/")[1]


def test_an_address_that_is_far_too_long_is_no_fault_of_ours(client):
    assert client.post("/theme/", {"next": "/" + "x" * 100_000}).status_code in (303, 400)


def health(client: Client) -> tuple[int, dict[str, object]]:
    answer = client.get("/health/")
    return answer.status_code, json.loads(answer.content)


@pytest.fixture
def fresh_checks():
    """Let the checks remember no file of an earlier test's database."""
    readiness._probers.cache_clear()


# A health check writes on a connection of its own, and a test's transaction would lock it out.


@pytest.mark.django_db(transaction=True)
def test_health_is_ok_when_all_is_well(client, fresh_checks):
    until(lambda: health(client) == (200, {"status": "ok", "redis": True, "database": True}), "ok")


@pytest.mark.django_db(transaction=True)
def test_health_is_degraded_without_redis(client, fresh_checks):
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        until(lambda: health(client) == (200, {"status": "degraded", "redis": False, "database": True}), "degraded")


@pytest.mark.django_db(transaction=True)
def test_health_is_never_taken_from_a_cache(client):
    assert "no-store" in client.get("/health/")["Cache-Control"]


def test_the_footer_names_the_server_that_answers(client):
    assert status.current().name in client.get("/").content.decode()


def test_the_footer_says_so_when_redis_is_away(client):
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert "does not answer right now" in client.get("/").content.decode()
