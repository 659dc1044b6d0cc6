"""No command reaches a key outside its corner: every allowed command is tried with odd words."""

from collections.abc import Iterator
from random import Random
from uuid import uuid4

import pytest
import redis

from tests.corners import commands
from tests.playing.random_lessons import CHANNELS, FORMS, KEYS, WORDS
from tests.playing.test_one_performance import raw_reply
from tests.servers import RedisServer, running_redis
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problems.step_problems import step_problems
from tutor.engine.redis.command_line import split_command
from tutor.engine.redis.table import ALLOWED
from tutor.ports.redis_corner import RedisCorner

pytestmark = pytest.mark.slow

LINES = 60
"""Lines that each command is tried with."""

FOUND = {
    "SORT": ["SORT k1 STORE #", "SORT k1 ALPHA BY # GET # STORE #", "SORT k1 LIMIT 0 1 STORE d STORE e ALPHA"],
    "GEORADIUS": ["GEORADIUS k1 15 37 9000 km STORE d STORE e", "GEORADIUS k1 15 37 9000 km STORE d storedist e"],
    "GEORADIUSBYMEMBER": ["GEORADIUSBYMEMBER k1 a 9000 km STORE d STOREDIST e store f"],
}
"""Lines that reached, or could have reached, a key outside once."""

OPTIONS = "STORE store STOREDIST GET BY LIMIT COUNT WEIGHTS AGGREGATE STREAMS FIELDS EX REPLACE WITHSCORES ANY".split()
NAMES = ["secret", *OPTIONS, "#", "*", "nosort", "w_*", "0", "1", "k1", "w_1", "", "{a}"]
"""Names of keys within the corner and outside, including names of options and numbers."""

ODD = [
    *NAMES,
    "2",
    "3",
    "-1",
    "99",
    "99999999999",
    "x",
    "AND",
    "NOT",
    "LEFT",
    "MIN",
    "SUM",
    "km",
    "ASC",
    "GROUP",
    "IDS",
]

SECRET = "a-secret-of-another-run"

ACL = (
    "on >password ~tutor:* &* +@all -@dangerous -@scripting +info +sort +sort_ro"
    " +client|list +client|kill +client|unblock"
)
"""As docs/operating.md has it."""

NO_KEYS = frozenset(name for name, spec in ALLOWED.items() if spec.channels or spec.group == "transactions")


def lines_for(name: str) -> Iterator[list[str]]:
    """Yield odd lines: forms of the command with words changed, put in, taken away and doubled, and mere odd words."""
    yield from map(split_command, FOUND.get(name, ()))
    chance = Random(name)
    forms = [form.split() for form in FORMS[name].split(";")]
    for number in range(LINES):
        if number % 4 == 0:
            words = [chance.choice(ODD) for _ in range(chance.randint(0, 8))]
        else:
            words = [filled(word, chance) for word in chance.choice(forms)]
        for _ in range(chance.randint(0, 3)):
            words = changed(words, chance)
        yield [chance.choice([name, name.lower()]), *words]


def filled(kind: str, chance: Random) -> str:
    if kind == "K":
        return chance.choice(NAMES)
    if kind == "V":
        return chance.choice([*NAMES, "a"])
    return (
        split_command(chance.choice(WORDS[kind]))[0] if kind in WORDS else {"L": "100", "M": "100000"}.get(kind, kind)
    )


def changed(words: list[str], chance: Random) -> list[str]:
    place = chance.randint(0, len(words))
    match chance.randint(0, 3):
        case 0:
            return [*words[:place], chance.choice(ODD), *words[place:]]
        case 1:
            return [*words[:place], chance.choice(ODD), *words[place + 1 :]]
        case 2:
            return [*words[:place], *words[place + 1 :]]
    return [*words[:place], *words[max(0, place - 2) : place], *words[place:]]


def sendable(words: list[str]) -> Lesson | None:
    """Return a lesson of that command, None if no lesson may have it."""
    lesson = commands(words) if words else None
    has_error = lesson and any(each.severity == "error" for each in step_problems(lesson, 0, lesson.steps[0]))
    return None if has_error else lesson


BY_AND_GET = "(%R~* ~tutor:* +sort +sort_ro)"
"""The additional rights for BY and GET of SORT."""


@pytest.fixture(scope="module", params=["open", "walled", "walled with BY and GET"])
def server(request) -> Iterator[tuple[RedisServer, redis.Connection]]:
    """A server, and a connection of a user who may do everything, or only what the documented one may."""
    with running_redis() as running:
        account = {}
        if request.param != "open":
            selector = [BY_AND_GET] if request.param != "walled" else []
            running.ask("ACL", "SETUSER", "tutor", *ACL.split(), *selector)
            account = {"username": "tutor", "password": "password"}
        connection = redis.Connection(host="127.0.0.1", port=running.port, protocol=2, **account)
        yield running, connection
        connection.disconnect()


def plant(running: RedisServer, before: str, says: str) -> None:
    """Have every name with this prefix be a key, of one type after the other, whose elements all say that."""
    making = [
        lambda key: ("SET", key, says),
        lambda key: ("RPUSH", key, says, says),
        lambda key: ("HSET", key, says, says),
        lambda key: ("SADD", key, says),
        lambda key: ("ZADD", key, "1", says),
        lambda key: ("XADD", key, "1-1", says, says),
    ]
    names = dict.fromkeys([*NAMES, *ODD, *KEYS.values(), *CHANNELS])
    with running.client() as client:
        for number, name in enumerate(names):
            client.execute_command(*making[number % len(making)](before + name))


def kept(running: RedisServer, own: str) -> dict[str, object]:
    """Return the contents of all keys outside the corner."""
    with running.client() as client:
        names = sorted(key for key in client.keys("*") if not key.startswith(own))
        return {name: client.execute_command("TYPE", name) + str(_held(client, name)) for name in names}


def _held(client: redis.Redis, name: str) -> object:
    reads = {
        "string": ("GET", name),
        "list": ("LRANGE", name, "0", "-1"),
        "hash": ("HGETALL", name),
        "set": ("SMEMBERS", name),
        "zset": ("ZRANGE", name, "0", "-1"),
        "stream": ("XRANGE", name, "-", "+"),
    }
    return client.execute_command(*reads[client.type(name)])


@pytest.mark.parametrize("name", sorted(FORMS.keys() - NO_KEYS))
def test_no_command_reaches_a_key_outside_its_corner(server, name):
    running, connection = server
    running.ask("FLUSHALL")
    plant(running, "", SECRET)
    plant(running, "tutor:{another}:", SECRET)
    run_id = str(uuid4())
    own = f"tutor:{{{run_id}}}:"
    plant(running, own, "mine")
    before = kept(running, own)
    tried = 0
    for words in lines_for(name):
        lesson = sendable(words)
        if lesson is None:
            continue
        corner = RedisCorner(run_id, lesson)
        known = set(running.ask("KEYS", f"{own}*".replace("{", "\\{").replace("}", "\\}")))
        # Within a transaction, no command waits.
        raw_reply(connection, ["MULTI"])
        queued = raw_reply(connection, corner.prefixed(words))
        said = f"{queued} {raw_reply(connection, ['EXEC'])}"
        assert SECRET not in said, words
        assert "No permissions to access a key" not in said, words
        came = set(running.ask("KEYS", f"{own}*")) - known
        assert came <= set(corner.keys), f"{words} made keys that nobody would remove"
        tried += 1
    assert tried > LINES // 4
    assert kept(running, own) == before
