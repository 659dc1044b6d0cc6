"""What pydantic finds wrong with a lesson's YAML, as sentences at the right line and column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import NO_FACTS, Facts, Path, Problem, name_facts, nearest
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json
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
"""What the schema wanted, by pydantic's name for the error."""

_LIMITS = {
    "string_too_short": "this can't be empty",
    "too_short": "this can't be empty",
    "string_too_long": "the text has {size} characters; at most {max_length:,} fit",
    "too_long": "there are {size} entries; at most {max_length:,} fit",
    "greater_than_equal": "expected at least {ge}, got {seen}",
    "less_than_equal": "expected at most {le}, got {seen}",
    "string_pattern_mismatch": "{seen} can't stand here: {words}",
}
"""What is wrong with a value of the right type."""

_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "{words}",
}
"""What was expected of a value of the right type, as one of its facts."""

_PATTERNS = {
    r"^[a-z][a-z0-9-]*$": "a-z, 0-9 and - only, a letter first",
    r"^[a-z][a-z0-9_]*$": "a-z, 0-9 and _ only, a letter first",
}
"""What the schema's patterns ask for."""

_FEWEST = "at least {min_length} entries are needed, got {size}"
"""What is wrong with a list that needs more than one entry."""

MOST_ERRORS = 200
"""What is told of one file: more helps nobody, and looking for the word that was meant takes time."""


def spot_at(root: Node, path: Sequence[str | int], message: str, facts: Facts = NO_FACTS) -> Spot:
    """Return the spot of the value that `path` leads to; of the last one that exists, if it ends early."""
    node = root
    for part in path:
        if part not in node.children:
            break
        node = node.children[part]
    return Spot(node.line, node.column, message, facts)


def details_of(error: ValidationError) -> list[ErrorDetails]:
    """Return what pydantic says of each thing that is wrong."""
    return error.errors(include_url=False, include_input=False)


def spots_of(all_details: Sequence[ErrorDetails], root: Node) -> list[Spot]:
    """Return one spot for each thing that is wrong, at most MOST_ERRORS."""
    wanted: dict[Path, list[str]] = {}
    spots: list[Spot] = []
    details = all_details[:MOST_ERRORS]
    deepest = [_path(detail["loc"], root) for detail in details]
    right_type = {path for detail, path in zip(details, deepest, strict=True) if detail["type"] in _LIMITS}
    for detail, path in zip(details, deepest, strict=True):
        wish = _wish(detail, path)
        if wish and path in right_type:
            continue
        if wish and detail["loc"][-1] != "[key]":
            # Each member of a union complains; where one of them got further, the others are beside the point.
            if not _is_beside_the_point(path, detail, deepest):
                wanted.setdefault(path, []).append(wish)
        else:
            spots.append(_spot(detail, path, root))
    for path, expected in wanted.items():
        # A whole number is a kind of number.
        wishes = dict.fromkeys(wish for wish in expected if "a number" not in expected or wish != "a whole number")
        value = _value(root, path)
        aside = (
            _glued(path, value)
            or _several(path, value)
            or (_quoting(value) if "text" in wishes and "true" not in wishes else "")
        )
        facts = Facts(" or ".join(wishes), _seen(value), example="" if aside else _example(path))
        spots.append(spot_at(root, path, f"expected {facts.expected}, got {facts.came}{aside}", facts))
    if len(all_details) > MOST_ERRORS:
        spots.append(Spot(root.line, root.column, f"only the first {MOST_ERRORS} problems are listed"))
    return spots


def _wish(detail: ErrorDetails, path: Path) -> str:
    """Return the type that was wanted, "" where the type is right or there are only some words to choose from."""
    is_true = detail.get("ctx", {}).get("expected") == "True"
    return "true" if is_true and detail["loc"][-1:] != path[-1:] else _EXPECTED.get(detail["type"], "")


