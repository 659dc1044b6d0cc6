"""The actors of a recording, derived from the names of clients and threads, each with its role."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from tutor.engine.lesson.parts import Actor, Role
from tutor.engine.redis.arguments import needs_connection
from tutor.engine.redis.table import key_places, spec_of, traits_of
from tutor.recording.tape import Event, Got, Heard, Joined, Printed, TapedCommand

LONGEST_LABEL = 24

Speaker = tuple[str, int | str]
"""An actor before it has a name: a client, a holder, a thread, a listener's thread, one of several connections that are
read with get_message(), or a half of a thread."""

_OF_PYTHON = re.compile(r"Thread-\d+(?: \((?P<target>.+)\))?|ThreadPoolExecutor-\d+_\d+")
"""Python's default names of threads."""


@dataclass(frozen=True, slots=True)
class ScriptActors:
    """The actors, the sender of each command (by its number), and the actor of each thread that only prints."""

    actors: tuple[Actor, ...]
    by_number: Mapping[int, str]
    by_thread: Mapping[int, str]

    def label(self, name: str) -> str:
        """Return the actor's label."""
        return next(actor.shown for actor in self.actors if actor.name == name)


def actors_of(events: Sequence[Event]) -> ScriptActors:
    """Return the actors of a recording."""
    sent = [event for event in events if isinstance(event, TapedCommand)]
    parts = dict(zip((each.number for each in sent), _parts(events, sent), strict=True))
    talkers = _talkers(events, sent)
    names = _names(events, sent, parts, talkers)
    by_number = {number: names[part][0] for number, part in parts.items()}
    by_thread = {thread: names[part][0] for thread, part in talkers.items()}
    # A thread speaks as the sender of its first command.
    by_thread |= {each.thread: by_number[each.number] for each in reversed(sent)}
    printers = {by_thread[event.thread] for event in events if isinstance(event, Printed)}
    sent_by: dict[str, list[TapedCommand]] = defaultdict(list)
    for each in sent:
        sent_by[by_number[each.number]].append(each)
    return ScriptActors(_actors(names.values(), sent_by, printers), by_number, by_thread)


def _actors(
    names: Iterable[tuple[str, str]], sent_by: Mapping[str, Sequence[TapedCommand]], printers: Set[str]
) -> tuple[Actor, ...]:
    """Return those that send or print, producers first; `names` are names in the lesson and in the script."""
    used = printers | sent_by.keys()
    actors = [_actor(name, label, _role(sent_by.get(name, ()))) for name, label in names if name in used]
    return tuple(sorted(actors, key=lambda actor: actor.side != "producer"))


def _talkers(events: Sequence[Event], sent: Sequence[TapedCommand]) -> dict[int, Speaker]:
    """Return the parts of threads that send nothing, by thread."""
    senders = {each.thread for each in sent}
    threads = [event.thread for event in events if isinstance(event, Joined)]
    return {thread: ("thread", thread) for thread in threads if thread not in senders}


def _parts(events: Sequence[Event], sent: Sequence[TapedCommand]) -> list[Speaker]:
    """Return the part that each command belongs to."""
    part_of = _Parts.of(events, sent).part
    found = [part_of(each) for each in sent]
    return _halves(sent) if set(found) == {("thread", 0)} and _is_queue(sent) else found


@dataclass(frozen=True, slots=True)
class _Parts:
    """The facts that assign a command to a part: of a named client, a listener, a holder or a thread."""

    threads_of: Mapping[str, set[int]]
    """The threads that use a client, by its name."""
    holders: set[str]
    """The main thread's variables that hold unnamed clients."""
    heard_by: Mapping[int, int]
    """The thread that reads messages, by connection."""
    listening: set[int]
    """The connections that subscribe."""
    read: set[int]
    """Of these, the connections that are read with get_message()."""
    busy: set[int]
    """The threads that also send commands on other connections."""

    @classmethod
    def of(cls, events: Sequence[Event], sent: Sequence[TapedCommand]) -> "_Parts":
        listening = {each.connection for each in sent if begins_subscription(each.words)}
        return cls(
            threads_of=_threads_by_client(sent),
            holders={each.holder for each in filter(_has_nameless_client, sent)},
            heard_by={event.connection: event.thread for event in events if isinstance(event, Heard | Got)},
            listening=listening,
            read={event.connection for event in events if isinstance(event, Got)} & listening,
            busy={each.thread for each in sent if each.connection not in listening},
        )

    def part(self, sent: TapedCommand) -> Speaker:
        if sent.connection in self.listening:
            return self._listening_part(sent)
        if sent.client and len(self.threads_of[sent.client]) == 1:
            return ("client", sent.client)
        if sent.thread == 0 and len(self.holders) > 1 and sent.holder:
            return ("holder", sent.holder)
        return ("thread", sent.thread)

    def _listening_part(self, sent: TapedCommand) -> Speaker:
        thread = self.heard_by.get(sent.connection, sent.thread) or sent.thread
        if sent.connection in self.read and sum(self.heard_by[other] == thread for other in self.read) > 1:
            return ("reader", sent.connection)
        if thread in self.busy:
            return ("listener", thread)
        return ("client", sent.client) if sent.client else ("thread", thread)


