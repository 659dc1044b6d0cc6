"""The addresses of Redis and of the database, read from the environment and checked."""
