"""A clock that stands still between the steps of a lesson and is set by our process."""

import datetime as dt
import time
from typing import Any, Self

from tutor.rehearsal.inside.holds import Holds
from tutor.rehearsal.messages import Hold

NANO = 1_000_000_000


class HeldClock:
    """Seconds since the start of the lesson, which the program sees as 1 January 1970."""

    def __init__(self, holds: Holds) -> None:
        self.now = 0.0
        self._holds = holds

    def install(self) -> None:
        """Patch the functions of `time`, and the classes of `datetime`, that read the clock."""
        for name in ("time", "monotonic", "perf_counter"):
            setattr(time, name, lambda: self.now)
            setattr(time, f"{name}_ns", lambda: round(self.now * NANO))
        for name in ("gmtime", "localtime", "ctime"):
            setattr(time, name, self._at_now(getattr(time, name)))
        time.sleep = self._sleep
        dt.datetime = self._datetime()  # type: ignore[misc]
        dt.date = self._date()  # type: ignore[misc]

    def _at_now(self, original: Any) -> Any:
        return lambda seconds=None: original(self.now if seconds is None else seconds)

    def _sleep(self, seconds: Any) -> None:
        if self._holds.actor:
            self._holds.hold(Hold("sleep", seconds=float(seconds)))

    def _datetime(self) -> type[dt.datetime]:
        clock = self

        class HeldDatetime(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Self:
                return cls.fromtimestamp(clock.now, tz)

            @classmethod
            def utcnow(cls) -> Self:
                return cls.fromtimestamp(clock.now, dt.UTC).replace(tzinfo=None)

            @classmethod
            def today(cls) -> Self:
                return cls.now()

        return HeldDatetime

    def _date(self) -> type[dt.date]:
        clock = self

        class HeldDate(dt.date):
            @classmethod
            def today(cls) -> Self:
                return cls.fromtimestamp(clock.now)

        return HeldDate
