"""The fields that can be at a place in a lesson."""

from tests.tables import for_each
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.files import schema_errors
from tutor.files.schema_paths import fields_at


@for_each(
    "name, kinds",
    [("steps", STEP_KINDS), ("quiz", QUESTION_KINDS), ("practice", QUESTION_KINDS)],
)
def test_an_entry_that_names_no_kind_can_have_the_fields_of_every_kind(name, kinds):
    fields = {field for model in kinds.values() for field in model.model_fields}
    assert set(fields_at((name, 0))) == fields


def test_an_entry_that_names_its_kind_has_the_fields_of_that_kind():
    assert set(fields_at(("steps", 0, "print"))) == set(STEP_KINDS["print"].model_fields)


def patterns_in(schema: object) -> set[str]:
    """Return the patterns of all texts in a JSON Schema."""
    if isinstance(schema, list):
        return set().union(*map(patterns_in, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    keys = set(schema.get("patternProperties", {}))
    return own.union(keys, *map(patterns_in, schema.values()))


def test_every_pattern_of_the_schema_can_be_said_in_words():
    assert patterns_in(Lesson.model_json_schema()) - schema_errors._PATTERNS.keys() == set()
