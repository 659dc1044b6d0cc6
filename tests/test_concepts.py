"""concepts.yaml: what is read of it, and what is said about it."""

import re
from pathlib import Path

import pytest

from tests.lessons import HEAD, PUSH, lesson
from tests.lessons_command import run_lessons
from tests.tables import for_each
from tutor import concepts, library
from tutor.authoring.starter import NotMade, refuse_bad_slug

GUIDE = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text()


@pytest.fixture
def shelf(settings, tmp_path: Path) -> Path:
    settings.LESSONS_DIR = tmp_path
    return tmp_path


@for_each(
    ("text", "names", "said"),
    [
        ("lists: What it is.\n", ["lists"], []),
        ("", [], ["1:1: the file is empty"]),
        ("- lists\n", [], ["1:1: concepts are a mapping: each line is like `blocking pops: A pop that waits for an"]),
        ("lists:\nkeys: What it is.\n", ["keys"], ["1:1: 'lists' needs one sentence that says what it is"]),
        ("lists: {about: x}\n", [], ["1:1: 'lists' needs one sentence that says what it is"]),
        (f"{'x' * 41}: What it is.\n", [], ["1:1: a concept's name is a text of 1 to 40 characters"]),
        (f"lists: {'x' * 301}\n", [], ["1:1: the sentence on 'lists' has 301 characters; at most 300 are shown"]),
        ("lists: a\nlists: b\n", ["lists"], ["2:1: "]),
    ],
)
def test_what_a_text_says(text: str, names: list[str], said: list[str]):
    found = concepts.concepts_in(text, "c.yaml")
    assert list(found.sentences) == names
    assert len(found.problems) == len(said)
    assert all(str(each).startswith(f"c.yaml:{start}") for each, start in zip(found.problems, said, strict=True))


def test_the_guides_example_is_one():
    section = GUIDE.split("\n## The path through the lessons")[1].split("\n## ")[0]
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    found = concepts.concepts_in(example, "c.yaml")
    assert (list(found.sentences), found.problems) == (["lists as queues", "blocking pops"], ())


def test_a_changed_file_counts_at_once_and_a_missing_one_names_nothing(shelf: Path):
    assert concepts.current().sentences == {}
    (shelf / "concepts.yaml").write_text("lists: What it is.\n")
    assert list(concepts.current().sentences) == ["lists"]
    (shelf / "concepts.yaml").write_text("lists: What it is.\nkeys: What it is.\n")
    assert list(concepts.current().sentences) == ["lists", "keys"]
    (shelf / "concepts.yaml").unlink()
    assert concepts.current().sentences == {}


def test_the_file_is_not_a_lesson(shelf: Path):
    (shelf / "concepts.yaml").write_text(lesson(PUSH))
    assert library.all_lessons() == []
    with pytest.raises(library.NoSuchLesson):
        library.find("concepts")
    with pytest.raises(NotMade, match=r"concepts\.yaml is no lesson's file"):
        refuse_bad_slug("concepts")


@pytest.mark.django_db
def test_the_check_reports_concepts_with_their_places(shelf: Path, capsys: pytest.CaptureFixture[str]):
    (shelf / "concepts.yaml").write_text("lists: What it is.\nkeys:\n")
    (shelf / "a.yaml").write_text(lesson(PUSH, head=f"{HEAD}teaches: [lits]\nneeds: [lists]\n"))
    status, said = run_lessons(capsys, "check")
    assert status == 1
    assert "concepts.yaml:2:1: 'keys' needs one sentence that says what it is" in said
    assert "a.yaml:6:11: warning: concepts.yaml has no concept 'lits'; did you mean 'lists'?" in said
    assert "a.yaml:7:9: warning: no lesson teaches 'lists', so this need does not place the lesson" in said
