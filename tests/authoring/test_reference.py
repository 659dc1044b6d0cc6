"""The reference in docs/authoring.md: each example is checked as its text says, and every field has one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.lessons import but_unused
from tests.tables import for_each
from tutor.authoring import proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Role
from tutor.engine.lesson.questions.difficulty import DIFFICULTIES
from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.engine.redis.table import KeyType
from tutor.files.yaml_reader import read_document
from tutor.library import read
from tutor.ports.corners import temporary

GUIDE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
SECTIONS = {section.split("\n", 1)[0]: section for section in GUIDE.split("\n## ")}
REFERENCE = ("The lesson's fields", "Steps", "Claims", "Actors that wait", "Questions", "Proofs")
PARTS = [part for name in REFERENCE for part in re.split(r"^### ", SECTIONS[name], flags=re.MULTILINE)]


def blocks_in(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


(SMALLEST,) = blocks_in(SECTIONS["The smallest lesson"])
EXAMPLES = [(part.split("\n", 1)[0], block) for part in PARTS for block in blocks_in(part)]


def values_in(text: str) -> Any:
    document = read_document(text)
    assert document.root is not None, document.problems
    return document.root.value


def put_into_its_place(example: str) -> str:
    """Return the smallest lesson with the example in it, as the reference says where."""
    lesson, value = values_in(SMALLEST), values_in(example)
    if isinstance(value, dict):
        return json.dumps({**lesson, **value}, ensure_ascii=False)
    for entry in value:
        place = "steps" if "actor" in entry else "practice" if "solution" in entry else "quiz"
        lesson.setdefault(place, []).append(entry)
    return json.dumps(lesson, ensure_ascii=False)


LESSONS = [(heading, put_into_its_place(example)) for heading, example in EXAMPLES]


@pytest.mark.slow
@for_each(("heading", "text"), LESSONS)
def test_an_example_has_no_problems(heading: str, text: str, tmp_path: Path):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    # An example of a program has no proof file beside it.
    assert [
        said for said in but_unused(map(str, proving.check([file], temporary))) if "lessons prove" not in said
    ] == []


def given_in(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """Yield each field that is given in a lesson, as `Model.field`, with its value."""
    for name in model.model_fields_set:
        owner = next(base for base in reversed(type(model).__mro__) if name in getattr(base, "model_fields", {}))
        value = getattr(model, name)
        yield f"{owner.__name__}.{name}", value
        entries = value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]
        for entry in entries:
            if isinstance(entry, BaseModel):
                yield from given_in(entry)


GIVEN = [pair for _, text in LESSONS if (lesson := read(text, "x.yaml").lesson) for pair in given_in(lesson)]


def models_under(model: Any) -> Iterator[type[BaseModel]]:
    """Yield all models that a lesson file can hold."""
    for part in (model, *get_args(model)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part
            for field in part.model_fields.values():
                yield from models_under(field.annotation)
        elif part is not model:
            yield from models_under(part)


MODELS = {*models_under(Lesson), *STEP_KINDS.values(), *QUESTION_KINDS.values()}
FIELDS = {
    f"{next(base for base in reversed(model.__mro__) if name in getattr(base, 'model_fields', {})).__name__}.{name}"
    for model in MODELS
    for name in model.model_fields
}


def test_there_are_fields_of_every_kind_to_look_for():
    names = {
        "Actor",
        "AssignStep",
        "Choice",
        "First",
        "Flow",
        "KeyMoment",
        "OrderQuestion",
        "Proof",
        "Sample",
        "Solution",
    }
    assert names <= {model.__name__ for model in MODELS}


@for_each("field", sorted(FIELDS))
def test_every_field_has_an_example(field: str):
    assert field in {name for name, _ in GIVEN}


@for_each("field", sorted(FIELDS))
def test_every_field_has_a_description(field: str):
    prose = re.sub(r"^```.*?^```$", "", "".join(PARTS), flags=re.DOTALL | re.MULTILINE)
    assert re.search(rf"`{field.split('.')[1]}\b", prose)


@for_each(
    ("field", "values"),
    [
        ("Lesson.level", ["intermediate"]),
        ("Actor.role", list(get_args(Role))),
        ("SeveralQuestion.credit", list(Credit)),
        ("QuestionFields.difficulty", [DIFFICULTIES[1], DIFFICULTIES[2]]),
        ("WithChoices.choices", []),
    ],
)
def test_what_a_field_can_say_has_an_example(field: str, values: list[object]):
    said = [value for name, value in GIVEN if name == field]
    assert said
    assert all(value in said for value in values)


def test_every_type_of_key_is_watched_in_an_example():
    watched = [value for name, value in GIVEN if name == "Lesson.watch" and isinstance(value, dict)]
    assert {type_ for value in watched for type_ in value.values()} == set(get_args(KeyType))


@for_each(
    "field",
    [
        *("Lesson.actors Lesson.watch Lesson.variables CommandStep.command CommandStep.pick".split()),
        *("QuestionFields.mistakes WithChoices.choices".split()),
    ],
)
def test_both_ways_of_writing_a_field_have_an_example(field: str):
    values = [value for name, value in GIVEN if name == field]
    entries = (
        [entry for value in values for entry in (value.values() if field.endswith("choices") else value)]
        if (field in ("Lesson.actors", "WithChoices.choices"))
        else values
    )
    assert len({type(entry) for entry in entries}) >= 2
