"""The hands after each step: in our lessons as a transcript to read, and for each kind of taking and finishing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.drawing.test_picture import lesson_of
from tests.lessons import OURS
from tests.tables import for_each
from tutor import library
from tutor.drawing.picture import picture
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

LESSONS = Path(__file__).parent.parent.parent / "lessons"
TRANSCRIPT = Path(__file__).with_name("hands.txt")


def hands(lesson: Lesson, entry: TraceEntry) -> str:
    """Return who holds what after a step: `Anna 'mail', Ben 'report' and 1 more`."""
    shown = picture(lesson, Story.of(lesson, entry))
    held = [
        f"{actor.label} {actor.holding.text}" + (f" and {actor.holding_more} more" if actor.holding_more else "")
        for actor in (*shown.producers, *shown.consumers)
        if actor.holding
    ]
    return ", ".join(held) or "-"


def test_the_hands_in_our_lessons_are_those_of_the_transcript():
    # A changed line is read against the lesson's story before the transcript is changed.
    found = []
    for file in OURS:
        lesson = library.read(file.read_text(), file.name).lesson
        assert lesson
        found.append(f"\n{file.stem}\n")
        entries = player.play(lesson, corners.temporary(lesson))
        found += [f"{entry.position:>2}  {entry.action}\n      {hands(lesson, entry)}\n" for entry in entries]
    assert "".join(found).strip() == TRANSCRIPT.read_text().strip()


def after(*lines: str, actors: Sequence[str] = ("producer", "consumer", "other"), **watch: str) -> str:
    """Return the hands after these steps: `consumer: RPOP queue -> task`, `consumer: print {task}`."""
    lesson = lesson_of([step(line) for line in lines], watch or {"queue": "list"})
    return hands(lesson, player.play(lesson, corners.temporary(lesson))[-1])


def step(line: str) -> Mapping[str, Any]:
    actor, _, rest = line.partition(": ")
    command, _, save = rest.partition(" -> ")
    kind, _, text = command.partition(" ")
    if kind in ("print", "read"):
        return {"actor": actor, kind: text}
    if kind == "crash":
        return {"actor": actor, "crash": True}
    if kind == "assign":
        return {"actor": actor, "assign": {text: None}}
    return {"actor": actor, "command": command, **({"save": save} if save else {})}


FILLED = "producer: RPUSH queue a b c"
POP = "consumer: LPOP queue -> task"
KEEP = "consumer: LMOVE queue working LEFT RIGHT"
GROUP = ("producer: XADD log 1-0 job mail", "producer: XGROUP CREATE log g 0")


@for_each(
    ("lines", "held"),
    [
        # Taking.
        ([FILLED, POP], "Consumer 'a'"),
        ([FILLED, "consumer: LPOP queue 3"], "Consumer 'c' and 2 more"),
        ([FILLED, "consumer: LMPOP 1 queue LEFT COUNT 2"], "Consumer 'b' and 1 more"),
        ([FILLED, KEEP], "Consumer 'a'"),
        (["producer: SET s v", "consumer: GETDEL s -> task"], "Consumer 'v'"),
        (["producer: ZADD z 1 a", "consumer: ZPOPMIN z"], "Consumer 'a'"),
        ([*GROUP, "consumer: XREADGROUP GROUP g c STREAMS log >"], "Consumer 'mail'"),
        ([*GROUP, "consumer: XREADGROUP GROUP g c NOACK STREAMS log >"], "Consumer 'mail'"),
        (
            [*GROUP, "other: XREADGROUP GROUP g o STREAMS log >", "consumer: XAUTOCLAIM log g c 0 0"],
            "Consumer 'mail', Other 'mail'",
        ),
        (["producer: ZADD z 1 a", "consumer: ZRANGE z 0 -1", "consumer: ZREM z a"], "Consumer 'a'"),
        (["consumer: BLPOP queue 0", FILLED], "Consumer 'a'"),
        ([FILLED, "consumer: MULTI", "consumer: LPOP queue", "consumer: EXEC"], "Consumer 'a'"),
        # Looking, counting and deleting take nothing.
        ([FILLED, "consumer: LRANGE queue 0 -1 -> task"], "-"),
        ([FILLED, "consumer: LINDEX queue 0 -> task"], "-"),
        ([FILLED, "consumer: LLEN queue -> task"], "-"),
        (["producer: SET s v", "consumer: GET s -> task"], "-"),
        (["producer: ZADD z 1 a", "consumer: ZREM z a"], "-"),
        (["producer: ZADD z 1 a", "consumer: ZRANGE z 0 -1", "other: ZREM z a", "consumer: ZREM z a"], "-"),
        ([*GROUP, "consumer: XREAD STREAMS log 0"], "-"),
        ([FILLED, "consumer: LMOVE queue queue LEFT RIGHT"], "-"),
        ([FILLED, "consumer: MULTI", "consumer: LPOP queue"], "-"),
        # Finishing.
        ([FILLED, POP, "consumer: print Got {task}"], "Consumer 'a'"),
        ([FILLED, POP, "consumer: print Got {task}", "producer: print x"], "-"),
        ([FILLED, POP, "consumer: print Begin", "producer: print x"], "Consumer 'a'"),
        ([FILLED, POP, "consumer: RPUSH queue a"], "-"),
        ([FILLED, POP, "consumer: LPUSH done result"], "-"),
        ([FILLED, POP, "consumer: LPUSH log started", "consumer: print Got {task}"], "Consumer 'a'"),
        ([FILLED, POP, "consumer: assign task"], "-"),
        ([FILLED, POP, "consumer: crash"], "-"),
        ([FILLED, POP, "consumer: LPOP queue -> task"], "Consumer 'b'"),
        ([FILLED, POP, "consumer: LPOP nothing -> task"], "-"),
        ([FILLED, KEEP, "consumer: print Doing a", "producer: print x"], "Consumer 'a'"),
        ([FILLED, KEEP, "consumer: LREM working 1 a"], "-"),
        ([FILLED, KEEP, "consumer: LMOVE working done LEFT RIGHT"], "-"),
        (
            [FILLED, KEEP, "consumer: crash", "other: LMOVE working queue LEFT LEFT"],
            "-",
        ),
        ([*GROUP, "consumer: XREADGROUP GROUP g c STREAMS log >", "consumer: XACK log g 1-0"], "-"),
        ([*GROUP, "consumer: XREADGROUP GROUP g c STREAMS log >", "consumer: XACK log g 9-0"], "Consumer 'mail'"),
    ],
)
def test_a_hand_holds_what_its_actor_took_and_has_not_finished(lines: list[str], held: str):
    assert after(*lines) == held


@pytest.fixture
def popped() -> tuple[Lesson, list[TraceEntry]]:
    lesson = lesson_of([step(line) for line in (FILLED, POP, "producer: print x")], {"queue": "list"})
    return lesson, player.play(lesson, corners.temporary(lesson))


def test_a_stored_entry_has_its_hands(popped):
    lesson, entries = popped
    assert hands(lesson, TraceEntry.from_json(entries[2].as_json())) == "Consumer 'a'"


def test_an_entry_of_an_older_version_shows_what_its_own_step_took(popped):
    lesson, entries = popped
    older = [replace(entry, hands=None) for entry in entries]
    assert [hands(lesson, entry) for entry in older] == ["-", "Consumer 'a'", "-"]


def test_a_listener_is_done_with_a_message_that_no_step_uses():
    lines = ["consumer: SUBSCRIBE chat", "producer: PUBLISH chat hello"]
    assert after(*lines) == "Consumer 'hello'"
    assert after(*lines, "producer: print x") == "-"
