"""Django projects of lessons: generated, run, and compared with what their runs claim."""

from pathlib import Path
from typing import Any

import pytest

from tests.lessons_command import run_lessons
from tests.needs import need
from tests.rehearsal.programs import lesson_text
from tests.tables import for_each
from tutor.authoring.stale_proofs import proof_problems
from tutor.broker import embedded
from tutor.engine.lesson.background import DjangoProject
from tutor.engine.trace.proof_file import proof_file_in
from tutor.library import read
from tutor.rehearsal.django_projects import prove_project

URLS = 'from django.urls import path\nfrom . import views\nurlpatterns = [path("a/", views.a)]\n'
CONNECT = "import os\nimport redis\nr = redis.Redis.from_url(os.environ['REDIS_URL'], decode_responses=True)\n"
VIEW = "from django.http import HttpResponse\n" + CONNECT
COMMAND = (
    "from django.core.management.base import BaseCommand\n"
    + CONNECT
    + "class Command(BaseCommand):\n    def handle(self, **options):\n        "
)
PUSHES = f"{VIEW}def a(request):\n    return HttpResponse(r.lpush('q', request.POST.get('x', '-')))\n"
WORKER = f"{COMMAND}while True: self.stdout.write(r.brpop('q')[1])\n"
ONCE = f"{COMMAND}self.stdout.write(str(r.rpop('q')))\n"
GET = {"get": "/a/", "gives": "1"}


def project(files: dict[str, str], *runs: dict[str, Any]) -> DjangoProject:
    return DjangoProject.model_validate({"files": {"urls.py": URLS, **files}, "runs": list(runs)})


@pytest.mark.slow
def test_requests_and_commands_are_run_in_order_and_what_they_sent_is_known():
    need(embedded.is_available(), "the embedded server")
    found = prove_project(
        project(
            {"views.py": PUSHES, "management/commands/worker.py": WORKER, "management/commands/once.py": ONCE},
            {"get": "/a/", "gives": "1"},
            {"post": "/a/", "data": {"x": "b"}, "gives": "2"},
            {"manage": "worker", "gives": "-\nb"},
            {"manage": "once", "gives": "None"},
            {"start": "worker"},
            {"post": "/a/", "data": {"x": "c"}, "gives": "1"},
            {"stop": "worker", "gives": "c\n"},
        )
    )
    assert found.problems == ()
    assert found.proof is not None
    assert found.proof.gave == ["1", "2", "-\nb", "None", "", "1", "c"]
    assert found.proof.sent == ["BRPOP", "LPUSH", "RPOP"]
    assert found.proof.versions.keys() == {"Django", "Valkey", "redis-py", "Python"}


@pytest.mark.slow
def test_the_settings_of_the_lesson_are_added_to_those_of_the_project():
    need(embedded.is_available(), "the embedded server")
    view = f"{VIEW}from django.conf import settings\ndef a(request):\n    return HttpResponse(settings.WORD)\n"
    files = {"views.py": view, "settings.py": "WORD = 'hello'\n"}
    assert prove_project(project(files, {"get": "/a/", "gives": "hello"})).problems == ()


@pytest.mark.slow
@for_each(
    ("files", "run", "place", "said"),
    [
        ({"views.py": PUSHES}, {"get": "/a/", "gives": "2"}, (0, "gives"), "gives '1', not '2'"),
        ({"views.py": PUSHES}, {"get": "/a/"}, (0, "get"), "gives '1', not ''"),
        ({"views.py": PUSHES}, {"get": "/b/", "gives": "1"}, (0, "get"), "answered with status 404"),
        ({"views.py": f"{VIEW}def a(request):\n    1 / 0\n"}, GET, (0, "get"), "ZeroDivisionError"),
        ({"views.py": "import nothing_like_it\n"}, GET, (0, "get"), "nothing_like_it"),
        (
            {"views.py": PUSHES, "management/commands/once.py": ONCE},
            {"manage": "once", "gives": "a"},
            (0, "gives"),
            "gives 'None'",
        ),
        (
            {"views.py": PUSHES, "management/commands/once.py": ONCE},
            {"start": "once"},
            (0, "start"),
            "it ended at once: 'None'",
        ),
        (
            {"views.py": PUSHES, "management/commands/once.py": f"{COMMAND}raise SystemExit('stop')\n"},
            {"manage": "once", "gives": "a"},
            (0, "manage"),
            "it failed: stop",
        ),
        (
            {"views.py": "def a(request):\n    raise SystemExit\n"},
            GET,
            (0, "get"),
            "it ended without an answer",
        ),
        (
            {
                "views.py": PUSHES,
                "management/commands/once.py": f"{COMMAND}import sys; sys.stdout.buffer.write(b'\\xff\\n')\n",
            },
            {"manage": "once", "gives": "a"},
            (0, "gives"),
            "gives '\ufffd'",
        ),
    ],
)
def test_what_differs_is_a_problem_at_its_run(
    files: dict[str, str], run: dict[str, Any], place: tuple[int, str], said: str
):
    need(embedded.is_available(), "the embedded server")
    found = prove_project(project(files, run))
    assert found.proof is None
    (problem,) = found.problems
    assert problem.path == ("django", "runs", *place)
    assert said in problem.message


