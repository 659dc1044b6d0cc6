"""Steps named by their ids where a number would stand: `steps: [second-pop]`, `proof: {after: second-pop}`.

Names become numbers while a lesson is read, so that the rest of the program knows only numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from tutor.engine.lesson.identities import LONGEST_ID, Named, ids_of
from tutor.engine.values.replies import Json

UNKNOWN_STEP = "unknown_step"
"""The type of pydantic's error for a name that no step has."""


def _unnamed(number: Json) -> Json:
    """Return a step's number; what is still a name here is none that a step has."""
    if isinstance(number, str):
        raise PydanticCustomError(UNKNOWN_STEP, "there is no step of that name")
    return number


def _key(name: Json) -> Json:
    """Return the number spelled by a mapping's key, which is always text in the file."""
    is_number = isinstance(name, str) and name.isdecimal() and len(name) < 6
    return int(name) if is_number else _unnamed(name)


def _schema(lowest: int) -> dict[str, Any]:
    name = {"type": "string", "pattern": r"^[a-z][a-z0-9-]*$", "maxLength": LONGEST_ID}
    return {"anyOf": [{"type": "integer", "minimum": lowest}, name]}


StepNumber = Annotated[int, BeforeValidator(_unnamed), WithJsonSchema(_schema(1))]
"""A step's number from 1; in a file also its id."""

StepKey = Annotated[int, BeforeValidator(_key)]
"""The same as the key of a mapping."""

MomentNumber = Annotated[int, Field(ge=0), BeforeValidator(_unnamed), WithJsonSchema(_schema(0))]
"""The number of the step after which to look, 0 for before the first; in a file also the step's id."""

Number = Callable[[Json], Json]


def step_ids_in(fields: Mapping[str, Any]) -> list[str]:
    """Return the id of each step of a lesson's fields, which need not be valid."""
    steps = _items(fields, "steps")
    asked = [*_items(fields, "quiz"), *_items(fields, "practice")]
    named = [
        *(_named(item, "action", "step") for item in steps),
        *(_named(item, "question", "question") for item in asked),
    ]
    return list(ids_of(named)[: len(steps)])


def with_step_numbers(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a lesson's fields with the number of a step wherever its id stands; unknown names stay."""
    found = dict(fields)
    if not any(_has_names(item) for name in _LISTS for item in _items(fields, name)):
        return found
    numbers = {id_: number for number, id_ in reversed(list(enumerate(step_ids_in(fields), 1)))}

    def number(name: Json) -> Json:
        return numbers.get(name, name) if isinstance(name, str) else name

    for name in _LISTS:
        if isinstance(fields.get(name), list):
            found[name] = [_numbered(item, number) for item in fields[name]]
    return found


_LISTS = ("key_moments", "quiz", "practice")


def _items(fields: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = fields.get(name)
    return found if isinstance(found, list) else []


def _field(item: Any, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else getattr(item, name, "")
    return value if isinstance(value, str) else ""


def _named(item: Any, text: str, noun: str) -> Named:
    return Named(_field(item, "id"), _field(item, text), noun)


def _has_names(item: Any) -> bool:
    return isinstance(item, dict) and bool({"steps", "proof", "mistakes"} & item.keys())


def _numbered(item: Any, number: Number) -> Any:
    if not isinstance(item, dict):
        return item
    found = dict(item)
    if isinstance(item.get("steps"), list):
        found["steps"] = [number(name) for name in item["steps"]]
    if isinstance(item.get("proof"), dict):
        found["proof"] = _proof(item["proof"], number)
    if isinstance(item.get("mistakes"), dict):
        found["mistakes"] = {letter: _mistake(mistake, number) for letter, mistake in item["mistakes"].items()}
    return found


def _mistake(mistake: Any, number: Number) -> Any:
    made_by = mistake.get("made_by") if isinstance(mistake, dict) else None
    return {**mistake, "made_by": _proof(made_by, number)} if isinstance(made_by, dict) else mistake


def _proof(proof: Mapping[str, Any], number: Number) -> dict[str, Any]:
    found = {**proof, **_after(proof, number)}
    if isinstance(proof.get("first"), dict):
        found["first"] = {**proof["first"], **_after(proof["first"], number)}
    if isinstance(proof.get("replace"), dict):
        found["replace"] = {number(name): command for name, command in proof["replace"].items()}
    return found


def _after(looks: Mapping[str, Any], number: Number) -> dict[str, Any]:
    return {"after": number(looks["after"])} if "after" in looks else {}
