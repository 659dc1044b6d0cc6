"""Splitting command lines, and the allow-list against a server's own account of its commands."""

import pytest

from tutor.engine.commands import (
    ALLOWED,
    CHANNEL_COMMANDS,
    BadCommandLine,
    as_status,
    id_place,
    key_positions,
    needs_connection,
    replayed,
    spec_of,
    split_command,
)

SPLIT = [
    ("RPOP queue", ["RPOP", "queue"]),
    ("  RPOP \t queue  ", ["RPOP", "queue"]),
    ("LPUSH queue 'task1'", ["LPUSH", "queue", "task1"]),
    ('LPUSH queue "two words"', ["LPUSH", "queue", "two words"]),
    ("LPUSH queue 'two words'", ["LPUSH", "queue", "two words"]),
    ("SET k ''", ["SET", "k", ""]),
    ('SET k ""', ["SET", "k", ""]),
    (r'SET k "a\nb\t\"c\" \\ \q"', ["SET", "k", 'a\nb\t"c" \\ q']),
    (r"SET k 'it\'s'", ["SET", "k", "it's"]),
    (r"SET k 'a\nb'", ["SET", "k", r"a\nb"]),
    (r"SET k a\nb", ["SET", "k", r"a\nb"]),
    (r'SET k "\x41\x7a"', ["SET", "k", "Az"]),
    (r'SET k "\xe2\x82\xac"', ["SET", "k", "€"]),
    (r'SET k "\xff\x00a"', ["SET", "k", "\udcff\x00a"]),
    (r'SET k "\xzz"', ["SET", "k", "xzz"]),
    ('SET k pre"fix"', ["SET", "k", "prefix"]),
    ('SET k "it\'s"', ["SET", "k", "it's"]),
    ("SET k it\u2019s", ["SET", "k", "it\u2019s"]),
    ('SET k "\u201ca\u201d"', ["SET", "k", "\u201ca\u201d"]),
    ("", []),
]


@pytest.mark.parametrize(("line", "words"), SPLIT)
def test_a_line_is_split_as_redis_cli_does(line: str, words: list[str]):
    assert split_command(line) == words


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SET k 'open", "the quote ' is never closed"),
        ('SET k "open', 'the quote " is never closed'),
        ('SET k "a"b', "a closing quote must be followed by a space"),
        ("SET k \u201ciced latte\u201d", "\u201c is no quote for Redis; type \" or '"),
    ],
)
def test_a_line_that_cannot_be_split_says_why(line: str, message: str):
    with pytest.raises(BadCommandLine) as raised:
        split_command(line)
    assert str(raised.value) == message


def sample(name: str, arity: int, extra: int) -> list[str]:
    """Return a command with the least words it takes, or some more where it takes more."""
    return [name, *(f"word{i}" for i in range(1, abs(arity) + (extra if arity < 0 else 0)))]


STREAM_LINES = [
    "XREAD STREAMS s1 0",
    "XREAD COUNT 2 BLOCK 0 STREAMS s1 s2 0 $",
    "XREADGROUP GROUP g c COUNT 1 STREAMS s1 >",
    "XREADGROUP GROUP g c BLOCK 5000 NOACK STREAMS s1 s2 > >",
    "XGROUP CREATE s1 g $ MKSTREAM",
    "XINFO GROUPS s1",
]
"""Commands whose keys stand behind other words."""


def names_with_plain_keys() -> list[str]:
    """Return the commands whose keys stand where their number of words says."""
    others = {line.split()[0] for line in STREAM_LINES} | CHANNEL_COMMANDS
    return sorted(set(ALLOWED) - others)


@pytest.mark.parametrize("name", names_with_plain_keys())
@pytest.mark.parametrize("extra", [0, 2, 4])
def test_key_positions_are_those_that_the_server_names(server, name: str, extra: int):
    words = sample(name, server.execute_command("COMMAND", "INFO", name)[0][1], extra)
    reply = server.execute_command("COMMAND", "GETKEYS", *words) if ALLOWED[name].first else []
    assert [words[place] for place in key_positions(words)] == [key.decode() for key in reply]


@pytest.mark.parametrize("line", STREAM_LINES)
def test_keys_behind_other_words_are_those_that_the_server_names(server, line: str):
    words = line.split()
    reply = server.execute_command("COMMAND", "GETKEYS", *words)
    assert [words[place] for place in key_positions(words)] == [key.decode() for key in reply]


@pytest.mark.parametrize("line", ["XREAD COUNT 1", "XREAD STREAMS", "XREADGROUP GROUP g c"])
def test_a_stream_command_without_streams_has_no_keys(line: str):
    assert key_positions(line.split()) == ()


@pytest.mark.parametrize("name", sorted(CHANNEL_COMMANDS))
def test_every_channel_of_a_command_is_found(name: str):
    words = [name, "one", "text"] if name == "PUBLISH" else [name, "one", "two"]
    assert [words[place] for place in key_positions(words)] == (["one"] if name == "PUBLISH" else ["one", "two"])


