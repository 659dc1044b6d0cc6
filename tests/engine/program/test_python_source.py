"""Python as text: threads that read it at once, and where it is wrong."""

import gc
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tutor.engine.program.python_source import literal, parsed, syntax_tree

NESTED = "x = " + "+".join(["f(a, [b, {c: d}])"] * 60)


@pytest.fixture
def interrupted_builders() -> Iterator[None]:
    """Have threads that build trees interrupted at each of many collections of garbage."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()

    def give_way(*_) -> None:
        time.sleep(0)

    sys.setswitchinterval(1e-6)
    gc.set_threshold(10)
    gc.callbacks.append(give_way)
    yield
    gc.callbacks.remove(give_way)
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


def test_threads_that_parse_at_once_do_not_disturb_each_other(interrupted_builders):
    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(parsed, [NESTED] * 8))
        values = list(threads.map(literal, ["[1, {'a': [b'x', (2, None)]}]"] * 40))
    assert len(trees) == 8
    assert values == [[1, {"a": [b"x", (2, None)]}]] * 40


def test_a_tree_names_its_file_and_line():
    with pytest.raises(SyntaxError) as raised:
        syntax_tree("x = 1\ny = (", name="worker.py")
    assert (raised.value.filename, raised.value.lineno) == ("worker.py", 2)
