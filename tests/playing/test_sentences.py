"""Sentences made by the program are true, in random lessons and with values that look like something else."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from random import Random
from types import SimpleNamespace

import pytest
from django.template.loader import get_template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.choices import require_choices
from tests.fuzzing import slowly
from tests.playing import random_lessons
from tests.playing.hands_oracle import require_hands
from tests.playing.lane_oracle import require_column, require_hero
from tests.playing.question_oracle import Drawn
from tests.playing.sentence_oracle import Oracle, Unproved
from tests.playing.test_one_performance import of_server, read
from tutor.assessment import predictions
from tutor.authoring import proving
from tutor.drawing.lanes import column, frame
from tutor.drawing.stage import Stage
from tutor.engine.asking.step_choices import step_choices
from tutor.engine.asking.trace_questions import trace_questions
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

pytestmark = pytest.mark.slow

LOOK_ALIKES = (
    "None",
    "[]",
    "['a', 'b']",
    "(nil)",
    "it's",
    'say "x"',
    "a; b is now 3",
    "a; b = 3",
    " ",
    "1-1",
    "\\",
    "\n",
    "🐇",
    "\ud800",
)
"""Values that look like something else: nothing, a list, a clause of a sentence, an id."""


REQUEST = RequestFactory().get("/")


def typed(value: str) -> str:
    """Return the value as it is typed in redis-cli, by its bytes."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in value.encode("utf-8", "surrogatepass")) + '"'


def with_look_alikes(text: str, seed: int) -> str:
    """Return a random lesson's text in which two plain values are others."""
    chance, fields = Random(seed), json.loads(text)
    one, other = chance.choice(LOOK_ALIKES), chance.choice(LOOK_ALIKES)
    for step in fields["steps"]:
        if "command" in step:
            step["command"] = step["command"].replace('"b"', typed(one)).replace('"two words"', typed(other))
    return json.dumps(fields)


def played(text: str, seed: int) -> tuple[Lesson, Sequence[TraceEntry]]:
    lesson = of_server(with_look_alikes(text, seed))
    return lesson, proving.play(lesson, corners.temporary)


@slowly(150)
@given(text=random_lessons.lessons() | random_lessons.lessons_of_chance(), seed=st.integers(0, 1000))
def test_every_sentence_about_a_step_is_true(text, seed):
    lesson, entries = played(text, seed)
    labels = {actor.name: actor.shown for actor in lesson.cast}
    for entry in entries:
        Oracle(entry, labels).require(Story.of(lesson, entry).sentence)


@slowly(150)
@given(text=random_lessons.lessons() | random_lessons.lessons_of_chance(), seed=st.integers(0, 1000))
def test_the_lanes_show_what_came_to_whom_and_who_waits(text, seed):
    lesson, entries = played(text, seed)
    labels = {actor.name: actor.shown for actor in lesson.cast}
    for entry in entries:
        drawn = column(lesson, Story.of(lesson, entry))
        Oracle(entry, labels).require(drawn.about)
        require_column(drawn, frame(lesson), entry)
    for place, entry in enumerate(entries, 1):
        hero = Stage(lesson, "random", None, place, place, entry).hero
        assert hero
        require_hero(hero, entry)


@slowly(150)
@given(text=random_lessons.lessons() | random_lessons.lessons_of_chance(), seed=st.integers(0, 1000))
def test_a_hand_holds_only_what_its_actor_took_and_has_not_given_away(text, seed):
    _, entries = played(text, seed)
    require_hands(entries, [held(entry) for entry in entries])


def held(entry: TraceEntry) -> dict[str, list[str]]:
    """Return what is in each hand after a step."""
    assert entry.hands is not None
    items = entry.hands.get("held", {})
    return {actor: [each["value"] for each in values] for actor, values in items.items()}


@slowly(100)
@given(text=random_lessons.lessons() | random_lessons.lessons_of_chance(), seed=st.integers(0, 1000))
def test_a_question_about_a_step_shows_nothing_that_comes_of_it(text, seed):
    lesson, entries = played(text, seed)
    fields = lesson.model_dump(exclude_unset=True)
    silent = Lesson.model_validate(
        {**fields, "steps": [{**step, "action": "Canary {x!r}"} for step in fields["steps"]]}
    )
    for place in range(len(entries)):
        before = entries[place - 1] if place else None
        stage = Stage(silent, "random", None, place, place, before)
        asked = predictions._shown_ask(stage, ())
        panel = predictions.Panel(is_on=True, ask=asked, score=predictions.PredictionScore(0, 0, 0))
        page = get_template("predictions/_ask.html").render(
            {"panel": panel, "lesson": SimpleNamespace(slug="random")}, REQUEST
        )
        assert "Canary" not in page
        # The heading is made of the actor's label and the command's name alone.
        name = r"[A-Z_]+( [A-Z]+)?"
        assert re.fullmatch(
            rf"\w+ (sends {name}|prints a line|sets [xyn]|reads from its client's buffer)|\w+'s connection is cut"
            r"|[\d.]+ (s|min|h) pass(es)?",
            asked.preview.announced,
        ), asked.preview.announced


