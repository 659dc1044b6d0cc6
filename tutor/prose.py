"""A lesson's prose and code as HTML: Markdown without raw HTML or images, code highlighted line by line."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markupsafe import Markup
from pygments import highlight
from pygments.filter import simplefilter
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Text
from pygments.util import ClassNotFound

from tutor import glossary
from tutor.addresses import address
from tutor.engine.lesson.flow import Flow
from tutor.engine.lesson.glossary import TERM_LINK, Glossary
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import KeyMoment
from tutor.engine.lesson.references import LINK
from tutor.engine.values.formatting import legible

# Raw HTML is shown as text; images are off, because a page must not load anything from another host.
_markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
# Its rules are compiled at the first use, and a second thread that comes meanwhile finds part of them (ruler.py).
_markdown.render("*first* use")


StepLinks = Callable[[int, str], Markup]
"""Returns a link to a step around a text such as "step 5"."""


def without_links(step: int, text: str) -> Markup:  # noqa: ARG001 - a StepLinks
    """Return the text alone, where there is no table to link to."""
    return Markup(text)  # noqa: S704 - comes from the renderer


def as_html(text: str, links: StepLinks = without_links) -> Markup:
    """Return Markdown as HTML, with all active content escaped, and with links to the terms of the glossary."""
    return _linked(_with_terms(_html(text), glossary.current()), links)


def bare_html(text: str) -> Markup:
    """Return Markdown as HTML without links to steps and terms, for other systems."""
    return _linked(_with_terms(_html(text), _NO_TERMS), without_links)


def as_inline_html(text: str, links: StepLinks = without_links) -> Markup:
    """Return one sentence of Markdown as HTML without a paragraph around it."""
    return _linked(_with_terms(_inline_html(text), _NO_TERMS), links)


def as_line_html(text: str, links: StepLinks = without_links) -> Markup:
    """Return one sentence as HTML like `as_inline_html`, with links to the terms; never for a choice or a heading."""
    return _linked(_with_terms(_inline_html(text), glossary.current()), links)


def drawn_anew(text: str) -> str:
    """Return Markdown as HTML without the cache, to find how long it takes."""
    return _html.__wrapped__(text)


def translatable(html: str) -> str:
    """Return drawn Markdown without the marks that keep browsers from translating its code, for other systems."""
    return html.replace('<code translate="no"', "<code")


@lru_cache(maxsize=512)
def _html(text: str) -> str:
    return _untranslated(legible(_markdown.render(text)))


@lru_cache(maxsize=512)
def _inline_html(text: str) -> str:
    return _untranslated(legible(_markdown.renderInline(text)))


def _untranslated(html: str) -> str:
    """Return the HTML with its code marked as what no browser translates; all tags are the renderer's own."""
    return html.replace("<code", '<code translate="no"')


_NO_TERMS = Glossary()

