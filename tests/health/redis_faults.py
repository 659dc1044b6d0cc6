"""Ways in which a Redis server can't serve the program, each with how it is brought about and undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers import RedisServer, running_redis
from tutor.broker.access import RIGHTS

PASSWORD = "a-password-of-the-test"


@contextmanager
def as_replica(server: RedisServer) -> Iterator[None]:
    with running_redis() as primary:
        server.ask("REPLICAOF", "127.0.0.1", str(primary.port))
        try:
            yield
        finally:
            server.ask("REPLICAOF", "NO", "ONE")


@contextmanager
def full(server: RedisServer) -> Iterator[None]:
    server.ask("CONFIG", "SET", "maxmemory", "1mb")
    try:
        yield
    finally:
        server.ask("CONFIG", "SET", "maxmemory", "0")


def with_rules(rules: str) -> Callable[[RedisServer], object]:
    """Return a fault: the program's user has its rights, and then these rules."""

    @contextmanager
    def fault(server: RedisServer) -> Iterator[None]:
        grant(server, rules)
        try:
            yield
        finally:
            grant(server)

    return fault


def grant(server: RedisServer, rules: str = "") -> None:
    """Give the program's user its rights, and then these rules."""
    server.ask("ACL", "SETUSER", "tutor", "reset", "on", f">{PASSWORD}", *RIGHTS.split(), *rules.split())
    # Connections keep the user that they logged in as, until they are closed.
    server.ask("CLIENT", "KILL", "USER", "tutor")


def address(server: RedisServer) -> str:
    return f"redis://tutor:{PASSWORD}@127.0.0.1:{server.port}/0"


@dataclass(frozen=True)
class Row:
    """A fault, the reason for strangers, and parts of the doctor's sentence and cure."""

    fault: Callable[[RedisServer], object]
    reason: str
    sentence: str
    cure: str


RIGHTS_REASON = "The program lacks rights on Redis; its log names them."
REFUSED = "Redis refuses the program; its log has the reason."

FAULTS = {
    "a replica": Row(
        as_replica, "This Redis server is a read-only replica.", "is a read-only replica", "REPLICAOF NO ONE"
    ),
    "full": Row(full, "Redis has no memory left.", "uses more than maxmemory", "Raise maxmemory"),
    "hung": Row(RedisServer.hanging, "Redis does not answer.", "does not answer", "restart it"),
    "no CLIENT": Row(with_rules("-client"), RIGHTS_REASON, "+client|kill +client|list", "ACL SETUSER tutor"),
    "no CLIENT KILL": Row(with_rules("-client|kill"), RIGHTS_REASON, "lacks +client|kill.", "+client|kill"),
    "no writes": Row(with_rules("-@write"), RIGHTS_REASON, "+lpush", "ACL SETUSER tutor"),
    "no keys": Row(with_rules("resetkeys"), RIGHTS_REASON, "lacks ~tutor:*.", "ACL SETUSER tutor ~tutor:*"),
    "no channels": Row(with_rules("resetchannels"), RIGHTS_REASON, "lacks &tutor:*.", "ACL SETUSER tutor &tutor:*"),
    "no patterns": Row(
        with_rules("clearselectors"), RIGHTS_REASON, "lacks (&* +psubscribe).", "ACL SETUSER tutor (&* +psubscribe)"
    ),
    "no MULTI": Row(with_rules("-multi"), RIGHTS_REASON, "lacks +multi.", "ACL SETUSER tutor +multi"),
    "no EXEC": Row(with_rules("-exec"), RIGHTS_REASON, "lacks +exec.", "ACL SETUSER tutor +exec"),
    "a command of lessons": Row(with_rules("-xreadgroup"), RIGHTS_REASON, "lacks +xreadgroup.", "+xreadgroup"),
    "another password": Row(with_rules("resetpass >other"), REFUSED, "password of user tutor", "REDIS_URL"),
    "disabled": Row(with_rules("off"), REFUSED, "the user is disabled", "ACL SETUSER"),
}
