"""DATABASE_URL, checked before Django connects, so that a malformed one gives a sentence instead of a traceback."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from tutor.server_urls.parts import BadUrl, Form, Parts, hiding_passwords, options_of, parts_of, shown

# libpq itself parses several hosts, and a socket's folder (%2Frun).
FORM = Form(
    "DATABASE_URL",
    ("postgres", "postgresql", "pgsql", "sqlite"),
    "postgresql://user:password@host:5432/name or sqlite:////folder/db.sqlite3",
    host=r"[\w.,%-]+",
)

IN_MEMORY = "names a database in memory, which each process would have for itself and lose at its end; name a file"

_MEMORY = re.compile(r":memory:|mode=memory|vfs=memdb|^file:(//[^/]*)?[?]")


def checked_database_url(text: str) -> str:
    """Return the URL as dj-database-url takes it. Raises: BadUrl."""
    if text == "sqlite://:memory:":
        raise FORM.bad(IN_MEMORY)
    parts = parts_of(text, FORM)
    if parts.scheme == "sqlite":
        if _is_in_memory(parts):
            raise FORM.bad(IN_MEMORY)
        if parts.authority:
            raise FORM.bad(
                "has a host, and SQLite has none; write three slashes before a path, four before an absolute one"
            )
        return parts.scheme + text[len(parts.scheme) :]
    try:
        options = options_of(parts.query, FORM)
        _require_known(options)
        for name, value in options.items():
            _require_value(name, value)
    except BadUrl as problem:
        raise hiding_passwords(problem, parts.query, FORM) from None
    if len(parts.path) < 2 and not {"dbname", "service"} & options.keys():
        raise FORM.bad("names no database")
    return parts.scheme + text[len(parts.scheme) :]


def _is_in_memory(parts: Parts) -> bool:
    """Return whether SQLite would keep no file. Django passes names on as URIs: https://www.sqlite.org/uri.html."""
    name = unquote(parts.path[1:])
    is_uri = name.startswith("file:")
    return name in ("", ":memory:") or (is_uri and (name == "file:" or bool(_MEMORY.search(name + "?" + parts.query))))


_OUR_OWN = frozenset({"currentSchema", "assume_role", "server_side_binding"})
"""Options that Django and dj-database-url consume; libpq does not get them."""


def _require_known(options: Mapping[str, str]) -> None:
    if not options:
        return
    # A local import, because SQLite does not need PostgreSQL's driver.
    from psycopg import pq

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | _OUR_OWN
    for name in options:
        if name not in known:
            raise FORM.bad_option(f"has {shown(name)} that PostgreSQL does not have")


def _is_number(value: str) -> bool:
    return value.removeprefix("-").isdecimal() and value.isascii()


_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_VALUES: dict[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(
        (
            "connect_timeout",
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
            "tcp_user_timeout",
        ),
        (_is_number, "a whole number"),
    ),
    "sslmode": (lambda value: value in _SSL_MODES, f"one of {', '.join(_SSL_MODES)}"),
}
"""Values that libpq refuses only when it connects."""


def _require_value(name: str, value: str) -> None:
    check, wanted = _VALUES.get(name, (lambda _: True, ""))
    if not check(value):
        raise FORM.bad_option(f"has a wrong value for {name}; it takes {wanted}")
