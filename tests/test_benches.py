"""What `make bench` measures must be sound: it stops at a lesson with problems. Its figures are no tests."""

from pathlib import Path

from tests.benches import checking
from tutor.authoring import proving
from tutor.ports.corners import temporary


def test_the_generated_lessons_have_no_problems(tmp_path: Path):
    files = [tmp_path / f"lesson-{number}.yaml" for number in range(2)]
    for number, file in enumerate(files):
        file.write_text(checking.lesson(number))
    assert [str(problem) for problem in proving.check(files, temporary)] == []
