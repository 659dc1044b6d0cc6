"""Where the commands of a pipeline were written: redis-py sends them together, at the line of `execute`."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Queued = TypeVar("Queued")


class PipelineLines(Generic[Queued]):
    """Remembers the place of each queued command; `here` returns the calling thread's place in the program."""

    def __init__(self, here: Callable[[], Queued]) -> None:
        self._here = here
        self._queued = threading.local()

    def queue(self, original: Any, pipeline: Any, *args: Any, **kwargs: Any) -> Any:
        """Run redis-py's Pipeline.pipeline_execute_command; remember where it was called."""
        pipeline.__dict__.setdefault("_lines_of_script", []).append(self._here())
        return original(pipeline, *args, **kwargs)

    def multi(self, original: Any, pipeline: Any) -> Any:
        """Run redis-py's Pipeline.multi; remember where it was called. MULTI itself is sent later."""
        pipeline.__dict__["_multi_of_script"] = self._here()
        return original(pipeline)

    def reset(self, original: Any, pipeline: Any) -> Any:
        """Run redis-py's Pipeline.reset; forget what was queued, as it does."""
        for name in ("_lines_of_script", "_multi_of_script"):
            pipeline.__dict__.pop(name, None)
        return original(pipeline)

    def execute(self, original: Any, pipeline: Any, *args: Any, **kwargs: Any) -> Any:
        """Run redis-py's Pipeline.execute; until it is over, `lines` knows where its commands were queued."""
        self._queued.lines = pipeline.__dict__.pop("_lines_of_script", [])
        self._queued.multi = pipeline.__dict__.pop("_multi_of_script", None)
        try:
            return original(pipeline, *args, **kwargs)
        finally:
            self._queued.lines, self._queued.multi = [], None

    def lines(self, count: int) -> list[Queued]:
        """Return the places of `count` commands sent together: EXEC at `execute`, and MULTI too without `multi`."""
        here, queued = self._here(), getattr(self._queued, "lines", [])
        if len(queued) == count:
            return list(queued)
        multi = getattr(self._queued, "multi", None) or here
        return [multi, *queued, here] if len(queued) + 2 == count else [here] * count
