"""Databases of earlier versions: their contents, loaded into a database migrated to their version.

`0004.json` was written by the version whose last migration is 0004, through its own pages. Learners 1 (Ali), 2 (Mal)
and 3 (Ben) are in it, and one with a random id who did nothing but ask for a hint. The lesson `old` had two texts, the
second with a step and a question before the first ones.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ALI, MAL, BEN = (UUID(int=number) for number in (1, 2, 3))
FOLDER = Path(__file__).parent

MODELS = (
    "LessonText Run Entry Attempt Help Prediction Sitting SittingAnswer Draft Revision Publication WorkingCopy"
).split()


def stored(version: str) -> dict[str, list[dict[str, Any]]]:
    """Return the contents of a database of that version, by model."""
    return json.loads((FOLDER / f"{version}.json").read_text())


def texts_of(version: str) -> dict[str, str]:
    """Return the lesson texts of that version by digest."""
    return {row["digest"]: row["source"] for row in stored(version)["LessonText"]}


@contextmanager
def database_of(version: str, migration: str) -> Iterator[None]:
    """Take the tables back to a migration, fill them with what that version held, and migrate to the newest.

    At the end the tables are empty.
    """
    migrate(migration)
    try:
        _fill(apps_at(migration), stored(version))
        migrate(None)
        yield
    finally:
        migrate(None)
        call_command("flush", verbosity=0, interactive=False)


def migrate(migration: str | None) -> None:
    executor = MigrationExecutor(connection)
    newest = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] == "tutor"]
    executor.migrate([("tutor", migration)] if migration else newest)


def apps_at(migration: str) -> Apps:
    return MigrationExecutor(connection).loader.project_state([("tutor", migration)]).apps


def _fill(apps: Apps, rows: dict[str, list[dict[str, Any]]]) -> None:
    apps.get_model("auth", "User").objects.create(pk=1, username="ins")
    for name in MODELS:
        model = apps.get_model("tutor", name)
        made = []
        for row in rows[name]:
            fields = {field.attname: field for field in model._meta.concrete_fields}
            # JSON is kept as it is; dates and ids are made of their texts.
            plain = {name: value for name, value in row.items() if isinstance(value, dict | list)}
            made.append(model(**{name: fields[name].to_python(value) for name, value in row.items()} | plain))
        model.objects.bulk_create(made)
    models = [apps.get_model("tutor", name) for name in MODELS] + [apps.get_model("auth", "User")]
    with connection.cursor() as cursor:
        # PostgreSQL counts on from where its own rows ended, and these were given their numbers.
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
