"""Generates the table of commands, tutor/engine/redis/table.json, and docs/commands.md for authors.

It is made of what Redis and Valkey servers say of their own commands, and of the YAML files beside it.

    python -m tests.command_table redis://127.0.0.1:7891 redis://127.0.0.1:6379 redis://127.0.0.1:7893
    python -m tests.command_table                # after a change to a YAML file: no server is asked

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

from tests.commands_page import page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tutor" / "engine" / "redis"
PAGE = ROOT / "docs" / "commands.md"
TABLE = FOLDER / "table.json"
TRAITS = FOLDER / "traits.yaml"
SENTENCES = FOLDER / "sentences.yaml"
ELSEWHERE = FOLDER / "elsewhere.yaml"

REFUSED_GROUPS = {
    "server": "it is about the whole server, which all lessons share",
    "cluster": "it is about a cluster of servers, and lessons are played on one server",
    "connection": "it is about the connection, which the program manages itself",
    "scripting": "it runs a script, which can reach the keys of all lessons",
}
"""Why commands of a group can't be sent, unless traits.yaml says otherwise."""

TYPES = {"list": "list", "string": "string", "hash": "hash", "set": "set", "sorted-set": "zset", "stream": "stream"}
"""The type of a command's keys, by its group."""

OF_SERVERS = ("name", "group", "since", "valkey", "summary", "syntax", "arity", "flags", "categories", "tips", "keys")
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
        "summary": docs.get("summary", "").split(". ")[0].strip().rstrip("."),
        "syntax": syntax(docs.get("arguments", [])),
        "arity": row[1],
        "flags": sorted(row[2]),
        "categories": sorted(each.removeprefix("@") for each in row[6]),
        "tips": sorted(row[7]),
        "keys": [key_spec(pairs(spec)) for spec in row[8]],
    }


def syntax(arguments: list[Any]) -> str:
    """Return the words that come after a command's name as documentation writes them: `key element [element ...]`."""
    return " ".join(shown_argument(pairs(each)) for each in arguments)


def shown_argument(argument: dict[str, Any]) -> str:
    """Return one argument: its kind, the option before it, whether it can be repeated or left out."""
    inner = [shown_argument(pairs(each)) for each in argument.get("arguments", [])]
    flags, token = argument.get("flags", []), argument.get("token", "")
    said = token if argument["type"] == "pure-token" else argument.get("display_text", argument["name"])
    if argument["type"] == "oneof":
        said = shown_choice(inner, is_optional="optional" in flags and "multiple" not in flags)
    elif inner:
        said = " ".join(inner)
    if token and argument["type"] != "pure-token":
        said = f"{token} {said}".strip()
    if "multiple" in flags:
        again = said if not token or "multiple_token" in flags else said.removeprefix(f"{token} ")
        said = f"{said} [{again} ...]"
    return f"[{said}]" if "optional" in flags else said


def shown_choice(choices: list[str], *, is_optional: bool) -> str:
    """Return alternatives: `LEFT|RIGHT`, `<FROMMEMBER member | FROMLONLAT longitude latitude>`."""
    if not any(" " in each for each in choices):
        return "|".join(choices)
    return " | ".join(choices) if is_optional else f"<{' | '.join(choices)}>"


def key_spec(spec: dict[str, Any]) -> Row:
    """Return a key specification without its notes, its numbers in the order of redis.io's documentation."""
    begin, find = pairs(spec["begin_search"]), pairs(spec["find_keys"])
    return {
        "flags": spec["flags"],
        "begin": [begin["type"], *pairs(begin["spec"]).values()],
        "find": [find["type"], *pairs(find["spec"]).values()],
    }


def merge(kept: Row, other: Row) -> None:
    """Add to a row another server's version of the command, and facts that the first server lacks."""
    for said in ("since", "valkey", "summary", "syntax"):
        kept[said] = kept.get(said) or other.get(said, "")
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


def by_name(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield the facts in a YAML file by command, splitting entries for several commands."""
    loader = yaml.SafeLoader(file.read_text())
    # Read pair by pair: of two lines for the same name, a dictionary would keep only the last.
    for names, said in loader.get_single_node().value:
        for name in names.value.split():
            yield name, loader.construct_object(said, deep=True)


def traits() -> dict[str, Row]:
    """Return the YAML files' facts by command name."""
    found: dict[str, Row] = {}
    for name, said in by_name(TRAITS):
        found.setdefault(name, {}).update(said)
    for name, sentence in by_name(SENTENCES):
        found.setdefault(name, {})["sentence"] = sentence
    return found


def elsewhere() -> Row:
    """Return the commands that no asked server has: why lessons lack each, and the modules by their prefix."""
    said = yaml.safe_load(ELSEWHERE.read_text())
    newer = {
        name: f"only servers from {version} on have it, and lessons do not support it yet"
        for version, names in said["newer"].items()
        for name in names.split()
    }
    return {"names": dict(sorted({**newer, **said["other"]}.items())), "modules": said["modules"]}


def with_traits(rows: list[Row]) -> list[Row]:
    """Return the rows with the facts of the YAML files, and facts derived from a command's group and tips."""
    said = traits()
    if unknown := sorted(said.keys() - {row["name"] for row in rows}):
        sys.exit(f"no server has {', '.join(unknown)}")
    found = [with_own_traits({field: row[field] for field in OF_SERVERS}, said.get(row["name"], {})) for row in rows]
    reasons = {row["name"]: row.get("refused", "") for row in found}
    for row in found:
        # A refused command's subcommands are refused with it, for its reason.
        if reasons[row["name"].partition("|")[0]]:
            row["refused"] = said.get(row["name"], {}).get("refused") or reasons[row["name"].partition("|")[0]]
    return found


def with_own_traits(row: Row, said: Row) -> Row:
    """Return a row with its traits, without empty ones."""
    follows = {
        "refused": REFUSED_GROUPS.get(row["group"], ""),
        "type": TYPES.get(row["group"]),
        "unordered": "nondeterministic_output_order" in row["tips"],
    }
    return {**row, **{trait: value for trait, value in {**follows, **said}.items() if value}}


def as_text(names: list[str], rows: list[Row], others: Row) -> str:
    """Return the file's text, one line a command, so that a change can be read as a diff."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    head = f'"made_from": {json.dumps(names)},\n"elsewhere": {json.dumps(others)}'
    return f'{{{head},\n"commands": [\n{lines}\n]}}\n'


def main(urls: list[str]) -> None:
    """Write the file anew."""
    kept = json.loads(TABLE.read_bytes())
    found = [asked(url) for url in urls]
    names = [name for name, _ in found] or kept["made_from"]
    rows = merged([rows for _, rows in found]) if found else kept["commands"]
    described_rows = with_traits(rows)
    TABLE.write_text(as_text(names, described_rows, elsewhere()))
    PAGE.write_text(page(described_rows, elsewhere()))
    sys.stdout.write(f"{TABLE} and {PAGE}: {', '.join(names)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
