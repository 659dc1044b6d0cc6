"""One round trip: every byte comes through, and a server that hangs is waited for once."""

import pytest

from tests.corners import replies
from tests.timing import promptly
from tutor.broker import exchange, status
from tutor.broker.connection import ANSWER_SECONDS
from tutor.engine.errors import BrokerAway

EVERY_BYTE = bytes(range(256)).decode("utf-8", "surrogateescape")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["", "\x00", "a\x00b", "\udcff\udcfe", "größer ≠ 1", EVERY_BYTE, "x" * 70_000, "\\xff"]
)
def test_a_text_comes_back_as_it_was_sent(server, text):
    assert exchange.send([("SET", "key", text), ("STRLEN", "key"), ("GET", "key")])[1:] == [
        len(text.encode("utf-8", "surrogateescape")),
        text,
    ]


@pytest.mark.slow
def test_a_server_that_hangs_is_asked_once_not_twice(server):
    assert status.current().is_up
    with server.hanging(), promptly(2 * ANSWER_SECONDS), pytest.raises(BrokerAway):
        replies("PING")
