"""The JSON Schema of a lesson file for editors: pydantic's schema, reworded for authors.

It is draft 7, which every editor's YAML support knows. Rules that need a run or another field are left to `check`.
"""

import re
from collections.abc import Iterator
from typing import Any

from tutor.engine.lesson.lesson import CURRENT_FORMAT, Lesson

Schema = dict[str, Any]

_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "le": "maximum"}
"""Pydantic's names for the bounds of a value of two types, and JSON Schema's."""

_LENGTHS = {
    "minLength": {"string": "minLength", "array": "minItems"},
    "maxLength": {"string": "maxLength", "array": "maxItems", "object": "maxProperties"},
}
"""Pydantic's names for the bounds of a length, and JSON Schema's for each type."""

_PROOF_LOOKS: Schema = {
    "oneOf": [
        {"required": ["run"]},
        *(
            {"required": ["after", look], "not": {"required": ["run"]}}
            for look in ("key", "variable", "output", "reply", "waiting", "sum")
        ),
        {"required": ["first"], "not": {"anyOf": [{"required": ["after"]}, {"required": ["run"]}]}},
    ]
}
"""A proof selects one value: the rule of the model's validator, for a proof with only the required fields."""


def lesson_schema() -> Schema:
    """Return the schema that a lesson file has to fit."""
    made = Lesson.model_json_schema(ref_template="#/definitions/{model}")
    models: dict[str, Schema] = made.pop("$defs")
    for schema in _schemas_in({**made, "definitions": models}):
        _tidy(schema)
    for name, model in models.items():
        model["title"] = _words(name)
    made["title"] = "Lesson of Redis Tutor"
    models["Proof"] |= _PROOF_LOOKS
    models["First"]["oneOf"] = [{"required": ["key"]}, {"required": ["variable"]}]
    made["properties"]["practice"]["items"]["required"] = ["solution"]
    # An editor with this schema knows no later format.
    made["properties"]["format"]["maximum"] = CURRENT_FORMAT
    return {"$schema": "http://json-schema.org/draft-07/schema#", **made, "definitions": models}


def _schemas_in(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and all nested schemas; examples and defaults are values even if they look like schemas."""
    yield schema
    inner = [
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    named = [
        each for part in ("properties", "patternProperties", "definitions") for each in schema.get(part, {}).values()
    ]
    for each in (*inner, *named):
        if isinstance(each, dict):
            yield from _schemas_in(each)


def _tidy(schema: Schema) -> None:
    """Translate pydantic's keywords for a field into JSON Schema's, and remove those of no use to an author."""
    schema.pop("title", None)
    for name, proper in _BOUNDS.items():
        if name in schema:
            schema[proper] = schema.pop(name)
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    # Authors omit a field instead of writing its default, which would be null for most.
    if schema.get("default", 0) in (None, ""):
        del schema["default"]
    if "anyOf" in schema:
        _tidy_types(schema)
    if "$ref" in schema and len(schema) > 1:
        # Draft 7 ignores everything beside a $ref:
        # https://json-schema.org/draft-07/draft-handrews-json-schema-01#rfc.section.8.3
        schema["allOf"] = [{"$ref": schema.pop("$ref")}]


def _tidy_types(schema: Schema) -> None:
    """Remove null from a field's types, and unwrap a list of one type."""
    schema["anyOf"] = [each for each in schema["anyOf"] if each != {"type": "null"}]
    if len(schema["anyOf"]) == 1:
        schema |= schema.pop("anyOf")[0]
    else:
        _spread_lengths(schema)


def _spread_lengths(schema: Schema) -> None:
    """Move length bounds, which pydantic writes beside the types of a field, into each type."""
    for bound, names in _LENGTHS.items():
        value = schema.pop(bound, None)
        for kind in schema["anyOf"]:
            if value is not None and kind.get("type") in names:
                kind[names[kind["type"]]] = value


def _words(name: str) -> str:
    """Return a class's name as a heading: `ChoiceQuestion` becomes `Choice question`."""
    return " ".join(re.findall("[A-Z][a-z]+", name)).capitalize()
