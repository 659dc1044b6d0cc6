"""A value of a variable on the page: as Python shows it, and beside it the reply that it came from."""

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tutor.drawing.rows import row
from tutor.drawing.tokens import token
from tutor.drawing.tracker import shown_column, tracker_rows
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.story.tracker_columns import column_of

STEPS = ({"command": "LPUSH queue a"}, {"command": "LRANGE queue 0 -1", "save": "task"}, {"assign": {"task": "b"}})


@pytest.mark.parametrize(
    ("fields", "wires", "text"),
    [
        ({}, [(), (), ()], "['a']"),
        ({"format": 2}, [(), ('1) "a"',), ()], "['a']"),
        ({"format": 2, "client": {"decode_responses": False}}, [(), ('1) "a"',), ()], "[b'a']"),
    ],
)
def test_a_value_shows_the_reply_in_the_column_of_its_step(fields: dict[str, object], wires: list[object], text: str):
    of = lesson(*STEPS, **fields)
    entries = player.play(of, FakeCorner())
    columns = [
        shown_column(of, Story.of(of, entry), column_of(of, entry), tracker_rows(of, entries[-1])) for entry in entries
    ]
    assert [column.values[-1].wire for column in columns] == wires
    assert columns[1].values[-1].text == text


def test_bytes_are_the_token_of_their_message():
    of = lesson(
        {"command": "LPUSH queue a"},
        {"command": "RPOP queue", "save": "task"},
        format=2,
        client={"decode_responses": False},
    )
    drawn = row(of, Story.of(of, player.play(of, FakeCorner())[1]))
    assert drawn.output_token is not None
    assert (drawn.output_token.text, drawn.output_token.hue) == ("b'a'", token("a").hue)
