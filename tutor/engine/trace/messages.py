"""Finding the messages in commands, replies and variables."""

from collections.abc import Sequence

from tutor.engine.program.mailbox import MESSAGES, PARTS
from tutor.engine.redis.arguments import entry_place, value_places
from tutor.engine.redis.table import Command, traits_of
from tutor.engine.values.refusals import refusal_of
from tutor.engine.values.replies import Reply, Value, as_python


def message_held(value: Value) -> Value:
    """Return the message in a variable: the data of get_message()'s dict, None for a confirmation."""
    # A dict with exactly these keys is a push as redis-py's PubSub returns it; any other value is itself a message.
    if not isinstance(value, dict) or value.keys() != PARTS:
        return value
    return value["data"] if value["type"] in MESSAGES else None


def message_in(reply: Reply) -> Value:
    """Return the message in the reply to a client that waited: a popped element, or a stream's entry."""
    if not isinstance(reply, list):
        return None if isinstance(reply, dict) else reply
    if reply and isinstance(reply[0], list):  # XREAD: [[stream, [[id, [field, value, …]], …]], …]
        entries = reply[0][1]
        # A deleted entry has nil in place of its fields: https://redis.io/docs/latest/commands/xreadgroup/
        return message_in_entry(entries[0][1] or []) if entries else None
    if len(reply) < 2:
        return None
    # BRPOP: [key, message]; BZPOPMIN: [key, member, score]; BLMPOP: [key, [message, …]]; BZMPOP: pairs in that list.
    return _popped(reply[1])


def _popped(element: Reply) -> Value:
    """Return the part after the name of the key: one message, or several, each perhaps with a score."""
    if not isinstance(element, list):
        return element
    messages = [each[0] if isinstance(each, list) else each for each in element]
    return messages[0] if len(messages) == 1 else messages


def messages_taken(command: Command, reply: Reply) -> list[Value]:
    """Return the messages, elements or members (without scores) that a command took out of a key."""
    if command.names_key:
        messages = message_in(reply)
        return messages if isinstance(messages, list) else [messages]
    found = reply if isinstance(reply, list) else [as_python(reply)]
    # ZPOPMIN answers member, score, member, score in one flat list, because RESP2 has no pairs.
    return found[::2] if command.type == "zset" else found


def message_in_entry(fields: Sequence[Value]) -> Value:
    """Return the message in a stream's entry: the value of its only field, else `field value` for each."""
    if len(fields) == 2:
        return fields[1]
    return ", ".join(f"{fields[i]} {fields[i + 1]}" for i in range(0, len(fields) - 1, 2))


def message_sent(words: Sequence[str]) -> Value:
    """Return the message that a command carries to the broker, None for none."""
    place = entry_place(words)
    if place is not None:
        return message_in_entry(words[place:])
    places = value_places(words) if traits_of(words).puts else ()
    # One token travels even if a push has several values: the first is enough to follow with the eyes.
    return next((words[place] for place in places), None)


def message_answered(words: Sequence[str], reply: Reply) -> Value:
    """Return the message that the reply to a command carries to its actor, None for none."""
    command = traits_of(words)
    # The reply to XADD is an id, which the server gave to the message sent.
    if refusal_of(reply) or command.chance == "id":
        return None
    return message_in(reply) if isinstance(reply, str) or command.names_key else None
