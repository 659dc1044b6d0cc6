"""Rates, amounts and times to wait as people write and read them."""

import pytest

from tests.tables import for_each
from tutor.quotas.rates import BadLimit, Rate, amount_of, in_words, rate_of


@for_each(
    ("text", "rate"),
    [
        ("10/s burst 60", Rate(10, 1, 60)),
        ("30/min", Rate(30, 60, 30)),
        ("12/h burst 6", Rate(12, 3600, 6)),
        ("64 MB/day burst 32 MB", Rate(64_000_000, 86_400, 32_000_000)),
        (" 2GB / day  burst 1 GB ", Rate(2_000_000_000, 86_400, 1_000_000_000)),
        ("off", None),
        ("OFF", None),
    ],
)
def test_a_rate_is_read(text, rate):
    assert rate_of(text) == rate


@for_each(
    "text",
    [
        "", "10", "10/s burst", "10/s burst 0", "0/s", "-1/s", "1.5/s", "10/sec", "10/S", "ten/s", "10/s 60",
        "10 PB/day",
        "\N{ARABIC-INDIC DIGIT ONE}/s", "9999999999999999/s", "99999999999999999/s", "none",
    ],
)  # fmt: skip
def test_no_other_text_is_a_rate(text):
    with pytest.raises(BadLimit):
        rate_of(text)


@for_each(("text", "amount"), [("200", 200), ("64 MB", 64_000_000), ("1KB", 1_000), ("off", None)])
def test_an_amount_is_read(text, amount):
    assert amount_of(text) == amount


@for_each("text", ["", "0", "-5", "64 mb", "64 MB/day", "many"])
def test_no_other_text_is_an_amount(text):
    with pytest.raises(BadLimit):
        amount_of(text)


@for_each(
    ("seconds", "words"),
    [
        (1, "1 second"), (2, "2 seconds"), (99, "99 seconds"), (100, "2 minutes"), (3600, "60 minutes"),
        (6000, "2 hours"), (86_400, "24 hours"),
    ],
)  # fmt: skip
def test_a_wait_is_said_in_words_and_rounded_up(seconds, words):
    assert in_words(seconds) == words
