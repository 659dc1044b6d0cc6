"""Django's backend for PostgreSQL with bounded waits and connections that go from request to request."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from tutor.databases.postgresql.connections import BoundedConnection, idle
from tutor.waiting import places
from tutor.waiting.budget import current


class DatabaseWrapper(base.DatabaseWrapper):
    """Take a place for the request before its first statement, and give the connection back at its end."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that an earlier request left, else a new one. Raises: TooBusy."""
        budget = current()
        if budget is None:
            return self._bounded_connection(conn_params)
        places.take()
        budget.then.append(self._give_back)
        if kept := idle.take():
            connection, self.close_at = kept
            return connection
        return self._bounded_connection(conn_params)

    def _bounded_connection(self, conn_params: dict[str, Any]) -> Any:
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        return BoundedConnection.connect(**conn_params)

    def _cursor(self, name: str | None = None) -> Any:
        places.take()
        return super()._cursor(name)  # type: ignore[misc]

    def _give_back(self) -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        is_clean = not self.in_atomic_block and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if is_clean and not self.errors_occurred:
            idle.put(connection, self.close_at)
        else:
            connection.close()
