"""Who acts in a recording: actors taken from the names of clients and threads, each with its role."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.lesson.parts import Actor, Role
from tutor.engine.redis.table import key_places, spec_of
from tutor.engine.redis.words import needs_connection
from tutor.recording.tape import Event, Got, Heard, Joined, Printed, Sent

LONGEST_LABEL = 24

Part = tuple[str, int | str]
"""Who acts before it has a name: a client, a holder, a thread, a listener's thread, one of several connections that are
read with get_message(), or a half of a thread."""

_OF_PYTHON = re.compile(r"Thread-\d+(?: \((?P<target>.+)\))?|ThreadPoolExecutor-\d+_\d+")
"""The names that Python gives to threads by itself."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The actors, which of them sent each command (by its number), and who speaks for a thread that only prints."""

    actors: tuple[Actor, ...]
    by_number: Mapping[int, str]
    by_thread: Mapping[int, str]

    def label(self, name: str) -> str:
        """Return what learners see of the actor."""
        return next(actor.shown for actor in self.actors if actor.name == name)


def cast_of(events: Sequence[Event]) -> Cast:
    """Return who acts in what was recorded."""
    sent = [event for event in events if isinstance(event, Sent)]
    parts = {each.number: part for each, part in zip(sent, _parts(events, sent), strict=True)}
    senders = {each.thread for each in sent}
    talkers: dict[int, Part] = {
        event.thread: ("thread", event.thread)
        for event in events
        if isinstance(event, Joined) and event.thread not in senders
    }
    names = _names(events, sent, parts, talkers)
    by_number = {number: names[part][0] for number, part in parts.items()}
    by_thread: dict[int, str] = {}
    for each in sent:
        by_thread.setdefault(each.thread, by_number[each.number])
    for thread, part in talkers.items():
        by_thread.setdefault(thread, names[part][0])
    roles = {name: _role([each for each in sent if by_number[each.number] == name]) for name, _ in names.values()}
    used = {*by_number.values(), *(by_thread[event.thread] for event in events if isinstance(event, Printed))}
    actors = [_actor(name, label, roles[name]) for name, label in names.values() if name in used]
    actors.sort(key=lambda actor: actor.side != "producer")
    return Cast(tuple(actors), by_number, by_thread)


def _parts(events: Sequence[Event], sent: Sequence[Sent]) -> list[Part]:
    """Return for each command whose part it is: a client's with a name, a listener's, a thread's, or a half of one."""
    threads_of = {
        name: {each.thread for each in sent if each.client == name} for name in {each.client for each in sent}
    }
    holders = {each.holder for each in sent if each.thread == 0 and each.holder and not each.client}
    heard_by = {event.connection: event.thread for event in events if isinstance(event, Heard | Got)}
    listening = {each.connection for each in sent if begins_subscription(each.words)}
    read = {event.connection for event in events if isinstance(event, Got)} & listening

    def part(each: Sent) -> Part:
        if each.client and len(threads_of[each.client]) == 1 and each.connection not in listening:
            return ("client", each.client)
        if each.connection in listening:
            thread = heard_by.get(each.connection, each.thread) or each.thread
            if each.connection in read and sum(heard_by[other] == thread for other in read) > 1:
                return ("reader", each.connection)
            is_alone = all(other.connection in listening for other in sent if other.thread == thread)
            return ("client", each.client) if each.client and is_alone else _listener(thread, is_alone=is_alone)
        if each.thread == 0 and len(holders) > 1 and each.holder:
            return ("holder", each.holder)
        return ("thread", each.thread)

    found = [part(each) for each in sent]
    return _halves(sent) if set(found) == {("thread", 0)} and _is_queue(sent) else found


def begins_subscription(words: Sequence[str]) -> bool:
    """Return whether the command subscribes to something."""
    command = spec_of(words)
    return command is not None and command.pubsub == "begins"


def _role_of(sent: Sent) -> str:
    """Return whether a command puts something where others find it (producer) or takes it (consumer), "" if neither."""
    command = spec_of(sent.words)
    return command.role if command else ""


def _listener(thread: int, *, is_alone: bool) -> Part:
    return ("thread", thread) if is_alone else ("listener", thread)


