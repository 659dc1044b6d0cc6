"""A question as a comment of an exported file, so that importing the file gives back all of it, not what is left.

Only our own import reads it, and only to compare: see `incoming.py`. Base64 has no sign that means anything in XML,
in GIFT or to Moodle, which looks for tags in comments.
"""

import binascii
import json
from base64 import b64decode, b64encode

from pydantic import TypeAdapter, ValidationError

from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import Question

MARK = "redis-tutor:"
"""What the comment begins with."""

LONGEST = 200_000
"""Characters of a comment that is read."""

QUESTION: TypeAdapter[QuestionFields] = TypeAdapter(Question)


def packed(question: QuestionFields) -> str:
    """Return what the author wrote, as text for a comment."""
    written = json.dumps(question.model_dump(mode="json", exclude_unset=True))
    return b64encode(written.encode("ascii")).decode("ascii")


def unpacked(text: str) -> QuestionFields | None:
    """Return the question in a comment, None if there is none that could stand in a lesson. Never raises."""
    if not 0 < len(text) <= LONGEST:
        return None
    try:
        return QUESTION.validate_python(json.loads(b64decode(text, validate=True)))
    except (binascii.Error, UnicodeDecodeError, ValidationError, ValueError, RecursionError):
        return None


def in_comment(comment: str) -> str:
    """Return the packed question of a comment, "" if it holds none."""
    text = comment.strip()
    return text.removeprefix(MARK).strip() if text.startswith(MARK) else ""
