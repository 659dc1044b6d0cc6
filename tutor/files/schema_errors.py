"""Pydantic's validation errors as messages at the right line and column of the YAML."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tutor.engine.lesson.problem import NO_FACTS, Facts, Path, name_facts, nearest, no_step_named
from tutor.engine.lesson.questions.quiz import KIND_FIELDS
from tutor.engine.lesson.step_names import UNKNOWN_STEP, step_ids_in
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json
from tutor.engine.values.wording import cut
from tutor.files.schema_paths import fields_at, node_at, path_in_file, step_kinds_at
from tutor.files.yaml_reader import Node, Spot
from tutor.files.yaml_writer import as_flow

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
"""The expected type, by pydantic's type of the error: https://docs.pydantic.dev/latest/errors/validation_errors/"""

_LIMITS = {
    "string_too_short": "this can't be empty",
    "too_short": "this can't be empty",
    "string_too_long": "the text has {size} characters; at most {max_length:,} fit",
    "too_long": "there are {size} entries; at most {max_length:,} fit",
    "greater_than_equal": "expected at least {ge}, got {seen}",
    "less_than_equal": "expected at most {le}, got {seen}",
    "string_pattern_mismatch": "{seen} is not allowed here: {words}",
}
"""Messages about values of the right type."""

_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "{words}",
}
"""The expectation about a value of the right type, for its facts."""

_PATTERNS = {
    r"^[a-z][a-z0-9-]*$": "a-z, 0-9 and - only, a letter first",
    r"^[a-z][a-z0-9_]*$": "a-z, 0-9 and _ only, a letter first",
    r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*\.py$": "a file's name like worker.py or shop/views.py, of a-z, 0-9 and _",
    r"^https://[^\s<>\"'`\\]+$": "an address that begins with https://",
    r"^(/[^\s\\]*)?$": "an address in the project, like /tasks/",
    r"^([a-z][a-z0-9_]*( [\w./:=-]+)*)?$": "a command of manage.py, like worker or worker anna",
    r"^([a-z0-9_/]+\.py(:[a-z_][a-z0-9_]*)?)?$": "a file like worker.py, or a function in it like worker.py:ben",
}
"""The schema's patterns in words."""

_FEWEST = "at least {min_length} entries are needed, got {size}"
"""The message about a list that needs more than one entry."""

MOST_ERRORS = 200
"""Maximum number of errors reported per file: more do not help, and finding each intended word takes time."""


def spot_at(root: Node, path: Sequence[str | int], message: str, facts: Facts = NO_FACTS) -> Spot:
    """Return the spot of the value at `path`, or of the last value on it that exists."""
    node = node_near(root, path)
    return Spot(node.line, node.column, message, facts)


def node_near(root: Node, path: Sequence[str | int]) -> Node:
    """Return the value at `path`, or the last value on it that exists."""
    node = root
    for part in path:
        name = part if part in node.children else _name_of_step(root, part)
        if name not in node.children:
            break
        node = node.children[name]
    return node


def _name_of_step(root: Node, part: str | int) -> str:
    """Return the id of the step with that number as text: a key of `replace` may be either."""
    ids = step_ids_in(root.value) if isinstance(root.value, dict) and str(part).isdecimal() else []
    return ids[int(part) - 1] if ids and 0 < int(part) <= len(ids) else ""


def details_of(error: ValidationError) -> list[ErrorDetails]:
    """Return pydantic's errors, one for each fault."""
    return error.errors(include_url=False, include_input=False)


def spots_of(all_details: Sequence[ErrorDetails], root: Node) -> list[Spot]:
    """Return one spot for each fault, at most MOST_ERRORS."""
    errors = [_SchemaError(detail, path_in_file(detail["loc"], root)) for detail in all_details[:MOST_ERRORS]]
    spots = [_spot(each.detail, each.path, root) for each in errors if not each.wish]
    spots += [_type_spot(path, wishes, root) for path, wishes in _wishes(errors).items()]
    if len(all_details) > MOST_ERRORS:
        spots.append(Spot(root.line, root.column, f"only the first {MOST_ERRORS} problems are listed"))
    return spots


