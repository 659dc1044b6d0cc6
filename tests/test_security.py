"""Attacks through texts of lessons, Redis and visitors: they are shown, and never executed."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse

from tests.markup import Element, elements, find
from tests.servers import broker_at, free_port
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor import prose
from tutor.broker import connection
from tutor.engine.redis.table import all_commands
from tutor.site.uploads import LARGEST_FORM

EVIL = "<script>alert(1)</script>\"'{{7*7}}{% x %}<img src=x onerror=alert(1)>"
EVILS = [
    EVIL,
    '<b hx-get="/evil" hx-trigger="load">x</b><iframe src=//evil.example></iframe>',
    "</td></table></hx-partial></script><svg/onload=alert(1)><a href=javascript:alert(1)>x</a>",
    '"\' onmouseover=alert(1) autofocus onfocus=alert(1) hx-on:click=alert(1) x="',
    "{# x #}${7*7}<%= 7 %>{{ request }}{{ ''|attr(request) }}",
    "<!-- --!><![CDATA[ ]]><style>*{display:none}</style><base href=//evil.example><meta http-equiv=refresh content=0>",
]


def evil_lesson(text: str) -> str:
    """Return a lesson (JSON is YAML) that says `text` wherever a lesson can say anything."""
    value = text.replace("{", "{{").replace("}", "}}")  # braces are doubled where variables can stand
    key, short = re.sub(r"[{}]", "", text), text[:20]
    step = {"actor": "producer", "action": value[:200], "line": 1, "box": 1}
    told = {"hint": text, "explanation": text, "difficulty": "easy"}
    return json.dumps(
        {
            "title": text[:120],
            "track": "tests",
            "summary": text,
            "flow": {"boxes": [text, text], "loop": True},
            "sample": {"code": f"{text}\nprint('''{text}''')", "language": "python", "about": text},
            "actors": [{"name": "producer", "label": short}, {"name": "consumer", "label": short[::-1]}],
            "watch": {
                key: "list",
                f"hash {key}": "hash",
                f"set {key}": "set",
                f"text {key}": "string",
                f"log {key}": "stream",
            },
            "variables": {"task": text},
            "steps": [
                {**step, "command": ["LPUSH", key, value, "other"]},
                {**step, "command": ["HSET", f"hash {key}", value, value]},
                {**step, "command": ["SADD", f"set {key}", value]},
                {**step, "command": ["SET", f"text {key}", value]},
                {**step, "command": ["XADD", f"log {key}", "*", value, value]},
                {**step, "command": ["LPUSH", f"text {key}", value]},
                {**step, "command": ["XREADGROUP", "GROUP", value, value, "STREAMS", f"log {key}", ">"]},
                {**step, "command": ["ECHO", value], "save": "task"},
                {**step, "actor": "consumer", "command": ["RPOP", key], "save": "task"},
                {**step, "actor": "consumer", "command": ["LPOP", key], "save": "task"},
                {**step, "actor": "consumer", "print": f"{value} {{task!r}} {{task}}"},
                {**step, "actor": "consumer", "assign": {"task": value}},
            ],
            "closing": text,
            "key_moments": [{"question": text, "answer": text, "steps": [1, 2]}],
            "snapshot": [text],
            "transcript": f"{text}\n\n{text}",
            "quiz": [
                {"question": text, "choices": {"A": text, "B": "b"}, "answer": "A", "mistakes": {"B": text}, **told}
            ],
        }
    )


LENGTH = 12
PAGE = "/lessons/evil/"


@pytest.fixture
def shelf(settings, tmp_path: Path) -> Path:
    settings.LESSONS_DIR = tmp_path
    return tmp_path


def walk(shelf: Path, text: str) -> dict[str, str]:
    """Step through the lesson that says `text` and return every page and fragment on the way."""
    (shelf / "evil.yaml").write_text(evil_lesson(text))
    client, seen = visitor(), {}

    def keep(name: str, answer: HttpResponse) -> None:
        assert answer.status_code < 400, name
        seen[name] = answer.content.decode()

    keep("catalogue before", client.get("/"))
    keep("start", client.get(PAGE))
    keep("step 1", client.post(f"{PAGE}runs/", {"number": 1}, headers=HTMX))
    for position in range(2, LENGTH + 1):
        keep(f"step {position}", client.post(f"/runs/{newest().pk}/steps/{position}/", headers=HTMX))
    for position in range(LENGTH + 1):
        keep(f"page {position}", client.get(f"{PAGE}?at={position}"))
        keep(f"look-back {position}", client.get(f"{PAGE}?at={position}", headers=HTMX))
    keep("rows", client.get(f"/runs/{newest().pk}/rows/?after=0", headers=HTMX))
    keep("restored", client.get(PAGE, headers={**HTMX, "HX-History-Restore-Request": "true"}))
    keep("quiz", client.get(f"{PAGE}quiz/"))
    keep("catalogue after", client.get("/"))
    return seen


def shape(text: str) -> list[tuple[str, ...]]:
    """Return the elements that a browser would create, each with the names of its attributes."""
    return [(element.tag, *element.attributes) for element in elements(text)]


# A lesson's texts, also via Redis


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("evil", EVILS)
def test_a_page_has_the_same_elements_whatever_its_texts_say(shelf, evil):
    # As long as the hostile text and quoted like it, because long texts are folded.
    plain = re.sub(r"[^\w\s\"'\\`*\[\]]", "x", evil)
    harmless = {name: shape(text) for name, text in walk(shelf, plain).items()}
    hostile = {name: shape(text) for name, text in walk(shelf, evil).items()}
    for name, found in hostile.items():
        assert without_code(found) == without_code(harmless[name]), name


def without_code(found: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Remove the syntax highlighting of a sample."""
    return [element for element in found if element != ("span", "class")]


