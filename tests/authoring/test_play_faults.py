"""A lesson that makes the program fail gets one problem, and the other files are still checked."""

from pathlib import Path

import pytest

from tests.lessons import PUSH, SOUND, lesson
from tutor.authoring import play_problems, preview, proving
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.playing import player
from tutor.ports import corners

FAULTS = [ValueError("a fault"), KeyError("a fault"), RecursionError("a fault"), UnicodeEncodeError("x", "", 0, 1, "a")]

TWO = lesson(PUSH + PUSH)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three lessons; the second has a step that the program fails at."""
    texts = {"first": SOUND, "odd": TWO, "third": SOUND}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return [tmp_path / f"{name}.yaml" for name in texts]


def fail_at(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """Have the program fail at the second step of any lesson that has one."""
    entry = player._entry

    def failing(step, before, *rest):
        if before.position == 1:
            raise fault
        return entry(step, before, *rest)

    monkeypatch.setattr(player, "_entry", failing)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_the_program_is_one_problem_with_the_steps_line(files, monkeypatch, fault):
    fail_at(monkeypatch, fault)
    [problem] = [each for each in proving.check(files, corners.temporary) if each.is_error]
    assert (Path(problem.file).name, problem.line) == ("odd.yaml", 8)
    assert problem.message.startswith(f"the program failed at this step: {type(fault).__name__}")


@pytest.mark.parametrize(("module", "name"), [(proving, "false_keys"), (play_problems, "still_waiting")])
def test_a_fault_behind_the_play_is_one_problem_too(files, monkeypatch, module, name):
    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, name, failing)
    problems = proving.check(files, corners.temporary)
    assert [problem.message for problem in problems if "ZeroDivisionError" in problem.message]
    assert {Path(problem.file).name for problem in problems} == {"first.yaml", "odd.yaml", "third.yaml"}


def test_a_preview_of_such_a_text_says_it(monkeypatch):
    preview._known.clear()
    fail_at(monkeypatch, ValueError("a fault"))
    found = preview.look(TWO, None, "odd.yaml")
    assert [problem.message for problem in found.errors] == ["the program failed at this step: ValueError: a fault"]
    preview._known.clear()


@pytest.mark.parametrize("kind", [BrokerAway, BrokerLacks])
def test_what_the_server_is_to_blame_for_is_no_problem_of_a_lesson(monkeypatch, kind):
    def away(*_: object) -> None:
        raise kind("away")

    with pytest.raises(kind):
        proving.check_text(SOUND, "sound.yaml", away)
