"""The values in a lesson's prose: from a kept play, from a proof file, from a play, or named until they are known."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import broker_at, free_port
from tests.tables import for_each
from tutor import proof_files, references
from tutor.engine.checking.reference_values import values_in_proof
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.lesson.references import Look, ToldValue
from tutor.engine.trace.proof_file import ProofFile, ProvedStep
from tutor.models import ReferencePlay

pytestmark = pytest.mark.django_db

STEPS = [
    {"actor": "a", "id": "first-push", "action": "Push", "command": "LPUSH queue a"},
    {"actor": "a", "id": "second-push", "action": "Push", "command": "LPUSH queue b"},
    {"actor": "a", "id": "pop", "action": "Pop", "command": "RPOP queue", "save": "task"},
]
CLOSING = "At first `{queue after start}`, then `{queue after second-push}`, and `{task after pop}` is taken."
PLAYED = "At first `[]`, then `['b', 'a']`, and `a` is taken."
PROVED = "At first `[]`, then `['y', 'x']`, and `z` is taken."
NAMED = "`queue` after [step 2](step:2)"

Make = Callable[..., Lesson]


def lesson(steps: list[dict[str, str]] = STEPS, **fields: object) -> Lesson:
    head = {"format": 2, "title": "x", "track": "x", "actors": ["a"], "watch": ["queue"], "variables": ["task"]}
    fields = {"program": {"a.py": "import redis\n"}, "closing": CLOSING, **fields}
    return Lesson.model_validate({**head, "steps": steps, **fields})


def proof_of(found: Lesson, digest: str = "") -> ProofFile:
    """Return a proof whose values are not those of a play, so that a test sees where a value comes from."""
    states = ({"queue": ["x"]}, {"queue": ["y", "x"]}, {"queue": ["y"]})
    steps = [
        ProvedStep(id_, variables={"task": None}, keys=keys) for id_, keys in zip(found.step_ids, states, strict=True)
    ]
    steps[-1] = ProvedStep(found.step_ids[-1], variables={"task": "z"}, keys=states[-1])
    return ProofFile(digest or play_digest(found), {}, tuple(steps))


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of proof files; lessons are rendered anew in each test."""
    settings.LESSONS_DIR = tmp_path
    references._known.clear()
    return tmp_path


def shelve(folder: Path, proof: ProofFile) -> None:
    (folder / "any-name.proof.json").write_text(proof.as_text())


def test_a_play_that_is_kept_comes_before_a_proof(folder):
    found = lesson()
    shelve(folder, proof_of(found))
    values = {
        Look("queue", 0): ToldValue("[]", "[]", []),
        Look("queue", 2): ToldValue("kept", "kept", ["kept"]),
        Look("task", 3): ToldValue("kept too", "'kept too'", "kept too"),
    }
    references.keep(found, values)
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert "kept" in references.told_lesson(found).closing
        assert "kept too" in references.told_lesson(found).closing


def test_a_proof_needs_no_redis(folder):
    found = lesson()
    shelve(folder, proof_of(found))
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert references.told_lesson(found).closing == PROVED
    assert not ReferencePlay.objects.exists()


def test_without_a_proof_the_lesson_is_played_once(monkeypatch):
    found = lesson()
    assert references.told_lesson(found).closing == PLAYED
    assert ReferencePlay.objects.count() == 1
    references._known.clear()
    monkeypatch.setattr(references, "run", None)
    assert references.told_lesson(found).closing == PLAYED


@for_each(
    "damage",
    [
        lambda text: text.replace('"digest": "', '"digest": "0'),
        lambda text: text.replace('"step": "pop"', '"step": "other"'),
        lambda text: text.replace('"keys": {"queue": ["y", "x"]}', '"keys": {}'),
        lambda text: text.replace('"keys": {"queue": ["y", "x"]}', '"keys": 3'),
        lambda text: text.replace('"keys": {"queue": ["y", "x"]}', '"keys": {"queue": 3}'),
        lambda text: text.replace('"variables": {"task": "z"}', '"variables": {"task": {"odd": [1]}}'),
        lambda text: text.replace('"variables": {"task": "z"}', '"variables": [["task", "z"]]'),
        lambda text: json.dumps(json.loads(text) | {"steps": {"a": 1}}),
        lambda text: text[:-9],
    ],
)
def test_a_proof_that_is_of_something_else_or_malformed_is_not_used(folder, damage: Callable[[str], str]):
    found = lesson()
    text = proof_of(found).as_text()
    assert damage(text) != text
    (folder / "any-name.proof.json").write_text(damage(text))
    assert references.told_lesson(found).closing == PLAYED


@for_each(
    "command",
    ["XADD log * a 1", "SRANDMEMBER queue", "TIME"],
)
def test_a_proof_can_not_know_what_chance_or_a_clock_decides(command: str):
    steps = [*STEPS[:2], {"actor": "a", "id": "pop", "action": "Ask", "command": command, "save": "task"}]
    found = lesson(steps)
    assert values_in_proof(found, proof_of(found)) is None
    assert values_in_proof(lesson(), proof_of(lesson())) is not None


def test_a_lesson_without_a_program_has_no_proof(folder):
    found = lesson(program={})
    shelve(folder, proof_of(found))
    assert references.told_lesson(found).closing == PLAYED


def test_while_redis_is_away_a_value_is_named_with_a_link_to_its_step_and_then_shown(monkeypatch):
    found = lesson()
    monkeypatch.setattr(references, "PATIENCE", 0)
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        away = references.told_lesson(found)
        assert NAMED in away.closing
        assert "step 2" in references.told_lesson(found, "plain").closing
        assert "step:" not in references.told_lesson(found, "plain").closing
    assert references.told_lesson(found).closing == PLAYED


def test_a_play_that_failed_is_not_tried_again_at_once(monkeypatch):
    found = lesson()
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert NAMED in references.told_lesson(found).closing
    assert NAMED in references.told_lesson(found).closing
    now = references.time.monotonic()
    monkeypatch.setattr(references.time, "monotonic", lambda: now + references.PATIENCE)
    assert references.told_lesson(found).closing == PLAYED


def test_ids_and_identities_are_those_of_the_lesson(folder):
    found = lesson(quiz=[{"question": "How long is `{queue after second-push}`?", "number": 2}])
    shown = references.told_lesson(found)
    assert shown.quiz[0].question == "How long is `['b', 'a']`?"
    assert [each.id for each in shown.quiz] == [each.id for each in found.quiz]
    assert shown.step_ids == found.step_ids
    assert play_digest(shown) == play_digest(found)


def test_a_proof_is_found_by_its_digest_and_not_by_its_name(folder):
    found = lesson()
    assert proof_files.of_digest(play_digest(found)) is None
    shelve(folder, proof_of(found, "another"))
    assert proof_files.of_digest(play_digest(found)) is None
    (folder / "z.proof.json").write_text(proof_of(found).as_text())
    read = proof_files.of_digest(play_digest(found))
    assert read is not None
    assert read.proof.digest == play_digest(found)
