"""The valid parts of a lesson file with errors: they are checked and played, so that an author sees all problems.

A broken part is left out or replaced by a stand-in, and nothing is reported about it, or about what depends on it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.checking.near_names import is_slip
from tutor.engine.checking.silent_mistakes import silent_mistakes
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem, nearest
from tutor.engine.values.replies import Json
from tutor.files.schema_paths import fields_at, path_in_file
from tutor.files.yaml_reader import Node

_SOURCE: Json = {"title": "-", "url": "https://redis.io/"}
"""The source of a stand-in, without which it would be a question that nothing proves."""

_STAND_INS: dict[str, Json] = {
    "title": "-",
    "track": "x",
    "steps": {"actor": "-", "action": "-", "print": "-"},
    "key_moments": {"question": "-", "answer": "-"},
    "quiz": {"question": "-", "number": 0, "source": _SOURCE},
    "practice": {"question": "-", "number": 0, "solution": {"steps": ["-"], "answer": "-"}, "source": _SOURCE},
}
"""The stand-in for a broken part: a field, or an entry of a list of mappings."""

_REFERRED_TO = {"actors", "watch", "variables", "client", "format", "steps"}
"""Fields on which a play, or the meaning of steps, depends; if one of them is broken, nothing else can be judged."""

_WITHOUT_EFFECT = {
    "steps": {"id", "line", "box", "expect"},
    "quiz": {"id", "hint", "hint_costs", "explanation", "mistakes", "steps", "concept", "difficulty", "solution"},
    "practice": {"id", "hint", "hint_costs", "explanation", "mistakes", "steps", "concept", "difficulty"},
    "key_moments": {"steps"},
}
"""Fields of entries that can be left out without a change of what is played, asked or proved."""

MOST_ROUNDS = 6
"""Maximum number of repairs: each can bring errors to light that the one before hid."""


@dataclass(frozen=True, slots=True)
class SoundParts:
    """A lesson with its valid parts; `playable` steps from the start can be played.

    `broken` are the paths of what was left out or replaced. `problems` are those of the valid parts' text.
    """

    lesson: Lesson
    playable: int
    broken: frozenset[Path]
    problems: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all steps can be played."""
        return self.playable == len(self.lesson.steps)

    def concerns(self, problem: Problem) -> bool:
        """Return whether a problem is about a valid part."""
        return not any(problem.path[: len(path)] == path for path in self.broken)

    @property
    def played(self) -> Lesson | None:
        """The lesson to play: the steps up to the first that can't be, and the questions about these steps."""
        if not self.playable:
            return None
        fields = {name: getattr(self.lesson, name) for name in self.lesson.model_fields_set}
        parts = {part: [self._asked(part, each) for each in fields.get(part, [])] for part in ("quiz", "practice")}
        return Lesson.model_validate({**fields, **parts, "steps": self.lesson.steps[: self.playable]})

    def _asked(self, part: str, question: Any) -> Any:
        return question if self.is_whole or self._is_about_played(question) else _STAND_INS[part]

    def _is_about_played(self, question: Any) -> bool:
        # Without a proof a question only gets a warning, which may depend on all steps.
        after = getattr(question.proof, "after", None)
        replaced = getattr(question.proof, "replace", {})
        return after is not None and all(int(number) <= self.playable for number in (after, *replaced))


def sound_parts(details: Sequence[ErrorDetails], root: Node) -> SoundParts | None:
    """Return the valid parts of a lesson with these errors of its schema; None if they do not make a lesson."""
    repair = _Repair(root, deepcopy(root.value))
    lesson = repair.despite(details)
    if lesson is None:
        return None
    found = left = repair.concerned(problems_of(lesson))
    for _ in range(MOST_ROUNDS):
        errors = [problem for problem in left if problem.severity == "error"]
        if not errors:
            break
        for problem in errors:
            repair.leave_out(problem.path)
        repaired = repair.despite(())
        if repaired is None:
            return None
        lesson = repaired
        left = repair.concerned(problems_of(lesson))
    all_silent = list(silent_mistakes(lesson))
    # What texts, proofs and samples say of steps is judged by these, so not if one of them is a stand-in.
    if repair.is_of_sound_steps:
        found = [problem for problem in found if problem not in all_silent]
    else:
        found = [problem for problem in found if problem.severity != "strict"]
    doubtful = repair.doubtful_words()
    silent = [each for each in repair.concerned(all_silent) if not _is_doubtful(each, doubtful)]
    return SoundParts(lesson, repair.playable, frozenset(repair.broken), (*found, *silent))


def _is_doubtful(problem: Problem, words: Iterable[str]) -> bool:
    """Return whether the thing that seems unused may be meant, or misspelt, in a broken part."""
    named = set(re.findall(r"'([^']*)'|^(\w+) never acts", problem.message))
    names = {name for pair in named for name in pair if name}
    return any(name == word or is_slip(name, word) for name in names for word in words)


