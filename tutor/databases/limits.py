"""Limits of the databases that the settings name too, apart from Django's backends, which read the settings."""

BUSY_SECONDS = 2.0
"""How long SQLite waits for another process's transaction, at most."""
