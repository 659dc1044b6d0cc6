"""Reads GIFT as teachers write it: each question as an item, or the reason why it can't be one.

The syntax follows Moodle's own reader, question/format/gift/format.php: blank lines end a question, comments begin
with //, and the signs in the braces determine the kind of question.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from tutor.exchange.comments import in_comment
from tutor.exchange.item import Answer, Item, ItemType, Unread
from tutor.exchange.texts import html_of, html_of_automatic, html_of_plain

LARGEST_GIFT = 2 * 1024 * 1024
"""Maximum size of a file in bytes."""

LONGEST_BLOCK = 100_000
"""Maximum number of characters of one question, without its comments."""

NOT_UTF8 = "the file is not UTF-8, and was read as Windows-1252; look at letters with accents"

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(content: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether its encoding had to be guessed. Raises: ValueError, in a sentence."""
    if len(content) > LARGEST_GIFT:
        raise ValueError(f"the file has {len(content):,} bytes; at most {LARGEST_GIFT:,} are read")
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding), False
    except UnicodeDecodeError:
        if encoding != "utf-8" or b"\0" in content:
            raise ValueError("this is no text file in UTF-8 or UTF-16; save it as UTF-8") from None
    return content.decode("cp1252", "replace"), True


def items_in(text: str) -> Iterator[Item | Unread]:
    """Yield the questions of a file in their order, without its categories."""
    for line, lines in _blocks(re.split("\r\n|\r|\n", text)):
        block = _Block(line, lines)
        if not block.text or block.text.startswith("$CATEGORY:"):
            continue
        try:
            yield _item(block)
        except ValueError as error:
            yield Unread(block.line, 1, str(error), is_fault=True)
        except _OtherKind as reason:
            yield Unread(block.line, 1, f"{reason} can't be imported; there is no such kind of question here")