_STAND_INS: dict[str, Json] = {
    "title": "-",
    "track": "x",
    "steps": {"actor": "-", "action": "-", "print": "-"},
    "key_moments": {"question": "-", "answer": "-"},
    "quiz": {"question": "-", "number": 0},
    "practice": {"question": "-", "number": 0},
}
"""What takes the place of a broken part: of the field, or of the entry of a list of mappings."""

_REFERRED_TO = {"flow", "sample", "actors", "watch", "variables"}
"""Where one of these is broken, it can't be said whether a reference to it is right."""


def judgeable_despite(details: Sequence[ErrorDetails], value: dict[str, Json]) -> list[Problem]:
    """Return what `problems_of` says of the parts that have the right shape, so that an author sees all in one go."""
    broken = {_part(detail["loc"]) for detail in details}
    if _REFERRED_TO.intersection(name for name, *_ in broken):
        return []
    patched: dict[str, Any] = {name: list(part) if isinstance(part, list) else part for name, part in value.items()}
    for path in broken:
        name = str(path[0])
        if len(path) == 2:
            patched[name][path[1]] = _STAND_INS[name]
        elif isinstance(_STAND_INS.get(name), str):
            patched[name] = _STAND_INS[name]
        else:
            patched.pop(name, None)
    try:
        return [found for found in problems_of(Lesson.model_validate(patched)) if found.path[:2] not in broken]
    except ValidationError:
        return []


def _part(loc: Sequence[str | int]) -> Path:
    is_entry = len(loc) > 1 and isinstance(loc[1], int) and isinstance(_STAND_INS.get(str(loc[0])), dict)
    return tuple(loc[:2] if is_entry else loc[:1])


def _path(loc: Sequence[str | int], root: Node) -> Path:
    """Return the part of pydantic's `loc` that leads through the file: without names of kinds and types."""
    node, path = root, list[str | int]()
    for i, part in enumerate(loc):
        if _kinds_at(loc, i) or part not in node.children:
            continue
        node = node.children[part]
        path.append(part)
    return tuple(path)


_KINDS_IN: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "steps": STEP_KINDS,
    "quiz": QUESTION_KINDS,
    "practice": QUESTION_KINDS,
}
"""The lists whose entries are of several kinds; pydantic puts the name of the kind into `loc`, behind the number."""


def _kinds_at(loc: Sequence[str | int], i: int) -> Mapping[str, type[BaseModel]]:
    """Return the kinds of which `loc[i]` names one; none if it names something in the file."""
    kinds = _KINDS_IN.get(str(loc[0]), {}) if i == 2 and isinstance(loc[1], int) else {}
    return kinds if loc[i] in kinds else {}


def _is_beside_the_point(path: Path, detail: ErrorDetails, others: Iterable[Path]) -> bool:
    is_union_member = detail["loc"][-1:] != path[-1:]
    return is_union_member and any(len(other) > len(path) and other[: len(path)] == path for other in others)


def _spot(detail: ErrorDetails, path: Path, root: Node) -> Spot:
    kind, name, context = detail["type"], str(detail["loc"][-1]), dict(detail.get("ctx", {}))
    if context.get("expected") == "True":
        context["expected"] = "true"
    if "pattern" in context:
        context["words"] = _PATTERNS[context["pattern"]]
    if kind == "missing":
        return spot_at(root, path, f"the field {name!r} is missing")
    if kind == "extra_forbidden":
        key = _node(root, path[:-1]).keys[name]
        if name in _kinds_of(detail["loc"]):
            message = f"a step does one thing, and this one has `{detail['loc'][2]}`; give `{name}` a step of its own"
            return Spot(key.line, key.column, message)
        fields = _fields_at(detail["loc"][:-1])
        message = f"unknown field {name!r}{_suggestion(name, fields)}"
        return Spot(key.line, key.column, message, name_facts(name, fields, "a field"))
    if kind in ("step_kind", "question_kind"):
        return _unknown_kind(detail, path, root)
    if name == "[key]":
        key = _node(root, path[:-1]).keys[path[-1]] if path else root
        return Spot(key.line, key.column, f"the key {key.value!r} can't stand here: {detail['msg']}")
    value = _value(root, path)
    return spot_at(root, path, _sentence(kind, context, detail, value), _value_facts(kind, context, value))


