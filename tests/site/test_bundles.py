"""Bundles: several files as one, shorter, in the order in which a page loads them."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.tables import for_each
from tutor.site.bundles import BUNDLES, bundled, small_css
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


def test_a_bundle_has_its_files_in_order():
    assert bundled({"css/a.css": "a { b: c; }", "css/d.css": "/* why */ d { e: f; }"}) == "a{b:c}\nd{e:f}"
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
        # Scripts that it imports are named by their content too.
        assert re.sub(r"(import\(.*?)\.[0-9a-f]{12}\.js", r"\1.js", file.read_text()) == bundled(texts)
        assert (file.parent / f"{file.name}.br").exists()
        assert (file.parent / f"{file.name}.gz").exists()
