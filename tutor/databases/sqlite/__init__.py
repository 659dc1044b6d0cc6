"""SQLite: a queue for writers, and checkpoints in the background."""
