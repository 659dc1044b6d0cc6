"""`manage.py lessons export-questions` and `import-questions`: their files, their output and their refusals."""

from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command

from tests.lessons import SOUND, lesson
from tests.lessons_command import run_lessons
from tests.tables import for_each
from tutor import library

PUSHES = "  - {actor: producer, action: Push, command: LPUSH queue a}\n" * 3
QUIZ = """\
quiz:
  - question: What is in the queue?
    text: a
    hint: Look.
    proof: {after: 3, key: queue}
    steps: [3]
practice:
  - question: Which command?
    choices: {A: LPUSH, B: RPUSH}
    answer: A
    solution: {steps: [Left.], answer: LPUSH}
"""
ASKING = lesson(PUSHES) + QUIZ


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a lesson that asks and one that does not."""
    monkeypatch.chdir(tmp_path)
    Path("asking.yaml").write_text(ASKING)
    Path("bare.yaml").write_text(SOUND)
    return tmp_path


@pytest.mark.parametrize(
    ("to", "name"), [("moodle", "asking.moodle.xml"), ("gift", "asking.gift.txt"), ("qti", "asking.qti.zip")]
)
def test_an_export_is_a_new_file_named_after_the_lesson(capsys, to: str, name: str):
    status, said = run_lessons(capsys, "export-questions", "asking.yaml", "--format", to)
    assert status == 0
    assert said.startswith("asking.yaml: not carried: the proof (quiz 1)\n")
    assert said.endswith(f"{name}: written\n")
    content = Path(name).read_bytes()
    status, said = run_lessons(capsys, "export-questions", "asking.yaml", "--format", to)
    assert status == 1
    assert said == f"{name} is already there; nothing was written. Name another file with --output, or move that one.\n"
    assert Path(name).read_bytes() == content


def test_the_same_lesson_gives_the_same_package(capsys):
    for name in ("a.zip", "b.zip"):
        run_lessons(capsys, "export-questions", "asking.yaml", "--format", "qti", "--output", name)
    assert Path("a.zip").read_bytes() == Path("b.zip").read_bytes()
    with ZipFile("a.zip") as package:
        assert package.testzip() is None
        assert set(package.namelist()) >= {"imsmanifest.xml", "test.xml", "items/quiz-01.xml", "items/practice-01.xml"}


def test_an_export_to_standard_output_is_the_file_alone(capfdbinary):
    call_command("lessons", "export-questions", "asking.yaml", "--output", "-", "--part", "quiz")
    captured = capfdbinary.readouterr()
    assert captured.out.startswith(b"<?xml")
    assert captured.out.endswith(b"</quiz>\n")
    assert b"Practice" not in captured.out
    assert b"not carried" in captured.err
    assert list(Path().glob("*.xml")) == []


@for_each(
    ("arguments", "reason"),
    [
        (("none.yaml",), "none.yaml can't be read: No such file or directory."),
        (("bare.yaml",), "bare has no questions in quiz and practice."),
        (("broken.yaml",), "broken.yaml can't be exported before its errors are corrected."),
        (("asking.yaml", "--output", "no/such/x.xml"), "x.xml can't be written: No such file or directory."),
    ],
)
def test_an_unexportable_lesson_is_refused_in_a_sentence(capsys, arguments: tuple[str, ...], reason: str):
    Path("broken.yaml").write_text("title: x\n")
    status, said = run_lessons(capsys, "export-questions", *arguments)
    assert status == 1
    assert reason in said


def test_questions_come_into_another_lesson(capsys, monkeypatch):
    run_lessons(capsys, "export-questions", "asking.yaml")
    status, said = run_lessons(
        capsys, "import-questions", "asking.moodle.xml", "bare.yaml", "--without-proofs", "--diff"
    )
    assert status == 0
    assert "  1. line 8: What is in the queue?\n  2. line " in said
    assert "+++ bare.yaml (with questions)\n" in said
    assert "+quiz:\n+  - question: 'What is in the queue?'\n+    text: a\n" in said
    assert Path("bare.yaml").read_text() == SOUND
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    run_lessons(capsys, "import-questions", "asking.moodle.xml", "bare.yaml", "--without-proofs")
    assert Path("bare.yaml").read_text() == SOUND
    status, said = run_lessons(
        capsys, "import-questions", "asking.moodle.xml", "bare.yaml", "--without-proofs", "--yes"
    )
    assert (status, said.splitlines()[-1]) == (0, "bare.yaml: written")
    found = library.read(Path("bare.yaml").read_text(), "bare.yaml")
    assert found.problems == ()
    assert len(found.lesson.quiz) == 2


def test_questions_that_are_there_already_are_left_out(capsys):
    run_lessons(capsys, "export-questions", "asking.yaml", "--format", "gift")
    status, said = run_lessons(capsys, "import-questions", "asking.gift.txt", "asking.yaml", "--yes")
    assert status == 0
    assert said.count("warning: left out: this question is in the lesson already") == 2
    assert said.endswith("asking.yaml: nothing to add\n")
    assert Path("asking.yaml").read_text() == ASKING


def test_a_proof_of_another_lesson_is_not_written_into_one_that_it_breaks(capsys):
    run_lessons(capsys, "export-questions", "asking.yaml")
    status, said = run_lessons(capsys, "import-questions", "asking.moodle.xml", "bare.yaml", "--yes")
    assert status == 1
    assert "there is no step 3; the lesson has 1 step" in said
    assert "--without-proofs" in said
    assert Path("bare.yaml").read_text() == SOUND


def test_some_questions_can_be_chosen(capsys):
    Path("many.txt").write_text("\n\n".join(f"Question {i}?{{=answer}}" for i in range(1, 31)))
    status, said = run_lessons(capsys, "import-questions", "many.txt", "bare.yaml", "--yes")
    assert status == 1
    assert "its quiz would have 30 questions; a lesson may have 20. Choose some with --only" in said
    assert run_lessons(capsys, "import-questions", "many.txt", "bare.yaml", "--yes", "--only", "30,2-4")[0] == 0
    found = library.read(Path("bare.yaml").read_text(), "bare.yaml").lesson
    assert [each.question for each in found.quiz] == [f"Question {i}?" for i in (30, 2, 3, 4)]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [("31", "there is no question 31; the file has 1"), ("a", "'a' is no number"), ("0", "no question 0")],
)
def test_a_choice_that_means_nothing_is_refused(capsys, chosen: str, reason: str):
    Path("one.txt").write_text("What?{=a}")
    status, said = run_lessons(capsys, "import-questions", "one.txt", "bare.yaml", "--only", chosen)
    assert status == 1
    assert reason in said


def test_practice_takes_what_has_an_explanation(capsys):
    Path("two.txt").write_text("What?{=a####Because.}\n\nWhich?{=b}")
    status, said = run_lessons(capsys, "import-questions", "two.txt", "bare.yaml", "--part", "practice", "--yes")
    assert status == 0
    assert "two.txt:3:1: warning: left out: a practice task needs a worked solution" in said
    found = library.read(Path("bare.yaml").read_text(), "bare.yaml")
    assert found.problems == ()
    assert [each.question for each in found.lesson.practice] == ["What?"]


def test_problems_are_shown_with_the_line_of_the_file(capsys):
    Path("x.txt").write_text("What?{=a}\n\nMatch.{=a -> 1 =b -> 2}\n\nHow?{~a ~b}\n")
    status, said = run_lessons(capsys, "import-questions", "x.txt", "bare.yaml", "--diff")
    assert status == 0
    assert said.startswith("x.txt:5:1: this question can't be imported: no choice is right\n  5 | How?{~a ~b}\n")
    assert "x.txt:3:1: warning: a matching question can't be imported; there is no such kind of question here\n" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('<!DOCTYPE quiz SYSTEM "x"><quiz/>', "document types and entities (<!DOCTYPE …>) are not read; remove them"),
        ("", "the file has no questions"),
        ("Write.{}", "an essay question can't be imported"),
    ],
)
def test_a_file_without_anything_to_import_is_status_1(capsys, content: str, reason: str):
    Path("x").write_text(content)
    status, said = run_lessons(capsys, "import-questions", "x", "bare.yaml", "--yes")
    assert status == 1
    assert reason in said
    assert "x has no question that can be imported; nothing was changed." in said
    assert Path("bare.yaml").read_text() == SOUND


@pytest.mark.parametrize("lesson_text", ["title: x\n", "- a\n", "\x00"])
def test_a_lesson_with_errors_takes_no_questions(capsys, lesson_text: str):
    Path("x.txt").write_text("What?{=a}")
    Path("broken.yaml").write_text(lesson_text)
    status, said = run_lessons(capsys, "import-questions", "x.txt", "broken.yaml", "--yes")
    assert status == 1
    assert "broken.yaml can't take questions before its errors are corrected." in said
    assert Path("broken.yaml").read_text() == lesson_text


def test_text_of_the_file_cannot_control_the_terminal(capsys):
    Path("x.txt").write_text("What \x1b[31m?{=a}\n\n\x1b]0;title\x07{=a ~b}")
    _, said = run_lessons(capsys, "import-questions", "x.txt", "bare.yaml", "--diff")
    assert "\x1b" not in said
    assert "\x07" not in said