_TAG = re.compile(r"(<[^>]*>)")
_CLOSED = re.compile(r"<(/?)(a|code|pre|h[1-6])\b")
_TERM_LINK = re.compile(rf'<a href="{TERM_LINK}([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def _with_terms(html: str, terms: Glossary) -> str:
    return _marked(html, terms, address("glossary") if terms.terms else "")


@lru_cache(maxsize=1024)
def _marked(html: str, terms: Glossary, page: str) -> str:
    """Return the HTML with links to terms: where a text names one explicitly, and where it uses one for the first time.

    Code, headings and other links are left alone. `page`: the address of the glossary.
    """

    def linked(id_: str, text: str) -> str:
        return f'<a href="{page}#{id_}" class="term">{text}</a>' if id_ in terms.terms else text

    html = _TERM_LINK.sub(lambda found: linked(found[1], found[2]), html)
    pattern, ids = _forms(terms)
    if pattern is None:
        return html
    used, depth, parts = {id_ for id_ in terms.terms if f'#{id_}" class' in html}, 0, list[str]()

    def marked(found: re.Match[str]) -> str:
        # The pattern also matches other cases of a letter, such as the long s, which `lower` keeps.
        id_ = ids.get(found[0].lower())
        if id_ is None or id_ in used:
            return found[0]
        used.add(id_)
        return linked(id_, found[0])

    for part in _TAG.split(html):
        if tag := _CLOSED.match(part):
            depth += -1 if tag[1] else 1
        parts.append(part if depth or part.startswith("<") else pattern.sub(marked, part))
    return "".join(parts)


@lru_cache(maxsize=8)
def _forms(terms: Glossary) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    """Return a pattern of all forms, the longest first, and the id of each form; None without terms."""
    ids = {escapeHtml(form).lower(): id_ for id_, term in terms.terms.items() for form in term.forms}
    if not ids:
        return None, ids
    # After "&" comes the name of an entity of HTML.
    forms = "|".join(re.escape(form) for form in sorted(ids, key=len, reverse=True))
    return re.compile(rf"(?<![\w&-])(?:{forms})(?![\w-])", re.IGNORECASE), ids


_STEP_LINK = re.compile(rf'<a href="{LINK}([0-9]+)">([^<]*)</a>')


def _linked(html: str, links: StepLinks) -> Markup:
    """Return the HTML with links to rows; they are not cached, because they depend on the learner's position."""
    if f'"{LINK}' in html:
        html = _STEP_LINK.sub(lambda found: str(links(int(found[1]), found[2])), html)
    return Markup(html)  # noqa: S704 - the renderer and `links` escape


_COLOURED = {
    each: alike[0]
    for alike in (
        (Keyword, Keyword.Namespace, Keyword.Constant, Keyword.Declaration, Operator.Word),
        (String, String.Single, String.Double, String.Affix, String.Backtick, String.Interpol),
        (Name.Builtin, Name.Function, Name.Function.Magic),
        (Number, Number.Integer, Number.Float, Name.Namespace, Name.Class),
        (Comment, Comment.Single, Comment.Multiline),
    )
    for each in alike
}
"""The tokens that static/css/base.css gives a colour, each with the one that stands for all of its colour."""


@simplefilter
def _coloured(_self: object, _lexer: object, tokens: Iterable[Any], _options: object) -> Iterator[Any]:
    """Leave the other tokens plain: most of them are names and brackets, and each would be an element of its own."""
    for kind, text in tokens:
        yield _COLOURED.get(kind, Text), text


@lru_cache(maxsize=256)
def code_lines(code: str, language: str) -> tuple[Markup, ...]:
    """Return the code's lines highlighted; an unknown language is shown plain."""
    try:
        # Pygments strips empty lines from both ends by default, and steps name lines by number.
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    lexer.add_filter(_coloured())
    marked = legible(highlight(code, lexer, HtmlFormatter(nowrap=True)))
    return tuple(Markup(line) for line in marked.rstrip("\n").split("\n"))  # noqa: S704 - Pygments escapes


@dataclass(frozen=True)
class ShownMoment:
    """A key moment with its number; its texts become HTML where they are shown, which few of its places do."""

    number: int
    moment: KeyMoment
    links: StepLinks

    @property
    def steps(self) -> Sequence[int]:
        """The steps that it is about."""
        return self.moment.steps

    @property
    def question_html(self) -> Markup:
        """Its question."""
        return as_inline_html(self.moment.question, self.links)

    @property
    def answer_html(self) -> Markup:
        """The answer."""
        return as_html(self.moment.answer, self.links)


@dataclass(frozen=True)
class ShownLesson:
    """A lesson as templates see it: its facts, and its prose as HTML; `links` lead to its steps."""

    lesson: Lesson
    slug: str
    links: StepLinks = without_links

    @property
    def title(self) -> str:
        """The lesson's name."""
        return self.lesson.title

    @property
    def summary(self) -> str:
        """One sentence for search engines and the catalogue."""
        return self.lesson.summary

    @property
    def subtitle(self) -> str:
        """The question that the lesson answers."""
        return self.lesson.subtitle

    @property
    def flow(self) -> Flow | None:
        """The concept flow."""
        return self.lesson.flow

    @property
    def snapshot(self) -> Sequence[Markup]:
        """The lesson in a few short lines."""
        return [as_line_html(line, self.links) for line in self.lesson.snapshot]

    @property
    def sample_about_html(self) -> Markup:
        """The text about the sample, "" if there is none."""
        return as_html(self.lesson.sample.about if self.lesson.sample else "", self.links)

    @property
    def closing_html(self) -> Markup:
        """The closing text."""
        return as_html(self.lesson.closing, self.links)

    @property
    def key_moments(self) -> Sequence[ShownMoment]:
        """The key moments."""
        return [ShownMoment(number, each, self.links) for number, each in enumerate(self.lesson.key_moments, 1)]

    def moments_at(self, step: int) -> Sequence[ShownMoment]:
        """Return the key moments that a step shows."""
        return [moment for moment in self.key_moments if step in moment.steps]

    def why_html(self, step: int) -> Markup:
        """Return the reason for a step, "" if it has none or is the start."""
        return as_line_html(self.lesson.steps[step - 1].why if step else "", self.links)

    @property
    def used_html(self) -> Markup:
        """Where the lesson's subject is used in production, "" if it does not say."""
        return as_html(self.lesson.used.text if self.lesson.used else "", self.links)

    @property
    def in_django_html(self) -> Markup:
        """Which part of which library does this in Django, "" if it does not say."""
        return as_html(self.lesson.in_django.text if self.lesson.in_django else "", self.links)

    @property
    def transcript_paragraphs(self) -> Sequence[str]:
        """The transcript, paragraph by paragraph."""
        return [part.strip() for part in self.lesson.transcript.split("\n\n") if part.strip()]


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """A fenced block of a Markdown text, whose lines begin at line `number` of it, from 0, and at `columns` of these.

    `name` follows from the block's own text, and is the same wherever the block stands.
    """

    name: str
    text: str
    number: int
    columns: tuple[int, ...]


def blocks_in(text: str, language: str) -> list[FencedBlock]:
    """Return the fenced blocks of a Markdown text that are marked with that language, in order."""
    if language not in text:
        return []
    lines = text.split("\n")
    tokens = (token for token in _markdown.parse(text) if token.type == "fence" and token.map)
    found = []
    for token in tokens:
        if token.info.split(maxsplit=1)[:1] != [language] or token.map is None:
            continue
        first, content = token.map[0] + 1, token.content.removesuffix("\n")
        inner = content.split("\n")
        columns = (max(0, len(line) - len(own)) for line, own in zip(lines[first:], inner, strict=False))
        found.append(FencedBlock(_name_of(escapeHtml(token.content)), content, first, tuple(columns)))
    return found


def _name_of(drawn: str) -> str:
    """Return the name of a block by its HTML, as it is within `as_html`."""
    return sha256(legible(drawn).encode()).hexdigest()[:16]


_FENCES: dict[str, re.Pattern[str]] = {}


def with_each_block(html: Markup, language: str, drawn: Callable[[str, Markup], Markup]) -> Markup:
    """Return a drawn text in which `drawn(name, html)` stands for each fenced block of that language."""
    opening = f'<pre><code translate="no" class="language-{language}">'
    if opening not in html:
        return html
    fences = _FENCES.setdefault(language, re.compile(f"{re.escape(opening)}(.*?)</code></pre>", re.DOTALL))
    # The text within is escaped, so the tags that end it are the renderer's own.
    return Markup(fences.sub(lambda found: drawn(_name_of(found[1]), Markup(found[0])), str(html)))  # noqa: S704
