"""What the database keeps: lesson texts, runs and the entries of their traces."""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class LessonText(models.Model):
    """One distinct text of a lesson, stored once: a run keeps the text it began with, whatever happens to the file."""

    digest = models.CharField(primary_key=True, max_length=64)
    source = models.TextField()
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
    """One step of a run as it happened; its trace entry is `record`, as TraceEntry.as_json gives it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    record = models.JSONField()
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # The claim on a position: whoever stores it first has taken the step.
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "position"], name="one_entry_a_position")]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.run_id} step {self.position}"
