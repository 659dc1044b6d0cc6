"""A port that notes the line of each step it performs, so that a check that is stopped can say where it was."""

from collections.abc import Sequence

from tutor.apart import progress
from tutor.engine.playing.port import Act, Ahead, PassingPort, Port, PortAnswer, nothing_ahead


class NotingPort(PassingPort):
    """Notes each step's line before it is performed; `lines` are those of the lesson's steps."""

    def __init__(self, port: Port, lines: Sequence[int]) -> None:
        super().__init__(port)
        self._lines = lines

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Note the step's line and perform the act."""
        if act.position <= len(self._lines):
            progress.at_line(self._lines[act.position - 1])
        return super().exchange(act, ahead)
