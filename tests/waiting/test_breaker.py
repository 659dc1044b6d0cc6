"""A breaker opens for a server that answers nobody, and closes with its first answer."""

from time import monotonic

import pytest

from tutor.waiting.breaker import Breaker, Refused


def test_a_timeout_opens_it_and_an_answer_closes_it():
    breaker = Breaker()
    breaker.note_timeout(monotonic())
    assert breaker.is_open
    breaker.note_answer()
    assert not breaker.is_open


def test_a_server_that_answered_another_request_meanwhile_only_kept_a_lock():
    breaker, began = Breaker(), monotonic()
    breaker.note_answer()
    breaker.note_timeout(began)
    assert not breaker.is_open


def test_one_request_at_a_time_tries_the_server():
    breaker = Breaker()
    with breaker.trial(), pytest.raises(Refused), breaker.trial():
        pass
    with breaker.trial():
        pass
