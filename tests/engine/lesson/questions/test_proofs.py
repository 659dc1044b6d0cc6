"""The form of a proof."""

import json

import pytest
from pydantic import ValidationError

from tests.tables import for_each
from tutor.engine.lesson.questions.proofs import Proof


@for_each(
    "written",
    [
        {"after": 3, "variable": "task"},
        {"after": 0, "key": "queue"},
        {"after": 4, "output": True},
        {"first": {"key": "queue", "equals": []}},
        {"first": {"variable": "task", "equals": None, "after": 2}},
        {"after": 2, "key": "queue", "swap": {"LPUSH": "RPUSH"}, "replace": {2: "PING"}},
    ],
)
def test_a_proof_looks_at_one_thing(written: dict[str, object]):
    proof = Proof.model_validate(written)
    assert proof == Proof.model_validate_json(json.dumps(proof.model_dump(mode="json", exclude_unset=True)))


LOOK = "a proof needs `after` and one of key, variable, output; or `first`"
ALONE = "`first` can't be combined with after, key, variable or output"
NAME = "`first` needs a key or a variable"


@for_each(
    ("written", "message"),
    [
        ({}, LOOK),
        ({"after": 3}, LOOK),
        ({"key": "queue"}, LOOK),
        ({"after": 3, "key": "queue", "variable": "task"}, LOOK),
        ({"after": 3, "key": "queue", "output": True}, LOOK),
        ({"after": 3, "output": False}, LOOK),
        ({"first": {"key": "queue", "equals": []}, "after": 3}, ALONE),
        ({"first": {"key": "queue", "equals": []}, "output": True}, ALONE),
        ({"first": {"equals": []}}, NAME),
        ({"first": {"key": "queue", "variable": "task", "equals": []}}, NAME),
    ],
)
def test_a_proof_that_looks_at_nothing_or_too_much(written: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=f"Value error, {message}"):
        Proof.model_validate(written)


@for_each(
    "written",
    [
        {"after": "3", "key": "queue"},
        {"after": -1, "key": "queue"},
        {"after": True, "key": "queue"},
        {"first": {"key": "queue"}},
        {"after": 1, "key": "queue", "replace": {"one": "PING"}},
        {"after": 1, "key": "queue", "replace": {"": "PING"}},
        {"after": 1, "key": "queue", "replace": {"9" * 6000: "PING"}},
        {"after": 1, "key": "queue", "swap": {"LPUSH": 1}},
        {"after": 1, "key": "queue", "steps": [1]},
    ],
)
def test_a_proof_with_values_of_another_type(written: dict[str, object]):
    with pytest.raises(ValidationError):
        Proof.model_validate(written)


@pytest.mark.parametrize("number", [2, "2"])
def test_the_steps_to_replace_may_be_text_as_a_file_has_them(number: object):
    assert Proof.model_validate({"after": 1, "key": "queue", "replace": {number: "PING"}}).replace == {2: "PING"}


def test_a_proof_knows_whether_it_changes_steps():
    looks = {"after": 1, "key": "queue"}
    written = [looks, {**looks, "swap": {"LPUSH": "RPUSH"}}, {**looks, "replace": {1: "PING"}}]
    assert [Proof.model_validate(each).changes_steps for each in written] == [False, True, True]
