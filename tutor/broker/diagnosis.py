"""Why the server can't be used, from redis-py's exceptions and the server's errors, as findings with a cure."""

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from redis.connection import ConnectionPool, SSLConnection
from redis.exceptions import AuthenticationError, InvalidResponse, RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from tutor import findings
from tutor.findings import Finding

PART = "redis"
PEEK_SECONDS = 0.3
"""Timeout for finding out whether a port speaks TLS."""

_START = "Start the server, or correct the host and port in REDIS_URL."
_ACCOUNT = "Correct the user and password in REDIS_URL, or set them on the server with ACL SETUSER and ACL SAVE."
_RIGHTS = "Give the user the rights of deploy/redis.conf, or set REDIS_URL to a user that has them."

# By the first word of the server's error line: the sentence for strangers, the one for operators, and the cure.
_BY_CODE: Mapping[str, tuple[str, str, str]] = {
    "WRONGPASS": (findings.REDIS_REFUSES, "Redis refuses the password of {user}, or the user is disabled", _ACCOUNT),
    "NOAUTH": (findings.REDIS_REFUSES, "Redis requires a user and password, and REDIS_URL has none", _ACCOUNT),
    "NOPERM": (findings.REDIS_RIGHTS, "Redis refuses rights to {user}: {line}", _RIGHTS),
    "DENIED": (
        findings.REDIS_REFUSES,
        "Redis is in protected mode and refuses connections from other hosts",
        "Set a password for its users, or bind it to a private address, and then protected-mode no.",
    ),
    "READONLY": (
        findings.REDIS_REPLICA,
        "This Redis server is a read-only replica",
        "Set REDIS_URL to the primary, or make this server one with REPLICAOF NO ONE.",
    ),
    "OOM": (
        findings.REDIS_FULL,
        "Redis has no memory left: it uses more than maxmemory and evicts nothing",
        "Raise maxmemory, or remove the keys of other programs; its own may be removed at any time.",
    ),
    "LOADING": (
        findings.REDIS_LOADING,
        "Redis is loading its data from disk",
        'Wait. Persistence is not needed for this program: save "" and appendonly no start it at once.',
    ),
    "MASTERDOWN": (
        findings.REDIS_REPLICA,
        "This Redis server is a replica that has lost its primary",
        "Set REDIS_URL to the primary, or make this server one with REPLICAOF NO ONE.",
    ),
    "MISCONF": (
        findings.REDIS_UNWRITABLE,
        "Redis accepts no writes because it can't save its data to disk",
        'Free its disk, or switch persistence off with save "": this program does not need it.',
    ),
    "NOREPLICAS": (
        findings.REDIS_UNWRITABLE,
        "Redis accepts no writes because too few replicas are connected (min-replicas-to-write)",
        "Connect the replicas, or set min-replicas-to-write 0.",
    ),
    "CLUSTERDOWN": (
        findings.REDIS_UNWRITABLE,
        "The Redis Cluster is down",
        "Repair the cluster, or use a server that is not part of one.",
    ),
    "MOVED": (
        findings.REDIS_REFUSES,
        "This Redis server is a node of a cluster and does not hold all keys",
        "Set REDIS_URL to a server that is not part of a cluster.",
    ),
    "BUSY": (
        findings.REDIS_SILENT,
        "Redis is busy with a script of another program",
        "End the script with SCRIPT KILL or FUNCTION KILL.",
    ),
}

# By a part of the error line, in lower case, for errors without a code of their own.
_BY_TEXT: Mapping[str, tuple[str, str, str]] = {
    "db index is out of range": (
        findings.REDIS_REFUSES,
        "Redis has no database of the number in REDIS_URL",
        "Choose a smaller number, such as 0, or raise databases in the server's configuration.",
    ),
    "select is not allowed in cluster mode": (
        findings.REDIS_REFUSES,
        "A Redis Cluster has only database 0",
        "Write 0 for the database number in REDIS_URL.",
    ),
    "max number of clients": (
        findings.REDIS_REFUSES,
        "Redis has reached its maximum number of clients",
        "Raise maxclients, or lower max_connections of REDIS_URL.",
    ),
    "without any password configured": (
        findings.REDIS_REFUSES,
        "REDIS_URL has a password, and Redis has none for its user default",
        "Remove the password from REDIS_URL, or set one on the server.",
    ),
    "unknown command": (
        findings.REDIS_LACKS,
        "Redis lacks a command: {line}",
        "Use Redis 7 or newer, or any Valkey, without rename-command.",
    ),
}


def of_error_line(line: str, user: str) -> Finding:
    """Return what the server's error line, such as "OOM command not allowed …", means for the program."""
    code = line.partition(" ")[0]
    known = _BY_CODE.get(code) or next((each for text, each in _BY_TEXT.items() if text in line.lower()), None)
    reason, detail, cure = known or (findings.REDIS_REFUSES, "Redis refuses a command: {line}", _START)
    # The rest of the line may contain keys and values of learners.
    said = line.partition(", with args")[0][:200].rstrip(".?")
    return Finding(PART, reason, f"{detail.format(user=user, line=said)}.", cure)


