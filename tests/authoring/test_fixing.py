"""`lessons check --fix`: numbers of steps become names, learners read the same, and an inserted step breaks nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lessons import OURS
from tests.tables import for_each
from tutor import library, prose
from tutor.authoring import fixing, proving
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.checking.step_mentions import with_names
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.prose_texts import ProseText, prose_texts
from tutor.engine.lesson.references import told
from tutor.files import changes
from tutor.files.yaml_reader import read_document
from tutor.library import LocatedProblem
from tutor.ports import corners

LESSONS = OURS
BY_NAME = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def fixed(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    changes.write(fixing.fixed(copy))
    return copy


def lesson_in(path: Path) -> Lesson:
    found = library.read(path.read_bytes(), path.name).lesson
    assert found is not None
    return found


def drawn(lesson: Lesson) -> list[tuple[object, str]]:
    """Return each text as learners read it, by its path; reasons without the numbers of their steps."""
    return [(_path(each), _drawn(each)) for each in prose_texts(told(lesson, {})) if each.text]


def _path(each: ProseText) -> object:
    return each.path[2:] if each.path[0] == "steps" else each.path


def _drawn(each: ProseText) -> str:
    return each.text if each.kind == "plain" else str(prose.as_html(each.text))


@pytest.mark.slow
@BY_NAME
def test_our_lessons_read_the_same_after_a_fix_and_a_second_fix_changes_nothing(path: Path, tmp_path: Path):
    copy = fixed(path, tmp_path)
    before, after = lesson_in(path), lesson_in(copy)
    assert drawn(after) == drawn(before)
    assert after.ids == before.ids
    assert fixing.fixed(copy).diff == []
    assert "becomes wrong" not in "".join(each.message for each in problems_of(after))


@pytest.mark.slow
@BY_NAME
def test_an_inserted_step_makes_no_text_of_ours_wrong(path: Path, tmp_path: Path):
    """Every number is moved by one where the step stands before it, and by none elsewhere; nothing else changes."""
    root = read_document(fixed(path, tmp_path).read_bytes()).root
    assert root is not None
    before = Lesson.model_validate(root.value)
    problems = [each.message for each in problems_of(before)]
    for place in range(len(before.steps) + 1):
        after = Lesson.model_validate(with_step(root.value, place))
        assert [each.message for each in problems_of(after)] == problems
        moved = {i + 1: i + 1 + (i >= place) for i in range(len(before.steps))}
        assert drawn(after) == drawn_with(before, moved)
        for one, other in zip(asked_in(before), asked_in(after), strict=True):
            assert [moved[number] for number in one.steps] == other.steps


def with_step(fields: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the lesson's fields with a step that changes nothing else."""
    variables = fields["variables"]
    more = {**variables, "quite_new": 0} if isinstance(variables, dict) else [*variables, "quite_new"]
    neutral = {"actor": "nobody", "id": "quite-new", "action": "Nobody does anything", "assign": {"quite_new": 1}}
    steps = [*fields["steps"][:place], neutral, *fields["steps"][place:]]
    more_fields = {"actors": [*fields["actors"], "nobody"], "variables": more, "steps": steps}
    if "program" in fields:
        more_fields["program"] = {**fields["program"], "nobody.py": "quite_new = 1\n"}
    return {**fields, **more_fields}


def drawn_with(lesson: Lesson, moved: dict[int, int]) -> list[tuple[object, str]]:
    """Return the texts with other numbers of steps."""

    class Moved(Lesson):
        @property
        def positions(self) -> dict[str, int]:  # type: ignore[override]
            return {id_: moved[number] for number, id_ in enumerate(self.step_ids, 1)}

    fields = {name: getattr(lesson, name) for name in lesson.model_fields_set}
    return drawn(Moved.model_validate(fields))


