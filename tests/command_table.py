"""Writes tutor/engine/redis/table.json: what Redis and Valkey servers say of their own commands, and traits.yaml.

    python -m tests.command_table redis://127.0.0.1:7891 redis://127.0.0.1:6379 redis://127.0.0.1:7893
    python -m tests.command_table                # after a change to traits.yaml: no server is asked

Name the newest Redis first, then older ones, then the newest Valkey: of a command that several servers have, the first
one's word counts, except that tips are collected from all of them. The data are those of COMMAND and COMMAND DOCS.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
import yaml

FOLDER = Path(__file__).resolve().parent.parent / "tutor" / "engine" / "redis"
TABLE = FOLDER / "table.json"
TRAITS = FOLDER / "traits.yaml"

REFUSED_GROUPS = {
    "server": "it is about the whole server",
    "cluster": "it is about the whole server",
    "connection": "it is about the connection, which the program looks after itself",
    "scripting": "it runs a script, which can reach every key",
}
"""Why commands of a group can't be sent, unless traits.yaml says otherwise."""

TYPES = {"list": "list", "string": "string", "hash": "hash", "set": "set", "sorted-set": "zset", "stream": "stream"}
"""The type of a command's keys, by its group."""

OF_SERVERS = ("name", "group", "since", "valkey", "arity", "flags", "categories", "tips", "keys")
"""The fields of a row that servers say; all others are traits."""

MODULE_SINCE = {"vectorset": "8.0.0"}
"""Redis that first had this module built in; DOCS gives the commands of modules no version."""

Row = dict[str, Any]


def asked(url: str) -> tuple[str, dict[str, Row]]:
    """Return the server's name with its version, and a row for each of its commands and subcommands."""
    with redis.Redis.from_url(url, protocol=2, decode_responses=True) as client:
        # COMMAND and INFO as the server sends them: redis-py's own conversion drops the tips.
        client.response_callbacks.clear()
        info = client.execute_command("INFO", "server")
        docs = dict(described(client.execute_command("COMMAND", "DOCS")))
        rows = {row[0].upper(): row for row in spread(client.execute_command("COMMAND"))}
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    is_valkey = "valkey_version" in fields
    server = f"Valkey {fields['valkey_version']}" if is_valkey else f"Redis {fields['redis_version']}"
    return server, {name: facts(row, docs[name], is_valkey=is_valkey) for name, row in rows.items()}


def spread(rows: list[list[Any]]) -> Iterator[list[Any]]:
    """Yield commands and, after each, its subcommands."""
    for row in rows:
        yield row
        yield from spread(row[9])


def pairs(flat: list[Any]) -> dict[str, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def described(flat: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the documentation of commands and their subcommands by name."""
    for name, fields in pairs(flat).items():
        documented = pairs(fields)
        yield name.upper(), documented
        yield from described(documented.get("subcommands", []))


def facts(row: list[Any], docs: dict[str, Any], *, is_valkey: bool) -> Row:
    """Return a command's row of the table as this server has it."""
    since = docs.get("since") or MODULE_SINCE[docs["module"]]
    return {
        "name": row[0].upper(),
        "group": docs["group"],
        "since": "" if is_valkey else since,
        "valkey": since if is_valkey else "",
        "arity": row[1],
        "flags": sorted(row[2]),
        "categories": sorted(each.removeprefix("@") for each in row[6]),
        "tips": sorted(row[7]),
        "keys": [key_spec(pairs(spec)) for spec in row[8]],
    }


def key_spec(spec: dict[str, Any]) -> Row:
    """Return a key specification without its notes, its numbers in the order of redis.io's documentation."""
    begin, find = pairs(spec["begin_search"]), pairs(spec["find_keys"])
    return {
        "flags": spec["flags"],
        "begin": [begin["type"], *pairs(begin["spec"]).values()],
        "find": [find["type"], *pairs(find["spec"]).values()],
    }


def merge(kept: Row, other: Row) -> None:
    """Add to a row what another server says beside it: its version, and tips that the first did not give."""
    for version in ("since", "valkey"):
        kept[version] = kept[version] or other[version]
    kept["tips"] = sorted({*kept["tips"], *other["tips"]})


def merged(servers: list[dict[str, Row]]) -> list[Row]:
    """Return one row a command, sorted by name."""
    table: dict[str, Row] = {}
    for rows in servers:
        for name, row in rows.items():
            if name in table:
                merge(table[name], row)
            else:
                table[name] = row
    return [table[name] for name in sorted(table)]


def traits() -> dict[str, Row]:
    """Return what traits.yaml says of each command, by its name."""
    found: dict[str, Row] = {}
    for group_of_names, said in yaml.safe_load(TRAITS.read_text()).items():
        for name in group_of_names.split():
            found.setdefault(name, {}).update(said)
    return found


def with_traits(rows: list[Row]) -> list[Row]:
    """Return the rows with all that traits.yaml says, and what follows from a command's group."""
    said = traits()
    if unknown := sorted(said.keys() - {row["name"] for row in rows}):
        sys.exit(f"traits.yaml: no server has {', '.join(unknown)}")
    return [with_own_traits({field: row[field] for field in OF_SERVERS}, said.get(row["name"], {})) for row in rows]


def with_own_traits(row: Row, said: Row) -> Row:
    """Return a row with its traits; what says nothing is left out."""
    follows = {"refused": REFUSED_GROUPS.get(row["group"], ""), "type": TYPES.get(row["group"])}
    return {**row, **{trait: value for trait, value in {**follows, **said}.items() if value}}


def as_text(names: list[str], rows: list[Row]) -> str:
    """Return the file's text, one line a command, so that a change can be read as a diff."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f'{{"made_from": {json.dumps(names)}, "commands": [\n{lines}\n]}}\n'


def main(urls: list[str]) -> None:
    """Write the file anew."""
    kept = json.loads(TABLE.read_bytes())
    found = [asked(url) for url in urls]
    names = [name for name, _ in found] or kept["made_from"]
    rows = merged([rows for _, rows in found]) if found else kept["commands"]
    TABLE.write_text(as_text(names, with_traits(rows)))
    sys.stdout.write(f"{TABLE}: {', '.join(names)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