def _has_nameless_client(sent: TapedCommand) -> bool:
    """Return whether a variable of the main thread holds the command's client, and the client has no name."""
    return sent.thread == 0 and sent.holder != "" and sent.client == ""


def _threads_by_client(sent: Sequence[TapedCommand]) -> Mapping[str, set[int]]:
    found = defaultdict[str, set[int]](set)
    for each in sent:
        found[each.client].add(each.thread)
    return found


def begins_subscription(words: Sequence[str]) -> bool:
    """Return whether the command subscribes to channels."""
    return traits_of(words).pubsub == "begins"


def _role_of(sent: TapedCommand) -> str:
    """Return "producer" for a command that offers messages to others, "consumer" for one that takes them, else ""."""
    return traits_of(sent.words).role


def _is_queue(sent: Sequence[TapedCommand]) -> bool:
    """Return whether one thread both fills and empties the same key, without commands that concern a connection."""
    if any(spec_of(each.words) is None or needs_connection(each.words) for each in sent):
        return False
    return bool(_keys_of(sent, "producer") & _keys_of(sent, "consumer"))


def _keys_of(sent: Sequence[TapedCommand], role: Role) -> set[str]:
    mine = (each.words for each in sent if _role_of(each) == role)
    return {words[place] for words in mine for place in key_places(words)}


def _halves(sent: Sequence[TapedCommand]) -> list[Speaker]:
    """Return the two sides of a queue as parts; other commands belong to the side that acted last."""
    taken = _keys_of(sent, "consumer")
    found: list[Speaker] = []
    for each in sent:
        last = found[-1] if found else ("half", "consumer" if traits_of(each.words).for_group else "producer")
        is_put = bool(_keys_of([each], "producer") & taken)
        is_taken = _role_of(each) == "consumer"
        found.append(("half", "producer") if is_put else ("half", "consumer") if is_taken else last)
    return found


def _names(
    events: Sequence[Event], sent: Sequence[TapedCommand], parts: Mapping[int, Speaker], talkers: Mapping[int, Speaker]
) -> dict[Speaker, tuple[str, str]]:
    """Return the actor's name for each part, and its name in the script."""
    threads = {event.thread: event.name for event in events if isinstance(event, Joined)}
    order = list(dict.fromkeys([*parts.values(), *talkers.values()]))
    originals = {}
    for part in order:
        mine = [each for each in sent if parts[each.number] == part]
        is_main = part == ("thread", 0) and threads[0] == "MainThread"
        if is_main:
            originals[part] = _main_name(mine) if len(order) > 1 else "program"
        else:
            originals[part] = _original(part, threads)
    return _numbered(originals, threads)


def _numbered(originals: Mapping[Speaker, str], threads: Mapping[int, str]) -> dict[Speaker, tuple[str, str]]:
    """Return each part's name and its name in the script, numbered if several have the same name."""
    counts = Counter(_as_name(original) for original in originals.values())
    seen: Counter[str] = Counter()
    found: dict[Speaker, tuple[str, str]] = {}
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


def _number_of(part: Speaker, threads: Mapping[int, str]) -> int:
    """Return the number in a thread's default name, 0 for any other name."""
    given = threads.get(int(part[1]), "") if part[0] == "thread" else ""
    digits = re.match(r"Thread-(\d+)", given)
    return int(digits[1]) if digits else 0


def _original(part: Speaker, threads: Mapping[int, str]) -> str:
    kind, value = part
    if kind in ("listener", "reader"):
        return "subscriber"
    if kind == "thread":
        given = threads[int(value)]
        match = _OF_PYTHON.fullmatch(given)
        return given if match is None else match["target"] or "thread"
    return str(value)


def _main_name(sent: Sequence[TapedCommand]) -> str:
    """Return the name of a main thread beside other threads: its role, if it has only one."""
    puts = [traits_of(each.words) for each in sent if _role_of(each) == "producer"]
    takes = any(_role_of(each) == "consumer" for each in sent)
    if bool(puts) == takes:
        return "program"
    if takes:
        return "consumer"
    return "publisher" if all(command.pubsub == "publishes" for command in puts) else "producer"


def _as_name(original: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", original.lower()).strip("_")
    return name if re.match("[a-z]", name) else f"actor_{name}".rstrip("_")


def _role(sent: Sequence[TapedCommand]) -> Role:
    roles = Counter(map(_role_of, sent))
    return "consumer" if roles["consumer"] and roles["consumer"] >= roles["producer"] else "producer"


def _actor(name: str, original: str, role: Role) -> Actor:
    plain = Actor(name=name)
    is_shown = _folded(plain.shown) == _folded(original)
    label = "" if is_shown else original[:LONGEST_LABEL]
    return Actor(name=name, label=label, role=None if plain.side == role else role)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
