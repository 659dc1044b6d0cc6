"""The hooks of .pre-commit-config.yaml run the same commands as `make check`."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS: list[dict[str, Any]] = [hook for repository in CONFIG["repos"] for hook in repository["hooks"]]
MAKEFILE = (ROOT / "Makefile").read_text()


def commands_of_make_check() -> list[list[str]]:
    """Return the commands of the target, without the one that fills .venv."""
    recipe = MAKEFILE.split("\ncheck:\n")[1].split("\n\n")[0]
    return [shlex.split(line.strip().removeprefix("@")) for line in recipe.splitlines() if ".ci/prepare" not in line]


def command_of(hook: dict[str, Any]) -> list[str]:
    """Return a hook's command without its variables and without the option for files that pre-commit names."""
    words = shlex.split(hook["entry"])
    return [word for word in words if word not in {"env", "--force-exclude"} and not re.match("[A-Z0-9]+=", word)]


def test_the_hooks_run_the_commands_of_make_check_in_the_same_order():
    assert [command_of(hook) for hook in HOOKS] == commands_of_make_check()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_the_installed_tool_and_pre_commit_installs_no_other(hook: dict[str, Any]):
    assert hook["language"] == "system"


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if "manage.py" in hook["entry"]], ids=lambda hook: hook["id"])
def test_a_hook_runs_manage_py_with_the_variables_that_make_exports(hook: dict[str, Any]):
    assert "check: export DEBUG = 1\n" in MAKEFILE
    assert "\nPYTHONUTF8 := 1\n" in MAKEFILE
    assert shlex.split(hook["entry"])[:3] == ["env", "DEBUG=1", "PYTHONUTF8=1"]
