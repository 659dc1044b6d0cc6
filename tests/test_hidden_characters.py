"""Characters that reorder text, or hide in it, are shown and not obeyed, wherever the text comes from."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import category, name

import pytest
from django.core.management import call_command
from django.test import Client

from tests.lessons import SOUND
from tests.markup import elements, find
from tests.studio.studio_drafts import draft
from tests.tables import for_each
from tests.test_security import walk
from tests.timing import within
from tests.views.stepping import HTMX, visitor
from tutor import library, prose
from tutor.authoring import diagnostics
from tutor.engine.values.formatting import BIDI_CONTROLS, legible
from tutor.live.hub import _message_event
from tutor.management.terminal import encodable

BIDI = ["\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
"""Unicode's property Bidi_Control: https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt."""

OTHERS = ["\u2028", "\u2029", "\u200b", "\u2060", "\ufeff", "\u180e", "\u206a", "\ufff9", "\U000e0041", "\x1b", "\x9b"]
TEXT = f"pay{''.join(BIDI)}tset{''.join(OTHERS)}x".replace("\U000e0041", "")
"""Without the tag, which JSON would write as two surrogates, and those are no YAML."""
OBEYED = re.compile(f"[{''.join(BIDI)}{''.join(OTHERS)}]")


DIRECTING = "RIGHT-TO-LEFT|LEFT-TO-RIGHT|DIRECTIONAL|ISOLATE|LETTER MARK"


def test_every_control_of_direction_is_one_of_them():
    formats = (chr(code) for code in range(0x20000) if category(chr(code)) == "Cf")
    directing = [char for char in formats if re.search(DIRECTING, name(char))]
    assert directing == BIDI
    assert all(re.fullmatch(f"[{BIDI_CONTROLS}]", char) for char in directing)


# One rule


@for_each("char", [*BIDI, *OTHERS])
def test_such_a_character_is_shown_by_its_number(char):
    assert legible(f"a{char}b") in (f"a\\x{ord(char):02x}b", f"a\\u{ord(char):04x}b", f"a\\U{ord(char):08x}b")


@for_each(
    "text",
    [
        "رسائل مرحبا عالم", "שלום עולם", "\u0645\u06cc\u200c\u062e", "ក\u200bខ", "👩\u200d💻", "soft\u00adhyphen",
        "क\u094d\u200dष", "a\tb\nc", "日本", "e\u0301", "❤\ufe0f",
    ],
)  # fmt: skip
def test_spelling_of_other_scripts_and_emoji_is_kept(text):
    assert legible(text) == text


def test_a_joiner_that_only_hides_is_shown():
    assert legible("ta\u200dsk \u200c") == r"ta\u200dsk \u200c"


def test_a_plain_text_costs_a_microsecond():
    with within(0.5):
        for _ in range(100_000):
            legible("LPUSH tasks 'task1' …")


# Pages


@pytest.fixture
def shelf(settings, tmp_path: Path) -> Path:
    settings.LESSONS_DIR = tmp_path
    return tmp_path


@pytest.mark.slow
@pytest.mark.django_db
def test_no_page_of_a_lesson_obeys_them(shelf):
    for place, page in walk(shelf, TEXT).items():
        assert not OBEYED.search(html.unescape(page)), place
        assert r"\u202e" in page, place


@pytest.mark.django_db
def test_they_are_shown_in_headings_titles_attributes_code_and_prose(shelf):
    (shelf / "evil.yaml").write_text(LESSON.replace("@", "\u202e"))
    client = visitor()
    client.post("/lessons/evil/runs/", {"number": 1})
    page = client.get("/lessons/evil/").content.decode()
    found = elements(page)
    for tag in ("title", "h1"):
        assert r"ti\u202etle" in find(found, tag)[0].text
    assert any(r"su\u202emmary" in element["content"] for element in find(found, "meta"))
    assert any(r"code\u202eline" in element.text for element in found)
    assert any(r"clo\u202esing" in element.text for element in found)
    assert "\u202e" not in html.unescape(page)


LESSON = """
title: ti@tle
track: tests
summary: su@mmary
sample: {code: "x = 'code@line'", language: python}
actors: [{name: p, label: la@bel}]
watch: {"k@ey": list}
closing: clo@sing &#x202e; *em@ph* `co@de` [li@nk](/x "ti@p")
steps:
- {actor: p, action: ac@tion, command: [LPUSH, "k@ey", "v@alue"]}
"""


