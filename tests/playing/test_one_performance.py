"""Checks, previews, clicks and rebuilds give the same play, for random lessons on every available server."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

import fakeredis
import pytest
import redis
from hypothesis import given, reject

from tests.fuzzing import slowly
from tests.playing import random_lessons
from tests.playing.alike import first_difference, told
from tests.playing.random_lessons import FORMS
from tests.servers import RedisServer, broker_at, known_commands, running_redis
from tutor import kept_steps, library
from tutor.authoring import proving
from tutor.broker import connection, exchange, status
from tutor.broker.replies import ServerRefuses
from tutor.engine.errors import BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import observation, player
from tutor.engine.playing.moment import Moment
from tutor.engine.playing.port import PortAnswer
from tutor.engine.redis.table import ALLOWED
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import decode, error
from tutor.ports import corners
from tutor.ports.namespace import removed
from tutor.ports.redis_corner import RedisCorner

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plain() -> Iterator[RedisServer]:
    """A server that knows nothing of us."""
    with running_redis() as server:
        yield server


@pytest.fixture(params=["embedded", "real"])
def real_server(request) -> Iterator[None]:
    """A server with connections, which this process plays on."""
    if request.param == "embedded":
        yield
        return
    with broker_at(request.getfixturevalue("real_redis_url")):
        yield


@pytest.fixture(params=["embedded", "real", "fakeredis"])
def server(request) -> Iterator[str]:
    """The server that this process plays on, by its kind."""
    if request.param == "real":
        with broker_at(request.getfixturevalue("real_redis_url")):
            yield "real"
    elif request.param == "fakeredis":
        with imitated():
            yield "fakeredis"
    else:
        yield "embedded"


def imitated():
    """Have this process use fakeredis."""
    before = connection._client, status._status

    class Imitated:
        def __enter__(self) -> None:
            connection._client, status._status = fakeredis.FakeRedis(protocol=2), None
            connection._client.response_callbacks.clear()

        def __exit__(self, *_: object) -> None:
            connection._client, status._status = before

    return Imitated()


def test_every_command_of_the_allow_list_is_tried():
    assert FORMS.keys() == ALLOWED.keys()


CLIENTS = ({}, {"format": 2}, {"format": 2, "client": {"decode_responses": False}})


def read(text: str) -> Lesson:
    """Return the lesson of a text; what no program could send is in it as well, and comes to nothing.

    Its program has what redis-cli shows, or what redis-py returns, as text or as bytes: by the length of the text.
    """
    fields = library.read(text, "random.yaml").document.root.value
    return Lesson.model_validate({**fields, **CLIENTS[len(text) % len(CLIENTS)]})


def of_server(text: str) -> Lesson:
    """Return a random lesson without the commands that the server at hand lacks."""
    return read(for_server(text))


def for_server(text: str) -> str:
    """Return the text of a random lesson without the commands that the server at hand lacks."""
    return random_lessons.without_unknown(text, known_commands()) or reject()


def stored(entry: TraceEntry) -> TraceEntry:
    """Return the entry as the database gives it back."""
    return TraceEntry.from_json(json.loads(json.dumps(entry.as_json())))


_texts: dict[int, tuple[Lesson, str]] = {}


def text_of(lesson: Lesson) -> str:
    """Return what names the lesson's text. The table keeps the lesson, so that no other one gets its id."""
    return _texts.setdefault(id(lesson), (lesson, str(uuid4())))[1]


def clicked(lesson: Lesson, *, before: Callable[[RedisCorner], object] = lambda _: None) -> list[TraceEntry]:
    """Take the steps of a run one at a time; `before` is done to its corner before each.

    A second run of the lesson takes steps that were kept from the first one.
    """
    run_id, entries, record = str(uuid4()), list[TraceEntry](), None
    corner = RedisCorner(run_id, lesson)
    try:
        for _ in lesson.steps:
            before(corner)
            state = kept_steps.state_of(text_of(lesson), lesson, record)
            performed = state.perform(run_id, lambda: entries)
            record = performed.record
            entries.append(TraceEntry.from_json(json.loads(record)))
            assert entries[-1] == stored(performed.entry.whole)
        return entries
    finally:
        removed(run_id)


def require_no_life(corner: RedisCorner) -> None:
    """Between two clicks no time passes for a key: how long a learner thinks changes nothing."""
    [keys] = exchange.send([("SMEMBERS", corner.names)])
    lives = exchange.send([("PTTL", key) for key in keys]) if keys else []
    assert set(lives) <= {-1, -2}


def lose(corner: RedisCorner) -> None:
    """Forget the corner, as a server does that is restarted."""
    removed(corner.id)


