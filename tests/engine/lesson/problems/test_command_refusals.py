"""Reasons for refusing a command: each server command for its own reason, and only other names as misspelt."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.command_table import ELSEWHERE
from tests.tables import for_each
from tutor.engine.lesson.problems.command_refusals import command_refusal, distance, meant_subcommand
from tutor.engine.redis.table import ALLOWED, all_commands, elsewhere

REAL = sorted({name.partition("|")[0] for name in all_commands()})


@for_each("name", sorted(set(REAL) - set(ALLOWED)))
def test_a_real_command_is_never_called_misspelt(name):
    refusal = command_refusal([name.lower(), "key"])
    assert refusal.message.startswith(f"{name} is not a command that a lesson may send: ")
    assert "no command of that name" not in refusal.message
    assert (refusal.meant, "did you mean" in refusal.message) == ((), False)


@for_each("name", sorted(ALLOWED))
def test_an_allowed_command_is_not_refused_and_is_a_real_one(name):
    assert command_refusal([name]) is None
    assert name in all_commands()


@for_each(
    ("command", "reason"),
    [
        ("OBJECT IDLETIME k", "it depends on how the whole server is set up and used"),
        ("DUMP k", "it uses the server's own format, which differs between versions"),
        ("CONFIG GET maxmemory", "it shows or changes the settings of the whole server, which all lessons share"),
        ("CLUSTER INFO", "it is about a cluster of servers, and lessons are played on one server"),
        ("FLUSHALL", "it empties the server, which all lessons share"),
        ("KEYS *", "it searches the keys of the whole server, which all lessons share"),
        ("SCAN 0", "it searches the keys of the whole server, which all lessons share"),
        ("DBSIZE", "it counts the keys of the whole server, which all lessons share"),
        ("MEMORY USAGE k", "it depends on the server and its version"),
        ("SELECT 1", "it uses another database, and a lesson has only one"),
        ("MOVE k 1", "it uses another database, and a lesson has only one"),
        (
            "CLIENT ID",
            "it shows or changes the connections of the whole server, which the program manages itself",
        ),
        ("QUIT", "it is about the connection, which the program manages itself"),
        ("EVAL x 0", "it runs a script, which can reach the keys of all lessons"),
        ("FCALL f 0", "it runs a script, which can reach the keys of all lessons"),
        ("WAIT 1 0", "it waits for replicas and files of the server, and lessons are played on one server"),
    ],
)
def test_a_refusal_says_what_kind_of_command_it_is(command, reason):
    assert command_refusal(command.split()).message.endswith(f"may send: {reason}")


@for_each("name", sorted(name for name, each in all_commands().items() if "|" in name and each.refused))
def test_a_refused_subcommand_is_named_with_a_reason_of_its_own(name):
    command, subcommand = name.split("|")
    refusal = command_refusal([command.lower(), subcommand.lower(), "key"])
    assert refusal.message.startswith(f"{command} {subcommand} is not a command that a lesson may send: ")
    assert refusal.meant == ()


@for_each("reason", sorted({each.refused for each in all_commands().values() if each.refused}))
def test_each_reason_is_a_sentence_that_goes_on(reason):
    assert reason == reason.strip().rstrip(".")
    assert reason.split()[0] in {"it", "what"}


@for_each(
    ("command", "reason"),
    [
        ("JSON.SET doc $ 1", "it belongs to a module (RedisJSON), and lessons are played on servers without modules"),
        ("TFUNCTION LIST", "it belongs to a module (RedisGears), and lessons are played on servers without modules"),
        ("ft.search i *", "it belongs to a module (RediSearch), and lessons are played on servers without modules"),
        ("BF.ADD a b", "it belongs to a module (RedisBloom), and lessons are played on servers without modules"),
        ("TS.ADD a 1 1", "it belongs to a module (RedisTimeSeries), and lessons are played on servers without modules"),
        ("DELEX k", "only servers from Redis 8.4 on have it, and lessons do not support it yet"),
        ("zmove a b MIN", "only servers from Redis 8.12 on have it, and lessons do not support it yet"),
        ("STRALGO LCS", "only Redis 6 has it; LCS does the same since Redis 7.0"),
        ("SENTINEL masters", "it is for Redis Sentinel, which watches over servers"),
    ],
)
def test_a_command_of_a_module_or_of_another_server_is_not_called_misspelt(command, reason):
    refusal = command_refusal(command.split())
    assert refusal.message == f"{command.split()[0].upper()} is not a command that a lesson may send: {reason}"
    assert refusal.meant == ()


def test_commands_of_other_servers_are_not_in_the_table():
    assert not set(yaml.safe_load(ELSEWHERE.read_text())["other"]) & set(all_commands())
    assert [name for name in all_commands() if elsewhere(name)] == []


@for_each(
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
def test_a_misspelt_command_gets_the_nearest_names(typed, meant):
    refusal = command_refusal([typed, "queue"])
    assert refusal.meant == meant
    assert refusal.message.endswith(
        "Redis has no command of that name" + (f"; did you mean {' or '.join(meant)}?" if meant else "")
    )


@for_each(
    ("words", "meant"),
    [
        (["XGROUP", "CREAT", "log", "g", "0"], "CREATE"),
        (["xgroup", "creatconsumer"], "CREATECONSUMER"),
        (["PUBSUB", "NUMSUBS", "news"], "NUMSUB"),
        (["XINFO", "STREAMS", "log"], "STREAM"),
        (["XINFO", "STREAM", "log"], ""),
        (["OBJECT", "FREK", "a"], ""),  # FREQ is not allowed
        (["XGROUP", "FOO", "log"], ""),
        (["XGROUP", "X" * 100_000], ""),
        (["XGROUP"], ""),
        (["LPUSH", "LPUSHH", "a"], ""),
        (["FLUSHALL", "SYN"], ""),
        ([], ""),
    ],
)
def test_a_misspelt_subcommand_gets_the_nearest_name(words: list[str], meant: str):
    assert meant_subcommand(words) == meant


@pytest.mark.parametrize("name", ["{command}", "L{side}", "{command!r}"])
def test_a_variable_is_no_command(name: str):
    said = f"{name.upper()} is not a command that a lesson may send: a variable can't stand for the command itself"
    assert command_refusal([name, "queue"]).message == said


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