@for_each("render", [prose.as_html, prose.as_inline_html])
@for_each(
    "text",
    [f"a {TEXT}", f"`{TEXT}`", f"[{TEXT}](/x '{TEXT}')", "&#x202e;", "&#8238;", f"# {TEXT}", f"```\n{TEXT}\n```"],
)
def test_no_prose_obeys_them(render, text):
    assert not OBEYED.search(html.unescape(str(render(text))))


@for_each("language", ["python", "html", "bash", "nonsense"])
def test_no_sample_obeys_them(language):
    code = f"# {TEXT}\nx = '{TEXT}'  # {TEXT}"
    assert not OBEYED.search(html.unescape("".join(prose.code_lines(code, language))))


def test_no_message_of_a_stream_obeys_them():
    event = _message_event(TEXT)
    assert not OBEYED.search(json.loads(event.partition("data: ")[2])["text"])


@pytest.mark.django_db
def test_a_published_message_is_shown_so_as_well(client):
    client.get("/live/")
    page = client.post("/live/messages/", {"text": "a\u202eb"}, headers=HTMX).content.decode()
    assert "\u202e" not in html.unescape(page)


# The Studio


def studio_pages(client: Client) -> Iterator[tuple[str, str]]:
    drafts = "/studio/drafts/queues/"
    for path in ("/studio/", f"{drafts}revisions/", f"{drafts}revisions/2/", f"{drafts}revisions/2/?against=1",
                 f"{drafts}changes/", f"{drafts}preview/", f"{drafts}questions/", f"{drafts}removal/"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code in (200, 409), path
        yield path, answer.content.decode()


@pytest.mark.django_db
def test_the_studio_shows_them_and_keeps_the_text_exactly(client):
    begun = draft(SOUND)
    author = begun.revisions.get().author
    author.username = "ins\u202eX"
    author.save()
    client.force_login(author)
    hostile = re.sub(r"title: .*", "title: ti\u202etle\u2066", SOUND) + "# \u202e comment\nx\u200fy: 1\n"
    fields = {"source": hostile, "base": "1", "note": "no\u202ete"}
    saved = client.post("/studio/drafts/queues/save/", fields)
    assert saved.status_code in (200, 303)
    for path, page in studio_pages(client):
        assert not OBEYED.search(html.unescape(page)), path
    page = client.get("/studio/drafts/queues/").content.decode()
    (area,) = find(elements(page), "textarea", id="source")
    assert "ti\u202etle\u2066" in area.text
    outside = page.replace(page[page.index("<textarea") : page.index("</textarea>")], "")
    assert not OBEYED.search(html.unescape(outside))
    file = b"".join(client.get("/studio/drafts/queues/revisions/2/file/")).decode()
    assert "ti\u202etle\u2066" in file
    marks = client.post("/studio/drafts/queues/check/", {"source": hostile, "base": "2"}).json()
    assert not OBEYED.search(" ".join(problem["message"] for problem in marks["problems"]))


# Files


def test_a_check_warns_of_the_line_and_offers_the_escape():
    text = SOUND.replace("title: ", "title: \u202e") + '# a comment \u2067\n# "\\u202e"\n'
    last = text.count("\n")
    found = [problem for problem in library.read(text, "x.yaml").problems if "order of the text" in problem.message]
    title = next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith("title"))
    assert [(problem.line, problem.column, problem.severity) for problem in found] == [
        (title, 8, "warning"),
        (last - 1, 13, "warning"),
    ]
    assert "RIGHT-TO-LEFT OVERRIDE (U+202E); remove it, or write \\u202e in double quotes" in found[0].message


def test_no_report_for_a_terminal_obeys_them():
    text = SOUND.replace("title: ", "title: \u202e")
    report = "\n".join(diagnostics.as_text(library.read(text, "x\u202e.yaml").problems, lambda _: text))
    assert not re.search(f"[{BIDI_CONTROLS}]", report)


def test_nor_does_a_play(tmp_path, capsys):
    (tmp_path / "evil.yaml").write_text(LESSON.replace("@", "\u202e"))
    call_command("lessons", "play", str(tmp_path / "evil.yaml"))
    said = capsys.readouterr().out
    assert r"ti\u202etle" in said
    assert "\u202e" not in said


def test_the_colours_of_a_report_reach_the_terminal():
    assert encodable("\x1b[1ma\u202eb\x1b[0m\n", None) == "\x1b[1ma\\u202eb\x1b[0m\n"
