"""Problems of a schema-valid lesson that can be found without playing it."""

from collections.abc import Iterable, Iterator
from itertools import islice

from tutor.engine.checking.flow_problems import flow_problems
from tutor.engine.checking.question_problems import question_problems, questions_of, step_number_problems
from tutor.engine.checking.reference_problems import reference_problems
from tutor.engine.checking.sample_problems import sample_problems
from tutor.engine.checking.silent_mistakes import silent_mistakes
from tutor.engine.checking.step_lists import step_list_problems
from tutor.engine.checking.unrun_commands import unrun_commands
from tutor.engine.lesson.lesson import CLAIMS, Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.problems.name_problems import pattern_problems
from tutor.engine.lesson.problems.program_problems import program_problems
from tutor.engine.lesson.problems.step_problems import step_problems
from tutor.engine.playing.player import MOST_STEPS
from tutor.engine.program.limits import MOST_COSTLY
from tutor.engine.redis.costs import cost_of

MOST_KEYS = 32
"""Maximum number of keys per lesson."""

MOST_CHANNELS = 32
"""Maximum number of channels per lesson."""

MOST_STEP_PROBLEMS = 201
"""Stop after this many step problems: one above the reporting limit of a file."""


def problems_of(lesson: Lesson) -> list[Problem]:
    """Return the problems of a schema-valid lesson: dangling references, repeated names, exceeded limits."""
    of_steps = (problem for i, step in enumerate(lesson.steps) for problem in step_problems(lesson, i, step))
    found = list(islice(of_steps, MOST_STEP_PROBLEMS))
    found += _name_problems(lesson)
    if not _has_bad_command(found):
        found += pattern_problems(lesson)
    if lesson.format == 1 and lesson.client:
        found.append(Problem(("client",), "`client` is a field of format 2: add `format: 2`, or see `lessons upgrade`"))
    found += program_problems(lesson)
    found += _repeated_ids(lesson)
    for i, moment in enumerate(lesson.key_moments):
        found += step_number_problems(lesson, moment.steps, ("key_moments", i, "steps"))
    found += question_problems(lesson)
    found += flow_problems(lesson)
    found += sample_problems(lesson)
    found += reference_problems(lesson)
    found += step_list_problems(lesson)
    found += unrun_commands(lesson)
    if not _has_bad_command(found):
        found += _size_problems(lesson)
    if not any(problem.severity == "error" for problem in found):
        found += silent_mistakes(lesson)
    return found


def _has_bad_command(found: Iterable[Problem]) -> bool:
    """Return whether any command can't be parsed or sent, so that nothing can be derived from the commands."""
    return any("command" in problem.path for problem in found)


def _repeated_ids(lesson: Lesson) -> Iterator[Problem]:
    """Yield each id already used by an earlier step or question."""
    steps: list[tuple[Path, str | None]] = [(("steps", i), step.id) for i, step in enumerate(lesson.steps)]
    named = [*steps, *((at, question.id) for at, question in questions_of(lesson))]
    first: dict[str, Path] = {}
    for at, id_ in named:
        if id_ in first:
            yield Problem((*at, "id"), f"the id {id_!r} is already that of {_place(first[id_])}")
        elif id_:
            first[id_] = at


def _place(at: Path) -> str:
    noun = {"steps": "step", "quiz": "question", "practice": "practice task"}[str(at[0])]
    return f"{noun} {int(at[1]) + 1}"


def _size_problems(lesson: Lesson) -> Iterator[Problem]:
    if len(lesson.keys) > MOST_KEYS:
        yield Problem(("steps",), f"the steps touch {len(lesson.keys)} keys; a lesson may have {MOST_KEYS}")
    channels = sum(map(len, lesson.named_channels.values()))
    if channels > MOST_CHANNELS:
        message = f"the steps name {channels} channels; a lesson may have {MOST_CHANNELS}"
        yield Problem(("steps",), message)
    costly = sum(cost_of(command.words) == "product" for _, command in lesson.commands)
    if costly > MOST_COSTLY:
        yield Problem(("steps",), f"{costly} steps send LCS, or SORT with GET; a lesson may have {MOST_COSTLY}")
    if lesson.needs_connections and len(lesson.steps) > MOST_STEPS:
        message = f"the lesson has {len(lesson.steps)} steps; one whose actors wait or subscribe may have {MOST_STEPS}"
        yield Problem(("steps",), message)


def _name_problems(lesson: Lesson) -> Iterator[Problem]:
    names = [actor.name for actor in lesson.cast]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Problem(("actors", i), f"the actor {name!r} is already there")
    for name in lesson.start_variables:
        if not name.isidentifier():
            yield Problem(("variables",), f"{name!r} is no name for a variable")
        if name in CLAIMS or name in lesson.watch:
            yield Problem(("variables",), f"{name!r} can't name a variable here: `expect` needs that name otherwise")
    for key in lesson.watch:
        if key in CLAIMS:
            yield Problem(("watch",), f"{key!r} can't be a watched key: `expect` needs that name otherwise")
