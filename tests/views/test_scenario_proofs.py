"""Learners run scenarios, see how a wrong choice comes about, and follow sources."""

from django.test import Client

from tests.tables import for_each

BASE = "/lessons"


def revealed(client: Client, place: str) -> None:
    assert client.post(f"{BASE}/{place}/help/", {"kind": "solution"}).status_code in (200, 302, 303)


@for_each(
    ("place", "data", "shown"),
    [
        (
            "waiting-with-brpop/practice/put-the-commands-in-order-so-that-both-1df0dd",
            {},
            ["ben: ben_job = BRPOP jobs 0", "producer: LPUSH jobs b", "The scenario"],
        ),
        (
            "redis-as-message-broker/practice/r-is-a-redis-py-client-made-by-redis-redis-66c1b9",
            {},
            ["r.publish(", "got: "],
        ),
        (
            "delayed-jobs/practice/a-worker-gets-1-from-zrem-and-crashes-before-101070",
            {"choice": "B"},
            ["ZPOPMIN later"],
        ),
    ],
)
def test_a_scenario_shows_its_lines(db: None, client: Client, place: str, data: dict[str, str], shown: list[str]):
    revealed(client, place)
    answer = client.post(f"{BASE}/{place}/proof/", data)
    assert answer.status_code == 200
    text = answer.content.decode()
    for each in shown:
        assert each in text, each


def test_a_source_is_a_link_once_the_answer_is_shown(db: None, client: Client):
    place = "streams-and-consumer-groups/practice"
    link = 'href="https://redis.io/docs/latest/develop/data-types/streams/#consumer-groups" rel="noopener"'
    assert link not in client.get(f"{BASE}/{place}/").content.decode()
    revealed(client, f"{place}/which-of-these-are-true")
    assert link in client.get(f"{BASE}/{place}/").content.decode()
