"""The JSON Schema of a lesson file, judged by a validator that is not ours."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from jsonschema import Draft7Validator

from tests.lessons import OURS, SOUND, lesson
from tests.tables import for_each
from tutor.authoring import starter
from tutor.engine.lesson.json_schema import lesson_schema
from tutor.files.yaml_reader import read_document

ROOT = Path(__file__).parents[3]
SCHEMA = lesson_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def faults(text: str) -> list[str]:
    """Return the validator's errors for a lesson."""
    root = read_document(text).root
    assert root is not None
    return [error.message for error in VALIDATOR.iter_errors(root.value)]


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    models = {"Lesson": SCHEMA, **SCHEMA["definitions"]}
    for name, model in models.items():
        for field, schema in model.get("properties", {}).items():
            yield f"{name}.{field}", schema


def test_the_repository_holds_the_schema_as_it_is():
    printed = StringIO()
    call_command("lessons", "schema", stdout=printed)
    assert (ROOT / "docs" / "lesson.schema.json").read_text() == printed.getvalue()


def test_the_schema_is_one():
    Draft7Validator.check_schema(SCHEMA)


@for_each("path", OURS)
def test_every_lesson_fits_the_schema(path: Path):
    assert faults(path.read_text()) == []


@for_each(("name", "schema"), list(properties()))
def test_every_field_is_described_with_an_example_that_fits(name: str, schema: dict[str, Any]):
    assert schema["description"]
    assert schema["examples"]
    field = Draft7Validator({**schema, "definitions": SCHEMA["definitions"]})
    assert [error.message for example in schema["examples"] for error in field.iter_errors(example)] == []


QUIZ = SOUND + "quiz:\n  - "
BROKEN = {
    "an unknown field": SOUND.replace("title", "titel"),
    "a number for text": SOUND.replace("A test", "5"),
    "a level that there is not": SOUND + "level: hard\n",
    "a step of no kind": lesson("  - {actor: producer, action: A}\n"),
    "a step of two kinds": lesson("  - {actor: producer, action: A, command: PING, print: a}\n"),
    "an empty command": lesson("  - {actor: producer, action: A, command: ''}\n"),
    "an empty list as command": lesson("  - {actor: producer, action: A, command: []}\n"),
    "no time to wait": lesson("  - {actor: producer, action: A, wait: 0}\n"),
    "a bad name of an actor": SOUND.replace("producer, consumer", "producer, The consumer"),
    "a question without key": QUIZ + "{question: Why?}\n",
    "a question with two keys": QUIZ + "{question: Why?, text: a, number: 1}\n",
    "a proof of nothing": QUIZ + "{question: Why?, number: 1, proof: {after: 1}}\n",
    "a proof of two things": QUIZ + "{question: Why?, number: 1, proof: {after: 1, key: queue, variable: task}}\n",
    "a practice task without solution": SOUND + "practice:\n  - {question: Why?, number: 1}\n",
}


@for_each("text", BROKEN.values())
def test_a_broken_lesson_does_not_fit(text: str):
    assert faults(text)


def test_a_sound_lesson_fits():
    assert faults(SOUND) == []


WORDS = set(
    """additionalProperties allOf anyOf const default definitions description enum examples exclusiveMinimum items
    maximum maxItems maxLength maxProperties minimum minItems minLength minProperties not oneOf pattern
    patternProperties properties propertyNames required title type $ref $schema""".split()
)


def test_nothing_but_json_schema_is_said():
    """Keywords of the library that generates the schema mean nothing to editors."""
    said: set[str] = set()

    def look(schema: Any) -> None:
        if isinstance(schema, list):
            for each in schema:
                look(each)
        elif isinstance(schema, dict):
            said.update(schema)
            for word, value in schema.items():
                if word in ("properties", "patternProperties", "definitions"):
                    look(list(value.values()))
                elif word not in ("examples", "default", "enum", "const", "required"):
                    look(value)

    look(SCHEMA)
    assert said <= WORDS
    assert "null" not in json.dumps(SCHEMA)


@for_each("path", OURS)
def test_every_lesson_names_its_schema_for_editors(path: Path):
    first, _, _ = path.read_text().partition("\n")
    assert first == starter.schema_line(path.parent)
    assert (path.parent / first.partition("$schema=")[2]).is_file()
