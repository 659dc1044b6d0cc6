"""Converting redis-py's values: exact replies, nested errors, and errors about the server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from tests.tables import for_each
from tutor.broker.replies import CANNOT_SERVE, ServerRefuses, as_reply
from tutor.engine.values.formatting import as_redis_cli
from tutor.engine.values.replies import encoded


@given(st.binary(max_size=50))
def test_every_byte_is_kept(raw: bytes):
    assert encoded(as_reply(raw)) == raw


@for_each("code", sorted(CANNOT_SERVE))
def test_what_speaks_of_the_server_is_no_reply(code: str):
    with pytest.raises(ServerRefuses):
        as_reply(ResponseError(f"{code} something about the server"))


@for_each("code", sorted(CANNOT_SERVE))
def test_nor_is_it_one_within_a_transactions_replies(code: str):
    with pytest.raises(ServerRefuses):
        as_reply([b"OK", [ResponseError(f"{code} something about the server")]])


@pytest.mark.parametrize("option", ["BY", "GET"])
def test_an_option_for_users_who_may_read_all_keys_speaks_of_the_server(option):
    line = f"{option} option of SORT denied due to insufficient ACL permissions."
    denied = ResponseError(line, status_code="ERR")
    with pytest.raises(ServerRefuses) as refused:
        as_reply(denied)
    assert refused.value.is_about_one_command
    with pytest.raises(ServerRefuses):
        as_reply([denied])


def test_a_command_that_the_server_lacks_speaks_of_the_server(caplog):
    with pytest.raises(ServerRefuses):
        as_reply(ResponseError("unknown command 'LMOVE', with args beginning with: 'tutor:{1}:secret'"))
    assert "unknown command 'LMOVE'" in caplog.text
    assert "secret" not in caplog.text


@for_each("line", ["WRONGTYPE Operation", "BUSYGROUP Consumer Group name", "NOGROUP No such key", "EXECABORT x"])
def test_what_a_lesson_can_be_answered_is_a_reply(line: str):
    assert as_reply(ResponseError(line)) == {"error": line}


def test_an_error_within_a_reply_is_shown_as_redis_cli_shows_it():
    reply = as_reply([b"OK", ResponseError("WRONGTYPE Operation against a key"), 1])
    assert as_redis_cli(reply) == ['1) "OK"', "2) (error) WRONGTYPE Operation against a key", "3) (integer) 1"]
