"""Answers that many learners get: drawn and compressed once, with holes for the values of each request.

The name that an answer is kept by contains everything that the answer depends on besides its holes. While it is drawn,
marks stand for the run, the form's token, the step's time and the numbers of the score. They are random, so no lesson
and no learner can write one. The drawing gets no request, so that nothing else of a learner's can be in it.
"""

import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import cast
from uuid import UUID, uuid4

from cachetools import LRUCache
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.html import escape

from tutor.assessment.prediction_rows import NOTHING, PredictionScore
from tutor.broker.probe import BrokerStatus
from tutor.drawing.rows import TIME_MARK
from tutor.site.woven import Woven, WovenResponse
from tutor.views.shared.answers import LARGEST_ANSWER, LARGEST_WHOLE_PAGE, csrf_field, form_token, personal, unquoted
from tutor.views.shared.choices import theme_of

MOST_BYTES = 24 * 1024 * 1024
"""Bytes of kept answers per process; those that were unused for the longest time leave first."""

LARGEST_SHARE = 3
"""How many times its text an answer takes at most: as it is, and compressed for values of several lengths."""

NAME_BYTES = 1_000
"""What a name takes."""

RUN_MARK = uuid4()
"""Stands for the run while an answer is drawn that is kept."""

_TOKEN, _RIGHT, _GUESSED, _SKIPPED = (secrets.token_hex(16) for _ in range(4))

_MARKS: Mapping[str, str] = {
    "run": str(RUN_MARK),
    "token": _TOKEN,
    "time": TIME_MARK,
    "right": _RIGHT,
    "guessed": _GUESSED,
    "skipped": _SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Own:
    """The request's own values: its run, the time that its step took, and the score of its run."""

    run: UUID | None = None
    time: str = ""
    score: PredictionScore = NOTHING.score

    def values(self, token: str) -> Mapping[str, str]:
        """Return the values by the names of their holes."""
        score = self.score
        numbers = {"right": str(score.right), "guessed": str(score.guessed), "skipped": str(score.skipped)}
        return {"run": str(self.run), "time": self.time, "token": token, **numbers}


@dataclass(frozen=True, slots=True)
class _MarkedScore:
    right: str | int
    guessed: str | int
    skipped: str | int


def marked(score: PredictionScore) -> PredictionScore:
    """Return a score to draw, with a mark for each number but 0, in whose place a page has other words."""
    numbers = ((score.right, _RIGHT), (score.guessed, _GUESSED), (score.skipped, _SKIPPED))
    return cast(PredictionScore, _MarkedScore(*(mark if number else 0 for number, mark in numbers)))


@dataclass(frozen=True, slots=True)
class Sketch:
    """An answer to keep. `name`: all that it depends on; `context`: returns the context of its template, with marks."""

    template: str
    name: Hashable
    context: Callable[[], Mapping[str, object]]


def _size(kept: Woven | None) -> int:
    return NAME_BYTES + (kept.length * LARGEST_SHARE if kept else 0)


_kept: LRUCache[Hashable, Woven | None] = LRUCache(MOST_BYTES, getsizeof=_size)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class PageAddress:
    """All that a kept page gets of its request: the address."""

    path: str

    def get_full_path(self) -> str:
        """Return the address with its query."""
        return self.path


def kept_partials(request: HttpRequest, sketch: Sketch, own: Own) -> HttpResponse | None:
    """Return the answer to htmx with the request's own values in its holes; None if it is too large to be sent."""
    return _filled(request, sketch, own, LARGEST_ANSWER)


def kept_page(request: HttpRequest, sketch: Sketch, own: Own, broker: BrokerStatus) -> HttpResponse | None:
    """Return a whole page with the request's own values in its holes; None if it is too large to be sent."""
    theme, path = theme_of(request), request.get_full_path()

    def context() -> Mapping[str, object]:
        return {"theme": theme, "broker": broker, "request": PageAddress(path), **sketch.context()}

    whole = Sketch(sketch.template, (sketch.name, theme, broker, path), context)
    return _filled(request, whole, own, LARGEST_WHOLE_PAGE)


def _filled(request: HttpRequest, sketch: Sketch, own: Own, largest: int) -> HttpResponse | None:
    woven = _woven(sketch, largest)
    if woven is None:
        return None
    # Only letters and digits pass as a token, so there is nothing to escape where forms are checked.
    token = escape(form_token(request)) if "token" in woven.holes else ""
    filled = woven.filled(own.values(token))
    return personal(WovenResponse(filled)) if len(filled.plain) <= largest else None


def _woven(sketch: Sketch, largest: int) -> Woven | None:
    name = sketch.template, sketch.name
    with _lock:
        if name in _kept and not settings.DEBUG:  # a developer sees each change of a template at once
            return _kept[name]
    found: Woven | None = Woven(_drawn(sketch), _MARKS)
    if found and found.length > largest:
        found = None
    with _lock:
        _kept[name] = found
    return found


def _drawn(sketch: Sketch) -> str:
    own = {"notice": None, "csrf_input": csrf_field(_TOKEN)}
    return unquoted(get_template(sketch.template).render({**own, **sketch.context()}))


def forget_all() -> None:
    """Forget all kept answers."""
    with _lock:
        _kept.clear()
