"""Replies as JSON, as Python values, and in redis-cli's notation."""

import json
from hashlib import sha256

import pytest

from tests.tables import for_each
from tutor.engine.values.formatting import (
    LONGEST_TEXT,
    MOST_ELEMENTS,
    as_redis_cli,
    as_repr,
    clipped,
    drawn_lines,
    drawn_repr,
    is_clipped,
    quoted,
    visible,
)
from tutor.engine.values.replies import as_python, decode, encoded, error, error_of, errors_in, status


@for_each(
    ("raw", "reply"),
    [
        (None, None),
        (1, 1),
        (b"task1", "task1"),
        ("task1", "task1"),
        ("€".encode(), "€"),
        (b"\xff", "\udcff"),
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


def test_a_reply_that_no_server_sends_is_refused():
    with pytest.raises(TypeError, match="no reply looks like object"):
        decode(object())


@for_each("raw", [bytes(range(256)), b"\xff\x00a", b"\xed\xb3\xbf", b"\xc0\x80", "größer".encode(), b""])
def test_every_byte_is_kept_also_in_json(raw: bytes):
    assert encoded(decode(raw)) == encoded(json.loads(json.dumps(decode(raw)))) == raw


def test_errors_and_status_lines_that_exec_nests_stay_what_they_are():
    nested = [error("WRONGTYPE x"), status("OK"), 1]
    assert list(errors_in(nested)) == ["WRONGTYPE x"]
    assert as_redis_cli(nested) == ["1) (error) WRONGTYPE x", "2) OK", "3) (integer) 1"]


def test_text_of_the_longest_length_is_kept_whole():
    assert clipped("x" * LONGEST_TEXT) == visible("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert not is_clipped(clipped("x" * LONGEST_TEXT))


def test_longer_text_is_clipped_with_its_length_and_digest():
    text = "x" * LONGEST_TEXT
    assert clipped(text + "a") == f"{text}… (2,001 bytes, SHA-256 {sha256((text + 'a').encode()).hexdigest()[:16]})"
    assert clipped(text + "a") != clipped(text + "b")
    assert is_clipped(clipped(text + "a"))


def test_the_length_of_a_clipped_text_counts_bytes():
    assert "(4,002 bytes, " in clipped("ß" * (LONGEST_TEXT + 1))


def test_a_longer_text_on_a_page_ends_in_an_ellipsis_and_its_length():
    assert visible("x" * (LONGEST_TEXT + 1)) == "x" * LONGEST_TEXT + "… (2,001 bytes)"


@for_each(
    ("text", "shown"),
    [
        ("größer ≠ 1", "größer ≠ 1"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\x00\x1b", r"a\x00\x1b"),
        ("\udcff", r"\xff"),
        ("a\u202eb", r"a\u202eb"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_invisible_characters_are_escaped_on_a_page(text: str, shown: str):
    assert visible(text) == shown


def test_invalid_utf_8_is_shown_as_python_and_redis_cli_show_bytes():
    assert as_repr("\udcff\x00") == r"b'\xff\x00'"
    assert as_repr(["a", "\udcff"]) == r"['a', b'\xff']"
    assert quoted("ü\udcff") == r'"ü\xff"'


def test_of_a_long_reply_the_first_lines_are_drawn():
    lines = drawn_lines([0] * (MOST_ELEMENTS + 5))
    assert (len(lines), lines[-1]) == (MOST_ELEMENTS + 1, "… 5 more lines")
    assert drawn_repr("x" * 5000).endswith(" bytes)")


@for_each(
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
    assert [error_of(reply) for reply in (error("ERR no"), status("OK"), None, "error")] == [
        "ERR no",
        None,
        None,
        None,
    ]


@for_each(
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


@for_each(
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


@for_each(
    "text",
    ["a\u00a0b", "👩\u200d👩\u200d👧", "soft\u00adhyphen", "e\u0301", "رسائل", "a\tb\nc", "\u3000"],
)
def test_authors_characters_are_drawn_unchanged(text: str):
    assert visible(text) == text


@for_each(("text", "drawn"), [("a\x00b", r"a\x00b"), ("\udcff", r"\xff"), ("\x1b[31m", r"\x1b[31m"), ("\x85", r"\x85")])
def test_characters_invalid_in_a_page_are_escaped(text: str, drawn: str):
    assert visible(text) == drawn
