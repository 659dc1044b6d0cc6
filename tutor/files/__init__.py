"""Lesson files as text: YAML read with the place of every word, changed without touching the rest, and written whole."""
