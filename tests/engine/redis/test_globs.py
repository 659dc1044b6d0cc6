"""Patterns of keys against the servers' own matching: KEYS on a Redis and on a Valkey, for random names as well."""

import string
from collections.abc import Iterator
from random import Random

import pytest
import redis

from tests.fuzzing import examples
from tests.servers import running_redis
from tests.tables import for_each
from tutor.broker import embedded
from tutor.engine.program.interpolation import parts_of
from tutor.engine.redis.globs import could_be, is_pattern, matches
from tutor.engine.values.replies import encoded

NAMES = [
    "",
    "a",
    "b",
    "ab",
    "job:1",
    "job:12",
    "job:",
    "a*b",
    "a?b",
    "[ab]",
    "a]b",
    "a-b",
    "^a",
    "\\",
    "a\\b",
    "ü",
    "aüb",
]

PATTERNS = [
    "*", "**", "?", "??", "job:*", "job:?", "job:[0-9]*", "[ab]", "[^ab]", "[^a]b", "[a-c]b", "[c-a]b", "a\\*b",
    "a\\?b", "\\[ab\\]", "a]b", "[a\\]]*", "[", "[^", "[a", "[a-", "[a-]", "[a-]b", "[]", "[]a]", "[^]", "a[-]b",
    "a[b", "\\", "a\\", "a\\\\b", "*\\", "*b", "*b*", "a*b*", "*:*1*", "?*", "*?", "", "\\a", "a?b", "a??b", "ü", "[ü]",
    "[^ü]*", "***a", "*[",
]  # fmt: skip
"""Doubtful cases of the rules: missing ends, literal brackets, the bytes of one letter."""


@pytest.fixture(scope="module", params=["Redis", "Valkey"])
def keyspace(request, tmp_path_factory) -> Iterator[redis.Redis]:
    """A server of that kind, of this module's own."""
    if request.param == "Valkey":
        url = embedded.ensure_server(tmp_path_factory.mktemp("valkey"), access="user default on nopass ~* &* +@all")
        with redis.Redis.from_url(url) as client:
            yield client
        return
    with running_redis() as server, server.client() as client:
        yield client


def listed(keyspace: redis.Redis, pattern: str) -> set[bytes]:
    return {key if isinstance(key, bytes) else encoded(key) for key in keyspace.keys(encoded(pattern))}


def differences(keyspace: redis.Redis, names: list[str], patterns: list[str]) -> list[tuple[str, set[bytes]]]:
    """Return the patterns for which the server's answer is another than ours, each with the names in which it is."""
    keyspace.flushdb()
    keyspace.mset({encoded(name): b"" for name in names})
    ours = {each: {encoded(name) for name in names if matches(each, name)} for each in patterns}
    found = ((each, listed(keyspace, each) ^ ours[each]) for each in patterns)
    return [(each, names) for each, names in found if names]


def test_what_may_be_doubted_is_decided_as_the_server_does(keyspace):
    assert differences(keyspace, NAMES, PATTERNS) == []


def test_random_patterns_match_what_the_server_lists(keyspace):
    chance = Random(7)
    names = ["".join(chance.choices("ab:*]-\\", k=chance.randint(0, 6))) for _ in range(400)]
    patterns = ["".join(chance.choices("ab:**?[]^-\\", k=chance.randint(1, 7))) for _ in range(examples(600))]
    assert differences(keyspace, names, patterns) == []


@for_each("seed", range(20))
def test_a_name_with_variables_could_be_what_it_can_be_filled_to(seed):
    """If a name matches with any value filled in, the template could match the pattern."""
    chance = Random(seed)
    for _ in range(200):
        pattern = "".join(chance.choices("ab*?[]", k=chance.randint(1, 5)))
        template = "".join(chance.choices(["a", "b", "{x}"], k=chance.randint(1, 4)))
        fillings = ["".join(chance.choices("ab", k=size)) for size in range(5)]
        if any(matches(pattern, template.replace("{x}", filling)) for filling in fillings):
            assert could_be(parts_of(template), pattern), (pattern, template)


@for_each(
    ("template", "pattern", "is_possible"),
    [
        ("job:{job}", "job:*", True),
        ("job:{job}", "jobs:*", False),
        ("job:{job}", "job:7", True),
        ("job:{job}:log", "job:?", False),
        ("{any}", "queue", True),
        ("job:7", "job:[1-3]", False),
        ("{{job}", "{job}", True),
        ("a{x}b{x}c", "a*c", True),
        ("a{x}b", "*c", False),
    ],
)
def test_whether_a_name_could_match(template, pattern, is_possible):
    assert could_be(parts_of(template), pattern) is is_possible


def test_only_characters_with_a_meaning_make_a_pattern():
    plain = set(string.printable) - set("*?[\\")
    assert [each for each in plain if is_pattern(f"a{each}b")] == []
    assert all(is_pattern(f"a{each}b") for each in "*?[\\")
