"""The corner in memory answers as a real one does."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tests.fuzzing import examples
from tutor.engine.errors import CornerBehind
from tutor.engine.playing.port import Act
from tutor.ports import corners

KEYS = st.sampled_from(["queue", "other"])
VALUES = st.sampled_from(["a", "b", ""])
COMMANDS = st.one_of(
    st.tuples(st.sampled_from(["LPUSH", "RPUSH"]), KEYS, VALUES, VALUES),
    st.tuples(st.sampled_from(["LPOP", "RPOP", "LLEN", "GET"]), KEYS),
    st.tuples(st.just("SET"), KEYS, VALUES),
    st.tuples(st.just("LRANGE"), KEYS, st.sampled_from(["0", "1", "-2"]), st.sampled_from(["0", "1", "-1"])),
)
READS = [["LRANGE", "queue", "0", "-1"], ["GET", "other"]]
TOUCHES_BOTH = lesson({"command": "LPUSH queue a"}, {"command": "SET other a"})


@settings(max_examples=examples(60))
@given(st.lists(COMMANDS, min_size=1, max_size=12))
def test_the_corner_in_memory_answers_as_a_real_one(commands: list[tuple[str, ...]]):
    claim = ""
    with corners.temporary(TOUCHES_BOTH) as real, FakeCorner() as fake:
        for position, words in enumerate(commands, 1):
            act = Act(position, "producer", (words,), READS, claim=claim)
            expected, answered = real.exchange(act), fake.exchange(act)
            assert (answered.replies, answered.reads) == (expected.replies, expected.reads)
            claim = expected.claim


@pytest.mark.parametrize("position", [2, 3, 9])
def test_both_say_that_they_are_not_where_the_step_begins(position: int):
    first, other = Act(1, "producer", (("LPUSH", "queue", "a"),)), Act(position, "producer", (("LLEN", "queue"),))
    for port in (corners.temporary(TOUCHES_BOTH), FakeCorner()):
        with port:
            claim = port.exchange(first).claim if position > 2 else ""
            with pytest.raises(CornerBehind):
                port.exchange(replace(other, claim=claim))


def test_both_are_restored_to_the_same():
    acts = [Act(1, "producer", (("LPUSH", "queue", "a", "b"),)), Act(2, "producer", (("RPOP", "queue"),))]
    for port in (corners.temporary(TOUCHES_BOTH), FakeCorner()):
        with port:
            port.exchange(Act(1, "producer", (("SET", "other", "x"),)))
            port.restore(acts, claim="")
            assert list(port.exchange(Act(3, "producer", (), READS)).reads) == [["b"], None]
