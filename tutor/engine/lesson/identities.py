"""Stable ids of steps and questions: the author's `id`, else a slug of the item's own text.

Stored answers, predictions and links refer to them, and so survive inserted or moved steps and questions.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Annotated

from pydantic import Field

LONGEST_ID = 60

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=LONGEST_ID)]

_LONGEST_SLUG = 45
"""Characters of a slug: the rest of LONGEST_ID is for a digest and for the number of a repeated text."""

_VARIABLE = re.compile(r"\{(\w+)(?:![rsa])?\}")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A step or a question to be named: the author's id ("" for none) and the text that identifies it.

    `noun` begins a derived id that would not begin with a letter.
    """

    id: str
    text: str
    noun: str


def ids_of(items: Sequence[Named]) -> tuple[str, ...]:
    """Return an id for each item, all different unless the author repeats one.

    Authors' ids take precedence. A derived id depends on the item's own text alone, so that other items may come and
    go. Only a repeated text, or one whose slug an author chose for another item, gets a suffix -2, -3, … in order.
    """
    slugs = [item.id or _slug(item) for item in items]
    taken = {item.id for item in items if item.id}
    # A repeated text must not take the slug of another text: "push" twice, beside "Push 2".
    natural = set(slugs)
    numbers: dict[str, Iterator[int]] = {}
    found = []
    for item, slug in zip(items, slugs, strict=True):
        free = item.id or slug
        while not item.id and free in taken:
            free = _numbered(slug, numbers.setdefault(slug, count(2)), natural)
        taken.add(free)
        found.append(free)
    return tuple(found)


def _numbered(slug: str, numbers: Iterator[int], natural: set[str]) -> str:
    return next(each for each in (f"{slug}-{number}" for number in numbers) if each not in natural)


def _slug(item: Named) -> str:
    # A slug drops letters without an ASCII form, everything after the first paragraph, and a long end. A digest of the
    # whole text distinguishes such texts independently of other items.
    lead, _, rest = item.text.strip().partition("\n\n")
    plain = unicodedata.normalize("NFKD", _VARIABLE.sub(r"\1", lead))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    is_lossy = bool(rest) or any(c.isalnum() and not c.isascii() for c in letters)
    slug = _NOT_IN_SLUG.sub("-", letters).strip("-")
    if not slug[:1].isalpha():
        slug = f"{item.noun}-{slug}".rstrip("-")
    short = _cut(slug)
    if is_lossy or short != slug or slug == item.noun:
        return f"{short}-{sha256(item.text.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
    return slug


def _cut(slug: str) -> str:
    if len(slug) <= _LONGEST_SLUG:
        return slug
    # Cut at a word boundary unless the slug would become very short.
    whole = slug[: _LONGEST_SLUG + 1].rpartition("-")[0]
    return whole if len(whole) > _LONGEST_SLUG // 2 else slug[:_LONGEST_SLUG].rstrip("-")
