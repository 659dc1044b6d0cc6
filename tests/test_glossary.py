"""The glossary: reading its file, links in prose, links that lead nowhere, and its page."""

import json
from pathlib import Path

import pytest
from django.test import Client

from tests.lessons import HEAD, PUSH, lesson
from tests.lessons_command import run_lessons
from tests.markup import elements, find, text_of
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor import glossary, prose
from tutor.engine.lesson.reserved import GLOSSARY_FILE

TERMS = """\
fifo:
  term: first in, first out
  also: [FIFO]
  text: "Whoever came first is served first, unlike `LIFO`."
  source: {title: Redis, url: "https://redis.io/"}
nil: {term: nil, text: Nothing.}
"""

shelf = shelf_of(lambda folder: (folder / GLOSSARY_FILE).write_text(TERMS))

FIFO = '<a href="/glossary/#fifo" class="term">{}</a>'


@for_each(
    ("text", "html"),
    [
        ("A queue is FIFO.", f"<p>A queue is {FIFO.format('FIFO')}.</p>"),
        ("First in, first out.", f"<p>{FIFO.format('First in, first out')}.</p>"),
        ("FIFO, and again FIFO.", f"<p>{FIFO.format('FIFO')}, and again FIFO.</p>"),
        ("`FIFO` in code", '<p><code translate="no">FIFO</code> in code</p>'),
        ("# FIFO", "<h1>FIFO</h1>"),
        ("[FIFO](https://x.test/)", '<p><a href="https://x.test/">FIFO</a></p>'),
        ("FIFOs, un-FIFO", "<p>FIFOs, un-FIFO</p>"),
        ("served [in turn](term:fifo), so FIFO", f"<p>served {FIFO.format('in turn')}, so FIFO</p>"),
        ("[in turn](term:lifo)", "<p>in turn</p>"),
        ("**FIFO**", f"<p><strong>{FIFO.format('FIFO')}</strong></p>"),
        ('[in turn](term:fifo "a title")', f"<p>{FIFO.format('in turn')}</p>"),
        ("no such word", "<p>no such word</p>"),
    ],
)
def test_the_first_use_of_a_term_is_a_link(text: str, html: str):
    assert prose.as_html(text).strip() == html


def test_other_systems_get_no_links_of_ours():
    assert prose.bare_html("FIFO, [in turn](term:fifo)").strip() == "<p>FIFO, in turn</p>"


def test_a_choice_has_no_link():
    assert prose.as_inline_html("FIFO") == "FIFO"
    assert prose.as_inline_html("[in turn](term:fifo)") == "in turn"
    assert prose.as_line_html("FIFO") == FIFO.format("FIFO")


@for_each("text", ["f\u0131fo", "f\u0130fo", "fir\u017ft in, first out", "n\u0131l", "N\u0130L"])
def test_a_word_of_other_letters_is_no_term(text: str):
    """Python's patterns find them alike: https://docs.python.org/3/library/re.html#re.IGNORECASE."""
    assert prose.as_html(text).strip() == f"<p>{text}</p>"


def test_a_character_that_is_escaped_is_no_term(shelf: Path):
    (shelf / GLOSSARY_FILE).write_text("amp: {term: amp, text: x}\nlt: {term: lt, text: x}\n")
    assert prose.as_html("a & b < c").strip() == "<p>a &amp; b &lt; c</p>"


@for_each("id_", ['"><script>', "A b", "1", "-", "null,", "a" * 61])
def test_an_entry_without_a_valid_id_is_left_out(id_: str):
    found, spots = glossary.glossary_in(json.dumps({id_: {"term": "x", "text": "y"}}))
    assert (dict(found.terms), len(spots)) == ({}, 1)


def test_a_changed_glossary_counts_at_once(shelf: Path):
    (shelf / GLOSSARY_FILE).write_text(TERMS + "lifo: {term: LIFO, text: The newest first.}\n")
    assert 'href="/glossary/#lifo"' in prose.as_html("LIFO")
    (shelf / GLOSSARY_FILE).unlink()
    assert prose.as_html("LIFO and FIFO").strip() == "<p>LIFO and FIFO</p>"


@for_each(
    ("text", "line", "said"),
    [
        ("- a list\n", 1, "a glossary is a mapping"),
        ("fifo: {term: FIFO}\n", 1, "text"),
        ("a: {term: A, text: x}\nfifo: {term: FIFO, text: x, txt: y}\n", 2, "txt"),
        ("a: {term: A, text: x}\nb: {term: B, also: [a], text: x}\n", 2, "'a' is a form of 'a' as well"),
        ("a: text\n", 1, "this"),
        ("A b: {term: FIFO, text: x}\n", 1, "'A b' is no id"),
        ("fifo: {term: FIFO, text: x, source: {title: t, url: 'javascript:x'}}\n", 1, "url"),
        ("fifo: {\n", 1, ""),
    ],
)
def test_what_is_wrong_with_a_glossary_has_its_line(text: str, line: int, said: str):
    spots = glossary.glossary_in(text)[1]
    assert spots
    assert spots[0].line == line
    assert said in f"{spots[0].message} {spots[0].facts}"


def test_what_can_be_read_is_used_all_the_same():
    found, spots = glossary.glossary_in("fifo: {term: FIFO}\nnil: {term: nil, text: Nothing.}\n")
    assert list(found.terms) == ["nil"]
    assert len(spots) == 1


@pytest.mark.django_db
def test_the_check_reports_the_glossary_and_terms_that_it_lacks(shelf: Path, capsys):
    file = shelf / "small.yaml"
    file.write_text(lesson(PUSH, head=f"{HEAD}closing: See [in turn](term:fif), `[x](term:y)`.\n"))
    status, said = run_lessons(capsys, "check", file)
    assert status == 1
    assert "small.yaml:6:10: the glossary has no term 'fif'; did you mean 'fifo'?" in said
    assert "term 'y'" not in said
    file.write_text(lesson(PUSH, head=f"{HEAD}closing: See [in turn](term:fifo).\n"))
    assert run_lessons(capsys, "check", file)[0] == 0
    (shelf / GLOSSARY_FILE).write_text("fifo: {term: FIFO}\n")
    status, said = run_lessons(capsys, "check", file)
    assert status == 1
    assert f"{GLOSSARY_FILE}:1:" in said


@pytest.mark.django_db
def test_the_glossary_is_no_lesson(shelf: Path, capsys):
    assert run_lessons(capsys, "check")[1].startswith("0 lessons")
    assert "is no lesson's file" in run_lessons(capsys, "new", "glossary")[1]


@pytest.mark.django_db
def test_the_page_explains_every_term_at_its_anchor():
    assert Client().get("/lessons/glossary/").status_code == 404
    all_of = elements(Client().get("/glossary/").content.decode())
    articles = find(all_of, "article", class_="glossary-entry")
    assert [each["id"] for each in articles] == ["fifo", "nil"]
    assert "unlike LIFO." in articles[0].text
    assert [each["href"] for each in articles[0].descendants if each.tag == "a"] == ["https://redis.io/"]


def test_our_own_glossary_has_no_problems_and_is_used(settings):
    folder = Path(__file__).parent.parent / "lessons"
    source = (folder / GLOSSARY_FILE).read_text()
    found, spots = glossary.glossary_in(source)
    assert spots == []
    texts = " ".join(path.read_text().lower() for path in folder.glob("*.yaml") if path.name != GLOSSARY_FILE)
    texts = " ".join(texts.split())
    assert [id_ for id_, term in found.terms.items() if not any(form.lower() in texts for form in term.forms)] == []
    assert text_of(source)