@pytest.mark.parametrize("name", sorted(name for name, spec in ALLOWED.items() if not spec.first))
def test_a_command_without_keys_has_none_for_the_server_either(server, name: str):
    assert server.execute_command("COMMAND", "INFO", name)[0][3] == 0


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_what_writes_is_what_the_server_says_writes(server, name: str):
    asked = "XGROUP|CREATE" if name == "XGROUP" else name
    flags = {flag.decode() for flag in server.execute_command("COMMAND", "INFO", asked)[0][2]}
    assert ALLOWED[name].writes == ("write" in flags)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_no_allowed_command_can_administer_or_run_scripts(server, name: str):
    assert not categories(server, name) & {"@admin", "@dangerous", "@scripting"}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_what_lives_in_a_connection_is_marked_so(server, name: str):
    spec = ALLOWED[name]
    is_connected = bool(categories(server, name) & {"@blocking", "@pubsub", "@transaction"})
    assert is_connected == (spec.is_connected or spec.waits or name in CHANNEL_COMMANDS)


def categories(server, name: str) -> set[str]:
    """Return the server's own categories of a command."""
    return {category.decode() for category in server.execute_command("COMMAND", "INFO", name)[0][6]}


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("BRPOP queue 0", True),
        ("SUBSCRIBE chat", True),
        ("PUBLISH chat hi", False),
        ("MULTI", True),
        ("XREAD STREAMS s 0", False),
        ("XREAD block 5 STREAMS s $", True),
        ("LPUSH queue BLOCK", False),
        ("NOSUCH", False),
    ],
)
def test_a_command_that_waits_or_subscribes_needs_a_connection(line: str, needs: bool):
    assert needs_connection(line.split()) is needs


def test_the_name_of_a_command_is_read_in_any_spelling():
    assert spec_of(["lPush", "queue", "a"]) is ALLOWED["LPUSH"]


@pytest.mark.parametrize("words", [[], ["FLUSHALL"], ["EVAL", "return 1", "0"], ["KEYS", "*"]])
def test_what_is_not_on_the_list_has_no_row(words: list[str]):
    assert spec_of(words) is None


@pytest.mark.parametrize(
    ("words", "reply", "shown"),
    [
        (["SET", "k", "v"], "OK", {"status": "OK"}),
        (["SET", "k", "v", "NX"], None, None),
        (["SET", "k", "v", "GET"], "old", "old"),
        (["TYPE", "k"], "list", {"status": "list"}),
        (["PING"], "PONG", {"status": "PONG"}),
        (["PING", "hello"], "hello", "hello"),
        (["GET", "k"], "OK", "OK"),
    ],
)
def test_a_status_line_is_told_from_a_value(words: list[str], reply: object, shown: object):
    assert as_status(words, reply) == shown


@pytest.mark.parametrize(
    ("words", "reply", "sent"),
    [
        (["LPUSH", "queue", "a"], 1, ["LPUSH", "queue", "a"]),
        (["XADD", "log", "*", "field", "*"], "1-1", ["XADD", "log", "1-1", "field", "*"]),
        (["XADD", "log", "5-1", "field", "*"], "5-1", ["XADD", "log", "5-1", "field", "*"]),
        (["XADD", "log", "NOMKSTREAM", "*", "field", "v"], None, ["XADD", "log", "NOMKSTREAM", "*", "field", "v"]),
        ("XADD log maxlen ~ 9 LIMIT 5 * f v".split(), "1-1", "XADD log maxlen ~ 9 LIMIT 5 1-1 f v".split()),
        (["SPOP", "tags"], "a", ["SREM", "tags", "a"]),
        (["SPOP", "tags", "2"], ["a", "b"], ["SREM", "tags", "a", "b"]),
        (["SPOP", "tags"], None, None),
        (["SPOP", "tags", "2"], [], None),
    ],
)
def test_what_the_server_chose_is_given_back_when_a_corner_is_restored(words: list[str], reply: object, sent: object):
    assert replayed(words, reply) == sent


@pytest.mark.parametrize("reply", [{"error": "WRONGTYPE Operation against a key"}, {"status": "QUEUED"}])
@pytest.mark.parametrize("line", ["XADD log * f v", "XADD log", "XADD", "SPOP tags", "SPOP tags two", "SPOP"])
def test_what_the_server_did_not_carry_out_is_sent_again_as_it_was(line: str, reply: object):
    assert replayed(line.split(), reply) == line.split()


@pytest.mark.parametrize("line", ["XADD", "XADD log", "XADD log MAXLEN", "XADD log NOMKSTREAM", "XADD log MAXLEN ~"])
def test_an_id_that_is_not_there_is_behind_the_last_word(line: str):
    assert id_place(line.split()) >= len(line.split())