def _kinds_of(loc: Sequence[str | int]) -> Mapping[str, type[BaseModel]]:
    """Return the kinds of step if `loc` leads to a field of a step."""
    return STEP_KINDS if len(loc) == 4 and loc[0] == "steps" else {}


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
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _literals(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").replace("'", "").split(", ")


_TELLING = {
    "step_kind": [*STEP_KINDS],
    "question_kind": ["choices", "answer", "answers", "text", "number", "order", "state"],
}
"""The fields that tell which kind of step or question an entry is."""


def _unknown_kind(detail: ErrorDetails, path: Path, root: Node) -> Spot:
    node = _node(root, path)
    if not isinstance(node.value, dict):
        facts = Facts("a mapping", _seen(node.value))
        return spot_at(root, path, f"expected a mapping, got {facts.came}", facts)
    for name, key in node.keys.items():
        if near := nearest(str(name), _TELLING[detail["type"]]):
            message = f"unknown field {name!r}; did you mean {near!r}?"
            return Spot(key.line, key.column, message, Facts(meant=near))
    return spot_at(root, path, detail["msg"])


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near!r}?" if near else f"; known: {', '.join(known)}"


def _fields_at(loc: Sequence[str | int]) -> list[str]:
    """Return the fields of the model that pydantic was filling at `loc`."""
    return list(_models_fields(loc))


def _models_fields(loc: Sequence[str | int]) -> dict[str, list[FieldInfo]]:
    """Return the fields by name of the models that can stand at `loc`, those of each kind if it names none."""
    models: list[type[BaseModel]] = [Lesson]
    for i, part in enumerate(loc):
        if kinds := _kinds_at(loc, i):
            models = [kinds[str(part)]]
        elif isinstance(part, str):
            fields = [model.model_fields[part] for model in models if part in model.model_fields]
            models = [model for entry in fields for model in _models_in(entry.annotation)] or models
    found: dict[str, list[FieldInfo]] = {}
    for model in models:
        for name, field in model.model_fields.items():
            found.setdefault(name, []).append(field)
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _node(root: Node, path: Path) -> Node:
    node = root
    for part in path:
        node = node.children[part]
    return node


def _value(root: Node, path: Path) -> Json:
    return _node(root, path).value


def _glued(path: Path, value: Json) -> str:
    """Return what to do about a field and its value that YAML takes for one word, as in {A:task1}."""
    name, colon, rest = str(path[-1]).partition(":") if path else ("", "", "")
    return f"; a colon needs a space behind it: `{name}: {rest}`" if colon and rest and value is None else ""


def _several(path: Path, value: Json) -> str:
    """Return what to do about a list of letters where one is asked for."""
    is_key = path[:1] in (("quiz",), ("practice",)) and path[2:] == ("answer",)
    if not is_key or not isinstance(value, list):
        return ""
    return f"; where several choices are right, write answers: {as_flow(value)}"


def _quoting(value: Json) -> str:
    """Return what to do about a value that would be text if it had quotes."""
    if isinstance(value, bool | int | float):
        return f"; quote it to make it text: '{as_flow(value)}'"
    if isinstance(value, dict) and all(each is None for each in value.values()):
        return "; quote the text: what begins with { is a mapping"
    return "; quote the text: what begins with [ is a list" if isinstance(value, list) else ""


def _example(path: Path) -> str:
    """Return how the field is written that `path` ends with, from the schema's own examples."""
    if not path or not isinstance(path[-1], str):
        return ""
    fields = _models_fields(path[:-1])
    examples = next((field.examples for field in fields.get(path[-1], []) if field.examples), [])
    return f"{path[-1]}: {as_flow(examples[0])}" if examples else ""


def _seen(value: Json) -> str:
    """Return a phrase for what stands in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return as_repr(value if len(value) <= 40 else value[:39] + "…")
    return "a list" if isinstance(value, list) else "a mapping"
