"""Texts with holes: put together they are what compressing the whole text would give, and their length says nothing."""

import gzip
import re

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tables import for_each
from tutor.site.compression import CompressionMiddleware
from tutor.site.woven import MOST_LENGTHS, Woven, WovenResponse

MARKS = {"run": "<<run>>", "token": "<<token>>"}

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)
parts = st.lists(st.one_of(texts, st.sampled_from(list(MARKS.values())), st.just("abcabcabc" * 40)), max_size=12)


@given(parts=parts, run=texts, token=texts)
@example(parts=["<<run>>", "<<run>>"], run="", token="")
@example(parts=["same" * 99, "<<run>>", "same" * 99], run="same" * 99, token="")
def test_a_woven_text_is_the_text_with_its_values(parts, run, token):
    woven = Woven("".join(parts), MARKS)
    values = {"run": run, "token": token}
    plain = re.sub("<<(run|token)>>", lambda found: values[found[1]], "".join(parts))
    filled = woven.filled(values)
    assert filled.plain.decode() == plain
    assert gzip.decompress(filled.packed(100)) == filled.plain


@given(value=st.text(alphabet="abcdef", min_size=32, max_size=32))
def test_the_length_says_nothing_about_a_value(value):
    """BREACH: another text on the page that has a part of the token must not make the answer shorter."""
    text = "<p>abcdefabcdefabcdef abcdef</p>" * 20
    woven = Woven(f"{text}<<token>>{text}", MARKS)
    assert len(woven.filled({"token": value, "run": ""}).packed(1)) == len(
        woven.filled({"token": "0" * 32, "run": ""}).packed(1)
    )


def test_values_of_many_lengths_keep_a_bounded_number_of_versions():
    woven = Woven("<p>" * 500 + "<<run>>" + "</p>" * 500, MARKS)
    for length in range(4 * MOST_LENGTHS):
        filled = woven.filled({"run": "r" * length, "token": ""})
        assert gzip.decompress(filled.packed(100)) == filled.plain
    assert len(woven._packed) == MOST_LENGTHS


LONG, SHORT = "<p>text</p>" * 100 + "<<run>>", "<<run>>"


@for_each(
    ("text", "accepted", "encoding"),
    [(LONG, "gzip, br", ""), (LONG, "br", ""), (LONG, "", ""), (SHORT, "gzip", ""), (LONG, "gzip", "identity")],
)
def test_an_answer_has_the_headers_of_djangos_middleware(text, accepted, encoding):
    """A learner's proxy and browser see no difference but the bytes of the stream."""
    found = []
    for middleware, answer in (
        (GZipMiddleware, HttpResponse(text.replace("<<run>>", "r"))),
        (CompressionMiddleware, WovenResponse(Woven(text, MARKS).filled({"run": "r", "token": ""}))),
    ):
        request = HttpRequest()
        request.META["HTTP_ACCEPT_ENCODING"] = accepted
        answer.headers["Vary"] = "Cookie"
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        came = middleware(lambda _: HttpResponse()).process_response(request, answer)
        is_packed = came.headers.get("Content-Encoding") == "gzip"
        assert came.headers.get("Content-Length") == (str(len(came.content)) if is_packed else None)
        content = gzip.decompress(came.content) if is_packed else came.content
        found.append((content, {**came.headers, "Content-Length": ""}))
    assert found[0] == found[1]


def test_content_that_was_changed_is_not_answered_with_the_old_one():
    answer = WovenResponse(Woven(LONG, MARKS).filled({"run": "r", "token": ""}))
    answer.content = b"changed " * 100
    request = HttpRequest()
    request.META["HTTP_ACCEPT_ENCODING"] = "gzip"
    came = CompressionMiddleware(lambda _: HttpResponse()).process_response(request, answer)
    assert gzip.decompress(came.content) == b"changed " * 100
