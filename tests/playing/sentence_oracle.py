"""Checks the sentence of a step against the raw words, replies and states of its entry.

It shares no code with the narrator: every kind of clause is a pattern here, with a check of its claim. A clause that
fits none is an error.
"""

import re
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tutor.engine.trace.entry import TraceEntry

# An apostrophe within a word opens nothing.
QUOTED = r"""(?<!\w)b?'(?:[^'\\…]|\\.)*'|(?<!\w)b?"(?:[^"\\…]|\\.)*\""""
CUT = r"""(?<!\w)b?['"][^…]*…"""
VALUE = rf"(?:{QUOTED}|{CUT})"

VALUES = rf"{VALUE}(?:, {VALUE})*(?: and (?:{VALUE}|\d+ more))?"

LEAVING = ("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE")
POPPING = ("LPOP", "RPOP", "BLPOP", "BRPOP", "LMPOP", "BLMPOP", "SPOP", "ZPOPMIN", "ZPOPMAX", "BZPOPMIN", "BZPOPMAX")
POPPING += ("ZMPOP", "BZMPOP", "GETDEL")
MOVING = ("LMOVE", "BLMOVE", "RPOPLPUSH", "BRPOPLPUSH")


class Unproved(AssertionError):
    """A clause claims what the entry does not show."""


def clauses(sentence: str) -> list[str]:
    """Return the parts of a sentence between semicolons outside quotes."""
    found, start = list[str](), 0
    for place in re.finditer(rf"{QUOTED}|{CUT}|; ", sentence):
        if place[0] == "; ":
            found.append(sentence[start : place.start()])
            start = place.end()
    return [*found, sentence[start:]]


def is_value(text: str, value: object) -> bool:
    """Return whether a text in a sentence is this value, whole or its beginning."""
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        try:
            value = raw.decode()
        except UnicodeDecodeError:
            value = raw
    if text.startswith("b") and isinstance(value, str):  # of a program that does not decode
        value = value.encode()
    if text.endswith("…"):
        return repr(value).startswith(text[:-1])
    try:
        return bool(literal_eval(text) == value)
    except (SyntaxError, ValueError):
        return text == repr(value)


def values_in(text: str) -> list[str]:
    """Return the quoted values of a list in words."""
    return re.findall(VALUE, text)


def flat(reply: Any) -> Iterator[Any]:
    """Yield what is in a reply, however nested."""
    if isinstance(reply, list):
        for each in reply:
            yield from flat(each)
    else:
        yield reply


