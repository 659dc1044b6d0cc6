"""One numbered, idempotent claim: the first request for the next number makes it, and every other one finds it.

Runs, tests, attempts and revisions are numbered 1, 2, 3, … for their owner. A form says which number it wants, so a
double click, a second tab and a retry are harmless.
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
    """A number was asked for that is neither stored nor the next one."""


class Series(Protocol[Item_co]):
    """What one owner has numbered. The database has to keep two from storing the same number."""

    @property
    def out_of_order(self) -> type[OutOfOrder]:
        """What to raise for a number that is neither stored nor next."""
        ...

    def latest_number(self) -> int:
        """Return the highest number that is stored, 0 before the first."""
        ...

    def stored(self, number: int) -> Item_co:
        """Return what is stored under a number."""
        ...

    def make(self, number: int) -> Item_co:
        """Make and store what comes next. Raises: IntegrityError, where another has stored that number meanwhile."""
        ...


def claim(series: Series[Numbered], number: int) -> Numbered:
    """Return what has that number, made now if it is the next one. Raises: series.out_of_order, what `make` raises."""
    latest = series.latest_number()
    if 1 <= number <= latest:
        return series.stored(number)
    if number != latest + 1:
        raise series.out_of_order(f"{number} is not the next one: {latest} are stored.")
    try:
        return series.make(number)
    except IntegrityError:
        # Another press of the same button was stored at the same moment: that one counts.
        return series.stored(number)


@dataclass(frozen=True, slots=True)
class Rows(Generic[Stored]):
    """A series of database rows with a `number`; `owner` is what they share, `fields` gives what a new one says."""

    rows: models.Manager[Stored]
    owner: Mapping[str, Any]
    fields: Callable[[], Mapping[str, Any]]
    out_of_order: type[OutOfOrder] = OutOfOrder

    def latest_number(self) -> int:
        """Return the highest number that is stored, 0 before the first."""
        found = self.rows.filter(**self.owner).aggregate(latest=Max("number"))
        return found["latest"] or 0

    def stored(self, number: int) -> Stored:
        """Return the row of that number."""
        return self.rows.get(**self.owner, number=number)

    def make(self, number: int) -> Stored:
        """Store the next row. What it says is worked out first: that may take a while, and needs no transaction."""
        fields = self.fields()
        with transaction.atomic():
            return self.rows.create(**self.owner, number=number, **fields)
