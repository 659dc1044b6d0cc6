"""Replies as JSON, as Python values, and in redis-cli's notation."""

import pytest

from tutor.engine.values import (
    LONGEST_TEXT,
    as_python,
    as_redis_cli,
    as_repr,
    clamp,
    decode,
    error,
    quoted,
    refusal_of,
    status,
)


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (None, None),
        (1, 1),
        (b"task1", "task1"),
        ("task1", "task1"),
        ("€".encode(), "€"),
        (b"\xff", "\\xff"),
        ([b"a", None, [b"b"]], ["a", None, ["b"]]),
        ((b"a",), ["a"]),
        ({b"b", b"a"}, ["a", "b"]),
        ({b"field": b"value"}, ["field", "value"]),
        (1.5, 1.5),
        (True, True),
    ],
)
def test_what_the_client_hands_over_becomes_json(raw: object, reply: object):
    assert decode(raw) == reply


def test_what_no_server_sends_is_refused():
    with pytest.raises(TypeError, match="no reply looks like object"):
        decode(object())


def test_text_of_the_longest_length_is_kept_whole():
    assert clamp("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


def test_longer_text_ends_in_an_ellipsis():
    assert clamp("x" * (LONGEST_TEXT + 1)) == "x" * (LONGEST_TEXT - 1) + "…"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (status("OK"), True),
        (status("PONG"), "PONG"),
        (None, None),
        (1, 1),
        ("task1", "task1"),
        (["a", None], ["a", None]),
        (error("ERR no"), None),
    ],
)
def test_a_program_gets_what_redis_py_would_give_it(reply: object, value: object):
    assert as_python(reply) == value


def test_only_an_error_is_a_refusal():
    assert [refusal_of(reply) for reply in (error("ERR no"), status("OK"), None, "error")] == [
        "ERR no",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        (status("OK"), ["OK"]),
        (error("ERR no such key"), ["(error) ERR no such key"]),
        (None, ["(nil)"]),
        (2, ["(integer) 2"]),
        (-1, ["(integer) -1"]),
        ("task1", ['"task1"']),
        ("", ['""']),
        ([], ["(empty array)"]),
        (["b", "a"], ['1) "b"', '2) "a"']),
        (["a", None, 3], ['1) "a"', "2) (nil)", "3) (integer) 3"]),
        ([["1-0", ["f", "v"]]], ['1) 1) "1-0"', '   2) 1) "f"', '      2) "v"']),
        (["x"] * 10, [*(f' {i}) "x"' for i in range(1, 10)), '10) "x"']),
    ],
)
def test_a_reply_is_shown_as_redis_cli_prints_it(reply: object, lines: list[str]):
    assert as_redis_cli(reply) == lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('say "hi"', r'"say \"hi\""'),
        ("a\\b", r'"a\\b"'),
        ("line\nnext\ttab\r", r'"line\nnext\ttab\r"'),
        ("\a\b", r'"\a\b"'),
        ("\x00\x1b", r'"\x00\x1b"'),
        ("it's €", '"it\'s €"'),
    ],
)
def test_text_is_escaped_as_redis_cli_escapes_it(text: str, shown: str):
    assert quoted(text) == shown


def test_values_are_shown_as_python_prints_them():
    assert as_repr(["task1", None, 1]) == "['task1', None, 1]"
