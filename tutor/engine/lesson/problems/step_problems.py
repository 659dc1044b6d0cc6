"""Problems of a step that can be found without sending anything."""

from collections.abc import Iterable, Iterator, Sequence

from tutor.engine.lesson.lesson import CLAIMS, Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem, name_facts, no_variable
from tutor.engine.lesson.problems import pasted_text
from tutor.engine.lesson.problems.command_refusals import command_refusal
from tutor.engine.lesson.run_names import is_watched
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.read import ReadStep
from tutor.engine.program.interpolation import names_in, not_filled
from tutor.engine.redis.arguments import LONGEST_COMMAND, option_places, options_from
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.table import ALLOWED, traits_of
from tutor.engine.values.wording import counted


def step_problems(lesson: Lesson, i: int, step: StepFields) -> Iterator[Problem]:
    """Yield the problems of the step at index `i`: names, numbers and commands that do not exist."""
    at: Path = ("steps", i)
    yield from _reference_problems(lesson, step, at)
    yield from _claim_problems(lesson, step, at)
    for field, text in step.texts.items():
        names = names_in(text, lesson.redis_client.strings)
        yield from _variable_problems(lesson, names, (*at, *step.path_of(field)))
        yield from _brace_warnings(lesson, text, (*at, *step.path_of(field)))
    yield from _command_problems(lesson, step, (*at, step.kind))
    yield from _variable_problems(lesson, step.saves, (*at, step.saves_field))
    if isinstance(step, CommandStep):
        yield from _save_problems(lesson, step, at)
    if isinstance(step, ReadStep):
        yield from _read_problems(lesson, i, step)


def _command_problems(lesson: Lesson, step: StepFields, path: Path) -> Iterator[Problem]:
    if isinstance(step, CommandStep):  # its line may not even split into words
        yield from command_problems(lesson, step, path)
        return
    for command in step.templates:
        yield from _words_problems(lesson, command.words, path)


def _read_problems(lesson: Lesson, i: int, step: ReadStep) -> Iterator[Problem]:
    if step.pick and not step.saves:
        message = "`pick` chooses which part of the message is saved; name a variable: `read: message`"
        yield Problem(("steps", i, "pick"), message)
    if not step.pick and lesson.listens_from.get(step.actor, i) >= i:  # picking a part of None fails anyway
        message = f"{step.actor} has subscribed to nothing before this step, so there is nothing to read"
        yield Problem(("steps", i, "read"), message, "warning")


def _brace_warnings(lesson: Lesson, text: str, path: Path) -> Iterator[Problem]:
    for part in not_filled(text, lesson.start_variables, lesson.redis_client.strings):
        message = f"{part} stays as it is: only {{name}} and {{name!r}} show a variable; {{{{ is a brace"
        yield Problem(path, message, "warning")


def _save_problems(lesson: Lesson, step: CommandStep, at: Path) -> Iterator[Problem]:
    if step.save is not None:
        yield from _reader_problems(lesson, step, (*at, "save"))
    elif "pick" in step.model_fields_set:
        yield Problem((*at, "pick"), "`pick` chooses which part of the reply is saved; add `save`")
    if lesson.format == 1 and any(isinstance(place, str) for place in step.places):
        yield Problem((*at, "pick"), "in format 1 a reply has only numbered parts; add `format: 2` for names")


def _reader_problems(lesson: Lesson, step: CommandStep, path: Path) -> Iterator[Problem]:
    """Yield the problem of saving a message on arrival although the actor reads it later."""
    if traits_of(step.template).pubsub == "begins" and step.actor in lesson.readers:
        message = f"{step.actor} reads its messages in `read` steps, which save them; leave `save` out here"
        yield Problem(path, message)