@dataclass(frozen=True, slots=True)
class _SchemaError:
    """One of pydantic's errors, with the path of the value in the file."""

    detail: ErrorDetails
    path: Path

    @property
    def wish(self) -> str:
        """The expected type, "" if the type is right or the value must be one of some words."""
        if self.detail["loc"][-1:] == ("[key]",):  # an error of a mapping's key, which has its own message
            return ""
        is_true = self.detail.get("ctx", {}).get("expected") == "True"
        return "true" if is_true and self.is_of_union_member else _EXPECTED.get(self.detail["type"], "")

    @property
    def is_of_union_member(self) -> bool:
        """Whether it is the error of one member of a union, whose name pydantic puts at the end of `loc`."""
        return self.detail["loc"][-1:] != self.path[-1:]

    def is_above(self, others: Iterable[Path]) -> bool:
        """Whether one of the other paths leads into this value."""
        return any(len(other) > len(self.path) and other[: len(self.path)] == self.path for other in others)


def _wishes(errors: Sequence[_SchemaError]) -> dict[Path, list[str]]:
    """Return the expected types by the path of a value that has none of them."""
    paths = [each.path for each in errors]
    # A value beyond a limit has the right type for one member of the union; errors of the others are irrelevant.
    right_type = {each.path for each in errors if each.detail["type"] in _LIMITS}
    found: dict[Path, list[str]] = {}
    for each in errors:
        # Each member of a union reports an error; if one of them got further, the others are irrelevant.
        is_irrelevant = each.path in right_type or (each.is_of_union_member and each.is_above(paths))
        if each.wish and not is_irrelevant:
            found.setdefault(each.path, []).append(each.wish)
    return found


def _type_spot(path: Path, wanted: Sequence[str], root: Node) -> Spot:
    # "a number" includes "a whole number".
    wishes = dict.fromkeys(wish for wish in wanted if "a number" not in wanted or wish != "a whole number")
    value = node_at(root, path).value
    if list(wishes) == ["a list"] and isinstance(value, dict) and value and path:
        return _mapping_for_list(path, value, root)
    is_text_wanted = "text" in wishes and "true" not in wishes
    aside = _glued(path, value) or _several(path, value) or (_quoting(value) if is_text_wanted else "")
    facts = Facts(" or ".join(wishes), _seen(value), example="" if aside else _example(path))
    return spot_at(root, path, f"expected {facts.expected}, got {facts.came}{aside}", facts)


MOST_NAMES = 3
"""Maximum number of a mapping's names in a message."""


def _mapping_for_list(path: Path, value: dict[str, Json], root: Node) -> Spot:
    """Return the problem of a mapping where a list is expected, at the field that holds it."""
    names = ", ".join([*value][:MOST_NAMES]) + (", …" if len(value) > MOST_NAMES else "")
    facts = Facts("a list", f"a mapping of {names}", example=_example(path))
    message = f"expected a list, got a mapping of {names}; begin each entry of `{path[-1]}` with a hyphen and a space"
    key = node_at(root, path[:-1]).keys.get(str(path[-1]))
    return Spot(key.line, key.column, message, facts) if key else spot_at(root, path, message, facts)


def _spot(detail: ErrorDetails, path: Path, root: Node) -> Spot:
    kind, name, context = detail["type"], str(detail["loc"][-1]), dict(detail.get("ctx", {}))
    if context.get("expected") == "True":
        context["expected"] = "true"
    if "pattern" in context:
        context["words"] = _PATTERNS[context["pattern"]]
    if kind == "missing":
        return spot_at(root, path, f"the field {name!r} is missing")
    if kind == "extra_forbidden":
        key = node_at(root, path[:-1]).keys[name]
        # The field exists, but belongs to another kind of step: `read` beside `command`, say.
        if name in step_kinds_at(detail["loc"]):
            message = f"a step does one thing, and this one has `{detail['loc'][2]}`; give `{name}` a step of its own"
            return Spot(key.line, key.column, message)
        fields = list(fields_at(detail["loc"][:-1]))
        message = f"unknown field {name!r}{_suggestion(name, fields)}"
        return Spot(key.line, key.column, message, name_facts(name, fields, "a field"))
    if kind in _SPOTS:
        return _SPOTS[kind](detail, path, root)
    if name == "[key]":
        key = node_at(root, path[:-1]).keys[path[-1]] if path else root
        words = context.get("words", detail["msg"])
        return Spot(key.line, key.column, f"the key {key.value!r} is not allowed here: {words}")
    value = node_at(root, path).value
    return spot_at(root, path, _sentence(kind, context, detail, value), _value_facts(kind, context, value))


