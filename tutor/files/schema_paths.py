"""Resolving the `loc` of pydantic's errors in a lesson's file and in its schema."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.files.yaml_reader import Node

Loc = Sequence[str | int]
"""Names of fields and numbers of entries; between them, names of types and kinds that are not in the file:
https://docs.pydantic.dev/latest/errors/errors/"""

_KINDS_IN: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "steps": STEP_KINDS,
    "quiz": QUESTION_KINDS,
    "practice": QUESTION_KINDS,
}
"""The lists with entries of several kinds; pydantic puts the name of the kind into `loc`, after the number."""


def path_in_file(loc: Loc, root: Node) -> Path:
    """Return the part of `loc` that leads through the file: without names of kinds and types."""
    node, path = root, list[str | int]()
    for i, part in enumerate(loc):
        if _kinds_at(loc, i) or part not in node.children:
            continue
        node = node.children[part]
        path.append(part)
    return tuple(path)


def node_at(root: Node, path: Path) -> Node:
    """Return the node that a path within the file leads to. Raises: KeyError."""
    node = root
    for part in path:
        node = node.children[part]
    return node


def step_kinds_at(loc: Loc) -> Mapping[str, type[BaseModel]]:
    """Return the kinds of step if `loc` leads to a field of a step, else none."""
    return STEP_KINDS if len(loc) == 4 and loc[0] == "steps" else {}


def fields_at(loc: Loc) -> dict[str, list[FieldInfo]]:
    """Return the fields by name of the models possible at `loc`: those of all kinds if it names none."""
    found: dict[str, list[FieldInfo]] = {}
    for model in _models_at(loc):
        for name, field in model.model_fields.items():
            found.setdefault(name, []).append(field)
    return found


def _models_at(loc: Loc) -> list[type[BaseModel]]:
    models: list[type[BaseModel]] = [Lesson]
    for i, part in enumerate(loc):
        if kinds := _kinds_at(loc, i):
            models = [kinds[str(part)]]
        elif i == 0 and part in _KINDS_IN:
            # The annotation of steps names only their base class.
            models = [*_KINDS_IN[str(part)].values()]
        elif isinstance(part, str):
            models = _models_of(models, part) or models
    return models


def _models_of(models: Sequence[type[BaseModel]], field: str) -> list[type[BaseModel]]:
    """Return the models that a field of these models can hold."""
    fields = [model.model_fields[field] for model in models if field in model.model_fields]
    return [model for each in fields for model in _models_in(each.annotation)]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _kinds_at(loc: Loc, i: int) -> Mapping[str, type[BaseModel]]:
    """Return the kinds if `loc[i]` names one of them; none if it is a name in the file."""
    kinds = _KINDS_IN.get(str(loc[0]), {}) if i == 2 and isinstance(loc[1], int) else {}
    return kinds if loc[i] in kinds else {}