@pytest.mark.slow
@pytest.mark.django_db
def test_hostile_texts_are_shown_letter_by_letter(shelf):
    seen = walk(shelf, EVIL)
    assert find(elements(seen["page 0"]), "h1")[0].text == EVIL
    texts = {element.text for element in elements(seen[f"page {LENGTH}"])}
    assert {EVIL, f"{EVIL} {EVIL!r}"[: len(EVIL)]} <= texts
    assert "49" not in re.sub(r"data-\w+=\"\d+\"", "", find(elements(seen["page 11"]), "p", id="say")[0].text)


@pytest.mark.slow
@pytest.mark.django_db
def test_an_error_that_names_a_hostile_key_is_inert_and_without_the_prefix(shelf):
    text = walk(shelf, EVIL)["step 7"]
    refusals = find(elements(text), "span", class_="row-refusal")
    assert [refusal.text.split()[0] for refusal in refusals] == ["NOGROUP"]
    assert EVIL in refusals[0].text
    assert "tutor:" not in text


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("evil", EVILS)
def test_nothing_on_a_page_acts_or_asks_another_host(shelf, evil):
    for name, text in walk(shelf, evil).items():
        for element in elements(text):
            assert misdeeds(element) == [], name


def misdeeds(element: Element) -> list[str]:
    """Return the violation of the strict policy by an element: it would run, load or leak something."""
    found = [f"{name} is a handler" for name in element.attributes if name.startswith(("on", "hx-on"))]
    if element.tag in ("iframe", "img", "object", "embed", "style", "base", "template", "math", "video", "audio"):
        found.append(f"<{element.tag}>")
    if element.tag == "script" and not element["src"].startswith("/static/"):
        found.append("a script of its own")
    if element.tag == "meta" and element["http-equiv"]:
        found.append("a meta that acts")
    leading = ("href", "src", "action", "hx-get", "hx-post", "formaction", "xlink:href")
    found += [f"{name}={element[name]}" for name in leading if not is_ours(element[name], element)]
    return [*found, *({"style", "srcdoc", "srcset", "ping", "background"} & set(element.attributes))]


DOCUMENTATION = {page.url for command in all_commands().values() if (page := command.documentation)}
"""The pages of other sites to which steps link."""


def is_ours(url: str, element: Element | None = None) -> bool:
    if element and element["class"] == "docs" and url in DOCUMENTATION:
        return True
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc and not url.startswith(("//", "\\", "/\\"))


@pytest.mark.django_db
@for_each("evil", EVILS)
def test_data_that_another_program_put_into_redis_is_inert(shelf, evil):
    """A value that no lesson wrote: another program's, or an attacker's."""
    (shelf / "evil.yaml").write_text(
        json.dumps(
            {
                "title": "x", "track": "tests", "actors": ["a"], "watch": {"queue": "list"}, "variables": ["task"],
                "steps": [
                    {"actor": "a", "action": "x", "command": "LLEN queue"},
                    {"actor": "a", "action": "{task}", "command": "LRANGE queue 0 -1", "save": "task"},
                    {"actor": "a", "action": "{task!r}", "print": "{task}"},
                ],
            }
        )
    )  # fmt: skip
    client = visitor()
    client.post(f"{PAGE}runs/", {"number": 1}, headers=HTMX)
    connection.client().execute_command("RPUSH", f"tutor:{{{newest().pk}}}:queue", evil, b"\xff\x00\r\n<script>")
    for position in (2, 3):
        text = client.post(f"/runs/{newest().pk}/steps/{position}/", headers=HTMX).content.decode()
        assert [misdeed for element in elements(text) for misdeed in misdeeds(element)] == []
        assert not find(elements(text), "script")
        assert repr(evil)[:12] in "".join(element.text for element in elements(text))