def asked_in(lesson: Lesson) -> list[Any]:
    return [*lesson.key_moments, *lesson.quiz, *lesson.practice]


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS[:3] + LESSONS[6:8], ids=lambda path: path.stem)
def test_a_play_finds_no_new_problem_after_a_fix_and_an_inserted_step(path: Path, tmp_path: Path):
    copy = fixed(path, tmp_path)
    assert problems_but_of_proof_file(copy) == []
    root = read_document(copy.read_bytes()).root
    assert root is not None
    # Before the first step, a proof that looks for the first empty queue would truly find the inserted step.
    for place in (1, len(root.value["steps"]) // 2, len(root.value["steps"])):
        copy.write_text(json.dumps(with_step(root.value, place)))
        assert problems_but_of_proof_file(copy) == []


UNPROVED = ("its lines are not proved yet; prove them: ", "its project is not proved yet; prove it: ")


def problems_but_of_proof_file(path: Path) -> list[LocatedProblem]:
    """Return the problems but those that a copied program and project, or one with another step, have: no proof."""
    said = [f"{reason}python manage.py lessons prove {path}" for reason in UNPROVED]
    found = proving.check([path], corners.temporary)
    root = read_document(path.read_bytes()).root
    assert root is not None
    has_each = "program" in root.value, "django" in root.value
    missing = [reason for reason, is_there in zip(said, has_each, strict=True) if is_there]
    assert sorted(each.message for each in found if each.message in said) == sorted(missing)
    return [each for each in found if each.message not in said]


IDS = ["push", "pop", "ask"]


@for_each(
    ("written", "wanted"),
    [
        ("step 2", "{step pop}"),
        ("Step 2 pops; step 3 asks.", "{Step pop} pops; {step ask} asks."),
        ("In steps 1 and 2", "In steps {step push} and {step pop}"),
        ("Steps 1-3, steps 1, 2 and 3", "Steps {step push}-{step ask}, steps {step push}, {step pop} and {step ask}"),
        ("step\n2", "step\n{step pop}"),
        ("after step 2.", "after {step pop}."),
        ("step 2's reply", "{step pop}'s reply"),
        *(
            (same, same)
            for same in ("step 4", "steps 1 and 4", "step 2.5", "step 20", "line 2", "2 steps", "footstep 2")
        ),
        *(
            (same, same)
            for same in ("step 2 of the solution", "steps 1 and 2 of this solution", "`step 2`", "step two")
        ),
        *((same, same) for same in ("a step 2 seconds long", "step by step 1", "{step 2}", "```\nstep 2\n```")),
    ],
)
def test_which_numbers_become_names(written: str, wanted: str):
    assert with_names(written, IDS) == wanted
    assert with_names(wanted, IDS) == wanted


HEAD = """\
format: 2
title: x
track: x
actors: [a]
watch: [queue]
steps:
  - {actor: a, action: Push it, command: LPUSH queue a}
  - actor: a # twice
    action: Push it
    command: LPUSH queue b
"""


@pytest.mark.slow
@for_each(
    "written",
    [
        "closing: Step 1 pushes. # a remark\n",
        "closing: 'It''s step 2'\n",
        'closing: "\\u2192 step 2"\n',
        "closing: >-\n  See step\n  2, and steps 1\n  and 2.\n",
        "closing: |\n  Step 1\n\n  ```\n  step 1\n  ```\n",
        "closing: see step 1\n  and then step 2\n",
        "quiz: [{question: After step 2?, choices: {A: Step 1, B: Step 2}, answer: A, steps: [1,2]}]\n",
        (
            "quiz:\n  - question: '?'\n    text: x\n    proof: {after: 2, key: queue, "
            "replace: {1: RPUSH queue a, '2': RPUSH queue b}}\n"
        ),
        (
            "key_moments:\n  - question: In step 1?\n    answer: In {step push-it}, not in step 2.\n"
            "    steps:\n      - 1 # here\n      - 2\n"
        ),
    ],
)
def test_every_way_to_write_a_text_is_fixed(written: str, tmp_path: Path):
    for text in (HEAD + written, (HEAD + written).replace("\n", "\r\n"), "\ufeff" + HEAD + written):
        path = tmp_path / "x.yaml"
        path.write_bytes(text.encode())
        before = lesson_in(path)
        change = fixing.fixed(path)
        assert change.diff
        changes.write(change)
        assert drawn(lesson_in(path)) == drawn(before)
        assert fixing.fixed(path).diff == []
        assert path.read_bytes().count(b"#") == text.count("#")


SCENARIO = """\
quiz:
  - question: What came?
    choices: {A: '1', B: '2', C: '3'}
    answer: B
    proof: {run: [LPUSH queue x, LPUSH queue y, RPOP queue], after: 2, reply: true}
    mistakes:
      A: {text: That is earlier., made_by: {after: 1}}
      C: {text: No., made_by: {run: [LPUSH queue a b c], after: 1}}
"""

OF_STEPS = """\
quiz:
  - question: What is the reply at step 2?
    choices: {A: '1', B: '2', C: '0'}
    answer: B
    proof: {after: 2, reply: true}
    mistakes:
      A: {text: That is earlier., made_by: {after: 1}}
      C: {text: No., made_by: {replace: {1: LLEN queue, "2": LLEN queue}}}
"""


def test_numbers_of_a_scenarios_lines_stay(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + SCENARIO)
    assert [each for each in proving.check([path], corners.temporary) if each.is_error] == []
    assert fixing.fixed(path).diff == []


def test_what_makes_a_wrong_choice_names_its_steps(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + OF_STEPS)
    changes.write(fixing.fixed(path))
    text = path.read_text()
    assert "made_by: {after: push-it}" in text
    assert "made_by: {replace: {push-it: LLEN queue, push-it-2: LLEN queue}}" in text
    # A step that is inserted moves all of them alike.
    before = lesson_in(path).quiz[0]
    path.write_text(text.replace("steps:\n", "steps:\n  - {actor: a, action: Nothing, wait: 1}\n", 1))
    after = lesson_in(path).quiz[0]
    assert (after.proof.after, after.makers["A"].after) == (before.proof.after + 1, before.makers["A"].after + 1)
    assert list(after.makers["C"].replace) == [number + 1 for number in before.makers["C"].replace]


def test_a_file_with_errors_is_left_alone(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + "closin: step 1\n")
    with pytest.raises(fixing.NotFixed, match="unknown field 'closin'"):
        fixing.fixed(path)