def require_same(one: Sequence[TraceEntry], other: Sequence[TraceEntry], what: str) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        difference = first_difference(told(a), told(b))
        assert not difference, f"{what}: step {a.position} {a.words}: {difference}"


KEPT = {
    "an end on the clock that is refused leaves the key": ["SET k2 a", "EXPIREAT k2 4102444800 GT", "GET k2"],
    "an end on the clock that the condition refuses": ["SET k2 a", "SET k2 b EXAT 4102444800 NX", "GET k2"],
    "an end on the clock stays that time": ["SET k2 a EXAT 4102444800", "PING", "EXPIRETIME k2", "PEXPIRETIME k2"],
    "a pop that was refused is refused again": ["RPUSH k1 a", "SPOP k1", "RPOP k1"],
    "what a transaction queued is queued again": ["SADD s a b c", "MULTI", "SPOP s", "XADD k3 * f v", "GET k2"],
    "what a transaction drew is drawn again": ["SADD s a b c", "MULTI", "SPOP s", "XADD k3 * f v", "EXEC", "SCARD s"],
    "an error within a transaction's reply": ["MULTI", "SET k2 1", "LPUSH k2 x", "SET h 2", "EXEC", "GET h"],
    "a transaction that is aborted": ["MULTI", "LPUSH k1", "SET k2 1", "EXEC", "GET k2"],
    "a key without a life has none": ["SET k2 v", "TTL k2", "PERSIST k2", "EXPIRE k2 500 NX", "PERSIST k2"],
    "a life moves with its key": ["SET k2 v EX 500", "RENAME k2 h", "PERSIST h", "COPY h s", "TTL s"],
    "lives of several keys": ["MSETEX 2 k2 a h b EX 500", "TTL h", "MSETEX 2 k2 a h b KEEPTTL", "TTL k2", "PERSIST h"],
    "a life that a comparison keeps": [
        "SET k2 v EX 500",
        "SET k2 w IFEQ v KEEPTTL",
        "TTL k2",
        "DELIFEQ k2 w",
        "GET k2",
    ],
    "an encoding": [
        "SADD s 1 2",
        "OBJECT ENCODING s",
        "SADD s x",
        "OBJECT ENCODING s",
        "SREM s x",
        "OBJECT ENCODING s",
    ],
    "an encoding after a change": ["SET k2 5", "APPEND k2 6", "OBJECT ENCODING k2", "GET k2", "OBJECT ENCODING k2"],
    "a count that a key keeps": ["PFADD k2 a b", "PFCOUNT k2", "GETRANGE k2 0 15", "PFADD k2 c", "GETRANGE k2 0 15"],
    "bytes that are not text": ['SET k2 "\\xff\\x00"', "GET k2", "SET h {x}", "STRLEN h"],
    "more than is drawn": [f"SET k2 {'y' * 2001}", "GET k2", "SET h {x}", "STRLEN h"],
}
"""Lessons that came out differently once, in one way or the other."""


@pytest.mark.parametrize("lines", KEPT.values(), ids=KEPT.keys())
def test_what_once_differed_is_one_play(plain, lines):
    if not {line.split()[0] for line in lines} <= known_commands():
        pytest.skip("this server has no such command")
    steps = [{"actor": "p", "action": "Acts", "command": line} for line in lines]
    lesson = read(random_lessons.text_of([{**step, "save": "x"} for step in steps], ("p",)))
    checked = proving.play(lesson, corners.temporary)
    entries = clicked(lesson)
    require_same_but_chance(checked, entries)
    require_same_but_chance(checked, clicked(lesson, before=lose))
    with broker_at(plain.url):
        require_same_but_chance(checked, clicked(lesson))


def require_same_but_chance(one: Sequence[TraceEntry], other: Sequence[TraceEntry]) -> None:
    """Compare plays in which the server draws members and ids: all but those."""
    if any(entry.words and entry.words[0] in ("SPOP", "XADD") for entry in one):
        assert [entry.refusal for entry in one] == [entry.refusal for entry in other]
        assert one[-1].reply == other[-1].reply
    else:
        require_same(one, other, "two plays")


@slowly(60)
@given(text=random_lessons.plain_lessons())
def test_a_plain_lesson_is_one_play(server, text):
    lesson = of_server(text)
    try:
        checked = proving.play(lesson, corners.temporary)
    except (BrokerLacks, ServerRefuses):
        # It breaks, or lacks a subcommand.
        assert server == "fakeredis"
        reject()
    require_same(checked, clicked(lesson, before=require_no_life), "check and clicks")
    require_same(checked, clicked(lesson, before=lose), "check and clicks with the corner lost")


@slowly(60)
@given(text=random_lessons.lessons())
def test_a_lesson_of_several_actors_is_one_play(real_server, text):
    lesson = of_server(text)
    checked = proving.play(lesson, corners.temporary)
    require_same(checked, clicked(lesson, before=require_no_life), "check and clicks")
    require_same(checked, clicked(lesson, before=lose), "check and clicks with the corner lost")


