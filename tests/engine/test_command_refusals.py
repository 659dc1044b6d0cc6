"""Why a command is refused: each command of the servers for what it is, and only other names as misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.engine.redis.refusals import command_refusal, distance
from tutor.engine.redis.table import ALLOWED, names

REAL = sorted({name.partition("|")[0] for name in names()})


@pytest.mark.parametrize("name", sorted(set(REAL) - set(ALLOWED)))
def test_a_real_command_is_never_called_misspelt(name):
    refusal = command_refusal([name.lower(), "key"])
    assert refusal.message.startswith(f"{name} is not a command that a lesson may send: ")
    assert "no command of that name" not in refusal.message
    assert (refusal.meant, "did you mean" in refusal.message) == ((), False)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_an_allowed_command_is_not_refused_and_is_a_real_one(name):
    assert command_refusal([name]) is None
    assert name in names()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("OBJECT IDLETIME k", "it depends on how the whole server is set up and used"),
        ("DUMP k", "what it gives is the server's own format, which differs from version to version"),
        ("CONFIG GET maxmemory", "it is about the whole server"),
        ("CLUSTER INFO", "it is about the whole server"),
        ("KEYS *", "it looks through the keys of the whole server"),
        ("SCAN 0", "it looks through the keys of the whole server"),
        ("SELECT 1", "it leads to another database, and a lesson has one"),
        ("MOVE k 1", "it leads to another database, and a lesson has one"),
        ("CLIENT ID", "it is about the connection, which the program looks after itself"),
        ("QUIT", "it is about the connection, which the program looks after itself"),
        ("EVAL x 0", "it runs a script, which can reach every key"),
        ("FCALL f 0", "it runs a script, which can reach every key"),
        ("WAIT 1 0", "it waits for replicas and files of the server"),
    ],
)
def test_a_refusal_says_what_kind_of_command_it_is(command, reason):
    assert command_refusal(command.split()).message.endswith(f"may send: {reason}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("LPSH", ("LPUSH",)),
        ("LPUSHH", ("LPUSH", "LPUSHX")),
        ("LPSUH", ("LPUSH",)),
        ("lrnage", ("LRANGE",)),
        ("SUBSCRBE", ("SUBSCRIBE",)),
        ("EXPIER", ("EXPIRE",)),
        ("HGETAL", ("HGETALL",)),
        ("FLUSHAL", ()),  # FLUSHALL is nearer than any command that is allowed
        ("GETBIT1", ("GETBIT",)),
        ("QUEUE", ()),
        ("MYCOMMAND", ()),
        ("X" * 100_000, ()),
    ],
)
def test_a_misspelt_command_is_told_the_nearest_names(typed, meant):
    refusal = command_refusal([typed, "queue"])
    assert refusal.meant == meant
    assert refusal.message.endswith(
        "Redis has no command of that name" + (f"; did you mean {' or '.join(meant)}?" if meant else "")
    )


@pytest.mark.parametrize("words", [[], [""], [" "]])
def test_an_empty_line_is_no_misspelling(words):
    assert command_refusal(words).message == "an empty line is not a command that a lesson may send"


WORDS = st.text("ABC", max_size=5)


@given(one=WORDS, other=WORDS, third=WORDS)
def test_the_distance_is_that_of_single_changes(one, other, third):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one + third, other + third) <= distance(one, other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@pytest.mark.parametrize(("one", "other", "changes"), [("LPUSH", "LPSUH", 1), ("GET", "", 3), ("GET", "SETX", 2)])
def test_letters_that_change_places_are_one_change(one, other, changes):
    assert distance(one, other) == changes