@slowly(20)
@given(text=random_lessons.lessons() | random_lessons.lessons_of_chance(), seed=st.integers(0, 1000))
def test_choices_are_the_result_and_what_played_mistakes_give(text, seed):
    lesson, entries = played(text, seed)
    place = seed % len(entries)
    found = step_choices(lesson, place + 1, lambda other: proving.play(other, corners.temporary))
    if found.choices:
        require_choices(lesson, entries[place], found.choices)


ASKED_ABOUT = (
    "LPUSH RPUSH LPOP RPOP LMOVE LRANGE LLEN SADD SREM SMEMBERS SET GET APPEND GETDEL INCR DECR DEL SETNX LPUSHX"
).split()


@slowly(100)
@given(seed=st.integers(0, 2**40))
def test_every_question_drawn_from_a_trace_is_true(seed):
    writer = random_lessons.Writer(Random(seed), ("p", "c"), tuple(ASKED_ABOUT))
    text = random_lessons.text_of([*islice(writer.steps(), 3 + seed % 15)], ("p", "c"))
    lesson, entries = played(text, seed)
    fields = lesson.model_dump(exclude_unset=True)

    def play(exchange: Callable[[str], str]) -> Sequence[TraceEntry]:
        steps = [
            {**step, "command": exchange(step["command"])} if "command" in step else step for step in fields["steps"]
        ]
        return proving.play(Lesson.model_validate({**fields, "steps": steps}), corners.temporary)

    labels = {actor.name: actor.shown for actor in lesson.cast}
    texts = {key for entry in entries for key in entry.keys if key.startswith("text:")}
    types = {**lesson.watched, **dict.fromkeys(texts, "string")}
    for each in trace_questions(lesson, lambda other: proving.play(other, corners.temporary), seed):
        Drawn(each.id, each.question, entries, labels, types, play).require()


def entries_of(*lines: str) -> tuple[Lesson, Sequence[TraceEntry]]:
    steps = [{"actor": "p", "action": "Acts", "command": line, "save": "x"} for line in lines]
    lesson = read(random_lessons.text_of(steps, ("p", "c")))
    return lesson, proving.play(lesson, corners.temporary)


@pytest.mark.parametrize(
    "false",
    [
        "LPOP took 'b'; k1 is now ['b']",
        "LPOP took 'a' and 'b'; k1 is now ['b']",
        "LPOP took 'a'; k1 is now ['a']",
        "LPOP took 'a'; k1 is now empty",
        "LPOP took 'a'; k1 is unchanged",
        "LPOP found k1 empty and returned None; k1 is unchanged",
        "RPOP took 'a'; k1 is now ['b']; C got 'a' (waiting since step 1)",
        "LPOP answered (integer) 1",
        "LPOP is queued and runs at EXEC",
        "P waits for a message in k1",
        "LPOP took 'a', and all is well",
        "Nothing changed",
    ],
)
def test_the_oracle_finds_what_is_false(false):
    lesson, entries = entries_of("RPUSH k1 a b", "LPOP k1")
    labels = {actor.name: actor.shown for actor in lesson.cast}
    oracle = Oracle(entries[1], labels)
    oracle.require("LPOP took 'a'; k1 is now ['b']")
    with pytest.raises((Unproved, KeyError, ValueError)):
        oracle.require(false)


def test_the_oracle_finds_what_lanes_and_the_large_view_can_not_show():
    steps = [
        {"actor": "c", "action": "Waits", "command": "BRPOP k1 0", "save": "x"},
        {"actor": "p", "action": "Pushes", "command": "LPUSH k1 a"},
        {"actor": "p", "action": "Pops", "command": "LPOP k1", "save": "y"},
    ]
    lesson = read(random_lessons.text_of(steps, ("p", "c")))
    entries = proving.play(lesson, corners.temporary)
    drawn = [column(lesson, Story.of(lesson, entry)) for entry in entries]
    heroes = [Stage(lesson, "x", None, place, place, entry).hero for place, entry in enumerate(entries, 1)]
    for place, entry in enumerate(entries):
        for other, shown in enumerate(drawn):
            if other == place:
                require_column(shown, frame(lesson), entry)
                require_hero(heroes[other], entry)
                continue
            with pytest.raises(Unproved):
                require_column(shown, frame(lesson), entry)
            with pytest.raises(Unproved):
                require_hero(heroes[other], entry)
        for i, text in enumerate(drawn[place].texts):
            texts = [*drawn[place].texts]
            texts[i] = replace(text, text="'z'")
            with pytest.raises(Unproved):
                require_column(replace(drawn[place], texts=tuple(texts)), frame(lesson), entry)


@pytest.mark.parametrize("false", [["b"], ["a", "a"], [], ["None"]])
def test_the_oracle_finds_what_a_hand_can_not_hold(false):
    _, entries = entries_of("RPUSH k1 a b", "LPOP k1", "RPUSH k1 a")
    require_hands(entries, [{}, {"p": ["a"]}, {}])
    with pytest.raises(Unproved):
        require_hands(entries, [{}, {"p": false}, {}])
    with pytest.raises(Unproved):
        require_hands(entries, [{}, {"p": ["a"]}, {"p": ["a"]}])