def _is_queue(sent: Sequence[Sent]) -> bool:
    """Return whether one thread both fills and empties the same key, with nothing that belongs to a connection."""
    if any(spec_of(each.words) is None or needs_connection(each.words) for each in sent):
        return False
    return bool(_keys_of(sent, "producer") & _keys_of(sent, "consumer"))


def _keys_of(sent: Sequence[Sent], role: Role) -> set[str]:
    mine = (each.words for each in sent if _role_of(each) == role)
    return {words[place] for words in mine for place in key_places(words)}


def _halves(sent: Sequence[Sent]) -> list[Part]:
    """Return the two sides of a queue as parts; what neither fills nor empties it is done by who acted last."""
    taken = _keys_of(sent, "consumer")
    found: list[Part] = []
    for each in sent:
        command = spec_of(each.words)
        last = found[-1] if found else ("half", "consumer" if command and command.for_group else "producer")
        is_put = bool(_keys_of([each], "producer") & taken)
        is_taken = _role_of(each) == "consumer"
        found.append(("half", "producer") if is_put else ("half", "consumer") if is_taken else last)
    return found


def _names(
    events: Sequence[Event], sent: Sequence[Sent], parts: Mapping[int, Part], talkers: Mapping[int, Part]
) -> dict[Part, tuple[str, str]]:
    """Return for each part the actor's name, and how the script calls it."""
    threads = {event.thread: event.name for event in events if isinstance(event, Joined)}
    order = list(dict.fromkeys([*parts.values(), *talkers.values()]))
    originals = {}
    for part in order:
        mine = [each for each in sent if parts[each.number] == part]
        is_main = part == ("thread", 0) and threads[0] == "MainThread"
        originals[part] = _main_name(mine, are_alone=len(order) == 1) if is_main else _original(part, threads)
    return _numbered(originals, threads)


def _numbered(originals: Mapping[Part, str], threads: Mapping[int, str]) -> dict[Part, tuple[str, str]]:
    """Return each part's name and how the script calls it, with a number where several are called the same."""
    counts = Counter(_as_name(original) for original in originals.values())
    seen: Counter[str] = Counter()
    found: dict[Part, tuple[str, str]] = {}
    for part in sorted(originals, key=lambda part: _number_of(part, threads)):
        original = originals[part]
        name = base = _as_name(original)
        if counts[base] > 1:
            seen[base] += 1
            name, original = f"{base}_{seen[base]}", f"{original} {seen[base]}"
        while name in (taken for taken, _ in found.values()):
            name += "_2"
        found[part] = (name, original)
    return {part: found[part] for part in originals}


def _number_of(part: Part, threads: Mapping[int, str]) -> int:
    """Return the number that Python gave to the thread with its name, 0 for what has another name."""
    given = threads.get(int(part[1]), "") if part[0] == "thread" else ""
    digits = re.match(r"Thread-(\d+)", given)
    return int(digits[1]) if digits else 0


def _original(part: Part, threads: Mapping[int, str]) -> str:
    kind, value = part
    if kind in ("listener", "reader"):
        return "subscriber"
    if kind == "thread":
        given = threads[int(value)]
        match = _OF_PYTHON.fullmatch(given)
        return given if match is None else match["target"] or "thread"
    return str(value)


def _main_name(sent: Sequence[Sent], *, are_alone: bool) -> str:
    """Return what the main thread is called: by its role, if there are others and it has only one."""
    puts = [spec_of(each.words) for each in sent if _role_of(each) == "producer"]
    takes = any(_role_of(each) == "consumer" for each in sent)
    if are_alone or bool(puts) == takes:
        return "program"
    if takes:
        return "consumer"
    return "publisher" if all(command and command.pubsub == "publishes" for command in puts) else "producer"


def _as_name(original: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", original.lower()).strip("_")
    return name if re.match("[a-z]", name) else f"actor_{name}".rstrip("_")


def _role(sent: Sequence[Sent]) -> Role:
    roles = Counter(map(_role_of, sent))
    return "consumer" if roles["consumer"] and roles["consumer"] >= roles["producer"] else "producer"


def _actor(name: str, original: str, role: Role) -> Actor:
    plain = Actor(name=name)
    is_shown = _folded(plain.shown) == _folded(original)
    label = "" if is_shown else original[:LONGEST_LABEL]
    return Actor(name=name, label=label, role=None if plain.side == role else role)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
