"""A step that reads from the buffer of its actor's client."""

from typing import Literal

from pydantic import Field

from tutor.engine.lesson.steps.base import Appearance, Outcome, StepFields, Variables
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.mailbox import is_message, returned, returned_unless_confirmation
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.happenings import happening, unread_text
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Reply, Value

MessagePart = Literal["type", "pattern", "channel", "data"]
"""The keys of redis-py's dict for a message."""


class ReadStep(StepFields):
    """Take the next push out of the client's buffer, as `message = pubsub.get_message()` does; nothing is sent."""

    kind = "read"
    reads_mailbox = True

    read: str | Literal[True] = Field(
        description="The variable that takes what `get_message()` returns; `true` if the program drops it.",
        examples=["message"],
    )
    pick: MessagePart | None = Field(
        default=None, description="Which part of the message is saved; by default the whole dict.", examples=["data"]
    )
    ignore_subscribe_messages: bool = Field(
        default=False,
        description="As `get_message` takes it: the confirmation of a subscription is read too, but None is returned.",
        examples=[True],
    )

    @property
    def saves(self) -> tuple[str, ...]:
        return (self.read,) if isinstance(self.read, str) else ()

    @property
    def call(self) -> str:
        """The same as a line of Python."""
        # https://redis.readthedocs.io/en/stable/advanced_features.html
        options = "ignore_subscribe_messages=True" if self.ignore_subscribe_messages else ""
        part = f'["{self.pick}"]' if self.pick else ""
        name = f"{self.read} = " if isinstance(self.read, str) else ""
        return f"{name}pubsub.get_message({options}){part}"

    def returned(self, push: Reply, client: Client = PLAIN) -> Value:
        """Return the value of `get_message()` for a push, None for an empty buffer. Raises: Raised."""
        read = returned_unless_confirmation if self.ignore_subscribe_messages else returned
        return read(push, client.has)

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:
        """Return the program's state after the step; `value` is the push from the buffer, as the server sent it."""
        got = self.returned(value, client)
        # None has no parts: a real program fails with a TypeError here, and `lessons check` says so.
        got = got[self.pick] if self.pick and isinstance(got, dict) else got
        return Outcome({**variables, **dict.fromkeys(self.saves, got)}, got if self.saves else None)

    def puts_out(self, entry: TraceEntry) -> bool:  # noqa: ARG002 - a read waits for nothing
        return bool(self.saves)

    def announced(self, who: str) -> str:
        return f"{who} reads from its client's buffer"

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - the call shows its variable by name
        return self.call

    @property
    def listing(self) -> str:
        return self.call

    def appearance(self, entry: TraceEntry) -> Appearance:
        left = unread_text(entry.lane)
        note = f"No Redis command: read from the client\u2019s buffer.{f' {left}.' if left else ''}"
        return Appearance("Reads what has come", lane="read", call=self.call, note=note)

    def deed(self, entry: TraceEntry, who: str) -> str:
        left = unread_text(entry.lane)
        return f"{who} {_taken(entry)}{f'; {left}' if left and entry.read is not None else ''}"


def _taken(entry: TraceEntry) -> str:
    """Describe the push that the step took out of its client's buffer."""
    push = entry.read
    if push is None:
        return "reads, and nothing has come: get_message() returns None"
    if is_message(push):
        came = happening({"kind": "message", "actor": entry.actor, "reply": push})
        return f"reads {as_repr(came.value)}, which came {came.place}"
    if push[0] == "pong":
        return "reads the answer to PING"
    return f"reads the confirmation of {push[0].upper()} {push[1] or ''}".rstrip()
