"""Found or not, counts and samples: what the report says is what `lessons check` would say."""

from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.pages import FILE, LESSON
from tests.tables import for_each
from tutor.authoring import proving
from tutor.files.yaml_writer import as_flow
from tutor.library import lesson_paths
from tutor.mutation import judging, report
from tutor.mutation.kinds import KINDS
from tutor.mutation.survey import (
    EXECUTABLE,
    Judgement,
    NotSurveyed,
    Subject,
    new_problems,
    sampled,
    tallies,
    total,
)
from tutor.ports import corners

ALL = [kind.name for kind in KINDS]


def subject_of(text: str = LESSON, kinds: list[str] = ALL) -> Subject:
    return Subject(text, FILE, judging.play(text, FILE), kinds)


def judgements(subject: Subject) -> list[Judgement]:
    return [subject.judge(each, lambda text: judging.judged(text, FILE)) for each in subject.mutants]


def outcomes(kind: str, text: str = LESSON) -> list[tuple[int, str, str]]:
    return [(each.mutant.line, each.mutant.now, each.outcome) for each in judgements(subject_of(text, [kind]))]


@for_each(
    ("kind", "expected"),
    [
        ("quiz keys", [(53, "B", "found"), (53, "C", "found"), (59, "A", "found")]),
        # No proof looks at these.
        ("practice keys", [(63, "3", "gap"), (63, "1", "gap")]),
        ("client", []),
    ],
)
def test_known_gaps_are_reported_and_nothing_else(kind: str, expected: list[tuple[int, str, str]]):
    assert outcomes(kind)[: len(expected) or None] == expected


def test_all_false_expectations_are_found_and_the_order_of_a_set_is_none():
    found = Counter(outcome for _, _, outcome in outcomes("expectations"))
    assert found == {"found": 23, "true": 1}


def test_the_problem_that_found_a_falsehood_is_named():
    (first, *_) = judgements(subject_of(kinds=["expectations"]))
    assert first.outcome == "found"
    assert first.found_by == "22:21: claims that queue is ['task1', 'task2'], but it is ['task1']"
    assert first.where == "steps/push-1/expect/queue"


INDEPENDENT = """\
title: Two sets
track: django
actors: [producer]
watch: {a: set, b: set}
steps:
  - {id: one, actor: producer, action: One, command: SADD a x, expect: {a: [x]}}
  - {id: two, actor: producer, action: Two, command: SADD b y, expect: {b: [y]}}
"""


@for_each(
    ("text", "outcome"),
    [
        (INDEPENDENT, "true"),
        (INDEPENDENT + "closing: Step 1 is the first.\n", "found"),
        (INDEPENDENT.replace("SADD b y", "SCARD a"), "gap"),
        (INDEPENDENT.replace("SADD b y, expect: {b: [y]}", "SCARD a, expect: {reply: 1}"), "found"),
    ],
)
def test_swapped_steps_stay_true_if_they_do_not_meet_and_no_number_names_them(text: str, outcome: str):
    text = text.replace("SCARD a}", "SCARD a, expect: {a: [x]}}") if "SCARD a, expect: {b" in text else text
    text = text.replace("SCARD a, expect: {b: [y]}", "SCARD a")
    assert [each[2] for each in outcomes("steps swapped", text)] == [outcome]


def test_warnings_of_the_unchanged_text_find_nothing():
    text = LESSON.replace("proof: {after: 3, variable: task}\n", "hint: Look at step 9.\n", 1)
    subject = subject_of(text)
    assert subject.base.problems, "the text has warnings"
    assert not subject.base.has_errors
    for each in subject.mutants:
        if each.kind in ("lines", "steps inserted", "step lists"):
            assert subject.judge(each, lambda text: judging.judged(text, FILE)).found_by.count("step 9") == 0


def test_a_lesson_with_errors_is_not_surveyed():
    with pytest.raises(NotSurveyed, match="has errors"):
        subject_of(LESSON.replace("reply: 2", "reply: 3"))