@slowly(60)
@given(text=random_lessons.lessons())
def test_an_entry_says_alone_what_the_connections_held(text):
    lesson = of_server(text)
    if not lesson.needs_connections:
        reject()
    entries = [stored(entry) for entry in proving.play(lesson, corners.temporary)]
    for position, entry in enumerate(entries, 1):
        told_alone = Moment.after_last(lesson, entry, lambda: pytest.fail("an earlier entry was asked for")).cast
        followed = Moment.after_all(lesson, [replace(each, connections=None) for each in entries[:position]]).cast
        # Only the server knows which watched keys have changed.
        assert replace(told_alone, doomed=frozenset()) == followed


@slowly(40)
@given(text=random_lessons.lessons())
def test_the_preview_shows_that_play(text):
    found = proving.check_text(for_server(text), "random.yaml", corners.temporary)
    if found.lesson:
        require_same(proving.play(found.lesson, corners.temporary), found.entries, "play and preview")
    else:
        assert found.problems


def seen_now(lesson: Lesson, corner: RedisCorner, last: TraceEntry) -> observation.Sight:
    """Return the content of the corner's keys that are watched after `last`."""
    named = last.named.get("keys", ())
    replies = exchange.send([corner.prefixed(words) for words in observation.reads(lesson, named)])
    appeared = [key for key, _ in last.appeared]
    answer = PortAnswer((), [corner.stripped(reply) for reply in replies], 0)
    return observation.seen(lesson, answer, named, appeared)


@slowly(40)
@given(text=random_lessons.plain_lessons_of_chance())
def test_a_rebuild_gives_back_what_the_server_decided(text):
    lesson = of_server(text)
    run_id, entries = str(uuid4()), list[TraceEntry]()
    corner = RedisCorner(run_id, lesson)
    for _ in lesson.steps:
        last = entries[-1] if entries else None
        entries.append(player.advance(lesson, last, corners.of_run(run_id, lesson), lambda: entries))
        corner.restore(player.acts_again(lesson, entries), claim=entries[-1].claim)
        now = seen_now(lesson, corner, entries[-1])
        difference = first_difference(entries[-1].keys, now.states)
        assert not difference, f"after step {entries[-1].position} {entries[-1].words}: {difference}"
    corner.clear()


@slowly(40)
@given(text=random_lessons.lessons_of_chance())
def test_a_click_of_a_lesson_of_connections_finds_what_was_decided_before(text):
    lesson = of_server(text)
    entries = clicked(lesson)
    with corners.temporary(lesson) as port:
        port.restore(player.acts_again(lesson, entries), claim="")
        place = port._namespace if lesson.needs_connections else port
        states = seen_now(lesson, place, entries[-1]).states
    difference = first_difference(entries[-1].keys, states)
    assert not difference, f"{[entry.words for entry in entries]}: {difference}"


@slowly(80)
@given(text=random_lessons.lessons_of_one())
def test_one_actors_commands_answer_as_on_a_server_that_knows_nothing_of_us(plain, text):
    lesson = of_server(text)
    with broker_at(plain.url):
        entries = proving.play(lesson, corners.temporary)
        require_same(entries, clicked(lesson), "check and clicks")
    plain.ask("FLUSHALL")
    connection = redis.Connection(host="127.0.0.1", port=plain.port, protocol=2)
    try:
        for entry in entries:
            for sent in entry.sent:
                if isinstance(sent.reply, NotSent):
                    continue  # redis-py refuses the value
                came = raw_reply(connection, sent.words)
                difference = first_difference(_plain(sent.reply, sent.words), _plain(came, sent.words))
                assert not difference, f"step {entry.position} {sent.words}: {difference}"
    finally:
        connection.disconnect()


def raw_reply(connection: redis.Connection, words: Sequence[str]) -> object:
    connection.send_command(*(word.encode("utf-8", "surrogateescape") for word in words))
    try:
        return connection.read_response()
    except redis.ResponseError as refusal:
        return refusal


def _plain(reply: object, words: Sequence[str]) -> object:
    """Return a reply with status lines as text and without numbers of the clock, as a plain client sees it."""
    if isinstance(reply, redis.ResponseError):
        code = getattr(reply, "status_code", None)
        return error(f"{code} {reply}" if code else str(reply))
    if isinstance(reply, list):
        return [_plain(item, words) for item in reply]
    if isinstance(reply, dict) and "status" in reply:
        return reply["status"]
    if isinstance(reply, int) and words[0].upper() in ("XINFO", "XPENDING"):
        return 0
    return reply if isinstance(reply, dict) else decode(reply)
