"""`manage.py lessons record`: the lesson's path, the output, and that nothing is overwritten."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.lessons_command import run_lessons
from tests.polling import until

SCRIPT = "import redis\nr = redis.Redis()\nr.lpush('queue', 'a')\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def script(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script beside the lessons' folder, which does not exist yet."""
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.BASE_DIR = tmp_path
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "My_First Queue.py"
    file.write_text(SCRIPT)
    return file


def record(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    return run_lessons(capsys, "record", *arguments)


@pytest.mark.slow
def test_the_lesson_gets_the_scripts_name_and_is_said_to_pass(script: Path, capsys):
    status, said = record(capsys, script.name)
    path = script.parent / "lessons" / "my-first-queue.yaml"
    assert status == 0
    assert said.startswith("Recorded lessons/my-first-queue.yaml: 1 step by Program. It passes the check. Next:\n")
    assert "python manage.py lessons check lessons/my-first-queue.yaml" in said
    text = path.read_text()
    assert text.startswith(
        "# yaml-language-server: $schema=../docs/lesson.schema.json\nformat: 2\ntitle: My first queue\n"
    )
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert record(capsys, "--force", script.name)[0] == 0
    assert path.read_text() == text


def test_an_existing_lesson_is_not_overwritten_and_nothing_is_run(script: Path, capsys):
    ran = script.parent / "ran"
    script.write_text(f"open({str(ran)!r}, 'w')\n{SCRIPT}")
    path = script.parent / "lessons" / "my-first-queue.yaml"
    path.parent.mkdir()
    path.write_text("mine")
    status, said = record(capsys, script.name)
    assert status == 1
    assert said == (
        "lessons/my-first-queue.yaml is already there; nothing was run. --force replaces it, --output names another"
        " file.\n"
    )
    assert path.read_text() == "mine"
    assert not ran.exists()


@pytest.mark.slow
def test_a_recording_that_fails_leaves_the_old_lesson_even_under_force(script: Path, capsys):
    script.write_text(f"{SCRIPT}1 / 0\n")
    path = script.parent / "mine.yaml"
    path.write_text("mine")
    status, said = record(capsys, "--force", "--output", "mine.yaml", script.name)
    assert status == 1
    assert 'File "' in said
    assert "My_First Queue.py:4: the script failed, and nothing was written." in said
    assert path.read_text() == "mine"


@pytest.mark.slow
def test_a_lesson_created_in_the_meantime_is_not_overwritten(script: Path, capsys):
    path = script.parent / "lessons" / "my-first-queue.yaml"
    script.write_text(f"import os\nos.makedirs('lessons')\nopen({str(path)!r}, 'w').write('theirs')\n{SCRIPT}")
    status, said = record(capsys, script.name)
    assert status == 1
    assert "is there now, and was left alone" in said
    assert path.read_text() == "theirs"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
def test_options_before_the_script_are_ours_and_those_after_it_are_its_own(script: Path, capsys):
    script.write_text("import sys, redis\nredis.Redis().set('arguments', ' '.join(sys.argv[1:]))\n")
    status, said = record(capsys, "--output", "mine.yaml", script.name, "--force", "x", "-v")
    assert status == 0
    assert said.startswith("note: --force went to the script; options of this command go before the script's name")
    assert "command: SET arguments '--force x -v'\n" in (script.parent / "mine.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output", "My Lesson.yaml"], "a lesson's file name is its address: a-z, 0-9 and - only, then .yaml"),
        (["--output", "lesson.txt"], "a lesson's file name is its address"),
        (["--output", "missing/../../x.yml"], "a lesson's file name is its address"),
    ],
)
def test_a_bad_name_for_the_lesson_is_refused(script: Path, capsys, arguments: list[str], said: str):
    status, answer = record(capsys, *arguments, script.name)
    assert status == 1
    assert said in answer


def test_a_script_whose_name_gives_no_lesson_name_needs_one(script: Path, capsys):
    renamed = script.rename(script.with_name("日本.py"))
    assert "say where it goes: --output my-lesson.yaml" in record(capsys, renamed.name)[1]


@pytest.mark.slow
def test_an_unwritable_folder_is_reported(script: Path, capsys):
    (script.parent / "lessons").write_text("a file")
    status, said = record(capsys, script.name)
    assert status == 1
    assert "lessons/my-first-queue.yaml can't be written: " in said


@pytest.mark.slow
def test_what_a_script_says_reaches_no_terminal_unescaped(script: Path, capsys):
    script.write_text(f"{SCRIPT}raise ValueError('\\x1b[31mred')\n")
    said = record(capsys, script.name)[1]
    assert "\x1b" not in said
    assert "\\x1b[31mred" in said


@pytest.mark.slow
def test_on_a_terminal_the_running_script_is_announced(script: Path, capsys, monkeypatch):
    for is_terminal, told in ((False, ""), (True, f"Running {script}, for 30 seconds at most; Ctrl-C stops it…\n")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda answer=is_terminal: answer)
        call_command("lessons", "record", "--force", str(script))
        assert capsys.readouterr().err == told


@pytest.mark.slow
def test_a_recording_can_be_stopped_with_the_keyboard(tmp_path: Path):
    script, begun = tmp_path / "script.py", tmp_path / "begun"
    script.write_text(f"{SCRIPT}open({str(begun)!r}, 'w').write('x')\nwhile True:\n    pass\n")
    program = [sys.executable, str(ROOT / "manage.py"), "lessons", "record", "--output", str(tmp_path / "x.yaml")]
    process = subprocess.Popen(
        [*program, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Tests that a shell runs in the background hand down that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no other thread runs
    )
    try:
        until(begun.exists, "the script", seconds=60)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert said == f"{script} was stopped, and nothing was written.\n"
    assert process.returncode == 130


@pytest.mark.slow
def test_the_script_sees_nothing_of_our_environment_but_what_is_named(script: Path, capsys, monkeypatch):
    settings_text = (ROOT / "tutor" / "settings.py").read_text()
    ours = {*re.findall(r'"([A-Z][A-Z_]{3,})"', settings_text), "DJANGO_SETTINGS_MODULE", "A_NEW_SECRET"}
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= ours
    for name in ours - {"DJANGO_SETTINGS_MODULE"}:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("QUEUE_NAME", "jobs")
    seen = script.parent / "seen"
    script.write_text(f"import os\nopen({str(seen)!r}, 'w').write(' '.join(os.environ))\n{SCRIPT}")
    assert record(capsys, "--env", "QUEUE_NAME", script.name)[0] == 0
    names = {*seen.read_text().split()}
    assert "QUEUE_NAME" in names
    assert "PATH" in names
    assert names.isdisjoint(ours)


@pytest.mark.slow
def test_a_script_of_another_django_project_gets_its_own_settings(script: Path, capsys):
    (script.parent / "shop_settings.py").write_text("SHOP = 'bikes'\nSECRET_KEY = 'shop'\n")
    script.write_text(
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop_settings')\nimport django\ndjango.setup()\n"
        f"from django.conf import settings\n{SCRIPT}r.set('shop', settings.SHOP)\n"
    )
    assert record(capsys, script.name)[0] == 0
    lesson = next((script.parent / "lessons").glob("*.yaml")).read_text()
    assert "SET shop bikes" in lesson
