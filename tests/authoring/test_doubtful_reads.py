"""Reads that can bring nothing are doubtful."""

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of

SUBSCRIBED = {"actor": "consumer", "command": "SUBSCRIBE news"}
READ = {"actor": "consumer", "read": "task"}


@for_each(
    ("steps", "is_doubtful"),
    [
        ([READ], True),
        ([SUBSCRIBED, READ], False),
        ([READ, SUBSCRIBED], True),
        ([{**SUBSCRIBED, "actor": "producer"}, READ], True),
        ([{"actor": "consumer", "command": "PSUBSCRIBE n*"}, READ], False),
        ([{"actor": "consumer", "command": "SSUBSCRIBE news"}, READ], False),
        ([{"actor": "consumer", "command": "PUBLISH news hi"}, READ], True),
    ],
)
def test_a_read_of_an_actor_that_has_not_subscribed_is_doubtful(steps: list[dict[str, object]], is_doubtful: bool):
    found = [problem for problem in problems_of(lesson(*steps, format=2)) if "subscribed to nothing" in problem.message]
    assert [problem.severity for problem in found] == (["warning"] if is_doubtful else [])
