"""Trying on one connection what steps need: a write, a read, an expiry, a message, the server's role, and rights.

Nothing is left behind: the one key that is written is removed, and expires should the removal fail. Rights are tried in
a transaction that is never executed, because a server checks them when it queues a command.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from redis.connection import AbstractConnection
from redis.exceptions import RedisError

from tutor import findings
from tutor.broker import diagnosis
from tutor.broker.access import CHANNEL, KEY, OWN
from tutor.broker.protocol import read_reply, send_batch
from tutor.broker.replies import LACKS, error_line
from tutor.engine.redis.table import command_named, subcommands_of
from tutor.engine.values.replies import Words, decode
from tutor.findings import Finding

SPARE_BYTES = 64 * 1024
"""Free memory below which a server that evicts nothing counts as full: a step may store a value of this size."""

TRIAL_SECONDS = "60"

UNTRIED = frozenset("AUTH DISCARD EXEC HELLO MONITOR MULTI QUIT RESET SELECT WATCH".split())
"""Commands that a server performs at once instead of queueing them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The server's description of itself, and what is wrong with it.

    `fields`: INFO's. `commands`: the names of all its commands, in capitals; empty if unknown. `missing`: the rights
    that its user lacks, as ACL SETUSER takes them.
    """

    fields: dict[str, str] = field(default_factory=dict)
    commands: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def attempt(connection: AbstractConnection, user: str, lesson_commands: Iterable[str] = ()) -> Trial:
    """Try everything on the connection. Raises: RedisError, OSError."""
    word = secrets.token_hex(8)
    described = _asked(
        connection, [("INFO", "server"), ("INFO", "memory"), ("INFO", "replication"), ("COMMAND", "LIST")]
    )
    fields = fields_of(described[:3])
    listed = described[3] if isinstance(described[3], list) else []
    commands = frozenset(str(decode(name)).upper() for name in listed)
    key = f"{KEY}:{word}"
    tries: list[Words] = [
        ("SET", key, word, "EX", TRIAL_SECONDS),
        ("GET", key),
        ("PUBLISH", CHANNEL, ""),
        ("UNLINK", key),
    ]
    replies = _asked(connection, tries)
    found = [_refused(reply, user) for reply in replies if isinstance(reply, RedisError)]
    found += _of_description(fields)
    if not found and replies[1] != word.encode():
        found = [_unread()]
    refusals = refused_commands(connection, lesson_commands, commands)
    missing = tuple(sorted({_right(words, line) for words, line in refusals if line.startswith("NOPERM")}))
    found += [diagnosis.of_error_line(line, user) for _, line in refusals if line.startswith(LACKS)]
    if missing:
        found = [*(each for each in found if each.reason != findings.REDIS_RIGHTS), _of_rights(missing, user)]
    return Trial(fields, commands, tuple({each.reason: each for each in found}.values()), missing)


def refused_commands(
    connection: AbstractConnection, lesson_commands: Iterable[str], commands: Collection[str] = ()
) -> list[tuple[Words, str]]:
    """Return the program's own commands and those of lessons that the server refuses or lacks, with its error lines.

    Commands of lessons that are not among `commands` are left out. Raises: RedisError, OSError.
    """
    # The empty transaction comes first, to try EXEC where it can do no harm.
    begun = _asked(connection, _BEGINNING)
    if isinstance(begun[3], RedisError) and "nested" not in str(begun[3]):
        # Outside a transaction the commands would be performed.
        return _refusals(_BEGINNING, begun)
    tried = [*OWN, *_samples(lesson_commands, commands)]
    replies = _asked(connection, [*tried, ("DISCARD",)])
    return _refusals([*_BEGINNING, *tried], [*begun, *replies[:-1]])


_BEGINNING: tuple[Words, ...] = (("WATCH", KEY), ("MULTI",), ("EXEC",), ("MULTI",))


def _refusals(tried: Sequence[Words], replies: Sequence[object]) -> list[tuple[Words, str]]:
    answers = zip(tried, replies, strict=True)
    lines = [(words, error_line(reply)) for words, reply in answers if isinstance(reply, RedisError)]
    # A server wraps its refusal of EXEC in the error of an aborted transaction.
    bare = [(words, line.removeprefix("EXECABORT Transaction discarded because of: ")) for words, line in lines]
    return [(words, line) for words, line in bare if line.startswith(("NOPERM", LACKS))]


def _asked(connection: AbstractConnection, batch: Sequence[Words]) -> list[object]:
    send_batch(connection, batch)
    return [read_reply(connection) for _ in batch]


def _samples(names: Iterable[str], commands: Collection[str]) -> Iterator[Words]:
    """Yield a call of each of these commands that a server queues: with enough words, each within our prefix."""
    for name in sorted(set(names) - UNTRIED):
        if commands and name not in commands:
            continue
        for subcommand in subcommands_of(name) or ("",):
            if known := command_named(name, subcommand):
                head = (name, subcommand) if subcommand else (name,)
                yield (*head, *[KEY] * max(abs(known.arity) - len(head), 0))


def _right(words: Words, refusal: str) -> str:
    """Return the right that the refused command needs, as ACL SETUSER takes it."""
    line = refusal.lower()
    if "access a channel" in line or "channels used" in line:
        return "&tutor:*" if words[0] != "PSUBSCRIBE" else "(&* +psubscribe)"
    if "a key" in line or "keys used" in line:
        return "~tutor:*"
    name = words[0].lower()
    return f"+{name}|{words[1].lower()}" if subcommands_of(words[0]) or name == "client" else f"+{name}"


def _refused(refusal: RedisError, user: str) -> Finding:
    return diagnosis.of_error_line(error_line(refusal), user)


def _of_rights(missing: Sequence[str], user: str) -> Finding:
    listed = " ".join(missing)
    return Finding(
        diagnosis.PART,
        findings.REDIS_RIGHTS,
        f"Redis {user} lacks {listed}.",
        f"Add them: ACL SETUSER {user.removeprefix('user ')} {listed}, then ACL SAVE or CONFIG REWRITE;"
        " or use the user of deploy/redis.conf.",
    )


def _unread() -> Finding:
    detail = "A key that was written to Redis could not be read again"
    return Finding(diagnosis.PART, findings.REDIS_UNWRITABLE, f"{detail}.", "Look into the log of the server.")


def _of_description(fields: dict[str, str]) -> Iterator[Finding]:
    """Yield what INFO says against the server, beyond what a small write shows."""
    limit, used = _number(fields, "maxmemory"), _number(fields, "used_memory")
    used -= _number(fields, "mem_not_counted_for_evict")
    if limit and fields.get("maxmemory_policy") == "noeviction" and used + SPARE_BYTES > limit:
        yield diagnosis.of_error_line("OOM", "")


def _number(fields: dict[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isdecimal() else 0


def fields_of(replies: Iterable[object]) -> dict[str, str]:
    """Return the fields of answers to INFO."""
    texts = (str(decode(reply)) for reply in replies if isinstance(reply, bytes | str))
    text = "\n".join(texts)
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
