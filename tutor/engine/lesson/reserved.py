"""Files beside the lessons that are no lessons, by their names."""

CONCEPTS_FILE = "concepts.yaml"
GLOSSARY_FILE = "glossary.yaml"

NOT_LESSONS = frozenset({CONCEPTS_FILE, GLOSSARY_FILE})
"""The names that no lesson's file can have."""
