"""The messages in what the server has sent, and in what a program made of it."""

from collections.abc import Sequence

from tutor.engine.program.mailbox import MESSAGES, PARTS
from tutor.engine.redis.arguments import entry_place, value_places
from tutor.engine.redis.table import Command, spec_of
from tutor.engine.values.refusals import refusal_of
from tutor.engine.values.replies import Reply, Value, as_python


def message_held(value: Value) -> Value:
    """Return the message that a variable holds: of what get_message() returned, its data; None for a confirmation."""
    # A dict with just these keys is what redis-py's PubSub makes of a push; any other value is a message itself.
    if not isinstance(value, dict) or value.keys() != PARTS:
        return value
    return value["data"] if value["type"] in MESSAGES else None


def message_in(reply: Reply) -> Value:
    """Return the message in the reply to a client that waited: what was popped, or what a stream's entry says."""
    if not isinstance(reply, list):
        return None if isinstance(reply, dict) else reply
    if reply and isinstance(reply[0], list):  # XREAD: [[stream, [[id, [field, value, …]], …]], …]
        entries = reply[0][1]
        # An entry that was deleted has nil in place of its fields: https://redis.io/docs/latest/commands/xreadgroup/
        return message_in_entry(entries[0][1] or []) if entries else None
    if len(reply) < 2:
        return None
    # BRPOP: [key, message]; BZPOPMIN: [key, member, score]; BLMPOP: [key, [message, …]]; BZMPOP: pairs in that list.
    return _popped(reply[1])


def _popped(element: Reply) -> Value:
    """Return what came behind the name of the key: one message, or several of which each may have its score."""
    if not isinstance(element, list):
        return element
    messages = [each[0] if isinstance(each, list) else each for each in element]
    return messages[0] if len(messages) == 1 else messages


def messages_taken(command: Command, reply: Reply) -> list[Value]:
    """Return what a command took out of a key: messages, elements, members without their scores."""
    if command.names_key:
        messages = message_in(reply)
        return messages if isinstance(messages, list) else [messages]
    found = reply if isinstance(reply, list) else [as_python(reply)]
    # ZPOPMIN answers member, score, member, score in one flat list, as RESP 2 has no pairs.
    return found[::2] if command.type == "zset" else found


def message_in_entry(fields: Sequence[Value]) -> Value:
    """Return the message in a stream's entry: the value of its only field, else `field value` for each."""
    if len(fields) == 2:
        return fields[1]
    return ", ".join(f"{fields[i]} {fields[i + 1]}" for i in range(0, len(fields) - 1, 2))


def message_sent(words: Sequence[str]) -> Value:
    """Return the message that a command carries to the broker, None if it carries none."""
    command, place = spec_of(words), entry_place(words)
    if place is not None:
        return message_in_entry(words[place:])
    places = value_places(words) if command and command.puts else ()
    # One token travels, also where a push has several values: the first is enough to follow it with the eyes.
    return next((words[place] for place in places), None)


def message_answered(words: Sequence[str], reply: Reply) -> Value:
    """Return the message that the reply to a command carries to its actor, None if it carries none."""
    command = spec_of(words)
    # The reply to XADD is an id: the name that the server gave to what was sent.
    if refusal_of(reply) or (command and command.chance == "id"):
        return None
    return message_in(reply) if isinstance(reply, str) or (command and command.names_key) else None
