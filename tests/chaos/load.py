"""Visitors that walk through lessons for as long as the chaos lasts: impatient, and never giving up."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event, Lock, Thread
from time import monotonic

from tests.markup import Element
from tests.timing import in_time
from tests.visitor import Answer, Visitor, fields_of

PATIENCE = 60.0
"""Seconds after which a visitor that gets no answer but faults reports it."""

LONGEST_ANSWER = 3.5
"""Seconds within which each request has to be answered, half of one for the network; longer on a busy machine."""

PAUSE = 0.2
"""Seconds between a fault and the next try of a visitor."""

MASHED = 4
"""Number of times that an impatient visitor presses the same button."""


@dataclass(slots=True)
class Diary:
    """What the visitors met, for the audit: requests by status, the slowest answer, and complaints."""

    counts: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    stopped: int = 0
    """Twice the number of times that a worker was stopped, one less while it is; such answers are not measured."""
    finished_walks: int = 0
    complaints: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, outcome: str, seconds: float, stopped: int) -> None:
        """Count one request that was sent when a worker had been stopped that often."""
        with self._lock:
            self.counts[outcome] = self.counts.get(outcome, 0) + 1
            if stopped % 2 == 0 and stopped == self.stopped:
                self.slowest = max(self.slowest, seconds)
        is_measured = stopped % 2 == 0 and stopped == self.stopped
        if is_measured and not in_time(seconds, LONGEST_ANSWER):
            self.complain(f"an answer ({outcome}) that took {seconds:.1f} s")

    @contextmanager
    def interrupted(self, is_stopped: object) -> Iterator[None]:
        """Do not measure answers during the block if a worker is stopped."""
        self.stopped += bool(is_stopped)
        try:
            yield
        finally:
            self.stopped += bool(is_stopped)

    def note_walk(self) -> None:
        """Count one lesson that was walked to its end."""
        with self._lock:
            self.finished_walks += 1

    def complain(self, sentence: str) -> None:
        """Record what must not happen."""
        with self._lock:
            self.complaints.append(sentence)


class Walker:
    """One visitor with habits of its own, drawn from a seed."""

    def __init__(self, port: int, slugs: Sequence[str], seed: str, diary: Diary, is_over: Event) -> None:
        self._port, self._slugs, self._diary, self._is_over = port, slugs, diary, is_over
        self._random = random.Random(seed)
        self._visitor = Visitor(port)

    def live(self) -> None:
        """Walk through one lesson after the other until the chaos is over, and finish the last one."""
        while not self._is_over.is_set():
            slug = self._random.choice(self._slugs)
            self._walk(slug)
            self._answer_a_question(slug)
            self._begin_again(slug)
        with suppress(OSError):
            self._visitor.__exit__(None, None, None)

    def _walk(self, slug: str) -> None:
        page = f"/lessons/{slug}/"
        answer = self._patiently(lambda: self._visitor.get(page))
        while answer and answer.next_form:
            self._act(answer, page)
            # The page says where the run is, whatever became of the presses.
            answer = self._patiently(lambda: self._visitor.get(page))
        if answer:
            self._diary.note_walk()

    def _act(self, answer: Answer, page: str) -> None:
        habit = self._random.random()
        if habit < 0.7:
            self._patiently(lambda: self._visitor.press(answer))
        elif habit < 0.8:
            self._mash(answer)
        elif habit < 0.9:
            self._patiently(lambda: self._visitor.get(f"{page}?at={self._random.randint(0, 9)}"), at_most=404)
        else:
            self._hang_up(answer)

    def _mash(self, answer: Answer) -> None:
        """Press the same button in several tabs at once."""

        def press() -> None:
            with self._visitor.twin() as tab:
                self._tried(lambda: tab.press(answer))

        tabs = [Thread(target=press) for _ in range(MASHED)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()

    def _hang_up(self, answer: Answer) -> None:
        """Press the button and close the connection before the answer."""
        form = answer.next_form
        assert form
        with suppress(OSError, HTTPException), self._visitor.twin() as tab:
            tab.post_and_hang_up(form.path, form.fields)

    def _answer_a_question(self, slug: str) -> None:
        page = self._patiently(lambda: self._visitor.get(f"/lessons/{slug}/quiz/"), at_most=404)
        forms = [form for form in page.all("form") if "/attempts/" in form["action"]] if page else []
        if forms:
            form = self._random.choice(forms)
            sent = _filled(form, self._random)
            self._patiently(lambda: self._visitor.post(form["action"], sent), at_most=422)

    def _begin_again(self, slug: str) -> None:
        page = self._patiently(lambda: self._visitor.get(f"/lessons/{slug}/"))
        restart = page.all("form", id="restart") if page else []
        if restart and not self._is_over.is_set():
            self._patiently(lambda: self._visitor.post(restart[0]["action"], headers={}))

    def _patiently(self, send: Callable[[], Answer], *, at_most: int = 399) -> Answer | None:
        """Send until there is an answer with a status of at most `at_most`; None if that took too long."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            answer = self._tried(send)
            if answer and answer.status in (200, 303, 409, *range(400, at_most + 1)):
                return answer
            if answer and answer.status not in (429, 500, 502, 503):
                self._diary.complain(f"an answer with status {answer.status}: {answer.text[:200]}")
                return None
            Event().wait(float(answer.headers.get("Retry-After", PAUSE)) if answer and answer.status == 429 else PAUSE)
        self._diary.complain(f"no answer but faults in {PATIENCE:.0f} seconds")
        return None

    def _tried(self, send: Callable[[], Answer]) -> Answer | None:
        began, stopped = monotonic(), self._diary.stopped
        try:
            answer = send()
        except (OSError, HTTPException) as fault:
            self._diary.note(type(fault).__name__, monotonic() - began, stopped)
            return None
        self._diary.note(str(answer.status), monotonic() - began, stopped)
        if answer.status == 500:
            self._diary.complain("an answer with status 500")
        return answer


def _filled(form: Element, chance: random.Random) -> dict[str, str]:
    """Return fields for a question's form, right or wrong."""
    fields = fields_of(form)
    for each in form.descendants:
        if each.tag == "input" and each["type"] == "radio" and chance.random() < 0.5:
            fields[each["name"]] = each["value"]
        elif each.tag == "input" and each["type"] in ("", "text", "number"):
            fields[each["name"]] = "1"
    return fields
