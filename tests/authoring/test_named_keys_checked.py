"""Keys that a run names by its variables, in all that authors and learners claim, fill in, ask and predict."""

from pathlib import Path

import pytest

from tests.engine.plays import lesson
from tests.lessons import but_unused
from tests.tables import for_each
from tutor import library
from tutor.assessment import proofs
from tutor.authoring import filling, proving, upgrading
from tutor.engine.asking import prediction, trace_questions
from tutor.engine.asking.proof import NotProvable, value_in
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.run_names import MOST_SHOWN
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.ports import corners

HEAD = """\
format: 2
title: A test
track: tests
actors: [p]
watch: {"job:*": hash, "list:*": list}
variables: {n: 1, x: null}
"""

STEPS = """\
steps:
  - {actor: p, action: A, command: "HSET job:{n} a b"}
  - {actor: p, action: B, command: "RPUSH list:{n} c d"}
  - {actor: p, action: C, command: "RPOP list:{n}", save: x}
  - {actor: p, action: D, command: "DEL job:{n}"}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "a-test.yaml"
    file.write_text(text)
    return file


def problems(folder: Path, text: str) -> list[str]:
    file = written(folder, text)
    return [str(each).removeprefix(f"{file}:") for each in but_unused(proving.check([file], corners.temporary))]


def made(text: str = HEAD + STEPS) -> Lesson:
    found = library.read(text, "a-test.yaml").lesson
    assert found
    return found


def expecting(step: str, claims: str) -> str:
    return HEAD + STEPS.replace(f"action: {step},", f"action: {step}, expect: {claims},")


@for_each(
    ("step", "claims"),
    [
        ("A", "{'job:1': {a: b}}"),
        ("A", "{'list:1': null}"),
        ("A", "{'list:1': []}"),
        ("B", "{'list:1': [c, d], 'job:1': {a: b}}"),
        ("D", "{'job:1': null, 'list:1': [c]}"),
        ("D", "{'job:1': {}}"),
    ],
)
def test_what_is_claimed_of_a_key_that_a_pattern_watches_is_proved(tmp_path, step, claims):
    assert problems(tmp_path, expecting(step, claims)) == []


@for_each(
    ("step", "claims", "message"),
    [
        ("A", "{'job:1': {a: c}}", "claims that job:1 is {'a': 'c'}, but it is {'a': 'b'}"),
        ("A", "{'job:1': null}", "claims that job:1 is None, but it is {'a': 'b'}"),
        (
            "B",
            "{'job:2': {a: b}}",
            "claims that job:2 is {'a': 'b'}, but there is no such key; there are job:1, list:1",
        ),
        ("A", "{'list:1': [c]}", "claims that list:1 is ['c'], but there is no such key; there are job:1"),
        ("A", "{'jib:1': {}}", "nothing is called 'jib:1' here; known: job:*, list:*, n, x, output, reply, error"),
    ],
)
def test_what_is_claimed_wrongly_is_a_problem_with_its_place(tmp_path, step, claims, message):
    (problem,) = problems(tmp_path, expecting(step, claims))
    assert message in problem
    assert problem.startswith(f"{8 + 'ABCD'.index(step)}:")


@for_each(
    ("command", "warning"),
    [
        ("HSET job:{x} a b", "this names 'job:None': the variable x is None here"),
        ("PUBLISH news:{x} hi", "this names 'news:None': the variable x is None here"),
        ("SET '{empty}' v", "this names nothing: {empty} is an empty text here"),
        ("SET job:{n}:{empty} v", ""),
        ("SET k {n}", ""),
    ],
)
def test_a_name_that_is_surely_a_mistake_is_a_warning_with_its_place(tmp_path, command, warning):
    head = (
        HEAD.replace("watch: {", "watch: {k: string, ")
        .replace("x: null", "x: null, empty: ''")
        .replace('"list:*": list', "q: list")
    )
    step = '  - {{actor: p, action: A, command: "{}"}}\n'
    found = problems(tmp_path, f"{head}steps:\n{step.format('HSET job:{n} a b')}{step.format(command)}")
    assert [each.partition("warning: ")[2] for each in found] == ([warning] if warning else [])
    assert all(each.startswith("9:") for each in found)


def test_claims_are_filled_in_for_keys_that_come_and_go(tmp_path):
    file = written(tmp_path, HEAD + STEPS)
    filled = filling.fill(file, corners.temporary).after.decode()
    assert "expect: {'job:1': {a: b}, reply: 1}" in filled
    assert "expect: {'list:1': [c], x: d}" in filled
    assert "expect: {'job:1': null, reply: 1}" in filled
    assert problems(tmp_path, filled) == []
    assert filling.fill(written(tmp_path, filled), corners.temporary).after.decode() == filled


def test_what_the_server_chose_as_part_of_a_name_is_not_claimed(tmp_path):
    steps = """\
steps:
  - {actor: p, action: A, command: "SADD s a b c"}
  - {actor: p, action: B, command: SPOP s, save: x}
  - {actor: p, action: C, command: "HSET job:{x} a b"}
  - {actor: p, action: D, command: "HSET job:1 c d"}
