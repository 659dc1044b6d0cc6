"""The fields that can be at a place in a lesson."""

from tests.tables import for_each
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS
from tutor.engine.lesson.steps.kinds import STEP_KINDS
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
