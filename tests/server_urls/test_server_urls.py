"""REDIS_URL and DATABASE_URL: refused values, the messages, and accepted values."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

import dj_database_url
import pytest
import redis.asyncio
from hypothesis import example, given
from hypothesis import strategies as st

from tests.servers import RedisServer
from tests.tables import for_each
from tutor.broker import connection
from tutor.server_urls.database_url import checked_database_url
from tutor.server_urls.parts import BadUrl
from tutor.server_urls.redis_url import OPTIONS, REFUSED_OPTIONS, checked_redis_url

UNESCAPED = "user name or password with unescaped characters; in it, write / as %2F, ? as %3F, # as %23, @ as %40"

BAD_SHAPES = {
    "127.0.0.1:6379": "does not begin with redis://, rediss:// or unix://",
    "localhost:6379": "does not begin with",
    "redis:host": "does not begin with",
    "unix:/run/redis.sock": "does not begin with",
    '"redis://host"': "does not begin with",
    "http://host": "begins with http://, not with",
    "redis://": "names no host",
    "redis:///0": "names no host",
    "redis://:6379": "names no host",
    "redis://:password@": "names no host",
    "redis://host:port": "port that is not a number from 1 to 65535",
    "redis://host:0": "port that is not a number",
    "redis://host:65536": "port that is not a number",
    "redis://host:\uff16\uff13": "port that is not a number",
    "redis://::1:6379": "an IPv6 address needs brackets",
    "redis://[::1": "an IPv6 address needs brackets",
    "redis://[host]": "brackets around something other",
    "redis://one,two": "characters that no host name has",
    "redis://ho st": "contains a space",
    "redis://host\n": "contains a space",
    "redis://ho\u200bst": "invisible character",
    "redis://host/notanumber": "path that is not a database number such as /0",
    "redis://host/-1": "path that is not a database number",
    "redis://host/0/1": "path that is not a database number",
    "redis://host/0#1": "contains a #; in a password or a path, write it as %23",
    "redis://host/1?db=2": "one database in its path and another",
    "redis://:%ff@host": "% escapes are not UTF-8",
    "unix://": "names no unix socket",
    "unix:///": "names no unix socket",
    "unix://run/redis.sock": "write three slashes before its path",
    "unix://me@host/redis.sock": "has a host, and a unix socket has none",
}


@for_each(("url", "sentence"), BAD_SHAPES.items())
def test_a_malformed_redis_url_is_refused_with_a_sentence(url, sentence):
    with pytest.raises(BadUrl) as refused:
        checked_redis_url(url)
    assert str(refused.value).startswith("REDIS_URL ")
    assert sentence in str(refused.value)


BAD_OPTIONS = {
    "foo=bar": "the option foo that it can't have",
    "connection_class=x": "the option connection_class that it can't have",
    "credential_provider=x": "the option credential_provider that it can't have",
    "a%20b=1": "an option that it can't have",
    "db=x": "a wrong value for db; it takes the number of a database",
    "db=-1": "a wrong value for db",
    "db=²": "a wrong value for db",
    "db=": "the option db without a value",
    "db": "the option db without a value",
    "db=1&db=1": "the option db twice",
    "protocol=3": "a wrong value for protocol; it takes only 2",
    "socket_timeout=abc": "a wrong value for socket_timeout; it takes seconds from 0.1 to 60",
    "socket_timeout=0": "a wrong value for socket_timeout",
    "socket_timeout=-1": "a wrong value for socket_timeout",
    "socket_timeout=nan": "a wrong value for socket_timeout",
    "socket_timeout=inf": "a wrong value for socket_timeout",
    "socket_connect_timeout=1e9": "a wrong value for socket_connect_timeout",
    "socket_keepalive=banana": "a wrong value for socket_keepalive; it takes true or false",
    "socket_read_size=1": "a wrong value for socket_read_size",
    "max_connections=0": "a wrong value for max_connections",
    "max_connections=1e3": "a wrong value for max_connections",
    "health_check_interval=1": "a wrong value for health_check_interval; it takes 0 or seconds from 10",
    "client_name=two%20words": "a wrong value for client_name",
    "ssl_ca_certs=/ca.pem": "the option ssl_ca_certs, which needs rediss://",
}


@for_each(("option", "sentence"), BAD_OPTIONS.items())
def test_an_option_that_the_program_cannot_live_with_is_refused(option, sentence):
    with pytest.raises(BadUrl, match="REDIS_URL") as refused:
        checked_redis_url(f"redis://host:6379/?{option}")
    assert sentence in str(refused.value)


@for_each("name", REFUSED_OPTIONS)
def test_an_option_of_redis_py_that_is_refused_has_a_reason(name):
    with pytest.raises(BadUrl) as refused:
        checked_redis_url(f"redis://host?{name}=1")
    assert str(refused.value) == (
        f"REDIS_URL can't have the option {name}: {REFUSED_OPTIONS[name]}. docs/operating.md lists the options."
    )


@for_each(
    ("url", "sentence"),
    [
        ("rediss://host?ssl_cert_reqs=maybe", "it takes none, optional or required"),
        ("rediss://host?ssl_min_version=1", "it takes 771 (TLS 1.2) or 772 (TLS 1.3)"),
        ("rediss://host?ssl_ciphers=NOSUCH", "a wrong value for ssl_ciphers"),
        ("rediss://host?ssl_include_verify_flags=NOSUCH", "a wrong value for ssl_include_verify_flags"),
        ("rediss://host?ssl_validate_ocsp=true", "the option ssl_validate_ocsp that it can't have"),
        ("unix:///x?socket_keepalive=1", "which unix sockets do not have"),
        ("unix:///x?socket_connect_timeout=1", "which unix sockets do not have"),
    ],
)
def test_an_option_of_another_scheme_or_of_tls_is_refused(url, sentence):
    with pytest.raises(BadUrl) as refused:
        checked_redis_url(url)
    assert sentence in str(refused.value)


@for_each(
    "url",
    [
        "redis://host",
        "redis://host/",
        "redis://host:6379/15",
        "redis://user:p%2Fw%23@host:6379/0",
        "redis://:p@ss:word@host:6379",
        "redis://user@host",
        "redis://[::1]:6379/0",
        "redis://under_score.example.org.",
        "redis://host/3?db=3",
        "redis://host?client_name=a@b&password=p@ss",
        "unix:///run/redis.sock?db=1",
        "unix://user:password@/run/a@b.sock",
    ],
)
def test_a_url_that_redis_py_takes_is_left_as_it_is(url):
    assert checked_redis_url(url) == url


def test_the_scheme_may_be_in_capitals():
    assert checked_redis_url("REDIS://Host/0") == "redis://Host/0"


SECRET = "Zq7Xw9"


@example(url="{}@host:6379", odd="1", tail="://")
@given(
    url=st.sampled_from(
        [
            "redis://{}@host:6379/0",
            "redis://:{}@host",
            "redis://user:{}@host:6379/0?db=1",
            "redis://user:{}",
            "unix://:{}@/run/x",
            "postgresql://user:{}@host:5432/name",
            "postgresql://user:{}@host:5432/name?sslmode=require",
            "{}@host:6379",
        ]
    ),
    odd=st.text("/?#@:[]%&= \n℀db1", min_size=1, max_size=5),
    tail=st.text("/?#@:[]%&=", max_size=3),
)
def test_no_sentence_shows_a_part_of_the_password(url, odd, tail):
    text = url.format(SECRET + odd + SECRET + tail)
    assert (
        SECRET.lower() not in (sentence_on(checked_redis_url, text) + sentence_on(checked_database_url, text)).lower()
    )


def sentence_on(check: Callable[[str], str], text: str) -> str:
    """Return why the URL is refused, "" if it is not."""
    try:
        check(text)
    except BadUrl as refused:
        return str(refused)
    return ""


@for_each("place", ["redis://:{}@host:6379/0", "postgresql://user:{}@host/name"])
@for_each("password", ["pa/ss", "pa#ss", "pa?ss", "pa/s#s", "pa?db=1", "pa[ss", "p@a/ss", "12/ss", "12?db=1"])
def test_an_unescaped_password_gets_a_hint_on_escaping(place, password):
    check = checked_redis_url if place.startswith("redis") else checked_database_url
    with pytest.raises(BadUrl, match="with unescaped characters; in it, write / as %2F") as refused:
        check(place.format(password))
    assert UNESCAPED in str(refused.value)
    escaped = place.format(quote(password, safe=""))
    assert check(escaped) == escaped


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    server.start()
    server.ask("ACL", "SETUSER", "ana", "on", ">word", "~*", "+@all")
    yield server
    server.kill()


PLAIN = {
    "db": "3",
    "username": "ana",
    "password": "word",
    "client_name": "tutor",
    "socket_timeout": "1.5",
    "socket_connect_timeout": "1",
    "socket_keepalive": "yes",
    "socket_read_size": "4096",
    "max_connections": "2",
    "health_check_interval": "30",
    "protocol": "2",
}
TLS = {
    "ssl_cert_reqs": "none",
    "ssl_check_hostname": "False",
    "ssl_ca_certs": "/ca.pem",
    "ssl_ca_path": "/certificates",
    "ssl_ca_data": "PEM",
    "ssl_certfile": "/cert.pem",
    "ssl_keyfile": "/key.pem",
    "ssl_password": "secret",
    "ssl_min_version": "772",
    "ssl_ciphers": "HIGH",
    "ssl_include_verify_flags": "VERIFY_X509_STRICT,VERIFY_X509_TRUSTED_FIRST",
    "ssl_exclude_verify_flags": "[VERIFY_X509_STRICT]",
}


def test_every_allowed_option_is_tried_below():
    assert {**PLAIN, **TLS}.keys() == OPTIONS.keys()


async def _ping(url: str) -> bool:
    async with redis.asyncio.Redis.from_url(url, protocol=2) as client:
        return await client.ping()


@for_each(("name", "value"), PLAIN.items())
def test_an_allowed_option_works_in_both_clients(server, name, value):
    account = {"username": "&password=word", "password": "&username=ana"}.get(name, "")
    url = checked_redis_url(f"redis://127.0.0.1:{server.port}?{name}={value}{account}")
    with connection._from_url(url) as client:
        assert client.ping()
    assert asyncio.run(_ping(url))


@for_each(("name", "value"), TLS.items())
def test_an_allowed_option_of_tls_is_taken_by_both_clients(name, value):
    url = checked_redis_url(f"rediss://127.0.0.1?{name}={value}")
    pool = connection._from_url(url).connection_pool
    other = redis.asyncio.Redis.from_url(url, protocol=2).connection_pool
    for each in (pool, other):
        assert each.connection_class(**each.connection_kwargs).port == 6379


BAD_DATABASES = {
    "nonsense": "does not begin with postgres://, postgresql://, pgsql:// or sqlite://",
    "mysql://host/name": "begins with mysql://, not with",
    "postgresql://": "names no database",
    "postgresql://host": "names no database",
    "postgresql://host:port/name": "port that is not a number",
    "postgresql://host/name#x": "contains a #",
    "postgresql://host/na me": "contains a space",
    "postgresql://host/name?foo=bar": "the option foo that PostgreSQL does not have",
    "postgresql://host/name?sslmode=always": "a wrong value for sslmode; it takes one of disable,",
    "postgresql://host/name?connect_timeout=soon": "a wrong value for connect_timeout; it takes a whole number",
    "postgresql://host/name?sslmode=require&sslmode=allow": "the option sslmode twice",
    "sqlite://var/db.sqlite3": "has a host, and SQLite has none; write three slashes",
    **dict.fromkeys(
        (
            "sqlite://",
            "sqlite:///",
            "sqlite://:memory:",
            "sqlite:///:memory:",
            "SQLite:///%3Amemory%3A",
            "sqlite:///:memory:?timeout=5",
            "sqlite:///file::memory:",
            "sqlite:///file:shared?mode=memory",
            "sqlite:///file:shared%3Fmode=memory%26cache=shared",
            "sqlite:///file:/shared%3Fvfs=memdb",
            "sqlite:///file:",
        ),
        "names a database in memory",
    ),
}


@for_each(("url", "sentence"), BAD_DATABASES.items())
def test_a_malformed_database_url_is_refused_with_a_sentence(url, sentence):
    with pytest.raises(BadUrl) as refused:
        checked_database_url(url)
    assert str(refused.value).startswith("DATABASE_URL ")
    assert sentence in str(refused.value)


@for_each(
    "url",
    [
        "postgres://user:password@host:5432/name",
        "postgresql:///name",
        "postgresql://%2Frun%2Fpostgresql/name",
        "postgresql://one,two:5432/name?target_session_attrs=read-write",
        "postgresql://host/name?sslmode=verify-full&connect_timeout=3&currentSchema=tutor",
        "postgresql://?service=tutor",
        "postgresql://user@[::1]/name?options=-c%20search_path%3Dx",
        "sqlite:////folder/db.sqlite3",
        "sqlite:///db.sqlite3",
        "sqlite:///file:/folder/db.sqlite3",
    ],
)
def test_a_database_url_that_works_is_left_as_it_is(url):
    assert checked_database_url(url) == url
    assert dj_database_url.parse(url)["ENGINE"]
