"""Lesson files as text: YAML parsed with positions, edited in place, and written atomically."""
