"""Markdown in a process that has just started."""

import subprocess
import sys

import pytest

# A second thread that comes while markdown-it-py compiles its rules finds a part of them.
RULES = """
from tutor.prose import _markdown as markdown

rulers = markdown.core.ruler, markdown.block.ruler, markdown.inline.ruler, markdown.inline.ruler2
assert all(ruler.__cache__ is not None for ruler in rulers)
"""


@pytest.mark.slow
def test_the_rules_are_complete_before_two_threads_can_render_the_first_text():
    subprocess.run([sys.executable, "-c", RULES], check=True, timeout=30)
