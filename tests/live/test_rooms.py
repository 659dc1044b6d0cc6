"""Live messages: their receivers, the limits, and the page with its form."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from django.test import Client

from tests.loops import run
from tests.servers import RedisServer, broker_at, free_port, running_redis
from tests.tables import for_each
from tutor.broker import glance, listening
from tutor.broker.probe import BrokerStatus
from tutor.engine.values.formatting import legible
from tutor.live import hub, rooms
from tutor.live.attendance import channel_of, notices_of
from tutor.live.hub import Hub, Listener, TooManyOfAddress, TooManyStreams, TooManyTabs

MAL = UUID(int=7)
ROOM = rooms.room_of(MAL)


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@pytest.fixture
def redis(server) -> Iterator[RedisServer]:
    if not server.is_up:
        server.start()
    server.ask("FLUSHALL")
    with broker_at(server.url):
        yield server


def play(scene: Callable[[Hub], Awaitable[None]]) -> None:
    """Run a scene with a new hub, and assert that it leaves no task behind."""

    async def played() -> None:
        async with asyncio.timeout(20):
            await scene(Hub(listening.async_client))
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.01)

    run(played())


def named(event: str) -> tuple[str, dict[str, object]]:
    """Return an event's name and data; more or less than one event on the wire fails."""
    name, data = re.fullmatch(r"event: (\w+)\ndata: (.*)\n\n", event).groups()
    return name, json.loads(data)


async def take(listener: Listener, name: str) -> dict[str, object]:
    """Return the data of the next event of that name."""
    async for event in listener:
        if not event.startswith(":") and named(event)[0] == name:
            return named(event)[1]
    raise AssertionError(f"the stream ended before {name}")


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


def connections(redis: RedisServer) -> list[str]:
    return [line for line in redis.clients() if "cmd=client|list" not in line]


# The hub


