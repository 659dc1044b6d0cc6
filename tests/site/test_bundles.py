"""Bundles: several files as one, shorter, in the order in which a page loads them."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.tables import for_each
from tutor.site.bundles import BUNDLES, bundled, small_css, small_js
from tutor.site.static_files import addresses

STATIC = Path("static")
HASHED = "tutor.site.static_files.HashedStaticFiles"


@for_each(
    "text, short",
    [
        ("a {\n  color: red;\n}\n", "a{color:red}"),
        ("/* why */ .a { b & { c: d; } }", ".a{b &{c:d}}"),
        ("td :is(a, b) > i { x: y }", "td :is(a,b)>i{x:y}"),
        (r'p::before { content: "\00a0  /* no comment */"; }', r'p::before{content:"\00a0  /* no comment */"}'),
        ("a { margin: -1px calc(1px + 2px) }", "a{margin:-1px calc(1px + 2px)}"),
    ],
)
def test_a_sheet_gets_shorter(text: str, short: str):
    assert small_css(text) == short


def test_a_script_loses_indentation_and_comments_that_begin_a_line():
    text = "// What it is.\n(() => {\n  /** @type {A}\n   * more */\n  const a = 1 // kept\n\n  // why\n  b(a)\n})()\n"
    assert small_js(text) == "(() => {\nconst a = 1 // kept\nb(a)\n})()"


def test_no_template_literal_of_a_bundled_script_spans_lines():
    ours = [name for parts in BUNDLES.values() for name in parts if name.startswith("js/")]
    assert ours
    for name in ours:
        odd = [line for line in (STATIC / name).read_text().splitlines() if line.count("`") % 2]
        assert odd == [], name


def test_a_bundle_has_its_files_in_order():
    assert bundled({"css/a.css": "a { b: c; }", "css/d.css": "d { e: f; }"}) == "a{b:c}\nd{e:f}"
    assert bundled({"vendor/v.min.js": "v()  // as it is\n", "js/a.js": "  a()\n"}) == "v()  // as it is\n;\na();"


def test_without_bundles_a_page_loads_the_files_themselves():
    assert addresses("bundles/lesson.css") == [f"/static/{name}" for name in BUNDLES["bundles/lesson.css"]]


@pytest.fixture
def collected(tmp_path: Path):
    storages = {"staticfiles": {"BACKEND": HASHED}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path


@pytest.mark.slow
def test_collected_bundles_are_named_by_their_content_and_compressed(collected: Path):
    for bundle in BUNDLES:
        (address,) = addresses(bundle)
        stem, suffix = bundle.rsplit(".", 1)
        assert re.fullmatch(rf"/static/{stem}\.[0-9a-f]{{12}}\.{suffix}", address)
        file = collected / address.removeprefix("/static/")
        texts = {part: (STATIC / part).read_text() for part in BUNDLES[bundle]}
        assert file.read_text() == bundled(texts)
        assert (file.parent / f"{file.name}.br").exists()
        assert (file.parent / f"{file.name}.gz").exists()
