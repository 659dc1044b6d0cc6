"""For every command, a lesson made of a typical transcript line has no problems."""

import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.corners import commands as commands_lesson
from tests.servers import broker_at, known_commands
from tests.transcripts import ANSWERED, BEFORE, FIRST, MORE, lines_of
from tutor.authoring import proving
from tutor.engine.checking.stable_claims import found_claims
from tutor.engine.redis.costs import cost_of, pads
from tutor.engine.redis.table import spec_of
from tutor.ports import corners

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["embedded", "real"])
def known(request) -> Iterator[frozenset[str]]:
    """The commands of the server that this process plays on."""
    with broker_at(request.getfixturevalue("real_redis_url")) if request.param == "real" else nullcontext():
        yield known_commands()


def text_of(lines: list[str]) -> str:
    """Return the text of a lesson of these commands."""
    steps = [{"actor": "client", "action": f"Sends {number}", "command": line} for number, line in enumerate(lines)]
    fields = {"format": 2, "title": "A transcript", "track": "tests", "actors": ["client"], "steps": steps}
    return json.dumps(fields)


def test_a_line_of_a_transcript_makes_a_lesson_without_problems(known):
    found: dict[str, list[str]] = {}
    before = [line for line in lines_of(BEFORE) if line.split()[0] in known]
    lines = [line for line in lines_of(ANSWERED + MORE) if line.split()[0] in known]
    for line in lines:
        # In lessons that compare strings, the elements of a HyperLogLog count too.
        fits = [each for each in before if cost_of(line.split()) != "product" or not pads(each.split())]
        text = text_of([*fits, *FIRST.get(line, ()), line])
        checked = proving.check_text(text, "transcript.yaml", corners.temporary)
        said = [problem.message for problem in checked.problems]
        refusal = checked.entries[-1].refusal if checked.entries else None
        if said or refusal:
            found[line] = [*said, refusal.shown if refusal else ""]
    assert found == {}
    assert len(lines) > 250


def test_nothing_is_claimed_of_a_reply_that_chance_or_a_clock_decides(known):
    """Also where both plays happen to have the same, as of a set with one member."""
    commands = {line: spec_of(line.split()) for line in lines_of(ANSWERED)}
    decided = [line for line, command in commands.items() if command.time or command.chance in ("reply", "members")]
    assert len(decided) > 15
    for line in decided:
        lines = ["SADD t a", "HSET h f v", "ZADD z 1 a", "XADD x 1-1 f v", "XGROUP CREATE x g 0"]
        if line.split()[0] not in known:
            continue
        fields = {"watch": {"t": "set"}, "variables": ["x"]}
        lesson = commands_lesson(*lines, line, **fields)
        last = lesson.model_copy(
            update={"steps": [*lesson.steps[:-1], lesson.steps[-1].model_copy(update={"save": "x"})]}
        )
        entries = proving.play(last, corners.temporary)
        assert not {"reply", "output", "x"} & [*found_claims(last, entries, entries)][-1].keys(), line