@dataclass(slots=True)
class _Repair:
    """Leaves out the broken parts of a lesson's value."""

    root: Node
    value: Any
    broken: set[Path]
    unplayable: set[int]

    def __init__(self, root: Node, value: Any) -> None:
        self.root = root
        self.value = value
        self.broken = set()
        self.unplayable = set()

    @property
    def playable(self) -> int:
        """The number of steps before the first that can't be played."""
        return min(self.unplayable, default=len(self.value["steps"]))

    @property
    def is_of_sound_steps(self) -> bool:
        """Whether no step was replaced or has lost its id or a text."""
        return not any(
            path[0] == "steps" and path[2:3] in ((), ("id",), ("action",), ("print",)) for path in self.broken
        )

    def concerned(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems of the parts that are not broken."""
        return [each for each in problems if not any(each.path[: len(path)] == path for path in self.broken)]

    def despite(self, details: Sequence[ErrorDetails]) -> Lesson | None:
        """Return the lesson without its broken parts; None if too much is broken."""
        for _ in range(MOST_ROUNDS):
            if any(not self._mend(detail) for detail in details):
                return None
            try:
                return Lesson.model_validate(self.value)
            except ValidationError as error:
                details = error.errors(include_url=False, include_input=False)
        return None

    def _mend(self, detail: ErrorDetails) -> bool:
        """Leave out the value with this error, and return whether the rest can still be judged."""
        path = path_in_file(detail["loc"], self.root)
        if detail["type"] == "extra_forbidden":
            return self._without_unknown(path, [*fields_at(detail["loc"][:-1])])
        if detail["type"] == "missing" and not path:
            return self._with_stand_in(str(detail["loc"][-1]))
        return self.leave_out(path)

    def _without_unknown(self, path: Path, known: Sequence[str]) -> bool:
        """Leave out an unknown field; the field that it seems to misspell decides what depends on it."""
        *above, name = path
        meant = nearest(str(name), known) or (str(name) if name in known else "")
        if len(path) == 1 and meant:
            return self._with_stand_in(meant) and self._drop(path)
        harmless = _WITHOUT_EFFECT.get(str(path[0]), ())
        another_kind = (
            len(path) == 3 and path[0] == "steps" and name in ("command", "print", "assign", "wait", "crash", "read")
        )
        if len(path) == 3 and ((meant and meant not in harmless) or another_kind):
            return self.leave_out(tuple(above))
        return self._drop(path)

    def _with_stand_in(self, field: str) -> bool:
        """Put the stand-in of a top-level field in its place, and return whether the rest can still be judged."""
        if field in _REFERRED_TO:
            return False
        if isinstance(_STAND_INS.get(field), str):
            self.broken.add((field,))
            self.value[field] = _STAND_INS[field]
            return True
        return self._drop((field,))

    def leave_out(self, path: Path) -> bool:
        """Leave out what is broken at `path`, and return whether the rest can still be judged."""
        if not path or (len(path) == 1 and path[0] in _REFERRED_TO) or (path[0] in _REFERRED_TO and path[0] != "steps"):
            return False
        if len(path) == 1 or not isinstance(_STAND_INS.get(str(path[0])), dict):
            return self._with_stand_in(str(path[0]))
        return self._from_entry(path)

    def _from_entry(self, path: Path) -> bool:
        name, i = str(path[0]), int(path[1])
        if len(path) > 2 and path[2] in _WITHOUT_EFFECT.get(name, ()):
            # Of the claims only the broken one is left out.
            return self._drop(path[:4] if path[2] == "expect" and len(path) > 3 else path[:3])
        if name == "steps" and path[2:] in (("action",), ("print",)):
            self._replace_text(i, str(path[2]))
            return True
        self.broken.add((name, i))
        stand_in = deepcopy(_STAND_INS[name])
        if name == "steps":
            self.unplayable.add(i)
            stand_in["actor"] = self._some_actor()
        self.value[name][i] = stand_in
        return True

    def _replace_text(self, i: int, field: str) -> None:
        """Replace a text that only the page shows; what it prints can't be claimed then."""
        self.value["steps"][i][field] = "-"
        self.broken.add(("steps", i, field))
        expect = self.value["steps"][i].get("expect")
        if field == "print" and isinstance(expect, dict) and expect.pop("output", None):
            self.broken.add(("steps", i, "expect", "output"))

    def _some_actor(self) -> str:
        first = self.value["actors"][0] if self.value.get("actors") else "-"
        return str(first["name"] if isinstance(first, dict) else first)

    def _drop(self, path: Path) -> bool:
        self.broken.add(path)
        holder: Any = self.value
        for part in path[:-1]:
            if isinstance(holder, dict) and part not in holder:
                return True  # an earlier fault has taken the whole part away
            holder = holder[part]
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
            return True
        return False

    def doubtful_words(self) -> frozenset[str]:
        """Return the words of the broken parts as they are in the file."""
        texts = (str(_at(self.root.value, path)) for path in self.broken)
        return frozenset(word for text in texts for word in re.findall(r"[\w:.-]+", text))


def _at(value: Json, path: Path) -> Json:
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value
