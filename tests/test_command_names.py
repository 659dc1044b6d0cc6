"""Only the table of commands decides by a command's name: no other module holds one, but for those listed here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tables import for_each
from tutor.engine.redis.table import all_commands

ROOT = Path(__file__).resolve().parent.parent
NAMES = frozenset(name.partition("|")[0] for name in all_commands())
BEGINNINGS = frozenset(re.findall(r"[A-Z]+", name)[0] for name in NAMES)

SQL = "SQL, whose SELECT is another"
HTTP = "the method of an HTTP request"
EXAMPLE = "an example of a lesson's text, which authors read"

EXCEPTIONS = {
    "tutor/ports/ageing.py": (
        "DEL HDEL HKEYS HPEXPIRE HPTTL PEXPIRE PTTL TYPE XCLAIM XINFO XPENDING XRANGE",
        "sends them itself, to make keys older",
    ),
    "tutor/assessment/quizzes.py": ("SELECT", SQL),
    "tutor/broker/access.py": (
        (
            "CLIENT DEL EXISTS EXPIRE GET PERSIST PEXPIRE PEXPIREAT PING PTTL PUBLISH SADD SET SMEMBERS"
            " SUBSCRIBE TIME TYPE UNLINK UNSUBSCRIBE UNWATCH ZADD ZCARD ZCOUNT ZMSCORE ZRANGE ZRANGEBYSCORE ZREM ZSCORE"
        ),
        "the commands that the program itself sends, to try the rights for them",
    ),
    "tutor/broker/diagnosis.py": ("READONLY", "the code of an error"),
    "tutor/broker/trial.py": (
        "AUTH COMMAND DISCARD EXEC GET HELLO INFO MONITOR MULTI PSUBSCRIBE PUBLISH QUIT RESET SELECT SET UNLINK WATCH",
        "sends them itself, to try what steps need",
    ),
    "tutor/health/database.py": ("SELECT", SQL),
    "tutor/health/examination.py": ("SELECT", SQL),
    "tutor/health/redis_trials.py": (
        "BRPOP CLIENT GET INFO LPUSH PUBLISH SET SUBSCRIBE TIME TTL UNLINK UNSUBSCRIBE",
        "sends them itself, to try what lessons do",
    ),
    "tutor/health/wrappers.py": ("GET", HTTP),
    "tutor/databases/postgresql/connections.py": ("SELECT", SQL),
    "tutor/ports/eviction.py": (
        "DEL INFO SMEMBERS UNLINK ZCARD ZMSCORE ZRANGE ZREM",
        "sends them itself, to make room on a full server",
    ),
    "tutor/storage.py": ("SELECT", SQL),
    "tutor/ports/namespace.py": (
        "GET SADD SET SMEMBERS UNLINK ZADD ZREM ZSCORE",
        "sends them itself, to keep runs' keys",
    ),
    "tutor/ports/redis_corner.py": (
        "GET PERSIST PEXPIRE PEXPIREAT",
        "sends them itself, to keep corners",
    ),
    "tutor/engine/lesson/questions/proofs.py": ("LPOP LPUSH RPOP RPUSH", EXAMPLE),
    "tutor/engine/lesson/questions/question.py": ("BRPOP LPOP RPOP", EXAMPLE),
    "tutor/engine/lesson/lesson.py": ("LPUSH", EXAMPLE),
    "tutor/engine/lesson/flow.py": ("LPUSH", EXAMPLE),
    "tutor/engine/lesson/problems/pasted_text.py": ("LPUSH", "an example of a command"),
    "tutor/engine/lesson/questions/quiz/order.py": ("LPUSH RPOP", EXAMPLE),
    "tutor/engine/lesson/questions/quiz/text.py": ("PUBLISH", EXAMPLE),
    "tutor/engine/playing/observation.py": ("EXISTS PEXPIRETIME PTTL XINFO", "the reads of what is shown beside a key"),
    "tutor/engine/lesson/steps/command.py": ("RPOP", EXAMPLE),
    "tutor/learners.py": ("GET", HTTP),
    "tutor/live/rooms.py": ("PUBLISH ZCOUNT", "sends them itself, to carry messages to tabs"),
    "tutor/drawing/legend.py": (
        "MULTI PSUBSCRIBE PUBLISH SSUBSCRIBE SUBSCRIBE",
        "the commands that a legend explains",
    ),
    "tutor/rehearsal/inside/django_host.py": (
        "ACL AUTH CLIENT COMMAND CONFIG HELLO INFO PING SELECT",
        "the housekeeping of libraries, which is no command of the project",
    ),
    "tutor/recording/probe.py": ("CLIENT", "asks the private server itself whether a client waits"),
    "tutor/recording/tap.py": ("CLIENT", "asks the private server itself which client this is"),
    "tutor/rehearsal/own_server.py": ("ECHO PING", "sends them itself, where nothing is to be done"),
    "tutor/broker/replies.py": ("READONLY", "the code of an error"),
    "tutor/runs.py": ("SELECT", SQL),
    "tutor/settings.py": ("DEBUG INFO", "levels of logging, and the setting DEBUG"),
    "tutor/ports/sweeping.py": ("ZRANGEBYSCORE", "sends them itself, to remove old corners"),
    "tutor/views/shared/login.py": ("GET", HTTP),
    "tutor/views/accounts.py": ("GET", HTTP),
    "tutor/ports/wires/actors.py": ("CLIENT", "asks the server which client an actor is"),
    "tutor/ports/wires/delivery.py": ("PING", "sends it itself, to know that no message is on its way"),
    "tutor/ports/wires/desk.py": ("CLIENT", "asks the server who waits"),
    "tutor/ports/wires/port.py": ("CLIENT PEXPIRE", "sends them itself, to wake or end clients, and give back lives"),
    "tutor/assessment/prediction_rows.py": ("SELECT", SQL),
    "tutor/assessment/sittings.py": ("SELECT", SQL),
    "tutor/offered.py": ("SELECT", SQL),
    "tutor/past_steps.py": ("SELECT", SQL),
    "tutor/turns.py": ("SELECT", SQL),
    "tutor/waiting/threads.py": ("GET", HTTP),
    "tutor/ports/wires/kept.py": (
        "GET HKEYS HPERSIST HPEXPIRE PERSIST PEXPIRE PEXPIREAT SMEMBERS TIME",
        "sends them itself, to keep a run's keys between two clicks",
    ),
    "tutor/ports/wires/reopening.py": (
        "MULTI PSUBSCRIBE SET SSUBSCRIBE SUBSCRIBE WATCH",
        "sends them itself, to open an actor's connection again",
    ),
    "tutor/ports/wires/watching.py": ("UNWATCH WATCH", "sends them itself, to let time pass"),
}
"""Modules that name commands all the same: which, and why."""


def commands_in(text: str) -> set[str]:
    """Return the commands that a string names: alone, in a row, with arguments. Of a sentence only the first word."""
    words = text.split()
    found = {word for word in words if word in NAMES}
    is_sentence = any(re.fullmatch(r"[a-z][a-z']+[,.:;]?", word) for word in words)
    return found & set(words[:1]) if is_sentence else found


def prose_in(nodes: list[ast.AST]) -> Iterator[ast.Constant]:
    """Yield docstrings, those of constants among them."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def named_in(source: str) -> set[str]:
    """Return the commands that a module's strings name. A module without any such word is not even parsed."""
    if BEGINNINGS.isdisjoint(re.findall(r"[A-Z]+", source)):
        return set()
    nodes = list(ast.walk(ast.parse(source)))
    prose = {id(node) for node in prose_in(nodes)}
    constants = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in prose)
    texts = [node.value for node in constants if isinstance(node.value, str)]
    return {name for text in texts for name in commands_in(text)}


