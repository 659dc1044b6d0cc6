"""Checks the hands after each step of a play by conservation, from raw words and replies.

What is in a hand came in a reply to this actor that takes, or in a removal of what it had found; it left its key at
that step; and since then the actor asked for no more, gave it to no key, and did not crash.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.playing.sentence_oracle import MOVING, POPPING, Unproved, flat, taken_elements
from tutor.engine.trace.entry import TraceEntry

DELIVERING = ("XREADGROUP", "XCLAIM", "XAUTOCLAIM")
REMOVING = ("LREM", "SREM", "ZREM", "SMOVE")
ACKNOWLEDGING = ("XACK", "XACKDEL")


BEGINNING = 2000


class Hand:
    """All that may be in one actor's hand: by value, how often, and whether a key keeps a copy."""

    def __init__(self) -> None:
        self.free: list[str] = []
        self.kept: list[str] = []
        self.messages: list[str] = []
        self.seen: set[str] = set()

    def asked(self) -> None:
        """The actor asked for more."""
        self.free, self.messages = [], []

    def crashed(self) -> None:
        self.free, self.kept, self.messages = [], [], []


class Room:
    """All hands of a play, with the open transactions and the commands of the clients that wait."""

    def __init__(self) -> None:
        self.hands: dict[str, Hand] = {}
        self.queues: dict[str, list[list[str]]] = {}
        self.awaited: dict[str, list[str]] = {}

    def of(self, actor: str) -> Hand:
        return self.hands.setdefault(actor, Hand())

    def step(self, entry: TraceEntry) -> None:
        """Let the step happen to the hands."""
        own = self.of(entry.actor)
        if entry.kind == "crash":
            own.crashed()
            self.queues.pop(entry.actor, None)
            self.awaited.pop(entry.actor, None)
        for words, reply in _took_effect(entry, self.queues):
            _exchange(own, words, reply)
        if entry.is_waiting:
            self.awaited[entry.actor] = list(entry.sent[-1].words)
        if entry.kind == "read" and isinstance(entry.read, list) and entry.read[0].endswith("message"):
            own.messages = [entry.read[-1]]
        for event in entry.events:
            self._came(event)

    def _came(self, event: Mapping[str, Any]) -> None:
        hand, reply = self.of(event["actor"]), event["reply"]
        if event["kind"] == "message":
            hand.messages = hand.messages if "unread" in event else [reply[-1]]
            return
        words = self.awaited.pop(event["actor"])
        if event["kind"] == "reply":
            _exchange(hand, words, reply)

    def require(self, position: int, actor: str, values: Sequence[str]) -> None:
        """Raises: Unproved, if the actor can't hold that."""
        hand = self.of(actor)
        # An entry keeps the beginning of a long value.
        possible = [each[:BEGINNING] for each in (*hand.free, *hand.kept, *hand.messages)]
        for value in (each[:BEGINNING] for each in values):
            if value not in possible:
                raise Unproved(f"step {position}: {actor} holds {value!r}, and can hold {possible}")
            possible.remove(value)


def require_hands(entries: Sequence[TraceEntry], shown: Sequence[Mapping[str, list[str]]]) -> None:
    """Raises: Unproved, unless the hands are right; `shown` has what is in them by actor after each step."""
    room = Room()
    for entry, held in zip(entries, shown, strict=True):
        room.step(entry)
        for value in _popped_now(entry):
            if value[:BEGINNING] not in {each[:BEGINNING] for each in held.get(entry.actor, [])}:
                raise Unproved(f"step {entry.position}: {entry.actor} has just taken {value!r}, and does not hold it")
        for actor, values in held.items():
            room.require(entry.position, actor, values)


def _popped_now(entry: TraceEntry) -> list[str]:
    """Return the elements that the step's last command took for its own actor."""
    words, reply = (list(entry.sent[-1].words), entry.sent[-1].reply) if entry.sent else ([""], None)
    is_pop = words[0].upper() in POPPING and isinstance(reply, str | list) and reply
    return [each for each in taken_elements(words, reply) if isinstance(each, str)][-12:] if is_pop else []


def _took_effect(entry: TraceEntry, queues: dict[str, list[list[str]]]) -> Iterator[tuple[list[str], Any]]:
    for each in entry.sent:
        words, reply = list(each.words), each.reply
        name = words[0].upper()
        if not isinstance(reply, str | int | list | dict | None) or (isinstance(reply, dict) and "error" in reply):
            if name == "EXEC":
                queues.pop(entry.actor, None)
            continue
        if reply == {"status": "QUEUED"}:
            queues[entry.actor].append(words)
        elif name == "MULTI":
            queues[entry.actor] = []
        elif name in ("EXEC", "DISCARD"):
            queued = queues.pop(entry.actor, [])
            if isinstance(reply, list):
                yield from zip(queued, reply, strict=True)
        else:
            yield words, reply


def _texts(values: Sequence[Any]) -> list[str]:
    return [each for each in values if isinstance(each, str)]


def _exchange(hand: Hand, words: list[str], reply: Any) -> None:
    name = words[0].upper()
    if isinstance(reply, dict) and "error" in reply:
        return
    if name in (*POPPING, *MOVING, *DELIVERING):
        hand.asked()
        hand.free += _texts(taken_elements(words, reply)) if name in POPPING and reply else []
        hand.kept += [reply] if name in MOVING and isinstance(reply, str) else []
        hand.kept += list(_entries(reply)) if name in DELIVERING else []
    elif name in REMOVING:
        is_removed = isinstance(reply, int) and reply > 0
        hand.free += [value for value in words[2:] if is_removed and value in hand.seen]
    else:
        hand.seen |= {each for each in flat(reply) if isinstance(each, str)}
        if name in ("LPUSH", "RPUSH", "LPUSHX", "RPUSHX", "SADD"):
            # Given away.
            hand.free = [each for each in hand.free if each not in words[2:]]


def _entries(reply: Any) -> Iterator[str]:
    """Yield the texts that can stand for the entries of a reply: its only value, all fields and values, or the id."""
    if not isinstance(reply, list):
        return
    for each in reply:
        if isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) and isinstance(each[1], list):
            if each[1] and all(isinstance(part, str) for part in each[1]) and "-" in each[0]:
                fields = each[1]
                pairs = [f"{fields[i]} {fields[i + 1]}" for i in range(0, len(fields), 2)]
                yield fields[1] if len(pairs) == 1 else ", ".join(pairs)
            else:
                yield from _entries(each[1])
        elif isinstance(each, list):
            yield from _entries(each)
        elif isinstance(each, str):
            yield each
