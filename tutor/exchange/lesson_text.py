"""Appending questions to the YAML text of a lesson without changing any other byte."""

from collections.abc import Iterable, Mapping, Sequence

from tutor import library
from tutor.assessment.questions import Part
from tutor.engine.errors import TutorError
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import FIRST_FIELDS
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.replies import Json
from tutor.files.yaml_reader import Document, read_document
from tutor.files.yaml_writer import with_items


class NotAdded(TutorError):
    """The questions can't be added to the text; the message says why."""


def with_questions(text: str, questions: Iterable[QuestionFields], part: Part = "quiz") -> str:
    """Return a lesson's text with `questions` at the end of its quiz, or of its practice.

    A practice task needs a worked solution: if a question has none, its explanation becomes the solution. An id that
    the lesson already uses is left out.
    Raises: NotAdded.
    """
    items = _with_free_ids([_written(question, part) for question in questions], text)
    before = read_document(text)
    if before.root is None or not isinstance(before.root.value, dict):
        raise NotAdded("The lesson can't be read; check it first.")
    wanted = before.root.value | {part: [*(before.root.value.get(part) or []), *items]}
    return _checked(_with_items(text, part, items), before, wanted, part) if items else text


def _with_items(text: str, part: Part, items: Sequence[Mapping[str, Json]]) -> str:
    """Return the text with the items, "" if they can't be added; a byte order mark stays at its start."""
    bare = text.removeprefix("\ufeff")
    try:
        return text.removesuffix(bare) + with_items(bare, part, items)
    except ValueError:
        return ""


def _checked(after: str, before: Document, wanted: Json, part: Part) -> str:
    """Return the text if it reads as wanted: authors write YAML in ways that the writer may not expect."""
    read = read_document(after)
    if read.root is None or read.problems != before.problems or not is_same(wanted, read.root.value):
        reason = read.problems[0].message if read.problems and after else "it is written in an unusual way"
        raise NotAdded(f"The questions can't be put into the lesson's {part}: {reason}.")
    return after


def _with_free_ids(items: Sequence[Mapping[str, Json]], text: str) -> list[Mapping[str, Json]]:
    lesson = library.read_stored(text)
    taken: set[Json] = {*lesson.ids} if lesson else set()
    found: list[Mapping[str, Json]] = []
    for item in items:
        id_ = item.get("id")
        found.append({name: value for name, value in item.items() if name != "id" or id_ not in taken})
        taken.add(id_)
    return found


def _written(question: QuestionFields, part: Part) -> Mapping[str, Json]:
    fields = question.model_dump(mode="json", exclude_unset=True)
    if part == "practice" and question.solution is None and question.explanation.strip():
        fields["solution"] = _solution(question)
        del fields["explanation"]
    return {name: fields[name] for name in _ordered(list(fields))}


def _solution(question: QuestionFields) -> dict[str, Json]:
    return {"steps": [question.explanation], "answer": question.key_text}


def _ordered(names: Sequence[str]) -> list[str]:
    return [*(name for name in FIRST_FIELDS if name in names), *(name for name in names if name not in FIRST_FIELDS)]
