"""The kinds of question, one module each, and their registry KINDS, the only place that lists them.

To add a kind: write its class in a module here, add it to KINDS, and write its fragment in templates/quizzes/.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from tutor.engine.lesson.questions.interactions import Interaction
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz.choice import ChoiceQuestion
from tutor.engine.lesson.questions.quiz.choices import WithChoices
from tutor.engine.lesson.questions.quiz.number import NumberQuestion
from tutor.engine.lesson.questions.quiz.order import OrderQuestion
from tutor.engine.lesson.questions.quiz.several import SeveralQuestion
from tutor.engine.lesson.questions.quiz.state import StateQuestion
from tutor.engine.lesson.questions.quiz.text import TextQuestion

__all__ = [
    "FIRST_FIELDS",
    "KINDS",
    "KIND_FIELDS",
    "QUESTION_KINDS",
    "ChoiceQuestion",
    "NumberQuestion",
    "OrderQuestion",
    "Question",
    "SeveralQuestion",
    "StateQuestion",
    "TextQuestion",
    "WithChoices",
    "kind_of",
    "question_fields",
]

KINDS: tuple[type[QuestionFields], ...] = (
    ChoiceQuestion,
    SeveralQuestion,
    TextQuestion,
    NumberQuestion,
    OrderQuestion,
    StateQuestion,
)
"""All kinds. If several suit an imported question or one drawn from a trace, the first one is used."""

DEFAULT: type[QuestionFields] = ChoiceQuestion
"""The kind of a question with choices but no key; its own key counts only where a question has no other."""

QUESTION_KINDS: Mapping[str, type[QuestionFields]] = {each.kind: each for each in KINDS}

KIND_FIELDS: tuple[str, ...] = ("choices", *(each.key_field for each in KINDS))
"""The fields that determine a question's kind."""

_with_choices = " or ".join(each.key_field for each in KINDS if issubclass(each, WithChoices))
_without = [each.key_field for each in KINDS if not issubclass(each, WithChoices)]
_NO_KEY = f"a question needs its key: {', '.join([f'choices with {_with_choices}', *_without[:-1]])} or {_without[-1]}"

_own_fields = (name for each in KINDS for name in each.model_fields if name not in QuestionFields.model_fields)
FIRST_FIELDS = ("question", "id", *dict.fromkeys(_own_fields))
"""The fields that a written question begins with, in this order: its text, its options and its key."""


def kind_of(question: Any) -> str | None:
    """Return the kind of a question in a file by the field that holds its key; None if it has no key."""
    if isinstance(question, QuestionFields):
        return question.kind
    if not isinstance(question, dict):
        return None
    keyed = (each.kind for each in KINDS if each is not DEFAULT and each.key_field in question)
    return next(keyed, DEFAULT.kind if {"choices", DEFAULT.key_field} & question.keys() else None)


def question_fields(interaction: Interaction, preferred: str = "") -> dict[str, Any]:
    """Return the key and the options of a question answered this way, of the preferred kind if possible.

    Return no fields if no kind is answered this way.
    """
    kinds = sorted(KINDS, key=lambda each: each.kind != preferred)
    return next((fields for each in kinds if (fields := each.fields_of(interaction))), {})


if TYPE_CHECKING:
    Question = QuestionFields
else:
    Question = Annotated[
        Union[tuple(Annotated[each, Tag(each.kind)] for each in KINDS)],  # noqa: UP007 - made of the registry
        Discriminator(kind_of, custom_error_type="question_kind", custom_error_message=_NO_KEY),
    ]