@pytest.mark.slow
def test_the_numbers_add_up():
    found = judgements(subject_of())
    counts = tallies(found)
    assert [each.name for each in counts] == [name for name in ALL if name in {each.mutant.kind for each in found}]
    assert sum(each.planted for each in counts) == len(found)
    executable = [each for each in counts if each.name in EXECUTABLE]
    all_of_them = total(found)
    for name in ("planted", "found", "equivalent", "gaps"):
        assert sum(getattr(each, name) for each in executable) == getattr(all_of_them, name)
    assert all_of_them.planted == all_of_them.found + all_of_them.equivalent + all_of_them.gaps
    assert len([line for line in report.as_text(found, lambda text, _: text) if "nothing would notice" in line]) == (
        all_of_them.gaps
    )


@for_each(("share", "text"), [(100.0, "100 %"), (99.99, "99.9 %"), (0.0, "0 %"), (None, "-"), (95.04, "95 %")])
def test_a_share_is_never_rounded_up(share: float | None, text: str):
    assert report.percent(share) == text


def test_a_sample_is_the_same_for_a_seed_and_keeps_the_order():
    sizes = [40, 0, 60]
    first = sampled(sizes, 10, 1)
    assert first == sampled(sizes, 10, 1) == sorted(set(first))
    assert first != sampled(sizes, 10, 2)
    assert len(sampled(sizes, 500, 1)) == len(sampled(sizes, None, 1)) == 100


WAITING = """\
title: Waiting
track: django
actors: [producer, consumer]
watch: {queue: list}
variables: [task]
steps:
  - {actor: consumer, action: Waits, command: BRPOP queue 0, save: task, pick: 1, expect: {task: null}}
  - {actor: producer, action: Pushes, command: LPUSH queue a, expect: {task: a, queue: []}}
  - {actor: consumer, action: Prints, print: 'Got {task}', expect: {output: Got a}}
  - {actor: producer, action: A pause, wait: 5}
quiz:
  - {question: What is `task` after step 2?, text: a, proof: {after: 2, variable: task, swap: {LPUSH: RPUSH}}}
"""


@pytest.mark.slow
@for_each("text", [LESSON, WAITING])
def test_plays_from_memory_give_the_same_problems_as_the_check_of_a_file(tmp_path: Path, text: str):
    subject = subject_of(text)
    file = tmp_path / FILE
    for each in [*subject.mutants[::7], *(each for each in subject.mutants if each.kind.startswith("steps"))]:
        changed = each.applied(subject.page.text)
        file.write_text(changed)
        said = [(found.line, found.column, found.message) for found in proving.check([file], corners.temporary)]
        verdict = judging.judged(changed, FILE)
        assert [(found.line, found.column, found.message) for found in verdict.problems] == said, each


def test_most_falsehoods_need_no_play_of_their_own(monkeypatch: pytest.MonkeyPatch):
    subject = subject_of(kinds=["lines", "practice keys", "step numbers"])
    judging.judged(LESSON, FILE)
    monkeypatch.setattr("tutor.ports.corners.temporary", lambda _: pytest.fail("the server was asked"))
    assert len(judgements(subject)) > 10


def test_a_moved_problem_is_no_new_one():
    subject = subject_of(LESSON.replace("{after: 3, variable: task}\n", "{after: 3, variable: task}\n", 1))
    inserted = next(each for each in subject.mutants if each.kind == "steps inserted")
    known = judging.TextVerdict((judging.FoundProblem(50, 3, "step 3 is odd"),))
    moved = judging.TextVerdict((judging.FoundProblem(51, 3, "step 4 is odd"), judging.FoundProblem(9, 1, "new")))
    assert [each.message for each in new_problems(subject.page, inserted, known, moved)] == ["new"]


@pytest.mark.slow
@pytest.mark.parametrize("path", lesson_paths(), ids=lambda path: path.stem)
def test_all_false_expectations_and_quiz_keys_of_our_lessons_are_found(path: Path):
    text = path.read_text()
    subject = Subject(text, str(path), judging.play(text, str(path)), ["expectations", "quiz keys"])
    gaps = [
        as_flow([each.mutant.line, each.mutant.now])
        for each in (subject.judge(mutant, lambda text: judging.judged(text, str(path))) for mutant in subject.mutants)
        if each.outcome == "gap"
    ]
    assert gaps == []