def test_all_tabs_of_a_room_hear_a_message_and_no_other_room_does(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as one, hub.listening(ROOM) as two, hub.listening("other") as other:
            for listener in (one, two, other):
                await take(listener, "listening")
            assert redis.ask("PUBLISH", channel_of(ROOM), "hello") == 1
            assert (await take(one, "message"))["text"] == "hello"
            assert (await take(two, "message"))["text"] == "hello"
            redis.ask("PUBLISH", channel_of("other"), "for the other")
            assert (await take(other, "message"))["text"] == "for the other"

    play(scene)


def test_a_process_has_one_subscriber_and_none_after_the_last_stream(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening("a") as one, hub.listening("b") as two:
            await take(one, "listening")
            await take(two, "listening")
            assert redis.subscribers() == 1
        assert hub.streams == 0
        await eventually(lambda: redis.subscribers() == 0)
        await eventually(lambda: redis.all_keys() == set())

    play(scene)


def test_an_empty_room_is_unsubscribed(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening("stays") as stays:
            with hub.listening(ROOM) as goes:
                await take(goes, "listening")
            await eventually(lambda: redis.ask("PUBLISH", channel_of(ROOM), "lost") == 0)
            with hub.listening(ROOM) as again:
                await take(again, "listening")
                assert redis.ask("PUBLISH", channel_of(ROOM), "found") == 1
                assert (await take(again, "message"))["text"] == "found"
            await take(stays, "listening")

    play(scene)


def test_tabs_are_counted_over_all_processes(redis):
    async def scene(hub: Hub) -> None:
        elsewhere = Hub(listening.async_client)
        with hub.listening(ROOM) as here:
            assert (await take(here, "tabs"))["count"] == 1
            with elsewhere.listening(ROOM):
                assert (await take(here, "tabs"))["count"] == 2
            assert (await take(here, "tabs"))["count"] == 1

    play(scene)


def test_no_key_is_without_an_end(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as here:
            await take(here, "tabs")
            await asyncio.to_thread(rooms.publish, MAL, "hello")
            keys = await asyncio.to_thread(redis.all_keys)
            assert notices_of(ROOM) in keys
            assert all(0 < redis.ask("TTL", key) <= 60 for key in keys)

    play(scene)


def test_a_room_takes_a_few_tabs_and_no_more(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as a, hub.listening(ROOM), hub.listening(ROOM), hub.listening(ROOM):
            with pytest.raises(TooManyTabs, match="Close one of them"):
                await hub.require_place(ROOM)
            with hub.listening(ROOM) as fifth:
                assert [named(event)[0] async for event in fifth] == ["refused"]
            assert hub.streams == 4
            await take(a, "listening")
            while (await take(a, "tabs"))["count"] != 4:
                pass
        await eventually(lambda: redis.ask("ZCARD", notices_of(ROOM)) == 0)
        await hub.require_place(ROOM)

    play(scene)


def test_the_tabs_of_other_processes_count_too_and_asking_leaves_no_connection_behind(redis):
    async def scene(hub: Hub) -> None:
        quiet, busy = Hub(listening.async_client), Hub(listening.async_client)
        with hub.listening(ROOM) as a, hub.listening(ROOM), hub.listening(ROOM), hub.listening(ROOM):
            while (await take(a, "tabs"))["count"] != 4:
                pass
            with pytest.raises(TooManyTabs):
                await quiet.require_place(ROOM)
            with busy.listening("other"), pytest.raises(TooManyTabs):
                await busy.require_place(ROOM)
        await eventually(lambda: connections(redis) == [])

    play(scene)


def test_a_process_takes_so_many_streams_and_no_more(redis, monkeypatch):
    monkeypatch.setattr(hub, "MOST_STREAMS", 2)

    async def scene(hub: Hub) -> None:
        with hub.listening("a"), hub.listening("b"), pytest.raises(TooManyStreams, match="no place left"):
            await hub.require_place("c")

    play(scene)


def test_a_slow_reader_is_disconnected_and_delays_no_other(redis):
    async def scene(hub_: Hub) -> None:
        with hub_.listening(ROOM) as slow, hub_.listening(ROOM) as fast:
            await take(fast, "listening")
            for number in range(hub.MOST_WAITING + 1):
                await asyncio.to_thread(redis.ask, "PUBLISH", channel_of(ROOM), str(number))
                assert (await take(fast, "message"))["text"] == str(number)
            assert [named(event)[0] async for event in slow] == ["dropped"]

    play(scene)


@pytest.mark.slow
def test_streams_outlive_a_restart_of_redis(redis):
    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as listener:
            await take(listener, "listening")
            redis.kill()
            await take(listener, "away")
            redis.start()
            await take(listener, "listening")
            assert redis.ask("PUBLISH", channel_of(ROOM), "back") == 1
            assert (await take(listener, "message"))["text"] == "back"

    play(scene)


@pytest.mark.slow
def test_a_stream_opens_without_redis_and_hears_when_it_is_there(redis):
    redis.kill()

    async def scene(hub: Hub) -> None:
        await hub.require_place(ROOM)
        with hub.listening(ROOM) as listener:
            await take(listener, "away")
            redis.start()
            await take(listener, "listening")

    play(scene)


@pytest.mark.slow
def test_a_redis_that_goes_silent_is_noticed(redis, monkeypatch):
    monkeypatch.setattr(hub, "QUIET_SECONDS", 0.2)

    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as listener:
            await take(listener, "listening")
            with redis.hanging():
                await take(listener, "away")
            await take(listener, "listening")

    play(scene)


def test_a_quiet_stream_shows_that_it_lives(redis, monkeypatch):
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.05)

    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as listener:
            async for event in listener:
                if event.startswith(":"):
                    assert event == ": still here\n\n"
                    return

    play(scene)


NASTY = [
    "a\nb", "a\r\n\r\nevent: message\ndata: {}", "\u2028\u2029", "\0\x1b[31m", "<script>alert(1)</script>", "ünïcödé",
    "data: x\n\n", "\n\n", "🎈",
]  # fmt: skip


@for_each("text", NASTY)
def test_whatever_is_in_a_message_it_is_one_event(redis, text):
    async def scene(hub: Hub) -> None:
        with hub.listening(ROOM) as listener:
            await take(listener, "listening")
            redis.ask("PUBLISH", channel_of(ROOM), text)
            assert (await take(listener, "message"))["text"] == legible(text)

    play(scene)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 100_000])
def test_what_no_page_of_ours_publishes_is_shown_as_well_as_it_goes(redis, data):
    async def scene(own: Hub) -> None:
        with own.listening(ROOM) as listener:
            await take(listener, "listening")
            await asyncio.to_thread(redis.ask, "PUBLISH", channel_of(ROOM), data)
            assert 0 < len(str((await take(listener, "message"))["text"])) <= hub.LONGEST_MESSAGE

    play(scene)


# The page and its form


@pytest.fixture
def client(db) -> Client:
    return Client()


def test_the_page_shows_the_source_of_the_view_that_runs(client):
    shown = re.sub("<[^>]+>", "", client.get("/live/").content.decode())
    for line in (
        "async def stream(request",
        "with hub.listening(room, network) as messages",
        "async for message in heard(pubsub)",
    ):
        assert line in shown


def test_a_message_without_listeners_is_reported_as_lost(client, redis):
    answer = client.post("/live/messages/", {"text": "<b>hello</b>"}, headers={"HX-Request": "true"})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "(integer) 0" in shown
    assert "No client was listening" in shown
    assert "&lt;b&gt;hello" in shown


def test_without_htmx_the_page_comes_back_with_what_redis_said(client, redis):
    answer = client.post("/live/messages/", {"text": "hello"})
    assert (answer.status_code, answer["Location"]) == (303, "/live/?reached=0")
    assert "No client was listening" in client.get("/live/?reached=0").content.decode()


@for_each("number", ["-1", "x", "1e9", "²", "9" * 99, "<b>"])
def test_a_number_that_is_none_is_not_shown(client, number):
    assert "(integer)" not in client.get("/live/", {"reached": number}).content.decode()


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 201])
def test_a_message_without_content_or_end_is_a_sentence(client, redis, text):
    answer = client.post("/live/messages/", {"text": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "1 to 200 visible characters" in answer.content.decode()


def test_an_address_has_so_many_streams_and_others_go_on(redis, settings):
    settings.LIMITS = replace(settings.LIMITS, open_streams_per_address=2)

    async def scene(hub: Hub) -> None:
        with hub.listening("a", "203.0.113.9"), hub.listening("b", "203.0.113.9"):
            with pytest.raises(TooManyOfAddress, match="in your network"):
                await hub.require_place("c", "203.0.113.9")
            with hub.listening("c", "203.0.113.9") as refused:
                assert "in your network" in (await take(refused, "refused"))["text"]
            await hub.require_place("c", "203.0.113.10")
            await hub.require_place("c", "")
        await hub.require_place("c", "203.0.113.9")

    play(scene)


def test_without_redis_publishing_says_so(client):
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        answer = client.post("/live/messages/", {"text": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


def test_publishing_takes_a_post_and_a_token(client):
    assert client.get("/live/messages/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/live/messages/", {"text": "x"}).status_code == 403


def test_a_wsgi_server_says_that_it_keeps_no_stream_open(client):
    assert client.get("/live/stream/").status_code == 501


def test_an_imitation_of_redis_is_called_one(client, monkeypatch):
    monkeypatch.setattr(glance, "current", lambda: BrokerStatus("fakeredis", "in process", is_up=True))
    shown = client.get("/live/").content.decode()
    assert "Listening needs a real Redis server" in shown
    assert "data-stream" not in shown
