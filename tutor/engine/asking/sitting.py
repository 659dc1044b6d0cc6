"""Tests: drawing their questions, scoring the answers, and the verdict on the learner."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.difficulty import DIFFICULTIES, Difficulty
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import Question
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json

LENGTH = 10
"""Number of questions in a test."""

_question: TypeAdapter[Any] = TypeAdapter(Question)


@dataclass(frozen=True, slots=True)
class DrawnQuestion:
    """A question of a test, stored whole so that later changes to the lesson do not affect it.

    `id` names its source by stable ids: quiz/who-is-first, practice/count-them, trace/state/push-1.
    """

    id: str
    question: QuestionFields

    @property
    def part(self) -> str:
        """The question's source: quiz, practice or trace."""
        return self.id.split("/")[0]

    def as_json(self) -> dict[str, Json]:
        """Return the question as it is stored, with its key: for the database, never for a page."""
        return {"id": self.id, "question": self.question.model_dump(mode="json", exclude_unset=True)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DrawnQuestion":
        """Return the question that `as_json` stored."""
        # JSON turned the numeric keys of mappings into strings; reading it as JSON turns them back.
        return cls(stored["id"], _question.validate_json(json.dumps(stored["question"])))


_NUMBERED = re.compile(r"(?P<from>quiz|practice|trace/.+)/(?P<number>[1-9][0-9]*)")


def lasting_id(numbered: str, lesson: Lesson) -> str:
    """Return a numbered id (quiz/2, trace/state/5) with the item's stable id in place of the number.

    A number that the lesson does not have is kept.
    """
    match = _NUMBERED.fullmatch(numbered)
    if match is None:
        return numbered
    stocks = {"quiz": lesson.quiz_ids, "practice": lesson.practice_ids}
    names = stocks.get(match["from"], lesson.step_ids)
    number = int(match["number"])
    return f"{match['from']}/{names[number - 1]}" if number <= len(names) else numbered


def draw(
    stock: Sequence[DrawnQuestion], lesson: Lesson, *, seed: int, fresh_from: Container[str] = ()
) -> list[DrawnQuestion]:
    """Return LENGTH questions, or as many as there are; easy ones first. The same seed draws the same test.

    Difficulties are as evenly represented as the stock allows. Within a difficulty, questions outside `fresh_from` (the
    ids of the previous test) come first, then concepts and sources alternate. No two questions ask the same thing: if
    an author's question and a generated one do, the author's is kept.
    """
    chance = random.Random(seed)  # noqa: S311 - selects questions, protects no secret
    different = _different(chance.sample(list(stock), len(stock)), lesson)
    waiting = {name: [each for each in different if each.question.difficulty == name] for name in DIFFICULTIES}
    concepts, parts = Counter[str](), Counter[str]()
    drawn: list[DrawnQuestion] = []
    for difficulty in _turns({name: len(found) for name, found in waiting.items()}):
        found = waiting[difficulty]
        best = min(found, key=lambda each: (each.id in fresh_from, concepts[each.question.concept], parts[each.part]))
        found.remove(best)
        concepts[best.question.concept] += 1
        parts[best.part] += 1
        drawn.append(best)
    return sorted(drawn, key=lambda each: DIFFICULTIES.index(each.question.difficulty))


def _turns(stock: dict[Difficulty, int]) -> Iterable[Difficulty]:
    """Yield the difficulty of each question to draw: always one of those drawn least so far."""
    taken: Counter[Difficulty] = Counter()
    for _ in range(min(LENGTH, sum(stock.values()))):
        left = [name for name in DIFFICULTIES if taken[name] < stock[name]]
        turn = min(left, key=lambda name: taken[name])
        taken[turn] += 1
        yield turn


def _different(stock: Iterable[DrawnQuestion], lesson: Lesson) -> list[DrawnQuestion]:
    """Return questions that all ask different things, preferring authors' questions to generated ones."""
    seen: set[Hashable] = set()
    found = []
    for each in sorted(stock, key=lambda drawn: drawn.part == "trace"):
        topics = _topics(each.question, lesson)
        if not topics & seen:
            seen |= topics
            found.append(each)
    return found


def _topics(question: QuestionFields, lesson: Lesson) -> set[Hashable]:
    """Return the topics of a question; two questions that share one ask the same thing."""
    words = re.sub(r"[^\w\[\]]+", " ", question.question).strip().casefold()
    found: set[Hashable] = {("words", words, question.key_text)}
    if question.proof is not None:
        looks, changes = _looks_at(question.proof, lesson), _changes(question.proof)
        found.add(("look", looks, changes))
        # The queue after step 5 and after step 6 is one thing if step 6 did not touch it.
        found.add(("answer", looks[:2], changes, question.key_text))
    return found


def _looks_at(proof: Proof, lesson: Lesson) -> tuple[Hashable, ...]:
    if proof.run is not None:
        return "scenario", str(proof.model_dump(exclude_unset=True)), None
    if proof.first is not None:
        first = proof.first
        return "first", first.key or first.variable, as_repr(first.equals), first.after
    if proof.key is not None:
        return "key", proof.key, proof.after
    number = proof.after or 0
    saves = lesson.steps[number - 1].saves if 1 <= number <= len(lesson.steps) else ()
    # A step's output is the value that it saves.
    if proof.output and saves:
        return "variable", saves[0], number
    return ("variable", proof.variable, number) if proof.variable is not None else ("output", "", number)


def _changes(proof: Proof) -> Hashable:
    return tuple(sorted(proof.replace.items())), tuple(sorted(proof.swap.items()))


@dataclass(frozen=True, slots=True)
class Share:
    """The points earned in a part of a test, in which each of `count` questions is worth one."""

    name: str
    points: float
    count: int

    @property
    def ratio(self) -> float:
        """The share of the points, from 0 to 1; thirds of a point add up to whole ones."""
        return round(self.points / self.count, 6) if self.count else 0.0

    @property
    def percent(self) -> int:
        """The share in percent, rounded down: 79.6 % is not 80 %."""
        return int(self.ratio * 100 + 1e-6)

    @property
    def points_text(self) -> str:
        """The points, with one decimal for a fraction of a point."""
        return f"{round(self.points, 1):g}"


@dataclass(frozen=True, slots=True)
class SittingScore:
    """The points earned in a test: overall, by difficulty and by concept."""

    overall: Share
    by_difficulty: tuple[Share, ...]
    by_concept: tuple[Share, ...]


def score(questions: Sequence[QuestionFields], marks: Mapping[int, float]) -> SittingScore:
    """Return the score of a test; `marks` has the mark of each answer by its place, from 1; a missing one is 0.

    Looks ahead do not count, unless the test has nothing else.
    """
    has_only_looks_ahead = all(question.ahead for question in questions)
    marked = [(question, marks.get(place, 0.0)) for place, question in enumerate(questions, 1)]
    earned = [(question, mark) for question, mark in marked if has_only_looks_ahead or not question.ahead]

    def shares(name_of: Callable[[QuestionFields], str]) -> Iterable[Share]:
        for name in dict.fromkeys(name_of(question) for question, _ in earned):
            points = [mark for question, mark in earned if name_of(question) == name]
            yield Share(name, sum(points), len(points))

    by_difficulty = sorted(shares(lambda q: q.difficulty), key=lambda share: DIFFICULTIES.index(share.name))
    by_concept = tuple(share for share in shares(lambda q: q.concept) if share.name)
    overall = Share("all", sum(mark for _, mark in earned), len(earned))
    return SittingScore(overall, tuple(by_difficulty), by_concept)


class TopicVerdict(StrEnum):
    """How strong a learner is on the topic; the rule is shown to learners."""

    WEAK = "weak"
    GROWING = "growing"
    STRONG = "strong"

    @property
    def rule(self) -> str:
        """The rule in a sentence."""
        return {
            TopicVerdict.WEAK: "Less than 50 %.",
            TopicVerdict.GROWING: "50 % or more.",
            TopicVerdict.STRONG: "80 % or more, and at least half of the points at each difficulty.",
        }[self]

    @classmethod
    def of(cls, score: SittingScore) -> "TopicVerdict":
        """Return the verdict on a score."""
        if score.overall.ratio < 0.5:
            return cls.WEAK
        is_even = all(share.ratio >= 0.5 for share in score.by_difficulty)
        return cls.STRONG if score.overall.ratio >= 0.8 and is_even else cls.GROWING
