"""The effect of one command in words: on its keys, on subscriptions, on a transaction, or just a wait."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.redis.arguments import entry_place, value_places
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.redis.table import Command, key_places, traits_of
from tutor.engine.story.shortened import LONGEST_STATE, short, short_list
from tutor.engine.trace.messages import message_in_entry, messages_taken
from tutor.engine.values.formatting import as_redis_cli, as_repr
from tutor.engine.values.replies import Reply, as_python
from tutor.engine.values.wording import counted, cut, listed


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answered command: its sender, and its receivers if it published a message."""

    words: Sequence[str]
    reply: Reply
    who: str
    reach: str
    command: Command

    @property
    def name(self) -> str:
        return self.words[0].upper()

    @property
    def keys(self) -> Sequence[str]:
        return [self.words[place] for place in key_places(self.words)]


def deed(words: Sequence[str], reply: Reply, who: str, reach: str) -> str:
    """Return the effect of an answered command in words; `reach` names the receivers of a PUBLISH."""
    done = _Answered(words, reply, who, reach, traits_of(words))
    # In this order: in a transaction any command just gets QUEUED, and a command that moves an element also puts it.
    ways = (_queued, _subscribed, _of_transaction, _published, _took, _put)
    return next((said for way in ways if (said := way(done))), f"{done.name} answered {_answer(reply)}")


def _queued(done: _Answered) -> str:
    return f"{done.name} is queued and runs at EXEC" if done.reply == QUEUED else ""


_EVERY = {"channel": "any channel", "pattern": "any pattern", "shard": "any sharded channel"}


def _subscribed(done: _Answered) -> str:
    command, names = done.command, done.words[1:]
    if command.pubsub not in ("begins", "ends"):
        return ""
    kind = "the sharded channel " if len(set(names)) == 1 else "the sharded channels "
    place = f"{kind if command.sharded and names else ''}{_names(done) or _EVERY[command.space]}"
    if command.pubsub == "ends":
        return f"{done.who} no longer listens on {place}"
    return f"{done.who} listens on {'every channel like ' if command.patterns else ''}{place}"


def _names(done: _Answered) -> str:
    # A name may be given twice, which makes no difference.
    return listed(list(dict.fromkeys(done.words[1:])))


def _of_transaction(done: _Answered) -> str:
    transaction = done.command.transaction
    return _TRANSACTIONS[transaction](done) if transaction else ""


def _executed(done: _Answered) -> str:
    # With WATCH, a null reply means that the transaction was aborted: https://redis.io/docs/latest/commands/exec/
    if done.reply is None:
        return f"{done.name} answered nil: a watched key had changed, so nothing was run"
    count = len(done.reply) if isinstance(done.reply, list) else 0
    return f"{done.name} ran {counted(count, 'command')} in one go"


_TRANSACTIONS: Mapping[str, Callable[[_Answered], str]] = {
    "opens": lambda done: f"{done.who} opened a transaction: its commands are queued until EXEC",
    "runs": _executed,
    "drops": lambda done: f"{done.name} threw the queued commands away",
    "guards": lambda done: f"{done.who} watches {_names(done)}: EXEC will run nothing if that changes",
    "unguards": lambda done: f"{done.who} watches nothing any more",
}
"""The effects of commands on a transaction, by `transaction` in the table."""


def _published(done: _Answered) -> str:
    number = receivers(done.words, done.reply)
    if number is None:
        return ""
    said = f"{done.name} {done.reach}"
    if not number:
        return f"{said}: {as_repr(done.words[2])} is lost"
    return f"{said}, so it returned {number}" if said.endswith("subscriptions") else said


def receivers(words: Sequence[str], reply: Reply) -> int | None:
    """Return the number of subscriptions reached by a PUBLISH, as the server counts; None for any other command."""
    # In a transaction the reply is QUEUED, and the number comes with EXEC.
    return reply if traits_of(words).pubsub == "publishes" and isinstance(reply, int) else None


def _took(done: _Answered) -> str:
    """Return, in words, the elements taken by the command and the destination of a move."""
    command = done.command
    if not (command.takes or command.moves):
        return ""
    if done.reply is None:
        return f"{done.name} found {listed(_sources(command, done.keys))} empty and returned None"
    if command.moves:
        return f"{done.name} moved {short(as_python(done.reply))} from {done.keys[0]} to {done.keys[1]}"
    return f"{done.name} took {short_list(messages_taken(command, done.reply)) or 'nothing'}"


def _sources(command: Command, keys: Sequence[str]) -> Sequence[str]:
    # The second key of a move, such as LMOVE, is the destination.
    return keys[:1] if command.moves else list(dict.fromkeys(keys))


def _put(done: _Answered) -> str:
    """Return, in words, the elements put by the command and their key; "" unless the reply confirms it."""
    if not done.command.puts:
        return ""
    place = entry_place(done.words)
    if place is not None and isinstance(done.reply, str):
        return f"{done.name} put {short(message_in_entry(done.words[place:]))} into {done.keys[0]} as {done.reply}"
    # 0 means that nothing was added: SADD of an existing member, LPUSHX to a missing list. An estimate holds no values.
    if not (isinstance(done.reply, int) and done.reply > 0 and done.keys) or done.command.opaque:
        return ""
    values = [done.words[place] for place in value_places(done.words)]
    if done.command.type in ("set", "zset"):
        return _added(done, list(dict.fromkeys(values)), done.reply)
    return f"{done.name} put {short_list(values)} into {done.keys[0]}"


def _added(done: _Answered, values: Sequence[str], count: int) -> str:
    """Return, in words, the new members of a set; the reply counts them, and does not name them."""
    # With CH, ZADD and GEOADD also count members with a new score: https://redis.io/docs/latest/commands/zadd/
    if any(word.upper() == "CH" for word in done.words[2 : value_places(done.words).start]):
        return f"{done.name} added or changed {counted(count, 'member')} of {done.keys[0]}"
    if count < len(values):
        return f"{done.name} put {counted(count, 'new member')} into {done.keys[0]}"
    return f"{done.name} put {short_list(values)} into {done.keys[0]}"


def _answer(reply: Reply) -> str:
    lines = as_redis_cli(reply)
    return cut(lines[0], LONGEST_STATE) if len(lines) == 1 else short(as_python(reply), LONGEST_STATE)


def awaited(words: Sequence[str]) -> str:
    """Return what a blocking command waits for: `a message in queue`."""
    what = _AWAITED.get(traits_of(words).type, "a message")
    return f"{what} in {awaited_keys(words)}"


_AWAITED: Mapping[str | None, str] = {"stream": "an entry", "zset": "a member"}
"""The noun for the element a client waits for, by the type of the key."""


def awaited_keys(words: Sequence[str]) -> str:
    """Return the keys that a command waits at: `high or low`."""
    keys = [words[place] for place in key_places(words)]
    return " or ".join(_sources(traits_of(words), keys))
