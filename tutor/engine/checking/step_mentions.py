"""Numbers of steps in prose, and the references that say the same and stay right when a step is inserted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.engine.lesson.prose_texts import ProseKind, Segment, segments
from tutor.engine.lesson.references import BETWEEN

_MENTION = re.compile(
    r"(?<![\w\[{-])(?<!by )(?P<word>[Ss]tep(?P<plural>s)?)(?P<space>\s+)"
    rf"(?P<numbers>(?>\d{{1,5}}(?(plural)(?:{BETWEEN}\d{{1,5}})*)))"
    r"(?![\w%/]|[.,]\d|\s+(?:of|in)\s+(?:the|this|that|its|your|our)\s+(?:solution|sample|recipe|list|code|program)\b"
    r"|\s+(?:seconds?|minutes?|hours?|milliseconds?|ms|times|bytes|elements|characters)\b)"
)
"""A number of a lesson's step. Those of a solution's steps, and amounts, are none."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Numbers of steps in a part of a text, and the same words with references."""

    start: int
    end: int
    text: str
    with_names: str


def mentions_in(segment: Segment, ids: Sequence[str]) -> Iterator[Mention]:
    """Yield the mentions of steps of a lesson whose steps have these ids; code and other numbers are left out."""
    for found in _MENTION.finditer(segment.text) if segment.kind == "prose" else ():
        numbers = [int(each) for each in re.findall(r"\d+", found["numbers"])]
        if all(1 <= number <= len(ids) for number in numbers):
            yield Mention(*found.span(), found[0], _with_names(found, ids))


def _with_names(found: re.Match[str], ids: Sequence[str]) -> str:
    def named(number: str) -> str:
        return f"{{{found['word'].removesuffix('s')} {ids[int(number) - 1]}}}"

    if not found["plural"] and found["space"] == " ":
        return named(found["numbers"])
    # After the word, references show numbers alone, so that "steps 1 and 2" stays as it is.
    word = found["word"] + found["space"]
    return word + re.sub(r"\d+", lambda number: named(number[0]).replace("{Step", "{step"), found["numbers"])


def with_names(text: str, ids: Sequence[str], kind: ProseKind = "markdown") -> str:
    """Return the text with references in place of the numbers of steps."""
    return "".join(_segment_with_names(segment, ids) for segment in segments(text, kind))


def _segment_with_names(segment: Segment, ids: Sequence[str]) -> str:
    parts, end = list[str](), 0
    for mention in mentions_in(segment, ids):
        parts += [segment.text[end : mention.start], mention.with_names]
        end = mention.end
    return "".join(parts) + segment.text[end:]
