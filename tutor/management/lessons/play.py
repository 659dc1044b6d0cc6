"""`manage.py lessons play`: a lesson in the terminal, step by step as a learner's clicks run it."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tutor import library, proof_files
from tutor.authoring import diagnostics
from tutor.authoring.diagnostics import Paint
from tutor.drawing.rows import reply_lines
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.proved_lines import proved_lines
from tutor.engine.playing import player
from tutor.engine.playing.moment import is_waiting_for
from tutor.engine.redis import key_states
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import Sent, TraceEntry
from tutor.engine.trace.happenings import unread_text
from tutor.engine.values import refusals, serialization
from tutor.engine.values.formatting import as_redis_cli, visible
from tutor.engine.values.replies import Json
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.management.lessons.shelf import lesson_file
from tutor.management.lessons.verb import Say
from tutor.ports import corners
from tutor.server_urls.parts import BadUrl
from tutor.server_urls.redis_url import checked_redis_url


class PlayLesson:
    """Plays one lesson and prints the result of each step; exit status 1 if it can't be played to its end."""

    summary = "Run the steps of a lesson, as a learner's clicks do, and print the result of each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the lesson, the form of the output and the server."""
        parser.add_argument("lesson", type=Path, help="a lesson file, or a lesson's name")
        parser.add_argument("--json", action="store_true", help="print one JSON array, an object a step")
        parser.add_argument("--on", metavar="URL", help="the server to play on, as in REDIS_URL; by default that one")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Play the lesson and print it."""
        if options["on"]:
            # The connection is made at its first use, which comes after this line.
            settings.REDIS_URL = _checked(options["on"])
        path = lesson_file(options["lesson"])
        lesson, problems = _lesson(path)
        if lesson is None:
            say("\n".join(diagnostics.as_text(problems, lambda _: "", options["paint"])))
            return 1
        try:
            entries = player.play(lesson, corners.temporary(lesson))
        except StepFault as fault:
            raise CommandError(f"{path}: step {fault.position} of {len(lesson.steps)}: {fault}") from fault
        ran = _lines_that_ran(lesson, path)
        if options["json"]:
            say(json.dumps([record(lesson, entry) | {"ran": ran.get(entry.position)} for entry in entries], indent=2))
        else:
            say(_rendered(_table(lesson, entries, ran), options["paint"]))
        return 0


def _checked(url: str) -> str:
    try:
        return checked_redis_url(url)
    except BadUrl as problem:
        raise CommandError(str(problem)) from None


def _lesson(path: Path) -> tuple[Lesson | None, Sequence[library.LocatedProblem]]:
    try:
        reading = library.read(start_of(path, LARGEST_FILE + 1), str(path))
    except OSError as fault:
        raise CommandError(f"{path} can't be read: {fault.strerror}.") from fault
    return reading.lesson, reading.problems


def _lines_that_ran(lesson: Lesson, path: Path) -> dict[int, str]:
    """Return the line of the program that ran at each step, as `file:line`, if the proof file beside it is valid."""
    found = proof_files.beside(path)
    proved = proved_lines(lesson, found.proof) if found else None
    return {position: f"{line.file}:{line.number}" for position, line in proved.lines.items()} if proved else {}


def record(lesson: Lesson, entry: TraceEntry) -> dict[str, Json]:
    """Return a step as an object of the JSON output; `keys` are as in `expect`, `reply` as redis-cli prints it.

    `unread` counts the messages that each actor has not read after the step. Variables and the output are written as
    engine/values/serialization.py does. A reply is None while the client waits for it.
    """
    return {
        "position": entry.position,
        "id": lesson.step_ids[entry.position - 1],
        "actor": entry.actor,
        "action": entry.action,
        "line": entry.line,
        "sent": [{"words": each.words, "reply": _reply(entry, each)} for each in entry.sent],
        "keys": {key: key_states.as_value(state) for key, state in entry.keys.items()},
        "variables": serialization.all_stored(entry.variables),
        "output": serialization.as_stored(entry.output),
        "refusal": refusals.as_stored(entry.refusal) if entry.refusal else None,
        "unread": {actor: lane["unread"] for actor, lane in entry.lanes.items() if "unread" in lane},
    }


def _reply(entry: TraceEntry, sent: Sent) -> str | None:
    """Return the reply as redis-cli prints it, None while the client waits for it."""
    return None if is_waiting_for(entry, sent) else "\n".join(as_redis_cli(sent.reply))


def _sent_lines(story: Story) -> list[str]:
    """Return the command and its reply, or the step's line of Python."""
    if story.entry.command:
        return [f"> {story.entry.command}", *reply_lines(story)]
    return [f">>> {story.appearance.call}"] if story.appearance.call else []


def _unread(entry: TraceEntry) -> list[str]:
    """Return a line for each actor with unread messages whose number this step changed."""
    now = {actor: unread_text(lane) for actor, lane in entry.lanes.items()}
    before = {actor: unread_text(lane) for actor, lane in entry.lanes_before.items()}
    return [f"({actor}: {text})" for actor, text in now.items() if text and text != before.get(actor)]


def _output(entry: TraceEntry) -> str:
    """Return the output of the program, or the error that it raises."""
    return entry.refusal.said if isinstance(entry.refusal, refusals.ProgramError) else entry.output_text


def _table(lesson: Lesson, entries: Sequence[TraceEntry], ran: Mapping[int, str]) -> Table:
    """Return the play as the execution table of the lesson's page: a row per step, a column per watched key.

    `ran`: the line that ran at each step, for a column of its own, by position; empty without a proof.
    """
    appeared = [key for key, _ in entries[-1].appeared]
    drawn = Table(box=box.SIMPLE_HEAD, title=Text(diagnostics.printable(lesson.title)), title_justify="left")
    for heading in ("Step", "Action", "Command and reply", *map(visible, (*lesson.watched, *appeared)), "Output"):
        drawn.add_column(Text(heading), justify="right" if heading == "Step" else "left", overflow="fold")
    if ran:
        drawn.add_column(Text("Line that ran"), overflow="fold")
    for entry in entries:
        lines = [*_sent_lines(Story.of(lesson, entry)), *_unread(entry)]
        states = [entry.value_text(key) for key in (*lesson.watched, *appeared)]
        cells = [str(entry.position), f"{entry.actor}: {entry.action}", "\n".join(lines), *states, _output(entry)]
        cells += [ran.get(entry.position, "")] if ran else []
        drawn.add_row(*map(Text, map(diagnostics.printable_lines, cells)))
    return drawn


def _rendered(table: Table, paint: Paint) -> str:
    has_colours = paint is diagnostics.painted
    console = Console(file=StringIO(), force_terminal=has_colours, no_color=not has_colours, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
