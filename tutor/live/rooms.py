"""Messages to the learner's own tabs: each learner has a room, which is just a channel of Redis."""

import time
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.crypto import salted_hmac

from tutor.broker import exchange, listening
from tutor.drawing import tokens
from tutor.drawing.tokens import Token
from tutor.engine.errors import BrokerAway, TutorError
from tutor.engine.values.replies import error_of
from tutor.live.attendance import channel_of, notices_of
from tutor.live.hub import Hub

LONGEST = 200
"""Maximum number of characters of a message."""

hub = Hub(listening.async_client)
"""The streams of this process."""


class UnsayableMessage(TutorError):
    """The message is empty, or too long."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published message, with the reply of PUBLISH and the number of tabs that listened."""

    channel: str
    text: str
    receivers: int
    tabs: int

    @property
    def token(self) -> Token:
        """The message as every tab draws it."""
        return replace(tokens.token(self.text), text=self.text)


def room_of(learner: UUID) -> str:
    """Return the learner's room, a keyed digest: knowing a learner's id is not enough to name the room."""
    return salted_hmac("tutor.live.rooms", str(learner), algorithm="sha256").hexdigest()[:16]


def publish(learner: UUID, text: str) -> Published:
    """Publish a message to the learner's room. Raises: UnsayableMessage, BrokerAway."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise UnsayableMessage(f"A message needs 1 to {LONGEST} visible characters.")
    room = room_of(learner)
    now = time.time()
    receivers, tabs = exchange.send(
        [("PUBLISH", channel_of(room), text), ("ZCOUNT", notices_of(room), str(now), "+inf")]
    )
    if refusal := error_of(receivers):
        raise BrokerAway(f"Redis refuses to publish: {refusal}")
    return Published(channel_of(room), text, int(str(receivers)), tabs if isinstance(tabs, int) else 0)