# Prose


MARKDOWN = [
    "![x](https://evil.example/x.png)",
    "![x](x.png 'x')",
    "![x][r]\n\n[r]: //evil.example/x.png",
    "[![x](a.png)](b)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "x <b onclick=alert(1)>y</b>",
    "<!-- x -->",
    "<?php ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java%0ascript:alert(1))",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x](\x01javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    '[x](/ "\\" onmouseover=alert(1)")',
    '[x](/"onclick=alert(1))',
    '```"onload=alert(1)\nx\n```',
    "``` <script>\nx\n```",
    '~~~ a" class="b\nx\n~~~',
    "    <script>",
    "`<script>`",
    "> <script>alert(1)</script>",
    "- <iframe src=x>",
    "# <svg/onload=alert(1)>",
    "<a\nhref=javascript:alert(1)>x</a>",
    "[<img src=x onerror=alert(1)>](/)",
    "**<script>**",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>",
]
ALLOWED_IN_PROSE = frozenset("p a em strong code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 hr br".split())


@for_each("text", [*MARKDOWN, *EVILS])
@for_each("render", [prose.as_html, prose.as_inline_html])
def test_markdown_makes_no_element_that_acts(render, text):
    found = elements(str(render(text)))
    assert {element.tag for element in found} <= ALLOWED_IN_PROSE
    assert {name for element in found for name in element.attributes} <= {
        "href",
        "title",
        "class",
        "start",
        "translate",
    }
    for link in find(found, "a"):
        # A browser drops control characters and spaces before it looks for the scheme.
        assert urlsplit(re.sub(r"[\x00-\x20]", "", link["href"]).lower()).scheme in ("", "http", "https", "mailto")


@for_each("language", ["python", "html", "php", "bash", "yaml", "jinja", "nonsense", EVIL])
@for_each("code", EVILS)
def test_a_sample_is_coloured_words_and_nothing_else(language, code):
    for line in prose.code_lines(code, language):
        assert {(element.tag, *element.attributes) for element in elements(str(line))} <= {("span", "class")}
    assert "".join(element_text(str(line)) for line in prose.code_lines(code, language)) == code


def element_text(line: str) -> str:
    return "".join(elements(f"<p>{line}</p>")[0].texts)


# Addresses


@pytest.mark.django_db
@for_each("path", [f"/{EVIL}/", f"/lessons/{EVIL}/", f"/lessons/evil/?at={EVIL}", f"/runs/{EVIL}/rows/"])
@for_each("headers", [{}, HTMX])
def test_an_error_page_does_not_repeat_what_was_asked(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 404
    assert "alert(" not in answer.content.decode()
    assert "7*7" not in answer.content.decode()


@pytest.mark.django_db
def test_a_form_that_is_offered_again_is_inert(shelf):
    (shelf / "evil.yaml").write_text(evil_lesson(EVIL))
    client = visitor()
    hostile = {"number": "1", EVIL: EVIL, "back": "javascript:alert(1)"}
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        answer = client.post(f"{PAGE}runs/", hostile, headers={"Referer": "https://evil.example/"})
    assert answer.status_code == 503
    found = elements(answer.content.decode())
    assert [misdeed for element in found for misdeed in misdeeds(element)] == []
    assert [field["value"] for field in find(found, "input", name=EVIL)] == [EVIL]
    assert [field["value"] for field in find(found, "input", name="back")] == ["/"]


def form(body: bytes, charset: str) -> dict[str, object]:
    return {"data": body, "content_type": f"multipart/form-data; boundary=B; charset={charset}"}


@for_each("charset", ["zlib", "utf-7", "unicode_escape", "idna", "undefined", "klingon"])
def test_a_form_is_read_as_our_own_are_whatever_encoding_it_claims(client, db, charset):
    field = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    fields = [field.format(name, value) for name, value in (("username", "+2AA-\\ud800"), ("password", "é"))]
    body = "".join(f"--B\r\n{each}" for each in fields) + "--B--\r\n"
    answer = client.generic("POST", "/studio/login/", **form(body.encode(), charset))
    assert answer.status_code == 422
    assert 'value="+2AA-\\ud800"' in answer.content.decode()


@pytest.mark.parametrize("path", ["/theme/", "/studio/login/"])
def test_a_form_that_is_far_too_large_is_refused_before_it_is_read(client, db, path):
    answer = client.generic("POST", path, **form(b"--B--", "utf-8"), CONTENT_LENGTH=str(LARGEST_FORM + 1))
    assert answer.status_code == 400
