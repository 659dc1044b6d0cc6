"""The turn at a run: one press at a time may take its next step, in whichever process and on whichever machine.

SQLite has one lock for the whole database, which no step may hold while it waits for Redis. There the turn is a lock on
a byte of a file (tutor/databases/sqlite/run_locks.py), and the row is stored by one statement. PostgreSQL locks the
run's row: one round trip begins the transaction, takes the lock and reads, another one stores and commits.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple, Protocol, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections, transaction

from tutor.models import sql_key

SqlStatement = tuple[str, Sequence[Any]]
"""SQL, and its parameters."""


class RunPlace(NamedTuple):
    """Where a run is: its slug, the digest of its text, and the record of its last entry, None before the first."""

    slug: str
    text_id: str
    record: str | None


class StepTurn(Protocol):
    """The turn at one run. `place`: None if the learner has no such run."""

    place: RunPlace | None

    def store(self, statements: Sequence[SqlStatement]) -> None:
        """Run the statements, all or none of them, and end the turn's transaction. Raises: DatabaseError."""
        ...


def turn_at(learner: UUID, run_id: UUID) -> AbstractContextManager[StepTurn]:
    """Wait for the turn at the learner's run and hold it for the block. Raises: OperationalError, TooBusy."""
    own = connections[DEFAULT_DB_ALIAS]  # the name `connection` looks it up at each attribute
    if own.in_atomic_block:
        return _within_transaction(learner, run_id)
    if own.vendor == "postgresql":
        return _on_server(learner, run_id)
    from tutor.databases.sqlite import run_locks  # not on a machine without fcntl

    database = str(own.settings_dict["NAME"])
    if not run_locks.can_lock(database):
        return _in_transaction(learner, run_id)
    return _beside_database(run_locks.held(database, run_id.int), learner, run_id)


_LOCK = "SELECT id FROM tutor_run WHERE id = %s FOR UPDATE"

_WHERE_IT_IS = """
    SELECT run.slug, run.text_id, entry.record
    FROM tutor_run run LEFT JOIN tutor_entry entry ON entry.run_id = run.id
    WHERE run.id = %s AND run.learner = %s
    ORDER BY entry.position DESC LIMIT 1
"""


class _Simple:
    """A turn whose statements run one after the other in a transaction."""

    def __init__(self, place: RunPlace | None) -> None:
        self.place = place

    def store(self, statements: Sequence[SqlStatement]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for query, params in statements:
                cursor.execute(query, params)


def store_alone(query: str, params: Sequence[Any]) -> None:
    """Store one row, which needs no transaction around it. Raises: DatabaseError."""
    own = connections[DEFAULT_DB_ALIAS]
    if own.in_atomic_block:
        _Simple(None).store([(query, params)])
    elif own.vendor == "sqlite":
        cast(Any, own).write_alone(query, params)
    else:
        with own.cursor() as cursor:
            cursor.execute(query, params)


@contextmanager
def _within_transaction(learner: UUID, run_id: UUID) -> Iterator[StepTurn]:
    """Hold the turn until the end of the transaction that is under way."""
    with connection.cursor() as cursor:
        if connection.features.has_select_for_update:
            cursor.execute(_LOCK, [sql_key(run_id)])
        cursor.execute(_WHERE_IT_IS, [sql_key(run_id), sql_key(learner)])
        place = _place(cursor.fetchone())
    yield _Simple(place)


@contextmanager
def _in_transaction(learner: UUID, run_id: UUID) -> Iterator[StepTurn]:
    with transaction.atomic(), _within_transaction(learner, run_id) as turn:
        yield turn


class _BesideDatabase(_Simple):
    """A turn on SQLite; a single statement is a transaction of its own."""

    def store(self, statements: Sequence[SqlStatement]) -> None:
        if len(statements) > 1:
            super().store(statements)
        else:
            store_alone(*statements[0])


@contextmanager
def _beside_database(lock: AbstractContextManager[None], learner: UUID, run_id: UUID) -> Iterator[StepTurn]:
    with lock:
        # Nothing may run in Redis while the database is locked for long or can't be written.
        row = cast(Any, connection).first_row_if_writable(_WHERE_IT_IS, [sql_key(run_id), sql_key(learner)])
        yield _BesideDatabase(_place(row))


class _OnServer:
    """A turn on PostgreSQL, within a transaction that only the server knows of."""

    def __init__(self, learner: UUID, run_id: UUID) -> None:
        # Three statements, one round trip. The read is a statement of its own: one that waited for the lock itself
        # would not see rows stored meanwhile.
        key = sql_key(run_id)
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN; {_LOCK}; {_WHERE_IT_IS}", [key, key, sql_key(learner)])
            cursor.nextset()
            cursor.nextset()
            self.place = _place(cursor.fetchone())
        self.is_open = True

    def store(self, statements: Sequence[SqlStatement]) -> None:
        query = "; ".join([*(query for query, _ in statements), "COMMIT"])
        with connection.cursor() as cursor:
            cursor.execute(query, [each for _, params in statements for each in params])
        self.is_open = False

    def leave(self) -> None:
        """End the transaction without storing anything."""
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


@contextmanager
def _on_server(learner: UUID, run_id: UUID) -> Iterator[StepTurn]:
    with _closed_after_faults():
        # It may also fail because too many wait: then there is no turn to leave.
        turn = _OnServer(learner, run_id)
        try:
            yield turn
        except DatabaseError:
            raise
        except BaseException:
            with suppress(DatabaseError, InterfaceError):
                turn.leave()
            raise
        if turn.is_open:
            turn.leave()


@contextmanager
def _closed_after_faults() -> Iterator[None]:
    """Close the connection after a fault of the database: the transaction may be aborted, or nobody may be there."""
    try:
        yield
    except (DatabaseError, InterfaceError):
        connection.close()
        raise


def _place(row: Sequence[str] | None) -> RunPlace | None:
    return None if row is None else RunPlace(*row)
