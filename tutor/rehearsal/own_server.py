"""A whole server for one play: keys and channels have their own names, and nothing of ours is beside them."""

from collections.abc import Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.values.replies import Reply, Words
from tutor.ports.namespace import Namespace


class OwnServer(Namespace):
    """The keys of a play on a server that serves nothing else and ends with it."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__("own", lesson)
        self.prefix = ""
        self.lesson_keys = [*lesson.keys]
        self.keys = [*lesson.keys]

    def prefixed(self, words: Words) -> Words:
        """Return the command unchanged."""
        return words

    def stripped(self, reply: Reply) -> Reply:
        """Return the reply unchanged."""
        return reply

    def beginning(self) -> list[Words]:
        """Return no commands: nothing is swept here."""
        return []

    def is_indexed(self) -> Words:
        """Return a command with some reply, since nothing can empty the server."""
        return ("ECHO", "own")

    def fresh(self, keys: Sequence[str]) -> list[Words]:  # noqa: ARG002 - no earlier play can have left anything
        """Return no commands: no key can be left from an earlier attempt."""
        return []

    def ending(self) -> list[Words]:
        """Return a command that does nothing, since the server ends."""
        return [("PING",)]
