"""Replies of a script that the lesson has to give again: errors within them, and those that come late."""

from pathlib import Path

import pytest

from tests.recording.recording import CONNECT, recorded, told


@pytest.mark.slow
def test_an_error_within_a_transactions_reply_is_the_same_in_the_lesson(tmp_path: Path):
    script = """with r.pipeline() as p:
    p.incr("a")
    p.lpush("a", "x")
    p.get("a")
    found = p.execute(raise_on_error=False)
print(found[0], found[2])
"""
    lesson = recorded(tmp_path, CONNECT + script)
    steps = [step for step in lesson.steps if step.kind == "command"]
    assert [step.line_shown for step in steps] == ["MULTI", "INCRBY a 1", "LPUSH a x", "GET a", "EXEC"]
    assert [item if isinstance(item, int | str) else [*item] for item in steps[-1].expect["reply"]] == [
        1,
        ["error"],
        "1",
    ]


@pytest.mark.slow
def test_a_wait_may_last_as_long_as_redis_py_waits_for_a_reply_by_default(tmp_path: Path):
    lesson = recorded(tmp_path, CONNECT + 'found = r.blpop("jobs", timeout=5)\nprint("found", found)\n')
    assert told(lesson)[:2] == ["program: BLPOP jobs 5 -> found", "program: wait 5"]
