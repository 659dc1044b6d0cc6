"""PostgreSQL, also behind PgBouncer."""
