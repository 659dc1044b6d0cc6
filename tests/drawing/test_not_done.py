"""How a step is shown whose program raises, or sends nothing: no marker of ours, and no answer that never came."""

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.drawing.rows import row
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.ports import corners

BYTES = {"format": 2, "client": {"decode_responses": False}, "variables": {"x": "b'\\xff'", "y": None}}
UTF8 = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
NONE = "DataError: Invalid input of type: 'NoneType'. Convert to a bytes, string, int or float first. (the variable y)"


@for_each(
    ("step", "said", "output", "reply"),
    [
        ({"print": "{x.decode()}"}, f"The step raised {UTF8}", UTF8, ()),
        ({"assign": {"y": "{x.decode()}"}}, f"The step raised {UTF8}", UTF8, ()),
        (
            {"command": "SET k {x.decode()}"},
            f"SET was not sent: {UTF8} (in {{x.decode()}})",
            f"not sent: {UTF8} (in {{x.decode()}})",
            (f"(error) not sent: {UTF8} (in {{x.decode()}})",),
        ),
        ({"command": "SET k {y}"}, f"SET was not sent: {NONE}", f"not sent: {NONE}", (f"(error) not sent: {NONE}",)),
    ],
)
def test_impossible_steps_are_drawn_with_their_reason(step, said, output, reply):
    of = lesson(step, **BYTES)
    (entry,) = player.play(of, corners.temporary(of))
    story = Story.of(of, entry)
    shown = row(of, story)
    assert (story.sentence, shown.refusal, shown.reply_lines) == (said, output, reply)
