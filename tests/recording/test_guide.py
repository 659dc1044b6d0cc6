"""docs/authoring.md, "Recording a script": the script gives the lesson shown below it."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

GUIDE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
SECTION = GUIDE.split("\n## Recording a script\n")[1].split("\n## ")[0]


PIECES = dict(re.findall(r"^```(\w*)\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE))


@pytest.mark.slow
def test_the_script_becomes_the_lesson_below_it(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    settings.LESSONS_DIR = tmp_path / "lessons"
    monkeypatch.chdir(tmp_path)
    command, _, output = PIECES[""].partition("\n")
    *_, verb, script = command.split()
    Path(script).write_text(PIECES["python"])
    call_command("lessons", verb, script)
    assert capsys.readouterr().out == output
    text = Path("lessons/tea-orders.yaml").read_text()
    assert text[text.index("steps:\n") :] == PIECES["yaml"]


def test_the_section_comes_before_the_fields():
    sections = re.findall("^## (.*)$", GUIDE, re.MULTILINE)
    assert sections[sections.index("Recording a script") + 1] == "The lesson's fields"