def modules() -> list[str]:
    """Return the program's modules but the table's own and migrations, which are history."""
    files = [file.relative_to(ROOT) for file in (ROOT / "tutor").rglob("*.py")]
    return sorted(str(file) for file in files if not re.search(r"engine/redis/|/migrations/", str(file)))


@for_each("module", modules())
def test_a_module_names_no_command_but_those_it_has_a_reason_for(module: str):
    excepted, reason = EXCEPTIONS.get(module, ("", "none"))
    assert named_in((ROOT / module).read_text()) == set(excepted.split()), f"reason: {reason}"


def test_every_exception_is_about_a_module_of_the_program():
    assert set(EXCEPTIONS) <= set(modules())


@for_each(
    ("source", "found"),
    [
        ('if name == "LPUSH": pass', {"LPUSH"}),
        ('pops = "LPOP RPOP SPOP".split()', {"LPOP", "RPOP", "SPOP"}),
        ('does = {"EXEC": run}', {"EXEC"}),
        ('name.endswith("SUBSCRIBE")', {"SUBSCRIBE"}),
        ('look = f"LINDEX {key} 0"', {"LINDEX"}),
        ('line = "RPUSH queue a"', {"RPUSH"}),
        ('many = """\\nINCR DECR\\n"""', {"INCR", "DECR"}),
        ('said = "its commands are queued until EXEC"', set()),
        ('said = "The server does not answer a PING."', set()),
        ('"""Send an LPUSH."""', set()),
        ('first = 1\\n"""LPUSH"""', set()),
        ('# LPUSH\\nfirst = "lpush"', set()),
        ('option = "BLOCK"', set()),
    ],
)
def test_a_name_is_found_in_code_and_not_in_prose(source: str, found: set[str]):
    assert named_in(source.replace("\\n", "\n") if source.startswith(("first", "#")) else source) == found