def of_fault(fault: Exception, options: Mapping[str, Any]) -> Finding:
    """Return why a connection with these options of redis-py failed, without sending anything."""
    place = place_of(options)
    code = getattr(fault, "status_code", None)
    if isinstance(fault, AuthenticationError) or (code and isinstance(fault, RedisError)):
        return of_error_line(f"{code or 'WRONGPASS'} {fault}", user_of(options))
    for text in _BY_TEXT:
        if text in str(fault).lower():
            return of_error_line(f"ERR {fault}", user_of(options))
    cause = fault.__cause__ or fault.__context__ or fault
    for kind, said_of, cure in _BY_KIND:
        if isinstance(cause, kind) or isinstance(fault, kind):
            return Finding(PART, findings.REDIS_SILENT, f"{said_of(cause, place)}.", cure)
    sentence = f"The connection to Redis at {place} failed ({type(fault).__name__})"
    return Finding(PART, findings.REDIS_SILENT, f"{sentence}.", _START)


_Sentence = Callable[[BaseException, str], str]

_BY_KIND: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], _Sentence, str], ...] = (
    (
        ssl.SSLCertVerificationError,
        lambda fault, place: f"The certificate of Redis at {place} is refused: {getattr(fault, 'verify_message', '')}",
        "Set ssl_ca_certs in REDIS_URL to the certificate of its authority, and use a host name of the certificate.",
    ),
    (
        ssl.SSLError,
        lambda fault, place: f"TLS with Redis at {place} failed: {getattr(fault, 'reason', '')}",
        "Compare the TLS options of REDIS_URL with those of the server; redis:// is the form without TLS.",
    ),
    (
        socket.gaierror,
        lambda _, place: f"The host name of Redis at {place} is unknown",
        "Correct the host in REDIS_URL.",
    ),
    (
        ConnectionRefusedError,
        lambda _, place: f"No server listens at {place}",
        "Start Redis, or correct the host and port in REDIS_URL.",
    ),
    (
        FileNotFoundError,
        lambda _, place: f"There is no socket {place}",
        "Start Redis with this unixsocket, or correct the path in REDIS_URL.",
    ),
    (
        PermissionError,
        lambda _, place: f"The program may not open the socket {place}",
        "Set unixsocketperm 770, and put the program's user into the server's group.",
    ),
    (
        (NoAnswerInTime, TimeoutError),
        lambda _, place: f"Redis at {place} does not answer",
        "Look whether the server hangs or is stopped, and whether a firewall drops packets; then restart it.",
    ),
    (
        InvalidResponse,
        lambda _, place: f"The server at {place} is not a Redis server",
        "Correct the host and port in REDIS_URL.",
    ),
    (
        ConnectionResetError,
        lambda _, place: f"Redis at {place} closes connections at once",
        "Look into its log. If its port speaks TLS, write rediss:// in REDIS_URL.",
    ),
)


def examined(fault: Exception, pool: ConnectionPool) -> Finding:
    """Return why a connection of the pool failed; look whether one side speaks TLS and the other does not."""
    options = pool.connection_kwargs
    found = of_fault(fault, options)
    if found.reason != findings.REDIS_SILENT or "host" not in options or isinstance(fault.__cause__, _UNREACHABLE):
        return found
    if issubclass(pool.connection_class, SSLConnection):
        wrong, right, speaks, peek = "rediss://", "redis://", "does not speak TLS", _speaks_plainly
    elif isinstance(fault, NoAnswerInTime):
        return found  # a port that speaks TLS closes a plain connection at once
    else:
        wrong, right, speaks, peek = "redis://", "rediss://", "speaks TLS", _speaks_tls
    if not peek(options):
        return found
    detail = f"REDIS_URL begins with {wrong}, but the port at {place_of(options)} {speaks}."
    cure = f"Write {right} in REDIS_URL, or use the server's other port."
    return Finding(PART, findings.REDIS_REFUSES, detail, cure)


_UNREACHABLE = (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)


def place_of(options: Mapping[str, Any]) -> str:
    """Return the host and port, or the socket's path."""
    return str(options["path"]) if "path" in options else f"{options.get('host')}:{options.get('port')}"


def user_of(options: Mapping[str, Any]) -> str:
    """Return the name of the program's user on the server."""
    return f"user {options.get('username') or 'default'}"


def _speaks_tls(options: Mapping[str, Any]) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent through it: only the kind of port matters here.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError), _opened(options) as plain, context.wrap_socket(plain):
        return True
    return False


def _speaks_plainly(options: Mapping[str, Any]) -> bool:
    with suppress(OSError), _opened(options) as plain:
        plain.sendall(b"PING\r\n")
        return plain.recv(1) in (b"+", b"-")
    return False


def _opened(options: Mapping[str, Any]) -> socket.socket:
    opened = socket.create_connection((str(options["host"]), int(options["port"])), timeout=PEEK_SECONDS)
    opened.settimeout(PEEK_SECONDS)
    return opened
