"""Texts for and from other systems: Markdown as HTML and back, values, numbers, and characters for XML."""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup
from bs4.element import Tag
from markdownify import MarkdownConverter

from tutor import prose
from tutor.assessment.questions import shown_text

DEEPEST_HTML = 50
"""Nested tags that are converted; the converter recurses for each."""

LONGEST_HTML = 20_000
"""Characters of a piece of HTML that are converted."""

LONGEST_TITLE = 60

_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow (XML 1.0, production 2)."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:\w+|#\d+);")


def is_valid_in_xml(text: str) -> bool:
    """Return whether XML allows every character."""
    return _CONTROL.search(text) is None


def for_xml(text: str) -> str:
    """Return the text with U+FFFD for each character that XML can't hold."""
    return _CONTROL.sub("\ufffd", text)


XML_BOOLEANS: Mapping[bool, str] = {True: "true", False: "false"}
"""Booleans as XML Schema writes them."""


def as_decimal(number: float) -> str:
    """Return the number with at most five decimals, as many as Moodle's own weights have."""
    return f"{number:.5f}".rstrip("0").rstrip(".")


def html_of(markdown: str) -> str:
    """Return an author's Markdown as HTML."""
    return prose.translatable(str(prose.bare_html(for_xml(markdown)))).strip()


def inline_html_of(text: str) -> str:
    """Return an author's choice or line as HTML, without a paragraph; a value is plain text, not Markdown."""
    text = for_xml(text)
    shown = shown_text(text)
    if shown.is_value and shown.text == text.strip():
        return escape(shown.text, quote=False)
    return prose.translatable(str(prose.as_inline_html(text.strip()))).strip()


def line_html_of(text: str) -> str:
    """Return a line to be put in order as HTML; the spaces before code stay."""
    indent = len(text) - len(text.lstrip(" "))
    return "&#160;" * indent + inline_html_of(text)


def line_of(html: str) -> str:
    """Return HTML as a line to be put in order, with the spaces before code."""
    spaces = re.match(r"(?:&#160;|&nbsp;|\xa0)*", html)
    indent = len(unescape(spaces[0])) if spaces else 0
    return " " * indent + choice_of(html)


def html_of_plain(text: str) -> str:
    """Return plain text as HTML."""
    return escape(text, quote=False).replace("\n", "<br />")


def html_of_automatic(text: str) -> str:
    """Return Moodle's automatic format as HTML: tags are tags, and line breaks are line breaks."""
    text = text.strip()
    return text.replace("\n", "<br />") if _TAG.search(text) else html_of_plain(text)


def markdown_of(html: str) -> str:
    """Return HTML as Markdown; elements unknown to Markdown become plain text, scripts and images are dropped."""
    soup = _soup(html)
    if soup is None or _is_deep(soup):
        return _literal(plain_of(html))
    _drop_last_breaks(soup)
    bare, careful = _converted(soup, _UNESCAPED), _converted(soup, _ESCAPED)
    # Most signs need no backslash in their context, and text without them is easier for authors to read.
    return bare if prose.bare_html(bare) == prose.bare_html(careful) else careful


def choice_of(html: str) -> str:
    """Return HTML as an author's choice or line: a value as it is, anything else as Markdown in one line."""
    plain = plain_of(html)
    shown = shown_text(plain)
    if shown.is_value and shown.text == plain:
        return plain
    in_one_line = re.sub(r"<br\s*/?>", " ", html)
    markdown = " ".join(line.strip() for line in markdown_of(in_one_line).splitlines()).strip()
    # As one line it can begin like a list or a heading without being one.
    bare = re.sub(r"^\\(?=[#>+-])|^(\d+)\\(?=[.)])", r"\1", markdown)
    return bare if prose.as_inline_html(bare) == prose.as_inline_html(markdown) else markdown


def plain_of(html: str) -> str:
    """Return the visible text of HTML, with runs of spaces collapsed."""
    soup = _soup(html)
    if soup is None:
        text = unescape(re.sub(r"<[^>]*>", " ", html[:LONGEST_HTML]))
    else:
        for hidden in soup.find_all(["script", "style"]):
            hidden.clear()
        text = soup.get_text()
    return " ".join(text.split())


def has_images(html: str) -> bool:
    """Return whether HTML shows an image or plays something, which a lesson can't."""
    return re.search(r"<(?:img|svg|video|audio|object|iframe|embed)\b", html, re.IGNORECASE) is not None


def title_of(html: str) -> str:
    """Return a short plain name for a question with this text."""
    plain = plain_of(html)
    return plain if len(plain) <= LONGEST_TITLE else plain[: LONGEST_TITLE - 1].rstrip() + "…"


def _soup(html: str) -> BeautifulSoup | None:
    # Without an element around it, BeautifulSoup warns of text that looks like a URL or a file name.
    try:
        return BeautifulSoup(f"<div>{for_xml(html)[:LONGEST_HTML]}</div>", "html.parser")
    except ParserRejectedMarkup:
        return None


def _is_deep(soup: BeautifulSoup) -> bool:
    level: list[Tag] = [soup]
    for _ in range(DEEPEST_HTML):
        level = [child for tag in level for child in tag.find_all(True, recursive=False)]
    return bool(level)


def _drop_last_breaks(soup: BeautifulSoup) -> None:
    """Drop line breaks at the end of their element: editors leave them there, and they are invisible."""
    for line_break in reversed(soup.find_all("br")):
        if not any(str(each).strip() for each in line_break.next_siblings):
            line_break.extract()


def _literal(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#&!])", r"\\\1", text)


class _Converter(MarkdownConverter):
    """Converts HTML to the Markdown that our own renderer reads: no images, no tables, no scripts."""

    def convert_img(self, el: Tag, text: str, parent_tags: Any) -> str:  # noqa: ARG002 - the library's signature
        return _literal(" ".join(str(el.get("alt") or "").split()))

    def convert_td(self, el: Tag, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        return f" {text.strip()} "

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        return f"{' '.join(text.split())}\n\n"

    def convert_table(self, el: Tag, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        return f"\n\n{text.strip()}\n\n"


_UNESCAPED: Mapping[str, Any] = dict.fromkeys(["escape_misc", "escape_asterisks", "escape_underscores"], False)
"""The options of markdownify that leave out the backslash before signs with a meaning."""

_ESCAPED: Mapping[str, Any] = dict.fromkeys(_UNESCAPED, True)


def _converted(soup: BeautifulSoup, options: Mapping[str, Any]) -> str:
    converter = _Converter(
        heading_style="atx",
        bullets="-",
        newline_style="backslash",
        code_language_callback=_language,
        strip=["sub", "sup", "u", "s", "del"],
        **options,
    )
    return str(converter.convert_soup(soup)).replace("\xa0", " ").strip()


def _language(pre: Tag) -> str:
    code = pre.find("code")
    classes = code.get_attribute_list("class") if isinstance(code, Tag) else []
    return next((str(each)[9:] for each in classes if re.fullmatch(r"language-[\w+-]+", str(each))), "")