class Oracle:
    """The claims of one entry's sentence; `labels` are the actors' labels."""

    def __init__(self, entry: TraceEntry, labels: Mapping[str, str]) -> None:
        self.entry = entry
        self.labels = labels
        self.who = labels[entry.actor]
        self.sent = [(list(each.words), each.reply) for each in entry.sent]

    def require(self, sentence: str) -> None:
        """Raises: Unproved, unless each clause is of a known kind and true."""
        entry = self.entry
        if entry.printed:
            self._claim(sentence == f"The program printed: {entry.output_text}", sentence)
            return
        if entry.refusal:
            self._refused(sentence)
            return
        if sentence == "Nothing changed":
            self._claim(not entry.was and not self.sent, sentence)
            return
        for clause in clauses(sentence):
            self._clause(clause)

    def _clause(self, clause: str) -> None:
        for pattern, check in KINDS:
            found = re.fullmatch(pattern, clause, re.DOTALL)
            if found:
                self._claim(bool(check(self, found)), clause)
                return
        raise Unproved(f"unknown kind of clause: {clause!r}")

    def _claim(self, holds: bool, clause: str) -> None:
        if not holds:
            raise Unproved(f"{clause!r} at step {self.entry.position}: {self.sent} {self.entry.events}")

    def _refused(self, sentence: str) -> None:
        assert self.entry.refusal
        said = getattr(self.entry.refusal, "said", "")
        shown = getattr(self.entry.refusal, "shown", "")
        name = self.sent[0][0][0].upper() if self.sent else "The step"
        known = (
            f"{name} was refused: {shown}",
            f"{name} was {shown}",
            f"{name} was answered, and the program raised {said}",
            f"{name} raised {said}",
        )
        begun = next((each for each in known if sentence == each or sentence.startswith(f"{each}; ")), "")
        self._claim(bool(begun), sentence)
        for clause in clauses(sentence)[len(clauses(begun)) :]:
            self._clause(clause)

    # Facts of the entry.

    def reply_to(self, *names: str) -> list[tuple[list[str], Any]]:
        return [(words, reply) for words, reply in self.sent if words[0].upper() in names]

    def state(self, key: str) -> list[Any] | None:
        """Return the elements of a watched key after the step, None for one that is not watched."""
        return _elements(self.entry.keys.get(key))

    def was(self, key: str) -> list[Any] | None:
        return _elements(self.entry.was.get(key, self.entry.keys.get(key)))

    def events(self, who: str, kind: str) -> list[Mapping[str, Any]]:
        return [each for each in self.entry.events if self.labels[each["actor"]] == who and each["kind"] == kind]

    def answered(self, found: re.Match[str]) -> bool:
        return any(_is_shown(found["said"], reply) for _, reply in self.reply_to(found["name"]))

    def listens(self, found: re.Match[str]) -> bool:
        kind = "S" if found["kind"].startswith("the sharded") else "P" if found["kind"].startswith("every") else ""
        [(words, reply)] = self.reply_to(f"{kind}SUBSCRIBE")
        return found["who"] == self.who and found["names"] == in_words(dict.fromkeys(words[1:])) and reply is not None

    def leaves(self, found: re.Match[str]) -> bool:
        [(words, _)] = self.reply_to(*LEAVING)
        every = {"U": "any channel", "P": "any pattern", "S": "any sharded channel"}[words[0][0].upper()]
        names = found["names"].removeprefix("the sharded channels ").removeprefix("the sharded channel ")
        return found["who"] == self.who and names == (in_words(dict.fromkeys(words[1:])) if words[1:] else every)

    def executed(self, found: re.Match[str]) -> bool:
        [(_, reply)] = self.reply_to("EXEC")
        return isinstance(reply, list) and len(reply) == int(found["n"]) and (found["s"] == "") == (found["n"] == "1")

    def watches(self, found: re.Match[str]) -> bool:
        [(words, _)] = self.reply_to("WATCH")
        return found["names"] == in_words(dict.fromkeys(words[1:])) and found["who"] == self.who

    def reached(self, found: re.Match[str]) -> bool:
        [(words, reply)] = self.reply_to("PUBLISH", "SPUBLISH")
        clients = {each["actor"] for each in self.entry.events if each["kind"] == "message"}
        counts = (
            [int(found["n"])] if found["by"] is None else [int(found["n"]), int(found["by"]), int(found["returned"])]
        )
        is_lost = found["lost"] is not None
        known = [reply] if len(clients) in (0, reply) else [len(clients), reply, reply]
        return counts == known and is_lost == (reply == 0) and (not is_lost or is_value(found["lost"], words[2]))

    def found_empty(self, found: re.Match[str]) -> bool:
        [(words, reply)] = self.reply_to(*POPPING, *MOVING)
        keys = re.split(r" and |, ", found["keys"])
        states = [self.state(key) for key in keys]
        return reply is None and all(key in words for key in keys) and not any(states) and not self.entry.is_waiting

    def moved(self, found: re.Match[str]) -> bool:
        [(words, reply)] = self.reply_to(*MOVING)
        source, target = found["a"], found["b"]
        now, was = self.state(target), self.was(source)
        # An entry keeps the beginning of a long value.
        is_long = len(reply) > 2000
        came = source not in self.entry.keys or was is None or is_long or reply in was
        # A client that waits may have taken it on the way.
        lies = now is None or is_long or reply in now or any(reply in flat(each["reply"]) for each in self.entry.events)
        return words[1:3] == [source, target] and is_value(found["value"], reply) and came and lies

    def took(self, found: re.Match[str]) -> bool:
        [(words, reply)] = self.reply_to(*POPPING)
        if found["what"] == "nothing":
            return reply in ([], None)
        values = values_in(found["what"])
        more = re.search(r" and (\d+) more$", found["what"])
        elements = taken_elements(words, reply)
        counted = len(values) + (int(more[1]) if more else 0)
        return counted == len(elements) and all(map(is_value, values, elements))

    def put(self, found: re.Match[str]) -> bool:
        [(words, reply)] = [each for each in self.sent if found["key"] in each[0]]
        values, now = values_in(found["what"]), self.state(found["key"])
        name = words[0].upper()
        if "new member" in found["what"] and found["what"][0].isdigit():
            return name in ("SADD", "ZADD", "GEOADD") and int(found["what"].split()[0]) == reply
        if found["id"] is not None and (name != "XADD" or reply != found["id"]):
            return False
        if not all(any(is_value(each, word) for word in words[2:]) or name == "XADD" for each in values):
            return False
        if now is None or self.entry.events or name == "XADD":
            return reply not in (0, None)
        return all(any(is_value(each, one) for one in now) or each.endswith("…") for each in values)

    def added(self, found: re.Match[str]) -> bool:
        [(words, reply)] = self.reply_to("ZADD", "GEOADD")
        return reply == int(found["n"]) and "CH" in map(str.upper, words)

    def waits(self, found: re.Match[str]) -> bool:
        lane = self.entry.lanes.get(self.entry.actor, {})
        words = self.sent[-1][0]
        keys = found["keys"].split(" or ")
        is_since_now = lane.get("state") == "waiting" and lane["since"] == self.entry.position
        return (
            is_since_now
            and found["who"] == self.who
            and all(key in words for key in keys)
            and len({*keys}) == len(keys)
        )

    def got(self, found: re.Match[str]) -> bool:
        [event] = self.events(found["who"], "reply")
        parts = [*flat(event["reply"])]
        shown = [each for each in parts if isinstance(each, str)]
        texts = values_in(found["value"])
        return event["since"] == int(found["since"]) and (
            found["value"] == "None"
            or all(
                any(is_value(text, each) or text in (repr(each),) for each in shown) or len(parts) > 3 for text in texts
            )
        )

    def got_refused(self, found: re.Match[str]) -> bool:
        [event] = self.events(found["who"], "reply")
        return isinstance(event["reply"], dict) and event["reply"]["error"] == found["why"]

    def received(self, found: re.Match[str]) -> bool:
        who = found["who"].removesuffix("'s client")
        pushes = [each["reply"] for each in self.events(who, "message")]
        channel = found["channel"].removeprefix("the sharded channel ")
        # A colon in front of the reasons can also be the end of the channel's name.
        channels = [channel, *([f"{channel}:"] if (found["ways"] or "").startswith(":") else [])]
        same = [each for each in pushes if each[-2] in channels and is_value(found["value"], each[-1])]
        often = {"": 1, " twice": 2}.get(found["often"] or "") or int(found["often"].split()[0])
        patterns = [each[1] for each in same if each[0] == "pmessage"]
        named = re.findall(r"for the pattern (\S+?)(?:,| and|$)", found["ways"] or "")
        return often == len(same) and sorted(named) == sorted(patterns)

    def vain(self, found: re.Match[str]) -> bool:
        [event] = self.events(found["who"], "timeout")
        return event["reply"] is None and event["since"] == int(found["since"])

    def raised(self, found: re.Match[str]) -> bool:
        return any(
            each.get("raised") == found["why"]
            for each in self.entry.events
            if self.labels[each["actor"]] == found["who"]
        )

    def is_now(self, found: re.Match[str]) -> bool:
        name, text = found["name"], found["value"]
        state = self.entry.keys[name]
        if text == "empty":
            return name in self.entry.was and not state["items"] and state["type"] != "string"
        if text == "(another type)":
            return bool(state["type"] == "other")
        return name in self.entry.was and (text.endswith("…") or all(map(_occurs_in(text), _elements(state) or [])))

    def is_set(self, found: re.Match[str]) -> bool:
        name, text = found["name"], found["value"]
        return name in self.entry.was and (text.endswith("…") or is_value(text, self.entry.variables[name]))

    def has_now(self, found: re.Match[str]) -> bool:
        state = self.entry.keys[found["name"]]
        return int(found["n"].replace(",", "")) == state["length"] and (found["s"] == "") == (found["n"] == "1")

    def is_gone(self, found: re.Match[str]) -> bool:
        return found["name"] not in self.entry.keys and found["name"] in self.entry.was

    def is_unchanged(self, found: re.Match[str]) -> bool:
        return found["name"] in self.entry.keys and found["name"] not in self.entry.was

    def passed(self, found: re.Match[str]) -> bool:
        size = {"s": 1, "min": 60, "h": 3600}[found["unit"]]
        return float(found["n"]) * size == self.entry.passed

    def cut(self, found: re.Match[str]) -> bool:
        return self.entry.kind == "crash" and found["who"] == self.who and not self.sent

    def reads(self, found: re.Match[str]) -> bool:
        push = self.entry.read
        return isinstance(push, list) and is_value(found["value"], push[-1]) and found["channel"] == push[-2]

    def reads_nothing(self, found: re.Match[str]) -> bool:
        return self.entry.kind == "read" and self.entry.read is None and found["who"] == self.who

    def reads_confirmation(self, found: re.Match[str]) -> bool:
        push = self.entry.read
        assert isinstance(push, list)
        return found["what"] == f"{push[0].upper()} {push[1] or ''}".rstrip()

    def unread(self, found: re.Match[str]) -> bool:
        lane = self.entry.lanes[self.entry.actor]
        numbers = {"message": lane.get("unread", 0), "notice": lane.get("notices", 0)}
        said = {noun: int(n) for n, noun in re.findall(r"(\d+) (message|notice)", found[0])}
        return said == {noun: n for noun, n in numbers.items() if n}


