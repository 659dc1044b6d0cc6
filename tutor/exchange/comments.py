"""Questions in comments of exported files, from which our own import restores a question completely.

Only our own import reads them, and compares them with the file: see incoming.py. Base64 has no special character in
XML, in GIFT or for Moodle, which looks for tags in comments.
"""

import binascii
import json
from base64 import b64decode, b64encode

from pydantic import TypeAdapter, ValidationError

from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import Question

MARK = "redis-tutor:"
"""The beginning of the comment."""

LONGEST = 200_000
"""Maximum length of a comment that is read."""

QUESTION: TypeAdapter[QuestionFields] = TypeAdapter(Question)


def packed(question: QuestionFields) -> str:
    """Return the question as text for a comment: as its author wrote it, and as the file has it if that differs."""
    fields = question.written.model_dump(mode="json", exclude_unset=True)
    if question.written is not question:
        fields["told"] = question.model_dump(mode="json", exclude_unset=True)
    written = json.dumps(fields)
    return b64encode(written.encode("ascii")).decode("ascii")


def unpacked(text: str) -> QuestionFields | None:
    """Return the question in a comment as the file has it, None if there is no valid one. Never raises.

    Its `source` is as the author wrote it.
    """
    if not 0 < len(text) <= LONGEST:
        return None
    try:
        fields = json.loads(b64decode(text, validate=True))
        told = fields.pop("told", None)
        written = QUESTION.validate_python(fields)
        return written if told is None else written.rendered(told)
    except (AttributeError, TypeError, binascii.Error, UnicodeDecodeError, ValidationError, ValueError, RecursionError):
        return None


def in_comment(comment: str) -> str:
    """Return the packed question of a comment, "" if it holds none."""
    text = comment.strip()
    return text.removeprefix(MARK).strip() if text.startswith(MARK) else ""
