"""The command line on a page shows the bytes that were sent, not Python's notation of them."""

from tests.corners import new_corner
from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.playing import player


@for_each("decodes", [True, False])
@for_each("value", ["7", "ünï", "two words", "b'7'"])
def test_a_variable_within_a_command_line_is_shown_as_it_is_sent(value: str, decodes: bool):
    played = lesson(
        {"command": ["SET", "k", value]},
        {"command": "GET k", "save": "job"},
        {"command": "HSET job:{job} of {job}"},
        format=2,
        client={"decode_responses": decodes},
        variables=["job"],
    )
    last = player.play(played, new_corner(played))[-1]
    assert last.command == f"HSET job:{value} of {value}"
    assert last.words == ["HSET", f"job:{value}", "of", value]
