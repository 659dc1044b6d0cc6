"""A lesson's prose and code as HTML: Markdown without raw HTML or images, code highlighted line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Flow

# Raw HTML is shown as text; images are off, because a page must not load anything from another host.
_markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


@lru_cache(maxsize=512)
def as_html(text: str) -> Markup:
    """Return Markdown as HTML, with all active content escaped."""
    return Markup(_markdown.render(text))  # noqa: S704 - the renderer escapes


@lru_cache(maxsize=512)
def as_inline_html(text: str) -> Markup:
    """Return one sentence of Markdown as HTML without a paragraph around it."""
    return Markup(_markdown.renderInline(text))  # noqa: S704 - the renderer escapes


@lru_cache(maxsize=256)
def code_lines(code: str, language: str) -> tuple[Markup, ...]:
    """Return the code's lines highlighted; an unknown language is shown plain."""
    try:
        # Pygments strips empty lines from both ends by default, and steps name lines by number.
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return tuple(Markup(line) for line in marked.rstrip("\n").split("\n"))  # noqa: S704 - Pygments escapes


@dataclass(frozen=True)
class ShownMoment:
    """A key moment with its answer as HTML."""

    question_html: Markup
    answer_html: Markup
    steps: Sequence[int]


@dataclass(frozen=True)
class ShownLesson:
    """A lesson as templates see it: its facts, and its prose as HTML."""

    lesson: Lesson
    slug: str

    @property
    def title(self) -> str:
        """The lesson's name."""
        return self.lesson.title

    @property
    def summary(self) -> str:
        """One sentence for search engines and the catalogue."""
        return self.lesson.summary

    @property
    def flow(self) -> Flow | None:
        """The concept flow."""
        return self.lesson.flow

    @property
    def snapshot(self) -> Sequence[Markup]:
        """The lesson in a few short lines."""
        return [as_inline_html(line) for line in self.lesson.snapshot]

    @property
    def sample_about_html(self) -> Markup:
        """The text about the sample, "" if there is none."""
        return as_html(self.lesson.sample.about if self.lesson.sample else "")

    @property
    def closing_html(self) -> Markup:
        """The closing text."""
        return as_html(self.lesson.closing)

    @property
    def key_moments(self) -> Sequence[ShownMoment]:
        """The key moments."""
        return [ShownMoment(as_inline_html(m.question), as_html(m.answer), m.steps) for m in self.lesson.key_moments]

    @property
    def transcript_paragraphs(self) -> Sequence[str]:
        """The transcript, paragraph by paragraph."""
        return [part.strip() for part in self.lesson.transcript.split("\n\n") if part.strip()]
