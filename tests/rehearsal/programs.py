"""Lessons with programs in tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.needs import need
from tutor.broker import embedded
from tutor.engine.trace.proof_file import ProvedStep
from tutor.rehearsal.lesson_files import ProvedFile, prove_file

CONNECT = "import redis\nr = redis.Redis(decode_responses=True)\n"
"""The first two lines of the short programs."""


def lesson_text(program: Mapping[str, str], steps: Sequence[Mapping[str, Any]], **fields: Any) -> str:
    """Return the file of a lesson whose actors are those of the files, or as given."""
    actors = [name.removesuffix(".py") for name in program]
    whole = {"format": 2, "title": "T", "track": "t", "actors": actors, **fields, "program": dict(program)}
    numbered = [{"action": f"step {number}", **step} for number, step in enumerate(steps, 1)]
    return yaml.dump({**whole, "steps": numbered}, Dumper=_Blocks, sort_keys=False, allow_unicode=True)


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as authors do."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)


def proved(folder: Path, program: Mapping[str, str], steps: Sequence[Mapping[str, Any]], **fields: Any) -> ProvedFile:
    """Rehearse a lesson."""
    need(embedded.is_available(), "the embedded server")
    path = folder / "lesson.yaml"
    path.write_text(lesson_text(program, steps, **fields), encoding="utf-8")
    return prove_file(path)


def steps_of(found: ProvedFile) -> tuple[ProvedStep, ...]:
    """Return the proved steps of a lesson whose program matches."""
    assert found.problems == ()
    assert found.proof is not None
    return found.proof.steps


def lines_of(found: ProvedFile) -> list[str]:
    """Return the line of each step, as file:line, "" for none."""
    return [f"{step.file}:{step.line}" if step.file else "" for step in steps_of(found)]


def messages_of(found: ProvedFile) -> str:
    """Return the problems of a lesson whose program does not match."""
    assert found.proof is None
    return "\n".join(str(problem) for problem in found.problems)
