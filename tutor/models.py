"""Database models: lesson texts, runs and their entries, answers, and the drafts of the Studio."""

import json
from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils import timezone

from tutor.engine.values.replies import Json


class JsonText(models.TextField):  # type: ignore[type-arg]  # Django's classes take no arguments at run time
    """JSON kept as text: PostgreSQL's jsonb would sort a mapping's names, and refuse a NUL in a text."""

    _pyi_private_get_type: Json  # the attribute's type for django-stubs

    def get_prep_value(self, value: Json) -> str:
        """Return the value as stored."""
        return json.dumps(value)

    def from_db_value(self, stored: str | None, *_: object) -> Json:
        """Return the stored value."""
        return None if stored is None else json.loads(stored)


class ProofText(models.Model):
    """One distinct text of a proof file, stored once."""

    digest = models.CharField(primary_key=True, max_length=64)
    source = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]


class LessonText(models.Model):
    """One distinct text of a lesson, stored once; a run keeps the text it began with when the file changes.

    `proof`: the proof of its program, None if none was known whenever it was stored.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    source = models.TextField()
    proof = models.ForeignKey(ProofText, on_delete=models.PROTECT, null=True, related_name="+")
    stored_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]


class Run(models.Model):
    """A learner's walk through a lesson; their first is number 1, and a restart begins the next number."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    learner = models.UUIDField()
    slug = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    text = models.ForeignKey(LessonText, on_delete=models.PROTECT)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["learner", "slug", "number"], name="one_run_a_number")]

    def __str__(self) -> str:
        return f"{self.slug} #{self.number}"


class Entry(models.Model):
    """One recorded step of a run; `record` is its trace entry in the form of TraceEntry.as_json."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    record = JsonText()
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # Claims the position: the first request to store it has taken the step.
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "position"], name="one_entry_a_position")]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.run_id} step {self.position}"


class Attempt(models.Model):
    """One answer of a learner to a question of the quiz or the practice, marked once and never changed.

    `question` is the question's id and `meaning` a digest of its key; the answer counts under another text of the
    lesson if both are the same. `text` is the text at the time of the answer.
    """

    learner = models.UUIDField()
    slug = models.CharField(max_length=80)
    text = models.ForeignKey(LessonText, on_delete=models.PROTECT)
    question = models.CharField(max_length=80)
    meaning = models.CharField(max_length=16, blank=True)
    number = models.PositiveIntegerField()
    answer = models.JSONField()
    score = models.FloatField()
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # Claims the attempt: a double click finds the one stored first.
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["learner", "slug", "question", "meaning", "number"], name="one_attempt_a_number"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["learner", "slug"], name="attempts_of_learner")]

    def __str__(self) -> str:
        return f"{self.slug} {self.question} #{self.number}"


class Help(models.Model):
    """A hint, a worked solution or a proof that a learner asked to see, of a question as attempts name it."""

    learner = models.UUIDField()
    slug = models.CharField(max_length=80, blank=True)
    text = models.ForeignKey(LessonText, on_delete=models.PROTECT)
    question = models.CharField(max_length=80)
    meaning = models.CharField(max_length=16, blank=True)
    kind = models.CharField(max_length=10, choices=[("hint", "hint"), ("solution", "solution"), ("proof", "proof")])
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["learner", "slug", "text", "question", "kind"], name="one_help_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.question}"


class Prediction(models.Model):
    """A learner's prediction of a step before it ran; a skipped one has no guess.

    `step` is the step's id, `position` its number in the text of the run.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="predictions")
    position = models.PositiveIntegerField()
    step = models.CharField(max_length=80, blank=True)
    asked = models.CharField(max_length=80)
    guess = models.JSONField(null=True)
    is_right = models.BooleanField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "position"], name="one_prediction_a_position")]

    def __str__(self) -> str:
        return f"{self.run_id} step {self.position}"


