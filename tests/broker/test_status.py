"""Which server answers: its name and version, and how soon it is known to be away or back."""

from dataclasses import replace

import pytest

from tests.corners import replies
from tests.servers import answering, broker_at, empty_but
from tests.timing import promptly
from tutor.broker import status
from tutor.engine.errors import BrokerAway


def test_the_server_that_answers_is_named_with_its_version(server):
    known = status.current()
    with server.client() as client:
        info = client.info("server")
    version = info.get("valkey_version") or info["redis_version"]
    assert (known.name.split()[-1], known.is_up) == (version, True)


def test_a_server_that_hides_its_version_counts_as_up():
    refusal = "-NOPERM this user has no permissions to run the 'info' command"
    with answering(empty_but(INFO=refusal)) as url, broker_at(url):
        assert status.current() == status.BrokerStatus("Redis", "", is_up=True)


@pytest.mark.slow
def test_a_server_that_hangs_is_known_to_be_away_within_a_second(server):
    with server.hanging(), promptly(2):
        assert not status.current().is_up
        assert not status.is_there()


def test_a_server_that_is_back_is_there_at_once(server):
    server.kill()
    assert not status.current().is_up
    server.start()
    assert status.is_there()
    assert status.current().is_up


def test_a_server_that_was_replaced_is_named_anew(server):
    assert replies("PING") == [{"status": "PONG"}]
    known = status.current()
    server.kill()
    with pytest.raises(BrokerAway):
        replies("PING")
    assert status.last_known() == replace(known, is_up=False)
    server.start()
    assert replies("PING") == [{"status": "PONG"}]
    assert status.last_known() == known
