"""The table of all commands, against the server's own word."""

import json

import pytest

from tests.command_table import TABLE, as_text, asked, elsewhere, merged, with_traits
from tests.servers import RedisServer
from tutor.engine.redis.table import KeySpec, facts_of, names


@pytest.fixture(scope="module")
def own() -> dict[str, dict]:
    """What the server that comes with the program says of its commands."""
    server = RedisServer()
    server.start()
    try:
        return asked(server.url)[1]
    finally:
        server.kill()


def test_every_command_of_the_embedded_server_is_in_the_table(own):
    assert set(own) <= set(names())


@pytest.mark.parametrize("field", ["group"])
def test_the_table_says_what_the_embedded_server_says(own, field):
    assert {name: getattr(facts_of(name), field) for name in own} == {name: row[field] for name, row in own.items()}


def test_the_table_has_every_tip_of_the_embedded_server(own):
    assert [name for name, row in own.items() if not facts_of(name).tips >= set(row["tips"])] == []


def test_the_table_has_the_versions_of_the_embedded_server(own):
    versions = {name: row["valkey"] or row["since"] for name, row in own.items()}
    assert versions == {
        name: facts_of(name).version_in("Valkey" if row["valkey"] else "Redis") for name, row in own.items()
    }


def test_a_command_has_its_tips_versions_and_keys():
    pop, delete_if_equal, read = facts_of("spop"), facts_of("DELIFEQ"), facts_of("XREAD")
    assert pop.tips == {"nondeterministic_output"}
    assert (facts_of("HTTL").since, facts_of("HTTL").valkey) == ("7.4.0", "9.0.0")
    assert (delete_if_equal.since, delete_if_equal.valkey) == ("", "9.0.0")
    assert read.keys == (KeySpec(("RO", "access"), ("keyword", "STREAMS", 1), ("range", -1, 1, 2)),)


@pytest.mark.parametrize(
    ("name", "subcommand", "found"),
    [
        ("xgroup", "create", "XGROUP|CREATE"),
        ("XGROUP", "nosuch", "XGROUP"),
        ("lpush", "queue", "LPUSH"),
        ("", "", None),
        ("|", "", None),
    ],
)
def test_a_subcommand_is_found_where_the_command_has_it(name, subcommand, found):
    facts = facts_of(name, subcommand)
    assert (facts.name if facts else None) == found


def test_of_several_servers_the_first_one_counts_and_the_tips_of_all():
    said = {"summary": "Says x", "syntax": ""}
    newer = {"X": {"name": "X", "arity": -2, "since": "1.0.0", "valkey": "", "tips": ["a"], **said}}
    other = {
        "X": {"name": "X", "arity": 2, "since": "", "valkey": "1.0.0", "tips": ["b"], "summary": "", "syntax": "key"},
        "A": {"name": "A", "arity": 1, "since": "", "valkey": "9.0.0", "tips": [], **said},
    }
    assert merged([newer, other]) == [
        {"name": "A", "arity": 1, "since": "", "valkey": "9.0.0", "tips": [], **said},
        {"name": "X", "arity": -2, "since": "1.0.0", "valkey": "1.0.0", "tips": ["a", "b"], **said, "syntax": "key"},
    ]


def test_the_file_is_written_as_it_is_checked_in():
    table = json.loads(TABLE.read_bytes())
    assert as_text(table["made_from"], with_traits(table["commands"]), elsewhere()) == TABLE.read_text()