def _unknown_step(detail: ErrorDetails, path: Path, root: Node) -> Spot:
    # The key of a mapping, as in `replace: {second-push: …}`, or a value.
    is_key = detail["loc"][-1] == "[key]"
    place = node_at(root, path[:-1]).keys[path[-1]] if is_key else node_at(root, path)
    problem = no_step_named(str(place.value), step_ids_in(root.value), path)
    return Spot(place.line, place.column, problem.message, problem.facts)


def _value_facts(kind: str, context: dict[str, Any], value: Json) -> Facts:
    if kind in ("literal_error", "enum"):
        return Facts(context["expected"], _seen(value), word=str(value), known=_literals(context["expected"]))
    return Facts(_BOUNDS[kind].format(**context), _seen(value)) if kind in _BOUNDS else NO_FACTS


def _sentence(kind: str, context: dict[str, Any], detail: ErrorDetails, value: Json) -> str:
    if kind in ("literal_error", "enum"):
        near = nearest(str(value), _literals(context["expected"]))
        return f"expected {context['expected']}, got {_seen(value)}" + (f"; did you mean {near!r}?" if near else "")
    if kind in _LIMITS:
        size = f"{len(value):,}" if isinstance(value, str | list | dict) else ""
        limit = _FEWEST if context.get("min_length", 1) > 1 else _LIMITS[kind]
        return limit.format(seen=_seen(value), size=size, **context)
    # pydantic prefixes messages of our own validators: https://docs.pydantic.dev/latest/concepts/validators/
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _literals(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").replace("'", "").split(", ")


_KIND_NAMES = {
    "step_kind": [*STEP_KINDS],
    "question_kind": KIND_FIELDS,
}
"""The fields that determine the kind of a step or a question."""


def _unknown_kind(detail: ErrorDetails, path: Path, root: Node) -> Spot:
    node = node_at(root, path)
    if not isinstance(node.value, dict):
        facts = Facts("a mapping", _seen(node.value))
        return spot_at(root, path, f"expected a mapping, got {facts.came}", facts)
    for name, key in node.keys.items():
        if near := nearest(str(name), _KIND_NAMES[detail["type"]]):
            message = f"unknown field {name!r}; did you mean {near!r}?"
            return Spot(key.line, key.column, message, Facts(meant=near))
    return spot_at(root, path, detail["msg"])


_SPOTS: Mapping[str, Callable[[ErrorDetails, Path, Node], Spot]] = {
    "step_kind": _unknown_kind,
    "question_kind": _unknown_kind,
    UNKNOWN_STEP: _unknown_step,
}
"""How errors of our own types are reported."""


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near!r}?" if near else f"; known: {', '.join(known)}"


def _glued(path: Path, value: Json) -> str:
    """Return advice on a field and its value that YAML reads as one word, as in {A:task1}."""
    name, colon, rest = str(path[-1]).partition(":") if path else ("", "", "")
    return f"; a colon needs a space behind it: `{name}: {rest}`" if colon and rest and value is None else ""


def _several(path: Path, value: Json) -> str:
    """Return advice on a list of letters in place of one letter."""
    is_key = path[:1] in (("quiz",), ("practice",)) and path[2:] == ("answer",)
    if not is_key or not isinstance(value, list):
        return ""
    return f"; where several choices are right, write answers: {as_flow(value)}"


def _quoting(value: Json) -> str:
    """Return advice on a value that would be text in quotes."""
    if isinstance(value, bool | int | float):
        return f"; quote it to make it text: '{as_flow(value)}'"
    # `{task}` without quotes is a mapping of task to null.
    if isinstance(value, dict) and all(each is None for each in value.values()):
        return "; quote the text: what begins with { is a mapping"
    return "; quote the text: what begins with [ is a list" if isinstance(value, list) else ""


def _example(path: Path) -> str:
    """Return an example of the last field of `path`, from the schema's own examples."""
    if not path or not isinstance(path[-1], str):
        return ""
    fields = fields_at(path[:-1])
    examples = next((field.examples for field in fields.get(path[-1], []) if field.examples), [])
    return f"{path[-1]}: {as_flow(examples[0])}" if examples else ""


def _seen(value: Json) -> str:
    """Return a phrase for the value in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return as_repr(cut(value, 40))
    return "a list" if isinstance(value, list) else "a mapping"
