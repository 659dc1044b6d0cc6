"""Malicious and unreadable files are refused quickly, with a sentence and without an exception."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.questions import NASTY
from tests.fuzzing import examples
from tests.tables import for_each
from tests.timing import within
from tutor import exchange
from tutor.exchange.xml_reader import LARGEST_XML

LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
SHORT = "<question type='shortanswer'><questiontext><text>Q</text></questiontext>{}</question>"
ANSWER = "<answer fraction='100'><text>a</text></answer>"

BOMBS = {
    "billion laughs": f"{LAUGHS}]><quiz>&j;</quiz>",
    "external entity": '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>',
    "external dtd": '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:1/x.dtd"><quiz/>',
    "deep": "<quiz>" + "<a>" * 100_000,
    "wide": "<quiz>" + "<a/>" * 1_000_000,
    "many attributes": "<quiz " + " ".join(f"a{i}='1'" for i in range(200_000)) + "/>x",
    "half": "<quiz><question type='multichoice'>",
    "not xml": "<quiz>&nbsp;</quiz>",
    "another root": "<html><body/></html>",
    "unknown encoding": '<?xml version="1.0" encoding="klingon"?><quiz/>',
    "multi-byte encoding": '<?xml version="1.0" encoding="utf-7"?><quiz/>',
    "empty": "",
    "no questions": "<quiz/>",
    "control character": "<quiz>\x01</quiz>",
}


@pytest.mark.slow
@for_each("bomb", BOMBS.values())
def test_a_harmful_file_is_refused_in_one_sentence_within_a_second(bomb: str):
    with within(1):
        found = exchange.imported(bomb.encode(), "moodle", "x.xml")
    assert found.questions == ()
    (problem,) = found.problems
    assert re.match(r"x\.xml:\d+:\d+: \w", str(problem))
    assert problem.severity == "error"
    assert "root:" not in problem.message


def test_an_xml_file_that_is_too_large_is_not_even_parsed():
    (problem,) = exchange.imported(b"<" * (LARGEST_XML + 1), "moodle").problems
    assert "at most 8,388,608 are read" in problem.message


@pytest.mark.slow
def test_of_too_many_questions_only_the_first_are_imported():
    content = f"<quiz>{SHORT.format(ANSWER) * 502}</quiz>".encode()
    found = exchange.imported(content, "moodle")
    assert len(found.questions) == 500
    assert "only the 500 questions before this one were read" in found.problems[0].message


HARMFUL = ["<b>" * 3_000, "<div>" * 3_000 + "x", "<![if x", "<![CDATA[", "<!", "<a " * 5_000, "&#x110000;", "&#0;"]


@for_each("html", [*HARMFUL, "<p>" + "*_`" * 6_000])
def test_html_that_means_harm_is_read_as_far_as_it_goes(html: str):
    written = html.replace("&", "&amp;").replace("<", "&lt;")
    content = f"<quiz>{SHORT.format(ANSWER).replace('>Q<', f'>Q {written}<')}</quiz>".encode()
    with within(5):
        found = exchange.imported(content, "moodle")
    assert len(found.questions) + len(found.problems) >= 1
    assert all("<script" not in each.question.question for each in found.questions)


def test_a_text_that_is_too_long_is_an_error_of_its_question():
    content = f"<quiz>{SHORT.format(ANSWER).replace('>Q<', '>' + 'x' * 20_001 + '<')}</quiz>".encode()
    assert "a text of it has more than 20,000 characters" in exchange.imported(content, "moodle").problems[0].message


@for_each("content", [b"PK\x03\x04rest", b"\xff\xfe\x00", b"\x00\x01\x02" * 10 + b"\xff", b"{" * 50_000])
def test_text_that_is_not_gift_is_refused(content: bytes):
    found = exchange.imported(content, "gift", "x.txt")
    assert found.questions == ()
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    "text", ["{>1" + " " * 120 + "x\na\n}", "{>x } " + "{>1\n" * 20_000], ids=["spaces", "beginnings"]
)
def test_an_ordering_in_gift_that_never_quite_begins_is_given_up_soon(text: str):
    with within(1):
        (problem,) = exchange.imported(f"Put in order {text}".encode(), "gift").problems
    assert "this is no list of lines in order" in problem.message


def test_a_long_text_without_a_blank_line_is_one_question_soon():
    with within(1):
        (problem,) = exchange.imported(b"name;mark\n" * 20_000, "gift").problems
    assert "the question has more than 100,000 characters" in problem.message


def test_a_gift_file_that_is_too_large_is_not_read():
    (problem,) = exchange.imported(b"x" * (2 * 1024 * 1024 + 1), "gift").problems
    assert "at most 2,097,152 are read" in problem.message


@settings(max_examples=examples(300))
@given(st.lists(NASTY, max_size=6).map("{".join) | NASTY.map("::a::{}".format) | NASTY.map("b{{={}".format))
def test_no_gift_text_makes_the_import_fail(text: str):
    exchange.imported(text.encode("utf-8", "replace"), "gift")


@settings(max_examples=examples(200))
@given(st.binary(max_size=300), st.sampled_from(["moodle", "gift"]))
def test_no_bytes_make_the_import_fail(content: bytes, of: str):
    exchange.imported(content, of)
    exchange.imported(b"<quiz>" + content + b"</quiz>", of)
