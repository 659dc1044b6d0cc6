"""Checks a step's column on the lanes, and its large view, against the raw words, replies and states of its entry.

It shares no code with the drawing: what stands on whose lane is looked up in the entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.playing.sentence_oracle import Unproved, flat, is_value
from tutor.drawing.hero import Hero
from tutor.drawing.lanes import WIDTH, Frame, LaneColumn, LaneText
from tutor.drawing.picture import ShownEvent
from tutor.engine.trace.entry import TraceEntry

SILENT = ("PUBLISH", "SPUBLISH")


def require_column(column: LaneColumn, frame: Frame, entry: TraceEntry) -> None:
    """Raises: Unproved, unless each text and each state of the column is what the entry says."""
    _Column(column, frame, entry).require()


class _Column:
    def __init__(self, column: LaneColumn, frame: Frame, entry: TraceEntry) -> None:
        self.column, self.entry = column, entry
        self.actors = {lane.text_y: lane.actor.name for lane in frame.lanes if lane.actor}
        self.lines = {lane.y: lane.actor.name for lane in frame.lanes if lane.actor}

    def require(self) -> None:
        for text in self.column.texts:
            if not any(self._claims(text)):
                raise Unproved(f"{text} at step {self.entry.position}: {self.entry.sent} {self.entry.events}")
        self._require_states()
        counted = {self.lines[each.y]: each.number for each in self.column.counts}
        unread = {name: lane["unread"] for name, lane in self.entry.lanes.items() if lane.get("unread")}
        if counted != unread:
            raise Unproved(f"unread at step {self.entry.position}: {counted}, but {unread}")

    def _claims(self, text: LaneText) -> Iterator[bool]:
        """Yield whether each way to read a text is true."""
        entry, actor = self.entry, self.actors.get(text.y)
        if actor is None:
            replies = [each.reply for each in entry.sent if each.words[0].upper() in SILENT]
            yield text.text == "lost" and 0 in replies
            return
        is_own = actor == entry.actor
        if text.kind == "verb":
            yield is_own and [text.text] == [word.upper() for word in entry.words[:1]]
        elif not text.end:
            yield is_own and (text.text in carried(entry.words) or text.text == self._deed())
            yield is_own and any(is_value(text.text, word) for word in carried(entry.words))
        else:
            yield is_own and self._is_answer(text)
            yield any(_is_event(text, event, entry) for event in entry.events if event["actor"] == actor)

    def _deed(self) -> str:
        return "" if self.entry.words else self.entry.kind

    def _is_answer(self, text: LaneText) -> bool:
        entry = self.entry
        if text.text == "error":
            return entry.refusal is not None
        if text.text == "nil":
            return entry.reply is None and entry.read is None and not entry.is_waiting
        replies = [*flat(entry.reply), *flat(entry.read)]
        return any(is_value(text.text, each) for each in [*replies, *composed(replies)])

    def _require_states(self) -> None:
        for y, name in self.lines.items():
            pieces = sorted((each.x1, each.x2, each.state) for each in self.column.strands if each.y == y)
            begins, ends = pieces[0], pieces[-1]
            wanted = (_state(self.entry.lanes_before, name), _state(self.entry.lanes, name))
            is_whole = begins[0] == 0 and ends[1] == WIDTH
            is_joined = all(one[1] == other[0] for one, other in pairwise(pieces))
            if not (is_whole and is_joined and (begins[2], ends[2]) == wanted):
                raise Unproved(f"{name} at step {self.entry.position}: {pieces}, but {wanted}")


def carried(words: list[str]) -> list[str]:
    """Return what a command can carry: its arguments, and fields with their values beside one another."""
    return [*words[1:], *composed(words[1:])]


def composed(parts: list[Any]) -> list[str]:
    """Return the pairs of neighbours as the page writes an entry of a stream with several fields."""
    texts = [each for each in parts if isinstance(each, str)]
    found = []
    for start in range(len(texts)):
        for end in range(start + 2, len(texts) + 1, 2):
            pairs = texts[start:end]
            found.append(", ".join(f"{pairs[i]} {pairs[i + 1]}" for i in range(0, len(pairs), 2)))
    return found


def _is_event(text: LaneText, event: Mapping[str, Any], entry: TraceEntry) -> bool:
    """Return whether a text at the end of another actor's lane is what came to it."""
    if text.text == "time out":
        return event["kind"] == "timeout"
    if text.text == "nil":
        return event["reply"] is None
    said, _, times = text.text.rpartition(" ")
    copies = [each for each in entry.events if each["actor"] == event["actor"] and each["kind"] == "message"]
    # A text that is too long is cut, and so may be the number of copies behind it.
    is_counted = (times == "…" and len(copies) > 1) or (times.endswith("x") and int(times[:-1]) <= len(copies))
    texts = [text.text, *([said] if is_counted else [])]
    parts = [*flat(event["reply"])]
    values = [*parts, *composed(parts), event.get("value")]
    lists = [part for part in event["reply"] if isinstance(part, list)] if isinstance(event["reply"], list) else []
    return any(is_value(each, value) for each in texts for value in [*values, *lists])


def _state(lanes: Mapping[str, Any], actor: str) -> str:
    return str(lanes.get(actor, {}).get("state", "idle"))


def require_hero(hero: Hero, entry: TraceEntry) -> None:
    """Raises: Unproved, unless the large view of a step says of its reply and of other actors what the entry says."""
    for each in hero.events:
        mine = [event for event in entry.events if event["actor"] == each.actor.name]
        if not any(_is_shown_event(each, event) for event in mine):
            raise Unproved(f"{each} at step {entry.position}: {entry.events}")
    missing = {event["actor"] for event in entry.events} - {each.actor.name for each in hero.events}
    if missing or not _is_reply(hero.reply_lines, entry):
        raise Unproved(f"{hero} at step {entry.position}: {entry.sent} {entry.events}")


def _is_shown_event(shown: ShownEvent, event: Mapping[str, Any]) -> bool:
    if event.get("raised"):
        return shown.said == f"raised {event['raised']}"
    is_message = event["kind"] == "message"
    if not is_message and shown.tail != f"(waiting since step {event['since']})":
        return False
    if event["kind"] == "timeout":
        return shown.said.startswith("got nothing")
    if shown.said.startswith("was refused"):
        return shown.token is None and not is_message and "err" in str(event["reply"]).lower()
    parts = [*flat(event["reply"])]
    values = [*parts, *composed(parts), event.get("value")]
    values += [part for part in event["reply"] if isinstance(part, list)] if isinstance(event["reply"], list) else []
    is_unread = shown.tail.endswith("not read yet")
    is_its_place = not is_message or (event["reply"][-2] in shown.tail and is_unread == ("unread" in event))
    is_its_verb = shown.said == ("received" if is_message else "got")
    return (
        is_its_verb and is_its_place and shown.token is not None and any(is_value(shown.token.text, v) for v in values)
    )


def _is_reply(lines: Sequence[str], entry: TraceEntry) -> bool:
    """Return whether lines are what redis-cli prints of this reply; of texts and lists, whether there are any."""
    if not entry.sent or len(entry.sent) > 1:
        return True
    shown, reply = "\n".join(lines), entry.reply
    if entry.is_waiting:
        return "waiting" in shown
    if isinstance(reply, int) and not isinstance(reply, bool):
        return shown == f"(integer) {reply}"
    if reply is None and entry.refusal is None:
        return shown == "(nil)"
    return bool(shown)