"""
    filled = filling.fill(written(tmp_path, HEAD + steps), corners.temporary).after.decode()
    assert [name for name in ("job:a", "job:b", "job:c") if name in filled] == []
    assert "'job:1': {c: d}" in filled


@for_each(
    ("look", "value"),
    [
        ({"after": 1, "key": "job:1"}, {"a": "b"}),
        ({"after": 4, "key": "job:1"}, {}),
        ({"after": 0, "key": "list:1"}, []),
        ({"after": 2, "key": "list:1", "swap": {"RPUSH": "LPUSH"}}, ["d", "c"]),
        ({"first": {"key": "list:1", "equals": ["c"]}}, 3),
        ({"first": {"key": "job:1", "equals": {}, "after": 1}}, 4),
    ],
)
def test_a_proof_can_look_at_such_a_key(look, value):
    from tutor.engine.asking import proof

    asked, of = Proof.model_validate(look), made()
    assert proof.run(of, asked, corners.temporary(proof.variant(of, asked)))[0] == value
    assert proofs.prove(asked, of).tables


MANY = "".join(
    f'  - {{actor: p, action: A, assign: {{n: {n}}}}}\n  - {{actor: p, action: A, command: "HSET job:{{n}} a b"}}\n'
    for n in range(MOST_SHOWN + 1)
)
"""More keys than are shown; job:16 is not."""


@for_each(
    ("claims", "message"),
    [
        ("{'job:1': null}", ""),
        ("{'job:2': {a: b}}", ""),
        ("{'job:16': {a: b}}", "claims that job:16 is {'a': 'b'}, but a pattern shows 16 keys, and this is not one of"),
        ("{'job:16': null}", "claims that job:16 is None, but a pattern shows 16 keys, and this is not one of them;"),
        ("{'job:16': {}}", "watch it by its own name"),
    ],
)
def test_nothing_can_be_claimed_of_a_key_that_is_not_shown(tmp_path, claims, message):
    last = f'  - {{actor: p, action: A, command: "DEL job:0 job:1", expect: {claims}}}\n'
    head = HEAD.replace('"list:*": list', "list: list")
    found = problems(tmp_path, f"{head}steps:\n{MANY}{last}")
    assert len(found) == (1 if message else 0)
    assert all(message in each for each in found)


def test_no_proof_takes_a_key_that_is_not_shown_for_one_that_is_not_there():
    of = made(f"{HEAD}steps:\n{MANY}")
    entries = player.play(of, corners.temporary(of))
    assert value_in(of, Proof(after=len(entries), key="job:15"), entries) == {"a": "b"}
    with pytest.raises(NotProvable, match="job:16 is not among the 16 keys that are shown after step 34"):
        value_in(of, Proof(after=len(entries), key="job:16"), entries)


def test_a_key_whose_name_no_file_can_hold_gets_no_claim(tmp_path):
    head = HEAD.replace("variables:", "client: {decode_responses: false}\nvariables:").replace('"list:*"', "q")
    steps = r"""steps:
  - {actor: p, action: A, command: 'RPUSH q "\xff"'}
  - {actor: p, action: B, command: LPOP q, save: x}
  - {actor: p, action: C, command: "HSET job:{x} a b"}
  - {actor: p, action: D, command: "DEL job:{x}"}
"""
    filled = filling.fill(written(tmp_path, head + steps), corners.temporary).after.decode()
    assert 'action: C, command: "HSET job:{x} a b", expect: {reply: 1}' in filled
    assert problems(tmp_path, filled) == []


def test_questions_are_drawn_about_such_keys():
    questions = trace_questions.trace_questions(made(), lambda of: player.play(of, corners.temporary(of)), seed=1)
    assert any("`list:1`" in each.question.question for each in questions)


def test_predictions_ask_what_such_a_key_will_be():
    of = made()
    entries = player.play(of, corners.temporary(of))
    asked = [prediction.asked_of(of, of.steps[e.position - 1], *prediction.state_before(e)[::-1]) for e in entries]
    assert [str(each) for each in asked] == ["length job:1", "key list:1", "key list:1", "length job:1"]
    guesses = ["1", "c d", "c", "0"]
    results = zip(asked, guesses, entries, strict=True)
    assert [prediction.difference(each, guess, entry).is_right for each, guess, entry in results] == [True] * 4
    assert prediction.state_before(entries[3])[1].keys() == {"job:1", "list:1"}


def test_a_sentence_says_that_a_key_came_and_that_it_is_gone():
    of = made()
    said = [Story.of(of, entry).sentence for entry in player.play(of, corners.temporary(of))]
    assert "job:1 is now {'a': 'b'}" in said[0]
    assert said[3].endswith("job:1 is gone")


def test_a_lesson_of_format_1_that_watches_what_would_be_a_pattern_is_not_upgraded(tmp_path):
    old = (
        HEAD.replace("format: 2\n", "").replace('"list:*": list', '"k*": list')
        + "steps:\n  - {actor: p, action: A, command: LPUSH k* a}\n"
    )
    with pytest.raises(upgrading.NotUpgraded, match=r"watches 'job:\*'"):
        upgrading.upgrade(written(tmp_path, old))
    kept = old.replace('"job:*": hash, ', "")
    assert b"format: 2" in upgrading.upgrade(written(tmp_path, kept)).after


def test_a_variable_keeps_its_name_from_a_key_of_the_same(tmp_path):
    of = lesson(
        {"command": "SET x{n} 1"}, {"command": "SET x 1"}, format=2, watch={"*": "string"}, variables={"n": "", "x": 5}
    )
    entries = player.play(of, corners.temporary(of))
    assert [list(entry.keys) for entry in entries] == [[], []]
    assert entries[-1].value_text("x") == "5"