class _OtherKind(Exception):
    """A question of a kind that we don't have; the text names the kind."""


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines between blank lines, with the number of the first one; a category is a single line."""
    found: list[str] = []
    is_category = has_text = False
    for number, line in enumerate([*lines, ""], 1):
        said = line.strip()
        if is_category or not said:
            if found:
                yield number - len(found), found
            found, is_category, has_text = [], False, False
        if said:
            found.append(line)
            is_category = not has_text and said.startswith("$CATEGORY:")
            has_text = has_text or not said.startswith("//")


_ESCAPE = re.compile(r"\\([\\:#={}~n])")
_MADE = re.compile("[\udc00-\udc7f]")


def _marked(text: str) -> str:
    """Return the text with each escaped sign as a lone surrogate, which occurs in no decoded text."""
    return _ESCAPE.sub(lambda found: "\\" if found[1] == "\\" else chr(0xDC00 + ord(found[1])), text)


def _unmarked(text: str) -> str:
    return _MADE.sub(lambda found: "\n" if found[0] == "\udc6e" else chr(ord(found[0]) - 0xDC00), text).strip()


class _Block:
    """The lines of a question without comments, with escapes marked; `line` is the first one that is not a comment."""

    def __init__(self, line: int, lines: Sequence[str]) -> None:
        comments = [each.strip()[2:] for each in lines if each.strip().startswith("//")]
        self.lines = [" " if each.strip().startswith("//") else each for each in lines]
        self.line = line + next((i for i, each in enumerate(self.lines) if each.strip()), 0)
        self.text = _marked("\n".join(self.lines).strip())
        self.original = next(filter(None, map(in_comment, comments)), "")
        self.tags = tuple(re.findall(r"\[tag:([^\[\]]+)\]", " ".join(comments)))


def _item(block: _Block) -> Item:
    if len(block.text) > LONGEST_BLOCK:
        raise ValueError(f"the question has more than {LONGEST_BLOCK:,} characters")
    name, text = _named(block.text)
    head, inside, tail = _parts(text)
    inside, _, general = inside.rpartition("####") if "####" in inside else (inside, "", "")
    asked = f"{head.rstrip()} _____ {tail.lstrip()}" if tail.strip() else head
    style, question = _styled(asked, "moodle")
    answers = inside.strip()
    read = _reader_of(answers)
    kind, is_single, found = read(_raw_answers(block) if read is _ordering else answers, style)
    return Item(
        type=kind,
        name=_unmarked(name),
        text=question,
        answers=tuple(found),
        is_single=is_single,
        is_shuffled=read is not _truefalse,
        feedback=_html(general, style),
        tags=block.tags,
        original=block.original,
        line=block.line,
    )


def _named(text: str) -> tuple[str, str]:
    if text.startswith("::"):
        name, mark, rest = text[2:].partition("::")
        if mark:
            return name, rest.strip()
    return "", text


def _parts(text: str) -> tuple[str, str, str]:
    """Return the text before, in and after the braces."""
    start, end = text.find("{"), text.find("}")
    if start < 0 and end < 0:
        raise _OtherKind("a description, which asks nothing,")
    if start < 0 or end < start:
        missing = "{ before its }" if end >= 0 else "} behind its {"
        raise ValueError(f"the question has no {missing}; a blank line ends a question, and \\{{ is a brace in a text")
    head, inside, tail = text[:start], text[start + 1 : end], text[end + 1 :]
    if inside.lstrip().startswith(">"):
        # The lines of an ordering are not escaped, so a brace in them ends nothing.
        return head, inside, ""
    if "{" in tail:
        raise ValueError("the question has braces twice; it can have one list of answers, and \\{ is a brace in a text")
    return head, inside, tail


_Answers = tuple[ItemType, bool, list[Answer]]
"""The type of an item, whether one choice is picked, and its answers."""


def _reader_of(answers: str) -> Callable[[str, str], _Answers]:
    if not answers:
        raise _OtherKind("an essay question")
    if answers.startswith(">"):
        return _ordering
    if answers.startswith("#"):
        return _numerical
    if "~" in answers:
        return _multichoice
    if "=" in answers and "->" in answers:
        raise _OtherKind("a matching question")
    is_truefalse = answers.partition("#")[0].strip() in ("T", "TRUE", "F", "FALSE")
    return _truefalse if is_truefalse else _shortanswer


_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d*)?)%")


def _weighed(answer: str, otherwise: float) -> tuple[float, str, str]:
    """Return the weight of an answer in percent, its text, and its feedback."""
    answer = answer.strip()
    found = _WEIGHT.match(answer)
    text, _, feedback = answer[found.end() if found else 0 :].partition("#")
    return (float(found[1]) if found else otherwise), text.strip(), feedback


def _multichoice(answers: str, style: str) -> _Answers:
    found = []
    for part in answers.replace("=", "~=").split("~"):
        if part.strip():
            is_right = part.startswith("=")
            weight, text, feedback = _weighed(part.removeprefix("="), 100 if is_right else 0)
            found.append(Answer(_html(text, style), weight, _html(feedback, style)))
    return "multichoice", "=" in answers, found


def _truefalse(answers: str, style: str) -> _Answers:
    said, wrong, right = [*answers.split("#", 2), "", ""][:3]
    is_true = said.strip().startswith("T")
    feedback = {is_true: _html(right, style), not is_true: _html(wrong, style)}
    found = [Answer(str(truth), 100 * (truth is is_true), feedback[truth]) for truth in (True, False)]
    return "multichoice", True, found


def _shortanswer(answers: str, style: str) -> _Answers:
    found = []
    for part in answers.split("="):
        if part.strip():
            weight, text, feedback = _weighed(part, 100)
            found.append(Answer(_unmarked(_styled_text(text)[1]), weight, _html(feedback, style)))
    return "shortanswer", True, found


def _numerical(answers: str, style: str) -> _Answers:
    inside, mark, wrong = answers[1:].partition("~")
    found = []
    for part in inside.split("="):
        if part.strip():
            weight, text, feedback = _weighed(part, 100)
            number, tolerance = _interval(_unmarked(text))
            if number != "*":
                found.append(Answer(number, weight, _html(feedback, style), tolerance))
    if mark and wrong.strip():
        found.append(Answer("*", 0, _html(wrong.partition("#")[2], style), "0"))
    return "numerical", True, found


def _interval(text: str) -> tuple[str, str]:
    """Return the middle and the tolerance of `middle`, `middle:tolerance` or `least..most`."""
    least, mark, most = text.partition("..")
    if not mark:
        number, _, tolerance = text.partition(":")
        return number.strip(), tolerance.strip() or "0"
    try:
        low, high = Decimal(least.strip()), Decimal(most.strip())
        return f"{(low + high) / 2:f}", f"{(high - low) / 2:f}"
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is no range of numbers, such as 1..5") from None


# Possessive quantifiers: with backtracking, some hundred spaces would take for ever.
_ORDER_HEAD = re.compile(
    r"\{>\s*+\d+(?:\s*+(?:ALL|EXACT|RANDOM|REL|CONTIGUOUS|CONTIG))?(?:\s*+(?:HORIZONTAL|HORI|H|VERTICAL|VERT|V))?"
    r"(?:\s*+(?:ALL_OR_NOTHING|ABSOLUTE_POSITION|ABSOLUTE|ABS|RELATIVE\w*|LONGEST\w*))?"
    r"(?:\s*+(?:SHOW|HIDE|TRUE|FALSE|YES|NO))?[ \t]*+(?:none|123|abc|ABCD?|iii|IIII?)?[ \t]*+\n"
)


def _raw_answers(block: _Block) -> str:
    """Return the lines of an ordering as they are, because escapes mean nothing in them."""
    text = "\n".join(block.lines)
    end = text.rfind("}")
    head = _ORDER_HEAD.search(text, 0, max(end, 0))
    if head is None:
        raise ValueError("this is no list of lines in order, such as {>3 ALL VERTICAL, each line below, then }")
    return text[head.end() : end]


def _ordering(answers: str, _style: str) -> _Answers:
    lines = [line.strip() for line in answers.splitlines() if line.strip()]
    return "ordering", True, [Answer(html_of_automatic(line), place) for place, line in enumerate(lines, 1)]


_AS_HTML: dict[str, Callable[[str], str]] = {
    "html": str,
    "markdown": html_of,
    "plain": html_of_plain,
    "moodle": html_of_automatic,
}


def _styled_text(text: str) -> tuple[str, str]:
    """Return the format named in brackets before a text ("" if none is), and the text."""
    text = text.strip()
    name, mark, rest = text[1:].partition("]") if text.startswith("[") else ("", "", "")
    return (name, rest) if mark and name in _AS_HTML else ("", text)


def _styled(text: str, otherwise: str) -> tuple[str, str]:
    """Return the format of a text, and the text as HTML."""
    name, rest = _styled_text(text)
    style = name or otherwise
    return style, _AS_HTML[style](_unmarked(rest)).strip()


def _html(text: str, otherwise: str) -> str:
    return _styled(text, otherwise)[1]
