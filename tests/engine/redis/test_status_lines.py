"""Which commands answer with a status line: what the table says, against the bytes that servers send."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.servers import running_redis
from tests.transcripts import ANSWERED, BEFORE, FIRST, KEYS, lines_of
from tutor.engine.redis.command_line import split_command
from tutor.engine.redis.status_lines import as_status
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values.replies import encoded


@dataclass(frozen=True)
class Asked:
    """A server that the test may empty."""

    host: str
    port: int

    def has(self, name: str) -> bool:
        return len(spoken(self.host, self.port, f"COMMAND LIST FILTERBY PATTERN {name}")) > 1


@pytest.fixture(params=["embedded", "real"])
def own(request) -> Iterator[Asked]:
    if request.param == "real":
        address = urlsplit(request.getfixturevalue("real_redis_url"))
        yield Asked(address.hostname or "", address.port or 6379)
        return
    with running_redis() as server:
        yield Asked("127.0.0.1", server.port)


def spoken(host: str, port: int, line: str) -> list[bytes]:
    """Return the marks of all lines of the reply: `+` for a status line, `$` a text, `-` an error, `_` nil."""
    with closing(socket.create_connection((host, port), timeout=5)) as connection:
        reader = connection.makefile("rb")

        def ask(words: list[str]) -> list[bytes]:
            connection.sendall(b"".join([b"*%d\r\n" % len(words), *(_packed(word) for word in words)]))
            return _read(reader)

        ask(["DEL", *KEYS])
        for words in map(split_command, [*lines_of(BEFORE), *FIRST.get(line, ())]):
            ask(words)
        return ask(split_command(line))


def _packed(word: str) -> bytes:
    raw = encoded(word)
    return b"$%d\r\n%s\r\n" % (len(raw), raw)


def _read(reader) -> list[bytes]:
    line = reader.readline()
    if line[:1] == b"$":
        if line == b"$-1\r\n":
            return [b"_"]
        reader.read(int(line[1:]) + 2)
    if line[:1] == b"*":
        return [b"*", *(mark for _ in range(int(line[1:])) for mark in _read(reader))]
    return [line[:1]]


def told(line: str, *, is_array: bool) -> bool:
    """Return whether the program takes a text in the reply for a status line."""
    text = "a line"
    return as_status(split_command(line), [text] if is_array else text) != ([text] if is_array else text)


def test_a_command_answers_with_a_status_line_where_the_table_says_so(own):
    found = {line: spoken(own.host, own.port, line) for line in lines_of(ANSWERED) if own.has(line.split()[0])}
    assert {line for line, marks in found.items() if b"-" in marks} == set()
    single = {line: marks[0] for line, marks in found.items() if marks[0] in (b"+", b"$")}
    assert {line for line, mark in single.items() if (mark == b"+") != told(line, is_array=False)} == set()
    arrays = {line: set(marks[1:]) for line, marks in found.items() if marks[0] == b"*" and {b"+", b"$"} & {*marks}}
    assert {line for line, marks in arrays.items() if (marks == {b"+"}) != told(line, is_array=True)} == set()


def test_every_command_is_answered():
    assert {line.split()[0] for line in lines_of(ANSWERED)} == set(ALLOWED)
