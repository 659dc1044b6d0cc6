"""Scenarios: the lines of a proof as a small lesson, which the player plays like any other."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problems.step_problems import command_problems
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.program.python_source import syntax_tree
from tutor.engine.redis import redis_py
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.redis_py import NoCommand

NOBODY = "client"
"""The actor of a line that names none."""

ANSWER = "{answer}"
"""The place of the answer that is tried in a scenario's lines."""

MOST_WATCHED = 32

MAY_FAIL = {"error": ""}
"""The claim of a step that may be refused: any error begins with this."""

_LINE = re.compile(
    r"(?:(?P<actor>[a-z][a-z0-9_]*):\s+)?(?:(?P<second>_,\s*)?(?P<name>[A-Za-z_]\w*)\s*=(?!=)\s*)?(?P<act>.*)",
    re.DOTALL,
)
_WAIT = re.compile(r"wait (\d{1,5}(?:\.\d{1,3})?)")
_CALL = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*\(.*\)", re.DOTALL)


class NotProvable(TutorError):
    """The proof names a step, key or variable that does not exist, or a line that can't be sent."""


def with_answer(lines: Sequence[str], answer: Sequence[str]) -> list[str]:
    """Return a scenario's lines with an answer at its place: for each {answer}, or else after the last line."""
    if not any(ANSWER in line for line in lines):
        return [*lines, *answer]
    return [line.replace(ANSWER, "; ".join(answer)) for line in lines]


def scenario(lesson: Lesson, lines: Sequence[str]) -> Lesson:
    """Return the small lesson whose steps are these lines, for a program with the lesson's client. Raises: NotProvable.

    A line is `actor: NAME = COMMAND`, of which only the command is needed; `_, NAME =` saves the second part alone, as
    Python does. In place of a command it may have a call of redis-py, `wait 5`, `crash`, `read` or `print TEXT`. A
    command after `try` may be refused.
    """
    steps = [_step(line) for line in lines]
    found = _lesson(lesson, steps, [])
    keys = [key for key in found.keys_touched if len(key) <= 200][:MOST_WATCHED]
    found = _lesson(lesson, steps, [key for key in keys if key not in found.names_taken])
    for step in found.steps:
        for problem in command_problems(found, step, ()) if isinstance(step, CommandStep) else ():
            if problem.severity == "error":
                raise NotProvable(f"{step.line_shown} can't be sent: {problem.message}")
    return found


def _lesson(lesson: Lesson, steps: Sequence[Mapping[str, Any]], watch: list[str]) -> Lesson:
    if not steps:
        raise NotProvable("the scenario has no lines")
    saved = [step[field] for step in steps for field in ("save", "read") if isinstance(step.get(field), str)]
    try:
        return Lesson.model_validate(
            {
                "format": lesson.format,
                "title": "Scenario",
                "track": lesson.track,
                "actors": list(dict.fromkeys(step["actor"] for step in steps)),
                "watch": watch,
                "variables": list(dict.fromkeys(saved)),
                **({"client": lesson.client} if lesson.client else {}),
                "steps": steps,
            }
        )
    except ValidationError as fault:
        raise NotProvable(f"this is no scenario: {fault.errors()[0]['msg']}") from None


def words_sent(line: str) -> tuple[str, list[str]]:
    """Return the actor of a scenario's line, "" for none, and the words of its command; none if it sends nothing."""
    parts = _parts(line)
    act = str(parts["act"]).strip().removeprefix("try ")
    actor = parts["actor"] or ""
    if _WAIT.fullmatch(act) or act in ("crash", "read") or act.startswith("print "):
        return actor, []
    try:
        return actor, _words_of_call(act) if _CALL.fullmatch(act) else split_command(act)
    except (BadCommandLine, NotProvable):
        return actor, act.split()


def seconds_waited(line: str) -> str:
    """Return the number in a line such as `anna: wait 40`, "" in any other."""
    found = _WAIT.fullmatch(str(_parts(line)["act"]).strip())
    return found[1] if found else ""


def is_crash(line: str) -> bool:
    """Return whether a line cuts its actor's connection."""
    return str(_parts(line)["act"]).strip() == "crash"


def is_tried(line: str) -> bool:
    """Return whether a line's command may be refused."""
    return str(_parts(line)["act"]).strip().startswith("try ")


def _parts(line: str) -> Mapping[str, str | None]:
    found = _LINE.fullmatch(line.strip())
    return found.groupdict() if found else {"actor": None, "second": None, "name": None, "act": line}


def _step(line: str) -> Mapping[str, Any]:
    parts = _parts(line)
    act = str(parts["act"]).strip()
    step: dict[str, Any] = {"actor": parts["actor"] or NOBODY, "action": " ".join(line.split())[:200] or "-"}
    if is_tried(line):
        step["expect"] = MAY_FAIL
    return {**step, **_act(act.removeprefix("try "), parts["name"]), **({"pick": 1} if parts["second"] else {})}


def _act(act: str, name: str | None) -> Mapping[str, Any]:
    if waited := _WAIT.fullmatch(act):
        return {"wait": float(waited[1])}
    if act == "crash":
        return {"crash": True}
    if act == "read":
        return {"read": name or True}
    if act.startswith("print "):
        return {"print": act.removeprefix("print ")}
    save = {"save": name} if name else {}
    return {"command": _words_of_call(act) if _CALL.fullmatch(act) else act, **save}


def _words_of_call(text: str) -> list[str]:
    """Return the words that a call of redis-py with literal arguments sends. Raises: NotProvable."""
    try:
        call = syntax_tree(text, "eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            raise NotProvable(f"{text} is no call of a method")
        args = list(_literals(call.args))
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords if each.arg}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotProvable(f"{text} has arguments that are no literals") from None
    try:
        words = redis_py.words_of_call(call.func.attr, args, named)
    except NoCommand as fault:
        raise NotProvable(f"{text} sends no command: {fault}") from None
    # In a step's words a brace begins a variable, and a call's arguments are literal.
    return [word.replace("{", "{{").replace("}", "}}") for word in words]


def _literals(args: Sequence[ast.expr]) -> Iterator[Any]:
    for each in args:
        yield ast.literal_eval(each)
