"""Lesson files as text: YAML read with every place, changed without touching the rest, written whole."""
