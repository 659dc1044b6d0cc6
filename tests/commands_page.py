"""Render docs/commands.md, the table of commands for authors; `python -m tests.command_table` calls it."""

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
"""The heading for each of the servers' command groups, and the type that its commands work on."""

HEAD = """# Commands

Every command that a lesson's step may send. The list is generated from the program's table of commands by
`python -m tests.command_table`. The Studio's editor completes commands and their arguments after `command:`.

*Since* is the first version that has the command. Redis and Valkey are listed separately where they differ. The
embedded server is Valkey 9, so a command marked *only Redis* needs your own Redis (`REDIS_URL`). The notes mean:

- **waits**: the client may have to wait for the reply.
- **connections**: the lesson runs on one connection per actor, which is opened again at every click. Such a
  lesson can have at most 100 steps.
- **chance**: the server chooses the result. A run keeps the result it got, but no claim or proof can predict it. With
  `*` this applies only where the server chooses the id, as in `XADD stream * field value`.
- **any order**: the elements of the reply come in no fixed order, so the program never asks about that order.
- **time**: the reply contains a time, or how much time is left or has passed.
"""


def page(rows: Sequence[Row], elsewhere: Row) -> str:
    """Return the text of docs/commands.md."""
    parts = [HEAD, *_groups([row for row in rows if not row.get("refused")]), *_refused(rows), _elsewhere(elsewhere)]
    return "\n".join(parts)


def _groups(allowed: Sequence[Row]) -> Iterator[str]:
    """Yield a heading and a table of commands for each group."""
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
    """Yield the commands that lessons can't send, grouped by reason."""
    by_reason: dict[str, list[str]] = {}
    reasons = {row["name"]: row.get("refused") for row in rows}
    for row in rows:
        # A subcommand is listed only if its reason differs from its command's.
        if row.get("refused") and ("|" not in row["name"] or reasons[row["name"].partition("|")[0]] != row["refused"]):
            by_reason.setdefault(row["refused"], []).append(row["name"].replace("|", " "))
    yield "## What a lesson can't send\n"
    yield "All lessons share one server, and each has its own keys and channels. These commands are refused:\n"
    for reason, names in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield f"- {', '.join(f'`{name}`' for name in names)}: {reason}."


def _elsewhere(elsewhere: Row) -> str:
    """Return the commands that only other servers and modules have."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in elsewhere["names"].items():
        by_reason.setdefault(reason, []).append(name)
    lines = [f"- {', '.join(f'`{name}`' for name in names)}: {reason}." for reason, names in by_reason.items()]
    prefixes = ", ".join(f"`{prefix}.`" for prefix in elsewhere["modules"])
    reason = "they belong to modules, and lessons are played on servers without modules"
    modules = f"- Commands that begin with {prefixes}: {reason}."
    return "\n".join([*sorted(lines, key=_version), modules, ""])


def _version(line: str) -> tuple[int, int]:
    """Return a sort key: the Redis 8 minor version that a line names; lines without one come last."""
    found = line.partition("from Redis 8.")[2].split(" ")[0]
    return (0, int(found)) if found else (1, 0)
