"""Idempotent numbered claims: the first request for the next number creates the item, and all others find it.

Runs, tests, attempts and revisions are numbered 1, 2, 3, … per owner. A form carries the number that it requests, so
that a double click, a second tab and a retry are harmless.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Max

from tutor.engine.errors import TutorError

Numbered = TypeVar("Numbered")
Item_co = TypeVar("Item_co", covariant=True)
Stored = TypeVar("Stored", bound=models.Model)


class OutOfOrder(TutorError):
    """The requested number is neither stored nor the next one."""


class Series(Protocol[Item_co]):
    """The numbered items of one owner. The database must reject a second item with the same number."""

    @property
    def out_of_order(self) -> type[OutOfOrder]:
        """The exception for a number that is neither stored nor next."""
        ...

    def latest_number(self) -> int:
        """Return the highest stored number, 0 before the first."""
        ...

    def stored(self, number: int) -> Item_co:
        """Return the item with that number. Raises: out_of_order, if it was removed."""
        ...

    def make(self, number: int) -> Item_co:
        """Create and store the next item. Raises: IntegrityError, if another request stored that number meanwhile."""
        ...


def claim(series: Series[Numbered], number: int) -> Numbered:
    """Return the item with that number, creating the next one. Raises: series.out_of_order; exceptions of `make`."""
    latest = series.latest_number()
    if 1 <= number <= latest:
        return series.stored(number)
    if number != latest + 1:
        raise series.out_of_order(f"{number} is not the next one: {latest} are stored.")
    try:
        return series.make(number)
    except IntegrityError:
        # A concurrent press of the same button was stored first; use that one.
        return series.stored(number)


@dataclass(frozen=True, slots=True)
class Rows(Generic[Stored]):
    """A series of database rows with a `number`. `owner`: their common fields, `fields` returns a new row's."""

    rows: models.Manager[Stored]
    owner: Mapping[str, Any]
    fields: Callable[[], Mapping[str, Any]]
    out_of_order: type[OutOfOrder] = OutOfOrder

    def latest_number(self) -> int:
        """Return the highest stored number, 0 before the first."""
        found = self.rows.filter(**self.owner).aggregate(latest=Max("number"))
        return found["latest"] or 0

    def stored(self, number: int) -> Stored:
        """Return the row of that number. Raises: out_of_order, if it was removed to make room."""
        found = self.rows.filter(**self.owner, number=number).first()
        if found is None:
            raise self.out_of_order(f"{number} is not stored any more.")
        return found

    def make(self, number: int) -> Stored:
        """Store the next row. Its fields are computed first, because that may take a while and needs no transaction."""
        fields = self.fields()
        with transaction.atomic():
            return self.rows.create(**self.owner, number=number, **fields)
