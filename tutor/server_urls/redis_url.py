"""REDIS_URL and the redis-py options that the program supports.

redis-py passes everything after the question mark to its connections, where a wrong option is a TypeError at the first
command. docs/operating.md lists the allowed options.
"""

import math
import ssl
from collections.abc import Callable

from tutor.server_urls.parts import BadUrl, Form, Parts, hiding_passwords, options_of, parts_of, shown

FORM = Form("REDIS_URL", ("redis", "rediss", "unix"), "redis://:password@host:6379/0 or unix:///run/redis.sock")

_Check = Callable[[str], bool]


def checked_redis_url(text: str) -> str:
    """Return the URL as redis-py takes it. Raises: BadUrl."""
    parts = parts_of(text, FORM)
    try:
        _require_place(parts)
        options = options_of(parts.query, FORM)
        for name, value in options.items():
            _require_option(parts.scheme, name, value)
        _require_one_database(parts, options)
    except BadUrl as problem:
        tail = parts.query if parts.scheme == "unix" else parts.path + parts.query
        raise hiding_passwords(problem, tail, FORM) from None
    return parts.scheme + text[len(parts.scheme) :]


def _require_place(parts: Parts) -> None:
    if parts.scheme == "unix":
        if parts.host or (parts.authority and "@" not in parts.authority):
            raise FORM.bad("has a host, and a unix socket has none; write three slashes before its path")
        if len(parts.path) < 2:
            raise FORM.bad("names no unix socket")
        return
    if not parts.host:
        raise FORM.bad("names no host")
    if parts.path not in ("", "/") and not _whole(0, _MOST)(parts.path[1:]):
        raise FORM.bad("has a path that is not a database number such as /0")


def _require_one_database(parts: Parts, options: dict[str, str]) -> None:
    in_path = parts.path[1:] if parts.scheme != "unix" else ""
    if in_path and "db" in options and int(in_path) != int(options["db"]):
        raise FORM.bad_option("names one database in its path and another one with db=")


def _require_option(scheme: str, name: str, value: str) -> None:
    if name in REFUSED_OPTIONS:
        raise FORM.bad_option(f"can't have the option {name}: {REFUSED_OPTIONS[name]}")
    if name not in OPTIONS:
        raise FORM.bad_option(f"has {shown(name)} that it can't have; remove it")
    if name.startswith("ssl_") and scheme != "rediss":
        raise FORM.bad_option(f"has the option {name}, which needs rediss://")
    if name in _TCP_ONLY and scheme == "unix":
        raise FORM.bad_option(f"has the option {name}, which unix sockets do not have")
    check, wanted = OPTIONS[name]
    if not check(value):
        raise FORM.bad_option(f"has a wrong value for {name}; it takes {wanted}")


_MOST = 2**31 - 1
_TCP_ONLY = ("socket_connect_timeout", "socket_keepalive")


def _whole(least: int, most: int) -> _Check:
    return lambda value: value.isascii() and value.isdecimal() and len(value) <= 10 and least <= int(value) <= most


def _is_time_limit(value: str) -> bool:
    try:
        seconds = float(value)
    except ValueError:
        return False
    return math.isfinite(seconds) and 0.1 <= seconds <= 60


def _one_of(*values: str) -> _Check:
    return lambda value: value.lower() in values


def _is_health_check(value: str) -> bool:
    # Once the interval is over, redis-py sends a PING before the next command. While a lesson is played (5 seconds at
    # most) that would end up in an actor's transaction.
    return value == "0" or _whole(10, 86_400)(value)


def _is_word(value: str) -> bool:
    return all("!" <= letter <= "~" for letter in value)


def _are_ciphers(value: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers(value)
    except ssl.SSLError:
        return False
    return True


def _are_verify_flags(value: str) -> bool:
    return all(flag.strip() in ssl.VerifyFlags.__members__ for flag in value.strip("[]").split(","))


def _is_text(_: str) -> bool:
    return True


_SWITCH = (_one_of("true", "false", "yes", "no", "1", "0"), "true or false")
_LIMIT = (_is_time_limit, "seconds from 0.1 to 60")
_FLAGS = (_are_verify_flags, "names of ssl.VerifyFlags, separated by commas")
_PATH = (_is_text, "a path")

OPTIONS: dict[str, tuple[_Check, str]] = {
    "db": (_whole(0, _MOST), "the number of a database"),
    "username": (_is_text, "a name"),
    "password": (_is_text, "a text"),
    "client_name": (_is_word, "printable ASCII without spaces"),
    "socket_timeout": _LIMIT,
    "socket_connect_timeout": _LIMIT,
    "socket_keepalive": _SWITCH,
    "socket_read_size": (_whole(1024, 16 * 1024 * 1024), "bytes from 1024 to 16777216"),
    # The live page's subscriber has one connection, and its commands another.
    "max_connections": (_whole(2, _MOST), "a number of at least 2"),
    "health_check_interval": (_is_health_check, "0 or seconds from 10 to 86400"),
    "protocol": (_one_of("2"), "only 2, because lessons show replies as RESP2 has them"),
    "ssl_cert_reqs": (_one_of("none", "optional", "required"), "none, optional or required"),
    "ssl_check_hostname": _SWITCH,
    "ssl_ca_certs": _PATH,
    "ssl_ca_path": _PATH,
    "ssl_ca_data": (_is_text, "certificates as PEM"),
    "ssl_certfile": _PATH,
    "ssl_keyfile": _PATH,
    "ssl_password": (_is_text, "a text"),
    "ssl_min_version": (_one_of("771", "772"), "771 (TLS 1.2) or 772 (TLS 1.3)"),
    "ssl_ciphers": (_are_ciphers, "a list of ciphers as OpenSSL writes it"),
    "ssl_include_verify_flags": _FLAGS,
    "ssl_exclude_verify_flags": _FLAGS,
}
"""By option: the test of its value, and its description in messages."""

_AS_BYTES = "the program reads replies as bytes, so that none is changed on the way"
_TWICE = "the program itself decides what is sent a second time"
_BEFORE = "write it before the question mark"

REFUSED_OPTIONS = {
    "decode_responses": _AS_BYTES,
    "encoding": _AS_BYTES,
    "encoding_errors": _AS_BYTES,
    "retry": _TWICE,
    "retry_on_error": _TWICE,
    "retry_on_timeout": _TWICE,
    "host": _BEFORE,
    "port": _BEFORE,
    "path": _BEFORE,
    "legacy_responses": "the program takes replies as the server sends them",
    "timeout": "it belongs to a kind of connection pool that the program does not use",
    "lib_name": "the program sends no name of a library",
    "lib_version": "the program sends no name of a library",
    "driver_info": "the program sends no name of a library",
}
"""Options of redis-py that the program can't support, and why."""
