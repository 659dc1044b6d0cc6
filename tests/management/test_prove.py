"""`manage.py lessons prove`: the proof file, what changed in it, and what `lessons check` says of it."""

import re
from pathlib import Path

import pytest

from tests.lessons_command import run_lessons
from tests.rehearsal.programs import CONNECT, lesson_text
from tutor import library
from tutor.engine.trace.proof_file import proof_file_in

ROOT = Path(__file__).parents[2]

PROGRAM = {"anna.py": f"{CONNECT}r.lpush('q', 'a')\n"}
STEPS = [{"actor": "anna", "command": "LPUSH q a"}]


@pytest.fixture
def path(tmp_path: Path, settings) -> Path:
    settings.LESSONS_DIR = tmp_path
    file = tmp_path / "lesson.yaml"
    file.write_text(lesson_text(PROGRAM, STEPS))
    return file


@pytest.mark.slow
def test_the_proofs_of_our_lessons_are_those_of_a_new_run(capsys):
    status, said = run_lessons(capsys, "prove", "--check", *library.lesson_paths())
    programs = sum(bool(file.lesson.program) for file in library.all_lessons())
    assert programs >= 3
    assert (status, said.splitlines()[-1]) == (0, f"{programs} of {len(library.lesson_paths())} lessons proved")


@pytest.mark.slow
def test_a_proof_is_written_once_and_again_when_the_program_changes(path: Path, capsys):
    proof = path.with_name("lesson.proof.json")
    assert run_lessons(capsys, "prove") == (0, f"{proof}: proved for the first time\n1 of 1 lesson proved\n")
    first = proof_file_in(proof.read_text())
    assert [(step.step, step.file, step.line) for step in first.steps] == [("step-1", "anna.py", 3)]
    assert {"redis-py", "Python", "Valkey"} == first.versions.keys()
    assert run_lessons(capsys, "prove", path) == (0, "1 of 1 lesson proved\n")
    path.write_text(lesson_text({"anna.py": f"\n{PROGRAM['anna.py']}"}, STEPS))
    said = f"{proof}: the lesson or its program has changed since it was proved\n1 of 1 lesson proved\n"
    assert run_lessons(capsys, "prove") == (0, said)


@pytest.mark.slow
def test_a_proof_is_checked_without_being_written(path: Path, capsys):
    proof = path.with_name("lesson.proof.json")
    status, said = run_lessons(capsys, "prove", "--check")
    assert (status, proof.exists()) == (1, False)
    assert "there is no proof file that can be read" in said
    run_lessons(capsys, "prove")
    assert run_lessons(capsys, "prove", "--check") == (0, "1 of 1 lesson proved\n")
    good = proof.read_text()
    for there, instead, difference in (
        ('"line": 3', '"line": 2', "step 1: anna.py:2 is now anna.py:3"),
        ('"LPUSH"', '"RPUSH"', "step 1: its words, printed line or values are others"),
        ('"ran": {"anna.py": [1, ', '"ran": {"anna.py": [', "other lines of the program have run"),
        ('"redis-py": "', '"redis-py": "1', None),
    ):
        proof.write_text(good.replace(there, instead))
        assert proof.read_text() != good
        status, said = run_lessons(capsys, "prove", "--check")
        assert status == (difference is not None)
        assert (difference or "1 of 1 lesson proved") in said


@pytest.mark.slow
def test_a_false_program_leaves_the_old_proof(path: Path, capsys):
    run_lessons(capsys, "prove")
    proof = path.with_name("lesson.proof.json")
    old = proof.read_text()
    path.write_text(lesson_text(PROGRAM, [{"actor": "anna", "command": "RPUSH q a"}]))
    status, said = run_lessons(capsys, "prove")
    assert status == 1
    assert "step 1: the program sends LPUSH q a at anna.py:3, the step sends RPUSH q a" in said
    assert "0 of 1 lesson proved, 1 problem" in said
    assert proof.read_text() == old


@pytest.mark.slow
@pytest.mark.django_db
def test_check_reads_the_proof_and_never_runs_the_program(path: Path, capsys, tmp_path: Path):
    ran = tmp_path / "ran"
    path.write_text(lesson_text({"anna.py": f"open({str(ran)!r}, 'w')\n{PROGRAM['anna.py']}"}, STEPS))
    status, said = run_lessons(capsys, "check")
    assert status == 0
    assert "warning: its lines are not proved yet; prove them: python manage.py lessons prove" in said
    assert not ran.exists()
    run_lessons(capsys, "prove")
    assert run_lessons(capsys, "check") == (0, "1 lesson checked, no problems\n")
    ran.unlink()
    path.write_text(path.read_text().replace("LPUSH q a", "LPUSH q b"))
    status, said = run_lessons(capsys, "check")
    assert "warning: lesson.proof.json is older than the lesson's steps or its program" in said
    path.write_text(f"strict: true\n{path.read_text()}")
    assert run_lessons(capsys, "check")[0] == 1
    assert not ran.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_check_reports_the_lines_that_no_step_ran_where_the_proof_knows_them(path: Path, capsys):
    path.write_text(lesson_text({"anna.py": f"{PROGRAM['anna.py']}if not r:\n    r.rpop('q')\n"}, STEPS))
    run_lessons(capsys, "prove")
    said = "no step runs line 5 of anna.py (r.rpop('q')): show it with a step, or leave it out"
    status, found = run_lessons(capsys, "check")
    assert (status, f"lesson.yaml:12:9: warning: {said}" in found) == (0, True), found
    path.write_text(f"strict: true\n{path.read_text()}")
    status, found = run_lessons(capsys, "check")
    assert (status, f"lesson.yaml:13:9: {said}" in found) == (1, True), found
    proof = path.with_name("lesson.proof.json")
    older = re.sub(r'^ "ran": .*\n', "", proof.read_text(), flags=re.MULTILINE)
    assert older != proof.read_text()
    proof.write_text(older)
    assert said not in run_lessons(capsys, "check")[1]


def test_a_lesson_without_a_program_needs_no_proof(path: Path, capsys):
    text = lesson_text({}, [{"actor": "anna", "print": "x"}], actors=["anna"])
    path.write_text(text.replace("program: {}\n", ""))
    assert run_lessons(capsys, "prove") == (0, "0 of 1 lesson proved\n")
    assert [each.name for each in path.parent.iterdir()] == ["lesson.yaml"]


def test_a_lesson_with_errors_is_not_run(path: Path, capsys):
    path.write_text(path.read_text().replace("title:", "titel:"))
    status, said = run_lessons(capsys, "prove")
    assert status == 1
    assert "titel" in said


@pytest.mark.slow
def test_the_guides_example_gives_what_the_guide_shows(tmp_path: Path, settings, capsys, monkeypatch):
    guide = (ROOT / "docs" / "authoring.md").read_text().partition("## Programs that the steps drive\n")[2]
    lesson, shown, problem = re.findall(r"^```(?:yaml)?\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)[:3]
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.LESSONS_DIR.mkdir()
    monkeypatch.chdir(tmp_path)
    path = settings.LESSONS_DIR / "a-queue-and-its-worker.yaml"
    path.write_text(lesson)
    command, _, said = shown.partition("\n")
    assert run_lessons(capsys, *command.split()[4:]) == (0, said)
    path.write_text(lesson.replace("LPUSH queue mail}", "LPUSH queue post}"))
    assert run_lessons(capsys, "prove")[1].partition("\n")[0] == problem.rstrip()
