"""The corner in memory answers as a real one does."""

from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fake_corner import FakeCorner
from tests.engine.playing import lesson
from tests.fuzzing import examples
from tutor import broker

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
    real, fake = broker.corner(f"test-{uuid4()}", TOUCHES_BOTH), FakeCorner()
    try:
        for position, words in enumerate(commands, 1):
            expected = real.exchange(words, READS, position=position)
            answered = fake.exchange(words, READS, position=position)
            assert (answered.counter, answered.reply, answered.reads) == (
                expected.counter,
                expected.reply,
                expected.reads,
            )
    finally:
        real.clear()
