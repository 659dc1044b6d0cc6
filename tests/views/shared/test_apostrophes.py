"""Answers to htmx have plain apostrophes, so no attribute with a value of ours may be in single quotes."""

import re
from pathlib import Path

from tutor.views.shared.answers import unquoted

TEMPLATES = {path.as_posix(): path.read_text() for path in Path("templates").rglob("*.html")}


def test_values_in_single_quotes_are_json_which_escapes_apostrophes():
    quoted = re.compile(r"""[\w-]='[^'"]*\{[{%][^']*'""")
    odd = {
        name: [found for found in quoted.findall(text) if "|tojson" not in found] for name, text in TEMPLATES.items()
    }
    assert {name: found for name, found in odd.items() if found} == {}
    assert any(quoted.search(text) for text in TEMPLATES.values())


def test_an_apostrophe_is_written_as_it_is_and_nothing_else_is():
    assert (
        unquoted('<p title="&#34;it&#39;s&#34;">&lt;it&#39;s&gt;</p>') == "<p title=\"&#34;it's&#34;\">&lt;it's&gt;</p>"
    )