def _reference_problems(lesson: Lesson, step: StepFields, at: Path) -> Iterator[Problem]:
    names = [actor.name for actor in lesson.cast]
    if step.actor not in names:
        message = f"there is no actor {step.actor!r}; actors: {', '.join(names)}"
        yield Problem((*at, "actor"), message, facts=name_facts(step.actor, names, "an actor"))
    lines = lesson.sample.lines_count if lesson.sample else 0
    if step.line and step.line > lines:
        yield Problem((*at, "line"), f"there is no line {step.line}; the sample has {counted(lines, 'line')}")
    boxes = len(lesson.flow.boxes) if lesson.flow else 0
    if step.box and step.box > boxes:
        yield Problem((*at, "box"), f"there is no box {step.box}; the flow has {counted(boxes, 'box', 'boxes')}")


def _claim_problems(lesson: Lesson, step: StepFields, at: Path) -> Iterator[Problem]:
    known = (*lesson.watch, *lesson.start_variables, *CLAIMS)
    for name in step.expect:
        if name not in known and not is_watched(lesson, name):
            message = f"nothing is called {name!r} here; known: {', '.join(known)}"
            yield Problem((*at, "expect", name), message, facts=name_facts(name, known, "a name to claim"))


def _variable_problems(lesson: Lesson, names: Iterable[str], path: Path) -> Iterator[Problem]:
    return (no_variable(name, lesson.start_variables, path) for name in names if name not in lesson.start_variables)


LONGEST_LINE = 200
"""Maximum number of characters of a command in a message."""


def _no_command_line(step: CommandStep) -> str:
    """Return the reason why the step's command could not be typed in redis-cli, "" if it could."""
    if not isinstance(step.command, str):
        return pasted_text.list_problem(step.command)
    if problem := pasted_text.python_problem(step.command) or pasted_text.pasting_problem(step.command):
        return problem
    try:
        split_command(step.command)
    except BadCommandLine as bad:
        return f"{bad}: {step.command[:LONGEST_LINE]}"
    return pasted_text.look_alike_problem(step.command) or pasted_text.joined_problem(step.command)


def command_problems(lesson: Lesson, step: CommandStep, path: Path) -> Iterator[Problem]:
    """Yield the problems that prevent the step's command from being sent; `path` leads to the command in the file."""
    if unreadable := _no_command_line(step):
        yield Problem(path, unreadable)
        return
    yield from _words_problems(lesson, step.template, path)


def _words_problems(lesson: Lesson, words: Sequence[str], path: Path) -> Iterator[Problem]:
    """Yield the problems that prevent a command, split into words, from being sent."""
    if refusal := command_refusal(words):
        known = ALLOWED if refusal.meant else ()
        name = words[0].upper() if words else ""
        yield Problem(path, refusal.message, facts=Facts(word=name, known=known, meant="".join(refusal.meant[:1])))
        return
    if len(words) > LONGEST_COMMAND:
        yield Problem(path, f"the command has {len(words)} words; at most {LONGEST_COMMAND} are allowed")
    yield from _option_problems(words, path)
    yield from _variable_problems(lesson, (name for word in words for name in names_in(word)), path)
    for word in words:
        yield from _brace_warnings(lesson, word, path)


def _option_problems(words: Sequence[str], path: Path) -> Iterator[Problem]:
    command = traits_of(words)
    if command.only and [word.upper() for word in words[options_from(command, words) :]] not in ([], [command.only]):
        # COPY with DB would write to another database of the server, which no sweep of corners empties.
        yield Problem(path, f"{command.name} takes no option here but {command.only}: a lesson has one database")
    if "STREAMS" in [word.upper() for word in words[4 : max(option_places(words), default=0)]]:
        # With such a name COMMAND GETKEYS finds the wrong keys, and so do the server's access rights.
        yield Problem(path, "a group or consumer can't be called STREAMS here: servers take it for the option")
    for place in option_places(words):
        if list(names_in(words[place])):
            # The variable could become BLOCK, but whether a lesson needs connections is decided before it is played.
            yield Problem(path, f"the option {words[place]!r} can't hold a variable")