class Sitting(models.Model):
    """One test of a learner on a lesson: the questions drawn for it, resumable until it is finished."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    learner = models.UUIDField()
    slug = models.CharField(max_length=80)
    text = models.ForeignKey(LessonText, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()
    # The choices of a question drawn from a trace can contain any byte, including NUL.
    drawn = JsonText()
    one_at_a_time = models.BooleanField(default=False)
    score = models.FloatField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["learner", "slug", "number"], name="one_sitting_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.slug} test #{self.number}"


class SittingAnswer(models.Model):
    """The answer to one question of a test, marked when it is given."""

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="answers")
    place = models.PositiveIntegerField()
    answer = models.JSONField()
    score = models.FloatField()
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["sitting", "place"], name="one_answer_a_place")]

    def __str__(self) -> str:
        return f"{self.sitting_id} question {self.place}"


class Draft(models.Model):
    """A lesson that is written in the Studio, under its slug; its texts are its revisions."""

    slug = models.SlugField(max_length=60, unique=True)
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        permissions: ClassVar = [("write_lessons", "Can write and publish lessons in the Studio")]

    def __str__(self) -> str:
        return self.slug


class Revision(models.Model):
    """One saved text of a draft, numbered from 1 and never changed; line ends and all are as they were saved."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # Claims the number: of two instructors who save at once, the second gets a conflict to resolve.
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "number"], name="one_revision_a_number")]

    def __str__(self) -> str:
        return f"{self.draft_id} revision {self.number}"


class Publication(models.Model):
    """A revision that is or was published; at most one of a draft is not withdrawn."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="publications")
    revision = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="+")
    text = models.ForeignKey(LessonText, on_delete=models.PROTECT, related_name="+")
    publisher = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["draft"], condition=models.Q(withdrawn_at=None), name="one_publication_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} published"


class WorkingCopy(models.Model):
    """An instructor's unsaved text of a draft; `base` is the number of the revision that it began from.

    `sound_source` is its latest version that could be played, "" if there was none; the preview shows that one.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="working_copies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    base = models.PositiveIntegerField()
    source = models.TextField()
    sound_source = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "author"], name="one_working_copy_an_author")]

    def __str__(self) -> str:
        return f"{self.draft_id} as {self.author_id} has it"


class LoginGuesses(models.Model):
    """How many wrong passwords were typed for one name, browser or network until `ends_at`; `who` is its digest."""

    who = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"


class Pulse(models.Model):
    """The one row that health checks write, to find out whether the database takes writes; seconds since 1970."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"written at {self.at}"


def sql_key(id_: UUID) -> UUID | str:
    """Return an id as a parameter of our own SQL; a database without a UUID type stores the hex digits."""
    # Several times at each step. The name `connection` is looked up anew at each of its attributes.
    return id_ if connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field else id_.hex


def sql_now() -> Any:
    """Return the time as a parameter of our own SQL."""
    return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(timezone.now())


def rows_of(statement: str, learner: UUID, slugs: Collection[str]) -> list[tuple[Any, ...]]:
    """Return the rows of our own SQL about a learner's lessons; `{slugs}` in it becomes a list of parameters."""
    if not slugs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(slugs=", ".join(["%s"] * len(slugs))), [sql_key(learner), *slugs])
        return list(cursor.fetchall())


class ReferencePlay(models.Model):
    """The values of a play that a lesson's prose names, so that pages show them without Redis.

    `digest` names what was played and which values are meant; `values` are in the form of
    engine/checking/reference_values.py: as_json.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    values = JsonText()
    played_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]


class KeptPlay(models.Model):
    """A whole play of a lesson, so that strangers see its steps without Redis.

    `digest` names what was played; `entries` are in the form of engine/trace/reference_play.py.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    entries = JsonText()
    played_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]


class ShownResult(models.Model):
    """A learner's link that shows others what they did in one lesson; revoking it removes the row."""

    token = models.CharField(primary_key=True, max_length=43)
    learner = models.UUIDField()
    slug = models.CharField(max_length=80)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["learner", "slug"], name="one_shown_result_a_lesson")]

    def __str__(self) -> str:
        return self.slug