def in_words(names: Any) -> str:
    """Return names as a sentence lists them."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else str(last)


def _elements(state: Any) -> list[Any] | None:
    if state is None or state["type"] == "other":
        return None
    if "value" in state:
        return [] if state["value"] is None else [state["value"]]
    return [each[0] if isinstance(each, list) else each for each in state["items"]]


def _occurs_in(text: str) -> Callable[[object], bool]:
    parts = re.findall(VALUE, text)
    return lambda value: not isinstance(value, str) or any(is_value(part, value) for part in parts) or value in text


def taken_elements(words: list[str], reply: Any) -> list[Any]:
    """Return the elements in the reply to a pop, by the documentation of each command."""
    name = words[0].upper()
    if name in ("BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX"):
        return [reply[1]]
    if name in ("LMPOP", "BLMPOP"):
        return list(reply[1])
    if name in ("ZMPOP", "BZMPOP"):
        return [member for member, _ in reply[1]]
    if name in ("ZPOPMIN", "ZPOPMAX"):
        return list(reply[::2])
    return list(reply) if isinstance(reply, list) else [reply]


def _is_shown(said: str, reply: Any) -> bool:
    """Return whether a reply is shown by this text of a terminal."""
    if isinstance(reply, dict):
        return said in (reply.get("status"), f"(error) {reply.get('error')}")
    if reply is None:
        return said == "(nil)"
    if isinstance(reply, int):
        return said == f"(integer) {int(reply)}"
    if isinstance(reply, str):
        return said.startswith('"') and (said.endswith(('"', "…")))
    if reply == []:
        return said == "(empty array)"
    return said.startswith(("1) ", "[", "{")) and len(reply) > 0


KINDS: tuple[tuple[str, Callable[[Oracle, re.Match[str]], object]], ...] = (
    (
        r"EXEC answered nil: a watched key had changed, so nothing was run",
        lambda o, _: o.reply_to("EXEC")[0][1] is None,
    ),
    (r"(?P<name>\w+) answered (?P<said>.*)", Oracle.answered),
    (r"(?P<name>\w+) is queued and runs at EXEC", lambda o, m: o.reply_to(m["name"])[0][1] == {"status": "QUEUED"}),
    (r"(?P<who>\w+) no longer listens on (?P<names>.*)", Oracle.leaves),
    (r"(?P<who>\w+) listens on (?P<kind>every channel like |the sharded channels? |)(?P<names>.*)", Oracle.listens),
    (
        r"(?P<who>\w+) opened a transaction: its commands are queued until EXEC",
        lambda o, m: o.reply_to("MULTI")[0][1] == {"status": "OK"} and m["who"] == o.who,
    ),
    (r"EXEC ran (?P<n>\d+) command(?P<s>s?) in one go", Oracle.executed),
    (r"DISCARD threw the queued commands away", lambda o, _: o.reply_to("DISCARD")[0][1] == {"status": "OK"}),
    (r"(?P<who>\w+) watches nothing any more", lambda o, m: o.reply_to("UNWATCH") and m["who"] == o.who),
    (r"(?P<who>\w+) watches (?P<names>.*): EXEC will run nothing if that changes", Oracle.watches),
    (
        (
            r"S?PUBLISH reached (?P<n>\d+) subscribers?"
            r"(?: by (?P<by>\d+) subscriptions, so it returned (?P<returned>\d+))?"
            rf"(?:: (?P<lost>{VALUE}) is lost)?"
        ),
        Oracle.reached,
    ),
    (r"\w+ found (?P<keys>.*) empty and returned None", Oracle.found_empty),
    (rf"\w+ moved (?P<value>{VALUE}) from (?P<a>.*) to (?P<b>.*)", Oracle.moved),
    (rf"\w+ took (?P<what>nothing|{VALUES})", Oracle.took),
    (r"\w+ added or changed (?P<n>\d+) members? of (?P<key>.*)", Oracle.added),
    (rf"\w+ put (?P<what>{VALUES}|\d+ new members?) into (?P<key>.*?)(?: as (?P<id>\d+-\d+))?", Oracle.put),
    (r"(?P<who>\w+) waits for (?:a message|an entry|a member) in (?P<keys>.*)", Oracle.waits),
    (r"(?P<who>\w+) got (?P<value>.*) \(waiting since step (?P<since>\d+)\)", Oracle.got),
    (r"(?P<who>\w+) was refused: (?P<why>.*)", Oracle.got_refused),
    (
        r"it is not read yet|neither is read yet|none of them is read yet",
        lambda o, _: any("unread" in e for e in o.entry.events),
    ),
    (
        (
            rf"(?P<who>\w+(?:'s client)?) received (?P<value>{VALUE}) on (?P<channel>.*?)(?P<often> twice| \d+ times)?"
            r"(?P<ways>:? for the (?:channel|pattern).*)?"
        ),
        Oracle.received,
    ),
    (r"(?P<who>\w+) waited in vain: its time limit passed \(since step (?P<since>\d+)\)", Oracle.vain),
    (r"(?P<who>\w+)'s program raised (?P<why>.*)", Oracle.raised),
    (r"(?P<n>[\d.]+) (?P<unit>s|min|h) passed", Oracle.passed),
    (r"(?P<who>\w+)'s connection is cut", Oracle.cut),
    (r"(?P<who>\w+) reads, and nothing has come: get_message\(\) returns None", Oracle.reads_nothing),
    (r"(?P<who>\w+) reads the answer to PING", lambda o, _: o.entry.read[0] == "pong"),
    (r"(?P<who>\w+) reads the confirmation of (?P<what>.*)", Oracle.reads_confirmation),
    (
        (
            rf"(?P<who>\w+) reads (?P<value>{VALUE}), which came on "
            r"(?:the sharded channel )?(?P<channel>.*?)(?: for the pattern .*)?"
        ),
        Oracle.reads,
    ),
    (r"\d+ (?:message|notice).* unread", Oracle.unread),
    (r"(?P<name>\w+) = (?P<value>.*)", Oracle.is_set),
    (r"(?P<name>.*) now has (?P<n>[\d,]+) element(?P<s>s?)", Oracle.has_now),
    (r"(?P<name>.*) is gone", Oracle.is_gone),
    (r"(?P<name>.*) is unchanged", Oracle.is_unchanged),
    (r"(?P<name>.*?) is now (?P<value>.*)", Oracle.is_now),
)
"""Every kind of clause, the narrower ones first."""
