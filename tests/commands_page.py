"""Writes docs/commands.md: the table of commands as authors read it. `python -m tests.command_table` calls it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

GROUPS = {
    "string": ("Strings", "keys of type `string`"),
    "bitmap": ("Bits", "within keys of type `string`"),
    "hyperloglog": ("Estimates (HyperLogLog)", "keys of type `string`"),
    "list": ("Lists", "keys of type `list`"),
    "hash": ("Hashes", "keys of type `hash`"),
    "set": ("Sets", "keys of type `set`"),
    "sorted-set": ("Sorted sets", "keys of type `zset`"),
    "geo": ("Places on earth", "keys of type `zset`"),
    "stream": ("Streams", "keys of type `stream`"),
    "module": ("Vector sets", ""),
    "generic": ("Keys of any type", ""),
    "pubsub": ("Publish and subscribe", "channels"),
    "transactions": ("Transactions", ""),
    "connection": ("The server", ""),
    "server": ("The server", ""),
}
"""The heading of each of the servers' groups, and what its commands are about."""

HEAD = """# Commands

Every command that a step of a lesson may send, made from the program's table of commands by
`python -m tests.command_table`. In the Studio, the editor completes them behind `command:`, with their arguments.

*Since* is the first version that has the command, of Redis and of Valkey where they differ. The server that comes with
the package is Valkey 9: what only Redis has needs a Redis of your own (`REDIS_URL`). The notes:

- **waits**: the client may have to wait for its answer.
- **connections**: the lesson is played on connections, one an actor, from its start at every click; such a lesson may
  have 100 steps.
- **chance**: the server decides what comes. A run keeps what it got, but no claim or proof can foretell it. With `*`:
  `XADD` is such a command only where the server chooses the id.
- **any order**: the elements of the reply come in no fixed order, so the program makes no question of it.
- **time**: the reply tells the time, or how much of it is left or has passed.
"""


def page(rows: Sequence[Row], elsewhere: Row) -> str:
    """Return the text of docs/commands.md."""
    parts = [HEAD, *_groups([row for row in rows if not row.get("refused")]), *_refused(rows), _elsewhere(elsewhere)]
    return "\n".join(parts)


def _groups(allowed: Sequence[Row]) -> Iterator[str]:
    """Yield the commands of each heading as a table."""
    containers = {row["name"].partition("|")[0] for row in allowed if "|" in row["name"]}
    for title in dict.fromkeys(title for title, _ in GROUPS.values()):
        mine = [row for row in allowed if GROUPS[row["group"]][0] == title and row["name"] not in containers]
        about = next(about for name, about in GROUPS.values() if name == title)
        yield f"## {title}\n" + (f"\n{about[0].upper()}{about[1:]}.\n" if about else "")
        yield "| command | what it does | since | notes |\n|---|---|---|---|"
        yield "\n".join(map(_line, mine)) + "\n"


def _line(row: Row) -> str:
    cells = (f"`{row['name'].replace('|', ' ')}`", _escaped(row["summary"]), _since(row), ", ".join(_notes(row)))
    return f"| {' | '.join(cells)} |".replace("  |", " |")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _since(row: Row) -> str:
    redis, valkey = (_short(row[server]) for server in ("since", "valkey"))
    if not redis or not valkey:
        return f"only Redis {redis}" if redis else f"only Valkey {valkey}"
    return redis if redis == valkey else f"Redis {redis}, Valkey {valkey}"


def _short(version: str) -> str:
    return version.removesuffix(".0")


def _notes(row: Row) -> Iterator[str]:
    limit, idle = row.get("limit"), row.get("idle")
    if limit == "BLOCK":
        yield "waits and needs connections with BLOCK"
    elif limit:
        yield "waits"
    if row.get("connected") or idle is True or row.get("field_life"):
        yield "connections"
    elif idle:
        yield f"connections with {idle}"
    if row.get("chance"):
        yield "chance with `*`" if row["chance"] == "id" else "chance"
    elif row.get("unordered"):
        yield "any order"
    if row.get("time"):
        yield "time"


def _refused(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what lessons can't send, by the reason."""
    by_reason: dict[str, list[str]] = {}
    reasons = {row["name"]: row.get("refused") for row in rows}
    for row in rows:
        # A subcommand is named where its reason is not that of its command.
        if row.get("refused") and ("|" not in row["name"] or reasons[row["name"].partition("|")[0]] != row["refused"]):
            by_reason.setdefault(row["refused"], []).append(row["name"].replace("|", " "))
    yield "## What a lesson can't send\n"
    yield "All lessons are played on one server, each on keys of its own. None may send what is about more than that.\n"
    for reason, names in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield f"- {', '.join(f'`{name}`' for name in names)}: {reason}."


def _elsewhere(elsewhere: Row) -> str:
    """Return what only other servers and modules have."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in elsewhere["names"].items():
        by_reason.setdefault(reason, []).append(name)
    lines = [f"- {', '.join(f'`{name}`' for name in names)}: {reason}." for reason, names in by_reason.items()]
    prefixes = ", ".join(f"`{prefix}.`" for prefix in elsewhere["modules"])
    modules = (
        f"- Commands that begin with {prefixes}: they belong to modules, and lessons are played on servers without."
    )
    return "\n".join([*sorted(lines, key=_version), modules, ""])


def _version(line: str) -> tuple[int, int]:
    """Return the minor version that a line is about, those without one last."""
    found = line.partition("from Redis 8.")[2].split(" ")[0]
    return (0, int(found)) if found else (1, 0)
