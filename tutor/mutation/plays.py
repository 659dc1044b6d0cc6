"""Plays that are repeated from memory: most falsehoods change no step, so their lessons play alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

from cachetools import LRUCache

from tutor.authoring.proving import PortOf
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.playing.port import Act, Ahead, PassingPort, Port, PortAnswer, nothing_ahead

MOST_PLAYS = 400
"""Maximum number of plays remembered by a process."""


class RememberedPlays:
    """The answers that a server gave in earlier plays, by the digest of what was played.

    The player runs each time, so that entries are made by the lesson at hand; only the server is not asked again. The
    first and the second play of a check are remembered apart, because the check compares them.
    """

    def __init__(self, port_of: PortOf) -> None:
        self._port_of = port_of
        self._answers: LRUCache[tuple[str, int, int], Sequence[PortAnswer]] = LRUCache(MOST_PLAYS)

    def of_one_check(self) -> PortOf:
        """Return the ports for one check; each of its plays of one lesson has its number."""
        played: Counter[str] = Counter()

        def port_of(lesson: Lesson) -> Port:
            digest = play_digest(lesson)
            played[digest] += 1
            # `line` and other fields are not in the digest, and the answers do not depend on them.
            name = (digest, len(lesson.steps), played[digest])
            if name in self._answers:
                return _FromMemory(self._answers[name])
            return _Remembering(self._port_of(lesson), lambda answers: self._keep(name, answers))

        return port_of

    def _keep(self, name: tuple[str, int, int], answers: Sequence[PortAnswer]) -> None:
        # A play that ended before its last step, by a fault or a crash, is played again.
        if len(answers) == name[1]:
            self._answers[name] = answers


class _Remembering(PassingPort):
    """Keeps the answers of a port if the play comes to its end."""

    def __init__(self, port: Port, keep: Callable[[Sequence[PortAnswer]], None]) -> None:
        super().__init__(port)
        self._keep = keep
        self._answers: list[PortAnswer] = []

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Perform the act."""
        answer = super().exchange(act, ahead)
        self._answers.append(answer)
        return answer

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        if exc[:1] in ((), (None,)):
            self._keep(self._answers)


class _FromMemory:
    """Gives the answers of an earlier play of the same steps."""

    def __init__(self, answers: Sequence[PortAnswer]) -> None:
        self._answers = answers

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - nothing is sent
        """Return the remembered answer."""
        return self._answers[act.position - 1]

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:  # noqa: ARG002 - never called
        """Raise an error: checks play from the start, and restore nothing."""
        raise TutorError("A remembered play can't be restored.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass
