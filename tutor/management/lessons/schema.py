"""`manage.py lessons schema`: print the JSON Schema of lesson files, by which editors complete and explain fields."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from tutor.engine.lesson.json_schema import lesson_schema
from tutor.management.lessons.verb import Say


class WriteSchema:
    """Prints the schema; docs/lesson.schema.json holds the same."""

    summary = "Print the JSON Schema of a lesson file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare nothing: there is one schema."""

    def run(self, options: Mapping[str, Any], say: Say) -> int:  # noqa: ARG002 - it has no options
        """Print the schema."""
        say(json.dumps(lesson_schema(), indent=2))
        return 0
