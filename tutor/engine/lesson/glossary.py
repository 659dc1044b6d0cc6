"""The glossary: words that learners may not know, each with a sentence or two."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from tutor.engine.lesson.questions.question import Citation
from tutor.engine.lesson.steps.base import Strict

TERM_LINK = "term:"
"""Begins the destination of a link to a term in a text: `[in turn](term:fifo)`."""


class Term(Strict):
    """One entry of the glossary."""

    term: str = Field(min_length=1, max_length=60, description="The word or words.")
    also: list[str] = Field(default_factory=list, max_length=12, description="Other forms that texts have.")
    text: str = Field(min_length=1, max_length=400, description="What it means, in Markdown.")
    source: Citation | None = Field(default=None, description="Where to read more.")

    @property
    def forms(self) -> tuple[str, ...]:
        """All forms in which texts name it."""
        return (self.term, *self.also)


@dataclass(frozen=True, eq=False)
class Glossary:
    """The terms by their ids, in the file's order. Compared by identity, so that it can be part of a cache's key."""

    terms: Mapping[str, Term] = field(default_factory=dict)
