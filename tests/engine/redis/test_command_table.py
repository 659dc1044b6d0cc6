"""The table of all commands, against the server's own word."""

import json
import re

import pytest

from tests.command_table import PAGE, TABLE, as_text, asked, elsewhere, merged, with_traits
from tests.commands_page import page
from tests.servers import RedisServer
from tests.tables import for_each
from tutor.engine.redis.table import ALLOWED, KeySpec, all_commands, command_named


@pytest.fixture(scope="module")
def own() -> dict[str, dict]:
    """The embedded server's own description of its commands."""
    server = RedisServer()
    server.start()
    try:
        return asked(server.url)[1]
    finally:
        server.kill()


def test_every_command_of_the_embedded_server_is_in_the_table(own):
    assert set(own) <= set(all_commands())


@pytest.mark.parametrize("field", ["group"])
def test_the_table_says_what_the_embedded_server_says(own, field):
    assert {name: getattr(command_named(name), field) for name in own} == {
        name: row[field] for name, row in own.items()
    }


def test_the_table_has_every_tip_of_the_embedded_server(own):
    assert [name for name, row in own.items() if not command_named(name).tips >= set(row["tips"])] == []


def test_the_table_has_the_versions_of_the_embedded_server(own):
    versions = {name: row["valkey"] or row["since"] for name, row in own.items()}
    assert versions == {
        name: command_named(name).version_in("Valkey" if row["valkey"] else "Redis") for name, row in own.items()
    }


def test_a_command_has_its_tips_versions_and_keys():
    pop, delete_if_equal, read = command_named("spop"), command_named("DELIFEQ"), command_named("XREAD")
    assert pop.tips == {"nondeterministic_output"}
    assert (command_named("HTTL").since, command_named("HTTL").valkey) == ("7.4.0", "9.0.0")
    assert (delete_if_equal.since, delete_if_equal.valkey) == ("", "9.0.0")
    assert read.keys == (KeySpec(("RO", "access"), ("keyword", "STREAMS", 1), ("range", -1, 1, 2)),)


@for_each(
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
    facts = command_named(name, subcommand)
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


def test_the_page_for_authors_says_what_the_table_says():
    table = json.loads(TABLE.read_bytes())
    assert PAGE.read_text() == page(table["commands"], table["elsewhere"])


def test_the_page_has_every_command_and_every_reason():
    text = PAGE.read_text()
    lacking = [name for name in all_commands() if f"`{name.partition('|')[0]}" not in text]
    assert lacking == []
    assert [each.refused for each in all_commands().values() if each.refused not in text] == []


@for_each("name", sorted(name for name, each in all_commands().items() if not each.refused))
def test_a_command_of_lessons_has_a_summary_of_one_short_sentence(name):
    summary = command_named(name).summary
    assert 0 < len(summary) <= 120
    assert summary[0].isupper()
    assert "  " not in summary
    assert not summary.endswith(".")


# The servers say nothing of the arguments of their own modules, and take a container without its subcommand.
DOCUMENTED = (
    name
    for name, each in all_commands().items()
    if not (each.refused or each.group == "module" or each.has_subcommands)
)


@for_each("name", sorted(DOCUMENTED))
def test_the_syntax_names_as_many_arguments_as_the_command_takes_at_least(name):
    command, found = command_named(name), command_named(name).syntax
    while found != (found := re.sub(r"\[[^\[\]]*\]", "", found)):
        pass
    # Of alternative forms, the one with the fewest words.
    found = re.sub(r"<([^<>]*)>", lambda choice: min(choice[1].split(" | "), key=lambda each: len(each.split())), found)
    assert len(found.split()) == abs(command.arity) - 1 - name.count("|")


CERTAIN = {"XTRIM", "OBJECT|ENCODING", "TOUCH"}
"""Commands with the servers' tip nondeterministic_output that answer the same at every play of a lesson."""


def test_what_the_servers_call_nondeterministic_is_left_to_chance_or_to_time():
    called = {
        name for name, each in all_commands().items() if "nondeterministic_output" in each.tips and not each.refused
    }
    marked = {
        name for name in called if command_named(name).chance or command_named(name).time or command_named(name).idle
    }
    assert called - marked <= CERTAIN


def test_what_the_servers_call_unordered_is_marked_so():
    called = {name for name, each in ALLOWED.items() if "nondeterministic_output_order" in each.tips}
    assert called == {"HGETALL", "HKEYS", "HVALS", "SDIFF", "SINTER", "SMEMBERS", "SUNION"}
    assert all(ALLOWED[name].unordered for name in called)


def test_a_twin_is_a_command_that_lessons_may_send():
    twins = {each.twin[1] for each in all_commands().values() if each.twin}
    assert twins
    assert twins <= set(ALLOWED)


def test_twins_are_ranked_without_ties():
    ranks = [each.twin[0] for each in all_commands().values() if each.twin]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
