"""The audit after the chaos: every run is what an uninterrupted one is, as far as it went."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.servers import Program
from tests.visitor import Visitor

Entry = Mapping[str, Any]
"""A stored entry, as JSON."""

VARYING = frozenset({"elapsed_us", "claim", "lives", "ends", "field_lives"})
"""Fields of an entry that depend on the moment: the time that a command took, what a key had left to live."""

TELLING_TIME = frozenset({"PTTL", "TTL", "XPENDING"})
"""Commands whose replies have seconds or milliseconds in them."""


class Truth:
    """What each lesson records when nothing goes wrong. A field that differs between two calm runs is not compared."""

    def __init__(self, program: Program, slugs: Sequence[str]) -> None:
        self._program = program
        for _ in range(2):
            with program.visitor() as calm:
                for slug in slugs:
                    _walk_to_the_end(calm, slug)
        first, second = defaultdict(list), defaultdict(list)
        for slug, entries in _entries_by_run(program):
            (second if slug in first else first)[slug] = entries
        self._calm = {slug: list(zip(first[slug], second[slug], strict=True)) for slug in slugs}

    def length_of(self, slug: str) -> int:
        """Return the number of steps of a lesson."""
        return len(self._calm[slug])

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each run that differs from an uninterrupted one."""
        for slug, entries in _entries_by_run(self._program):
            positions = [entry["position"] for entry in entries]
            if positions != list(range(1, len(entries) + 1)):
                yield f"a run of {slug} has the positions {positions}"
            for entry, calm in zip(entries, self._calm[slug], strict=False):
                for name in (name for name in entry if not _agrees(name, entry, calm)):
                    at = f"step {entry['position']} of a run of {slug}"
                    yield f"{at}: {name} is {entry[name]}, not {calm[0].get(name)}"
            if len(entries) > self.length_of(slug):
                yield f"a run of {slug} has {len(entries)} entries"

    def counts(self) -> tuple[int, int]:
        """Return the number of runs, and of those that reached the end of their lesson."""
        runs = list(_entries_by_run(self._program))
        return len(runs), sum(len(entries) == self.length_of(slug) for slug, entries in runs)


def _agrees(name: str, entry: Entry, calm: tuple[Entry, Entry]) -> bool:
    first, second = calm
    if name in VARYING or first.get(name) != second.get(name) or entry[name] == first.get(name):
        return True
    tells_time = any(words and words[0].upper() in TELLING_TIME for words, _ in entry["sent"])
    return tells_time and name in ("sent", "output", "variables")


def _walk_to_the_end(visitor: Visitor, slug: str) -> None:
    answer = visitor.get(f"/lessons/{slug}/")
    while answer.next_form:
        answer = visitor.press(answer)
        assert answer.status == 200, answer.text


def _entries_by_run(program: Program) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the slug and the entries of each run that has any, in the order in which the runs began."""
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for id_, slug, record in program.rows(
        "SELECT run.id, run.slug, entry.record FROM tutor_run run JOIN tutor_entry entry ON entry.run_id = run.id"
        " ORDER BY run.started_at, run.id, entry.position"
    ):
        found[str(id_), slug].append(json.loads(record))
    for (_, slug), entries in found.items():
        yield slug, entries


def attempt_problems(program: Program) -> Iterator[str]:
    """Yield a sentence for each question whose attempts skip a number."""
    attempts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for *owner, number in program.rows(
        "SELECT learner, slug, question, meaning, number FROM tutor_attempt ORDER BY number"
    ):
        attempts[tuple(map(str, owner))].append(number)
    for (_, slug, question, _), numbers in attempts.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the attempts at {slug} {question} have the numbers {numbers}"
