"""Splitting command lines, and the allow-list against a server's own account of its commands."""

import pytest

from tests.tables import for_each
from tutor.engine.redis.arguments import (
    changed_keys,
    id_place,
    is_overwritten,
    list_ends,
    needs_connection,
    value_places,
)
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.replay import replayed
from tutor.engine.redis.status_lines import as_status
from tutor.engine.redis.table import ALLOWED, Command, key_places, spec_of

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


@for_each(("line", "words"), SPLIT)
def test_a_line_is_split_as_redis_cli_does(line: str, words: list[str]):
    assert split_command(line) == words


@for_each(
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


LINES = """
XREAD STREAMS s1 0 | XREAD COUNT 2 BLOCK 0 STREAMS s1 s2 0 $ | XREADGROUP GROUP g c COUNT 1 STREAMS s1 >
XREADGROUP GROUP g c BLOCK 5000 NOACK STREAMS s1 s2 > > | XGROUP CREATE s1 g $ MKSTREAM | XINFO GROUPS s1
LMPOP 2 a b LEFT | BLMPOP 0 2 a b LEFT COUNT 3 | ZMPOP 1 a MIN | BZMPOP 0 1 a MIN | ZUNION 2 a b WITHSCORES
ZUNIONSTORE d 2 a b WEIGHTS 1 2 | ZDIFFSTORE d 1 a | SINTERCARD 2 a b LIMIT 3 | ZINTERCARD 1 a | BITOP AND d a b
GEORADIUS k 1 2 3 km STORE x | GEORADIUS k 1 2 3 km | GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 km
SORT k BY nosort LIMIT 0 2 STORE d | SORT k GET # STORE d | SORT k | OBJECT ENCODING k | MSETNX a 1 b 2 | SMOVE a b m
"""
"""Commands whose keys are behind other words, apart by |."""


def with_plain_keys() -> list[str]:
    """Return the commands whose keys are where the server's older notation, by numbers of words, can say it."""
    plain = {("index", "range")}
    return sorted(
        name
        for name, each in ALLOWED.items()
        if {(spec.begin[0], spec.find[0]) for spec in each.keys} <= plain and not each.has_subcommands
    )


@pytest.fixture(scope="module")
def arities(server) -> dict[str, int]:
    """The arity, on this server, of each command that it has; an older server may take fewer words."""
    names = with_plain_keys()
    answers = zip(names, server.execute_command("COMMAND", "INFO", *names), strict=True)
    return {name: known[1] for name, known in answers if known}


@for_each("name", with_plain_keys())
@for_each("extra", [0, 2, 4])
def test_key_places_are_those_that_the_server_names(server, arities, name: str, extra: int):
    # The server's own rule takes PFMERGE for incomplete without a source.
    if name not in arities or (name == "PFMERGE" and not extra):
        return
    words = sample(name, arities[name], extra)
    has_keys = bool(ALLOWED[name].keys) and "not_key" not in ALLOWED[name].keys[0].flags
    reply = server.execute_command("COMMAND", "GETKEYS", *words) if has_keys else []
    assert [words[place] for place in key_places(words)] == [key.decode() for key in reply]


def test_the_server_has_most_commands_of_the_table(arities):
    lacking = [name for name in with_plain_keys() if name not in arities]
    assert len(lacking) < len(arities) / 5
    if lacking:
        pytest.skip(f"this server lacks {', '.join(lacking)}")


@for_each("line", LINES.replace("\n", "|").strip("|").split("|"))
def test_keys_behind_other_words_are_those_that_the_server_names(server, line: str):
    words = line.split()
    reply = server.execute_command("COMMAND", "GETKEYS", *words)
    assert [words[place] for place in key_places(words)] == [key.decode() for key in reply]


@for_each("line", ["XREAD COUNT 1", "XREAD STREAMS", "XREADGROUP GROUP g c", "LMPOP", "LMPOP x a LEFT"])
def test_a_command_without_its_keys_has_none(line: str):
    assert key_places(line.split()) == ()


NAMES = [
    ("PUBLISH news hi", ["news"]),
    ("SPUBLISH news hi", ["news"]),
    ("SUBSCRIBE news chat", ["news", "chat"]),
    ("PSUBSCRIBE n* c?", ["n*", "c?"]),
    ("SSUBSCRIBE news", ["news"]),
    ("UNSUBSCRIBE", []),
    ("PUBSUB NUMSUB news chat", ["news", "chat"]),
    ("pubsub channels n*", ["n*"]),
    ("PUBSUB NUMPAT", []),
    ("SORT k BY weight_* LIMIT 0 BY GET # GET data_*->name STORE d", ["k", "d", "weight_*", "data_*->name"]),
    ("SORT_RO k by w_* get g_*", ["k", "w_*", "g_*"]),
]


@for_each(("line", "named"), NAMES)
def test_every_channel_and_pattern_of_a_command_is_found(line: str, named: list[str]):
    words = line.split()
    command = spec_of(words)
    assert command is not None
    assert [words[place] for place in command.name_places(words)] == named


@for_each("name", sorted(set(ALLOWED) - {"SORT", "SORT_RO", "PUBSUB", "OBJECT", "XINFO", "XGROUP"}))
def test_no_allowed_command_can_administer_or_run_scripts(name: str):
    """SORT is called dangerous because it is slow; a lesson's lists are short. All others are harmless by name."""
    assert not ALLOWED[name].categories & {"admin", "dangerous", "scripting"}


def test_a_subcommand_that_is_about_the_server_is_no_command_of_a_lesson():
    assert spec_of(["OBJECT", "ENCODING", "k"]) is not None
    assert spec_of(["object", "idletime", "k"]) is None


def lives_in_a_connection(command: Command) -> bool:
    is_subscription = "pubsub" in command.categories and command.name.endswith("SUBSCRIBE")
    return is_subscription or bool(command.categories & {"blocking", "transaction"})


@for_each("name", sorted(ALLOWED))
def test_what_lives_in_a_connection_is_marked_so(name: str):
    command = ALLOWED[name]
    assert lives_in_a_connection(command) == (command.connected or command.limit != "")


@for_each(
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


@for_each("words", [[], ["FLUSHALL"], ["EVAL", "return 1", "0"], ["KEYS", "*"], ["OBJECT", "FREQ", "k"]])
def test_what_is_not_on_the_list_has_no_row(words: list[str]):
    assert spec_of(words) is None


@for_each(
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
def test_a_status_line_is_distinguished_from_a_value(words: list[str], reply: object, shown: object):
    assert as_status(words, reply) == shown


@for_each(
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


@for_each("reply", [{"error": "WRONGTYPE Operation against a key"}, {"status": "QUEUED"}])
@for_each("line", ["XADD log * f v", "XADD log", "XADD", "SPOP tags", "SPOP tags two", "SPOP"])
def test_what_the_server_did_not_carry_out_is_sent_again_as_it_was(line: str, reply: object):
    assert replayed(line.split(), reply) == line.split()


@for_each("line", ["XADD", "XADD log", "XADD log MAXLEN", "XADD log NOMKSTREAM", "XADD log MAXLEN ~"])
def test_an_id_that_is_not_there_is_behind_the_last_word(line: str):
    assert id_place(line.split()) >= len(line.split())


@for_each(
    ("line", "key", "ends"),
    [
        ("LPUSH q a", "q", ("left", None)),
        ("rpushx q a", "q", ("right", None)),
        ("LPUSH q other", "other", (None, None)),
        ("LPOP q", "q", (None, "left")),
        ("BRPOP a b 0", "b", (None, "right")),
        ("LMPOP 2 a b RIGHT COUNT 2", "b", (None, "right")),
        ("BLMPOP 0 1 a left", "a", (None, "left")),
        ("LMPOP 1 a", "a", (None, None)),
        ("LMOVE a b LEFT RIGHT", "a", (None, "left")),
        ("LMOVE a b LEFT RIGHT", "b", ("right", None)),
        ("LMOVE a a left right", "a", ("right", "left")),
        ("BLMOVE a b RIGHT LEFT 0", "b", ("left", None)),
        ("LMOVE a b {side} RIGHT", "a", (None, None)),
        ("RPOPLPUSH a b", "a", (None, "right")),
        ("BRPOPLPUSH a b 0", "b", ("left", None)),
        ("LTRIM q 0 1", "q", (None, None)),
        ("SORT q STORE d", "d", (None, None)),
        ("LMOVE a", "a", (None, None)),
        ("NOSUCH q", "q", (None, None)),
    ],
)
def test_a_command_says_at_which_end_of_a_list_elements_enter_and_leave(line: str, key: str, ends: tuple):
    assert list_ends(line.split(), key) == ends


@for_each(
    ("line", "values"),
    [
        ("LPUSH q a b", ["a", "b"]),
        ("LREM q 0 a", ["a"]),
        ("LINSERT q BEFORE pivot a", ["a"]),
        ("SREM s a b", ["a", "b"]),
        ("SMOVE s t a", ["a"]),
        ("SETEX k 60 v", ["v"]),
        ("ZADD z 1 a 2 b", ["a", "b"]),
        ("ZADD z nx CH 1 a", ["a"]),
        ("ZADD z NX", []),
        ("GEOADD g NX 13 52 Berlin 2 48 Paris", ["Berlin", "Paris"]),
        ("PUBLISH news hi", ["hi"]),
        ("LPUSH q", []),
        ("GET k", []),
    ],
)
def test_the_values_of_a_command_are_found_behind_its_options(line: str, values: list[str]):
    words = line.split()
    assert [words[place] for place in value_places(words)] == values


@for_each(
    ("line", "changed", "overwritten"),
    [
        ("SINTERSTORE d a b", ["d"], ["d"]),
        ("SORT q STORE d", ["d"], ["d"]),
        ("ZRANGESTORE d z 0 1", ["d"], ["d"]),
        ("COPY a d REPLACE", ["d"], ["d"]),
        ("RENAME a d", ["a", "d"], ["d"]),
        ("LMOVE a d LEFT LEFT", ["a", "d"], []),
        ("PFMERGE d a b", ["d"], []),
        ("SORT q", [], []),
        ("GEORADIUS g 13 52 100 km STORE d", ["d"], ["d"]),
        ("LPUSH q a", ["q"], []),
        ("XREADGROUP GROUP g c STREAMS s >", ["s"], []),
        ("GET k", [], []),
    ],
)
def test_a_command_that_reads_some_keys_and_changes_others_distinguishes_them(
    line: str, changed: list[str], overwritten: list[str]
):
    words = line.split()
    assert changed_keys(words) == changed
    assert [key for key in ("a", "d", "q", "s") if is_overwritten(words, key)] == overwritten
