"""Problems of texts that take long to draw as HTML: each learner's page would wait for them."""

import time
from collections.abc import Iterator

from tutor import prose
from tutor.apart import progress
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.prose_texts import prose_texts
from tutor.engine.lesson.questions.quiz.order import OrderQuestion
from tutor.files.schema_errors import spot_at
from tutor.files.yaml_reader import Node

SLOWEST_DRAWING = 0.4
"""Maximum time to draw one text, in seconds of processor time."""

SHORT_TEXT = 4_000
"""Characters of a text that is drawn fast whatever it holds; it is not tried."""


def drawing_problems(lesson: Lesson, root: Node) -> Iterator[Problem]:
    """Yield the texts of a lesson that take too long: Markdown is quadratic in the worst case, some lexers are worse.

    Each is drawn anew, because a text that was drawn before comes from the cache of this process alone.
    """
    for path, code, language, cure in _codes(lesson):
        progress.at_line(spot_at(root, path, "").line)
        began = time.process_time()
        prose.code_lines.__wrapped__(code, language)
        if time.process_time() - began > SLOWEST_DRAWING:
            yield Problem(path, f"this code takes too long to highlight: {cure}")
    for path, text in _texts(lesson):
        if len(text) <= SHORT_TEXT:
            continue
        progress.at_line(spot_at(root, path, "").line)
        began = time.process_time()
        prose.drawn_anew(text)
        if time.process_time() - began > SLOWEST_DRAWING:
            yield Problem(path, "this text takes too long to draw: shorten it, or put fewer [, * and ` into it")


def _codes(lesson: Lesson) -> Iterator[tuple[Path, str, str, str]]:
    """Yield each code of the lesson: its path, the code, its language, and what to do if it takes too long."""
    if lesson.sample is not None:
        yield ("sample", "code"), lesson.sample.code, lesson.sample.language, "shorten it, or write `language: text`"
    for file, source in lesson.program.items():
        yield ("program", file), source, "python", "shorten it, or split it into two files"
    for file, source in lesson.django.files.items() if lesson.django else ():
        yield ("django", "files", file), source, "python", "shorten it, or split it into two files"


def _texts(lesson: Lesson) -> Iterator[tuple[Path, str]]:
    """Yield each text that is drawn as Markdown."""
    yield from ((each.path, each.text) for each in prose_texts(lesson) if each.kind != "plain")
    for part, asked in (("quiz", lesson.quiz), ("practice", lesson.practice)):
        for i, question in enumerate(asked):
            if isinstance(question, OrderQuestion):
                yield from (((part, i, "order", k), line) for k, line in enumerate(question.order))
