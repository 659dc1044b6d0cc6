"""The Django project of a lesson: generated, run on a private server, and compared with what its runs claim."""

import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tutor.broker import embedded
from tutor.engine.lesson.background import DjangoProject, DjangoRun
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.trace.proof_file import DjangoProof
from tutor.engine.values.formatting import as_repr
from tutor.rehearsal.departure import NotRehearsed
from tutor.rehearsal.held_programs import NO_SERVER
from tutor.tapping.environment import environment

HOST = Path(__file__).with_name("inside") / "django_host.py"

PROJECT_SECONDS = 90.0
"""Time limit of all runs of one project."""

APP = "shop"
"""The package that is the project and its only app."""

_MANAGE = """import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

_SETTINGS = f"""SECRET_KEY = "of a project that ends with its proof"
DEBUG = True
INSTALLED_APPS = ["{APP}"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "{APP}.urls"
USE_TZ = True
"""
"""What `startproject` would write, as far as the project needs it; the lesson's settings.py follows."""


@dataclass(frozen=True, slots=True)
class ProjectRehearsal:
    """The result: a proof if all runs gave what they claim, else the problems."""

    proof: DjangoProof | None
    problems: tuple[Problem, ...] = ()


NO_PROJECT = ProjectRehearsal(None)


def prove_project(project: DjangoProject) -> ProjectRehearsal:
    """Generate the project and do its runs. Raises: NotRehearsed."""
    if not embedded.is_available():
        raise NotRehearsed(NO_SERVER)
    with TemporaryDirectory(prefix="tutor-django-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        _write(project, root / "project")
        found = _answer(root, project.runs)
    problems = tuple(_problems(project.runs, found["gave"], found["fault"]))
    if problems:
        return ProjectRehearsal(None, problems)
    versions = {"Django": version("django"), "Valkey": found["version"], "redis-py": version("redis")}
    versions["Python"] = platform.python_version()
    return ProjectRehearsal(DjangoProof(project.digest, versions, found["sent"], found["gave"]))


def _write(project: DjangoProject, folder: Path) -> None:
    sources = {"__init__.py": "", "urls.py": "urlpatterns = []\n", **project.files}
    sources["settings.py"] = _SETTINGS + project.files.get("settings.py", "")
    for name, source in sources.items():
        path = folder / APP / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in [path.parent, *path.parent.parents]:
            if package == folder:
                break
            (package / "__init__.py").touch()
        path.write_text(source, encoding="utf-8", newline="\n")
    (folder / "manage.py").write_text(_MANAGE, encoding="utf-8")


def _answer(root: Path, runs: Sequence[DjangoRun]) -> Mapping[str, Any]:
    asked = [{"act": run.act, "what": run.what, "data": run.data, "lines": len(_lines(run))} for run in runs]
    host = subprocess.Popen(
        [sys.executable, str(HOST), str(root / "server"), str(root / "project")],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A separate session, so that all that it has started can be ended with it.
        start_new_session=True,
    )
    try:
        said, errors = host.communicate(json.dumps(asked), timeout=PROJECT_SECONDS)
    except subprocess.TimeoutExpired as fault:
        raise NotRehearsed(f"The Django project takes more than {PROJECT_SECONDS:g} seconds.") from fault
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(host.pid, signal.SIGKILL)
        host.wait()
    if host.returncode:
        raise NotRehearsed(f"The Django project can't be run: {(errors.strip().splitlines() or ['no reason'])[-1]}")
    found: Mapping[str, Any] = json.loads(said)
    return found


def _lines(run: DjangoRun) -> list[str]:
    return run.gives.rstrip("\n").split("\n") if run.gives else []


def _problems(runs: Sequence[DjangoRun], gave: Sequence[str], fault: str) -> Iterator[Problem]:
    for i, (run, came) in enumerate(zip(runs, gave, strict=False)):
        claimed = "\n".join(_lines(run))
        if came.rstrip("\n") != claimed:
            facts = Facts(as_repr(claimed), as_repr(came))
            message = f"run {i + 1}, {run.act} {run.what}, gives {as_repr(came)}, not {as_repr(claimed)}"
            yield Problem(("django", "runs", i, "gives" if run.gives else run.act), message, facts=facts)
    if fault:
        run = runs[len(gave)]
        yield Problem(("django", "runs", len(gave), run.act), f"run {len(gave) + 1}, {run.act} {run.what}: {fault}")
