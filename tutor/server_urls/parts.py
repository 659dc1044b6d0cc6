"""Parsing of server URLs from the environment, with error messages that never show a password.

The libraries' own errors quote the part of a URL that they could not parse, which is a piece of the password if that
was not escaped. So messages here quote only a known scheme and the names of options.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit


class BadUrl(ValueError):
    """The URL can't be used; the text says why, and how to write it."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a URL: its variable, its schemes, and an example."""

    variable: str
    schemes: tuple[str, ...]
    example: str
    host: str = r"[\w.-]+"
    """A pattern for host names in the URL."""

    def bad(self, problem: str) -> BadUrl:
        """Return the fault of a URL, followed by an example of a right one."""
        return BadUrl(f"{self.variable} {problem}. It looks like {self.example}.")

    def bad_option(self, problem: str) -> BadUrl:
        """Return the fault of an option."""
        return BadUrl(f"{self.variable} {problem}. docs/operating.md lists the options.")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a URL; `path` and the options are not decoded."""

    scheme: str
    authority: str
    host: str
    path: str
    query: str


_OTHER_SCHEMES = frozenset(
    "amqp amqps http https mariadb memcached mongodb mssql mysql oracle pgsql postgres postgresql redis rediss sqlite"
    " tcp unix valkey valkeys".split()
)
"""Schemes that a message may quote: any other text before `://` may be the beginning of a password."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?")


def parts_of(text: str, form: Form) -> Parts:
    """Return the URL's parts. Raises: BadUrl."""
    _require_visible(text, form)
    scheme, rest = _scheme_and_rest(text, form)
    before, hash_sign, fragment = rest.partition("#")
    before, _, query = before.partition("?")
    authority, slash, path = before.partition("/")
    # The path of a unix socket may contain an @; before it, an @ ends the account.
    if "@" in fragment or ("@" in path and authority and not authority.endswith("@")):
        raise _unescaped(form)
    if hash_sign:
        raise form.bad("contains a #; in a password or a path, write it as %23")
    account, _, address = authority.rpartition("@")
    _require_account(account, form)
    try:
        host = _host(address, form)
        urlsplit(text).port  # noqa: B018 - the libraries parse it this way, which refuses some letters of Unicode
    except BadUrl as problem:
        # Without an @ before the host, one in the query ends a password that contains a question mark.
        raise hiding_passwords(problem, query, form) from None
    except ValueError:
        raise _unescaped(form) from None
    return Parts(scheme, authority, host, slash + path, query)


def _require_visible(text: str, form: Form) -> None:
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        raise form.bad("contains a space or an invisible character; in a password, write a space as %20")


def _scheme_and_rest(text: str, form: Form) -> tuple[str, str]:
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    if not found or scheme not in _OTHER_SCHEMES.union(form.schemes):
        raise form.bad(f"does not begin with {_either(form.schemes)}")
    if scheme not in form.schemes:
        raise form.bad(f"begins with {scheme}://, not with {_either(form.schemes)}")
    return scheme, text[found.end() :]


def options_of(query: str, form: Form) -> dict[str, str]:
    """Return the options after the question mark, decoded. Raises: BadUrl."""
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in options:
            raise form.bad_option(f"has {shown(name)} twice")
        if not value:
            raise form.bad_option(f"has {shown(name)} without a value")
        options[name] = value
    return options


def shown(name: str) -> str:
    """Return a phrase for an option, without a name that looks like a part of a password."""
    return f"the option {name}" if re.fullmatch(r"[A-Za-z_]{1,32}", name) else "an option"


def hiding_passwords(problem: BadUrl, tail: str, form: Form) -> BadUrl:
    """Return the fault of the part after the host; an @ in it means that a password was not escaped."""
    return _unescaped(form) if "@" in tail else problem


def _either(schemes: Iterable[str]) -> str:
    *first, last = (f"{scheme}://" for scheme in schemes)
    return f"{', '.join(first)} or {last}"


def _unescaped(form: Form) -> BadUrl:
    return form.bad(
        "has a user name or password with unescaped characters;"
        " in it, write / as %2F, ? as %3F, # as %23, @ as %40, : as %3A, [ as %5B and ] as %5D"
    )


def _require_account(account: str, form: Form) -> None:
    if re.search(r"[\[\]]", account):
        raise _unescaped(form)
    try:
        unquote(account, errors="strict")
    except UnicodeDecodeError:
        raise form.bad("has a user name or password whose % escapes are not UTF-8") from None


def _host(address: str, form: Form) -> str:
    found = _HOST_AND_PORT.fullmatch(address)
    if not found or address.count(":") > 1 > address.count("["):
        raise form.bad("has a malformed host or port (an IPv6 address needs brackets: [::1]:6379)")
    host, port = found[1], found[2]
    if port and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) <= 65535):
        raise form.bad("has a port that is not a number from 1 to 65535")
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise form.bad("has brackets around something other than an IPv6 address") from None
    elif host and not re.fullmatch(form.host, host):
        raise form.bad("has a host with characters that no host name has")
    return host