@pytest.mark.slow
def test_a_project_is_proved_with_the_lesson_and_its_proof_becomes_stale_with_it(tmp_path: Path, settings, capsys):
    need(embedded.is_available(), "the embedded server")
    settings.LESSONS_DIR = tmp_path
    path, proof = tmp_path / "lesson.yaml", tmp_path / "lesson.proof.json"

    def write(gives: str) -> None:
        django = {"files": {"urls.py": URLS, "views.py": PUSHES}, "runs": [{"get": "/a/", "gives": gives}]}
        path.write_text(lesson_text({}, [{"actor": "anna", "command": "LPUSH q a"}], actors=["anna"], django=django))

    write("2")
    status, said = run_lessons(capsys, "prove")
    assert (status, proof.exists()) == (1, False)
    assert "lesson.yaml:" in said
    write("1")
    assert run_lessons(capsys, "prove") == (0, f"{proof}: proved for the first time\n1 of 1 lesson proved\n")
    first = proof_file_in(proof.read_text())
    assert first is not None
    assert first.django is not None
    assert first.django.gave == ["1"]
    assert run_lessons(capsys, "prove", "--check") == (0, "1 of 1 lesson proved\n")
    proof.write_text(proof.read_text().replace('"LPUSH"\n', '"RPUSH"\n'))
    assert "gives something else, or sends other commands" in run_lessons(capsys, "prove", "--check")[1]


def test_a_lesson_whose_project_has_changed_is_told_so(tmp_path: Path):
    django = {"files": {"views.py": "x = 1\n"}, "runs": [{"get": "/a/", "gives": "1"}]}
    text = lesson_text({}, [{"actor": "anna", "command": "LPUSH q a"}], actors=["anna"], django=django)
    found = read(text, "x.yaml").lesson
    assert found is not None
    assert [problem.path for problem in proof_problems(found, tmp_path / "x.yaml")] == [("django",)]


@for_each(
    ("field", "value", "said"),
    [
        ("runs", [{"get": "/a/", "manage": "x"}], "a run does one thing"),
        ("runs", [{"gives": "x"}], "a run does one thing"),
        ("runs", [{"get": "/a/", "data": {"x": "y"}}], "only a `post` has data"),
        ("runs", [{"start": "x", "gives": "y"}], "claimed where it is stopped"),
        ("runs", [{"manage": "x a"}], "`files` has no management/commands/x.py"),
        ("runs", [{"stop": "x"}], "no earlier run starts 'x'"),
        ("runs", [{"get": "a"}], "an address in the project, like /tasks/"),
        ("runs", [{"manage": "rm -rf; ls"}], "a command of manage.py"),
        ("runs", [], "this can't be empty"),
        ("files", {"views.py": "def ("}, "views.py is not Python"),
        ("files", {"../views.py": "x"}, "a file's name like worker.py"),
    ],
)
def test_what_is_wrong_with_a_project_is_told_without_running_it(field: str, value: Any, said: str):
    django = {"files": {"views.py": "x = 1\n"}, "runs": [{"get": "/a/"}], field: value}
    text = lesson_text({}, [{"actor": "anna", "command": "LPUSH q a"}], actors=["anna"], django=django, strict=True)
    problems = read(text, "x.yaml").problems
    assert said in "\n".join(map(str, problems))
