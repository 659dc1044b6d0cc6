"""The stored predictions of a run, in plain SQL: the ORM takes ten times as long to build such statements."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tutor.models import sql_key, sql_now
from tutor.quotas.meter import note_stored
from tutor.turns import SqlStatement


@dataclass(frozen=True, slots=True)
class PredictionScore:
    """The numbers of right, wrong and skipped predictions of a run."""

    right: int
    wrong: int
    skipped: int

    @property
    def guessed(self) -> int:
        """The number of predicted steps, right or wrong."""
        return self.right + self.wrong


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """The prediction of one step: no guess and no verdict if it was skipped, and the learner's reason, "" for none."""

    guess: str | None
    is_right: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PredictionTally:
    """The score of a run, and its prediction of one step, None if there is none."""

    score: PredictionScore
    here: StoredPrediction | None


NOTHING = PredictionTally(PredictionScore(0, 0, 0), None)
"""The tally of a run that has not begun."""

_TALLY = """
    SELECT score.*, here.id, here.guess, here.is_right, here.reason FROM (
        SELECT COUNT(CASE WHEN is_right THEN 1 END) AS rights, COUNT(CASE WHEN NOT is_right THEN 1 END) AS wrongs,
            COUNT(CASE WHEN is_right IS NULL THEN 1 END) AS skips
        FROM tutor_prediction WHERE run_id = %s
    ) score LEFT JOIN tutor_prediction here ON here.run_id = %s AND here.position = %s
"""

_STORE = """
    INSERT INTO tutor_prediction (run_id, position, step, asked, guess, is_right, reason, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, '', %s)
"""


def tally(run_id: UUID, position: int) -> PredictionTally:
    """Return the run's score and its prediction of step `position`, in one query."""
    key = sql_key(run_id)
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [key, key, position])
        right, wrong, skipped, id_, guess, is_right, reason = cursor.fetchone()
    here = None
    if id_ is not None:
        # SQLite has no type for true and false.
        verdict = None if is_right is None else bool(is_right)
        here = StoredPrediction(None if guess is None else json.loads(guess), verdict, reason)
    return PredictionTally(PredictionScore(right, wrong, skipped), here)


def storing(run_id: UUID, position: int, step: str, asked: str, made: StoredPrediction) -> SqlStatement:
    """Return the statement that stores the prediction of a step; `step` is the step's id."""
    guess = None if made.guess is None else json.dumps(made.guess)
    note_stored(made.guess or "")
    # 80: the length of the column
    return _STORE, [sql_key(run_id), position, step, asked[:80], guess, made.is_right, sql_now()]
