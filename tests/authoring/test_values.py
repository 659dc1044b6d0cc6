"""Lessons of format 2: claims about redis-py's return values, and replies that make the program raise."""

from pathlib import Path

import pytest

from tests.lessons import but_unused
from tests.playing.test_one_performance import imitated
from tests.servers import RedisServer
from tests.tables import for_each
from tutor.authoring import filling, proving
from tutor.ports.corners import temporary

HEAD = """\
format: 2
title: A test
track: tests
actors: [producer, consumer]
watch: {user: hash, queue: list}
variables: [task]
"""
BYTES = HEAD + "client: {decode_responses: false}\n"


@pytest.fixture(autouse=True)
def _server(server: RedisServer) -> None:
    """A server whose replies are those of a real one."""


def problems(text: str, folder: Path) -> list[str]:
    path = folder / "x.yaml"
    path.write_text(text)
    return [str(problem).removeprefix(f"{path}:") for problem in but_unused(proving.check([path], temporary))]


def steps(*lines: str, head: str = HEAD) -> str:
    return f"{head}steps:\n" + "".join(f"  - {{actor: producer, action: Do it, {line}}}\n" for line in lines)


RAISED = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"
WAY_OUT = "`client: {decode_responses: false}` gives the program bytes"


def pushed(*lines: str, head: str = HEAD) -> str:
    return steps("command: 'LPUSH queue \"a\\xff\"'", *lines, head=head)


@pytest.mark.parametrize(
    "line", ["command: RPOP queue, save: task", "command: 'LRANGE queue 0 -1'", "command: RPOP queue"]
)
def test_a_reply_that_is_no_text_is_a_problem_of_its_step_with_the_way_out(line: str, tmp_path: Path):
    (found,) = problems(pushed(line), tmp_path)
    assert found.startswith("9:")
    assert RAISED in found
    assert WAY_OUT in found
    assert problems(pushed(line, head=BYTES), tmp_path) == []


def test_the_variable_keeps_its_value_and_the_error_can_be_claimed(tmp_path: Path):
    claims = "expect: {error: UnicodeDecodeError, task: old, queue: []}"
    text = pushed("assign: {task: old}", f"command: RPOP queue, save: task, {claims}")
    assert problems(text, tmp_path) == []


def test_in_format_1_bytes_that_are_no_text_are_kept(tmp_path: Path):
    assert problems(pushed("command: RPOP queue, save: task").replace("format: 2\n", ""), tmp_path) == []


def test_what_a_waiting_program_can_not_take_is_a_problem_where_it_began_to_wait(tmp_path: Path):
    waits = "  - {actor: consumer, action: Wait, command: BRPOP queue 0, save: task}\n"
    text = pushed().replace("steps:\n", f"steps:\n{waits}")
    (found,) = problems(text, tmp_path)
    assert found.startswith("8:")
    assert f"the program of consumer raises {RAISED}" in found
    assert WAY_OUT in found


@for_each(
    ("line", "said"),
    [
        ("command: HGETALL user, save: task, pick: 0", "the program raises KeyError: 0"),
        ("command: HGETALL user, save: task, pick: size", "the program raises KeyError: 'size'"),
        (
            "command: SINTER tags, save: task, pick: 0",
            "the program raises TypeError: 'set' object is not subscriptable",
        ),
        ("command: HKEYS user, save: task, pick: 1", "the program raises IndexError: list index out of range"),
        ("command: HKEYS user, save: task, pick: name", "the program raises TypeError: list indices must be integers"),
    ],
)
def test_a_part_that_python_would_not_find_is_a_problem_at_its_pick(line: str, said: str, tmp_path: Path):
    (found,) = problems(steps("command: HSET user name Ada", line), tmp_path)
    assert found.startswith("9:")
    assert said in found


@for_each(
    ("line", "said"),
    [
        ("print: 'Got {task.decode()}'", "the program raises UnicodeDecodeError: "),
        ("assign: {text: '{task.decode()}'}", "the program raises UnicodeDecodeError: "),
        ("command: 'SET k {task.decode()}'", "this can't be sent: UnicodeDecodeError: "),
        ("command: 'SET k:{task.decode()} v'", "this can't be sent: UnicodeDecodeError: "),
        ("print: 'Got {task.decode()}', expect: {error: UnicodeDecodeError, text: null}", ""),
        ("print: '{task} {task!r}'", ""),
        ("command: 'SET k {task}'", ""),
    ],
)
def test_bytes_that_are_no_text_can_not_be_decoded_by_the_program(line: str, said: str, tmp_path: Path):
    head = BYTES.replace("[task]", "[task, text]")
    found = problems(pushed("command: RPOP queue, save: task", line, head=head), tmp_path)
    assert len(found) == (1 if said else 0)
    assert all(each.startswith("11:") and said in each for each in found)


@for_each("value", ["HGETALL user", "HKEYS user", "SMEMBERS tags", "GET none", "SET k v"])
def test_what_redis_py_does_not_send_is_a_problem_of_the_command(value: str, tmp_path: Path):
    text = steps("command: HSET user name Ada", f"command: {value}, save: task", "command: 'LPUSH queue {task}'")
    (found,) = problems(text, tmp_path)
    assert found.startswith("10:")
    assert "this can't be sent: DataError: Invalid input of type" in found


@pytest.mark.parametrize("head", [HEAD, BYTES], ids=["text", "bytes"])
def test_claims_that_are_filled_in_hold(head: str, tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(
        steps(
            "command: HSET user name Ada age 36",
            "command: HGETALL user, save: task",
            "command: SADD tags b a",
            "command: SMEMBERS tags, save: task",
            "command: ZADD scores 1 a inf b",
            "command: ZRANGE scores 0 -1 WITHSCORES, save: task",
            "command: XADD log 1-1 job mail",
            "command: XREAD STREAMS log 0, save: task",
            "command: RPUSH queue a",
            "command: BLPOP queue 0, save: task",
            "command: INCRBYFLOAT n 1.5, save: task",
            "print: '{task}'",
            head=head,
        )
    )
    change = filling.fill(path, temporary)
    assert change.after.decode().count("expect:") >= 10
    path.write_bytes(change.after)
    assert but_unused(proving.check([path], temporary)) == []
    assert filling.fill(path, temporary).diff == []


@pytest.mark.parametrize(("line", "place"), [("client: {decode_responses: false}", "client"), ("steps", "pick")])
def test_what_format_1_has_not_is_a_problem_there(line: str, place: str, tmp_path: Path):
    text = steps("command: HGETALL user, save: task, pick: name").replace("format: 2\n", "")
    found = problems(text if line == "steps" else f"{line}\n{steps('print: a')}".replace("format: 2\n", ""), tmp_path)
    assert any("format 1" in each or "format: 2" in each for each in found)


def test_a_reply_that_redis_py_can_not_take_is_no_fault_of_a_pick(tmp_path: Path):
    """An imitation answers GEOSEARCH in another shape than servers do."""
    places = "command: GEOADD queue 13.361389 38.115556 Palermo"
    search = "command: GEOSEARCH queue FROMMEMBER Palermo BYRADIUS 1 km WITHCOORD WITHHASH, save: task"
    with imitated():
        (found,) = problems(steps(places, search), tmp_path)
    assert found.startswith("9:")
    assert "the program raises TypeError: " in found
    assert found.endswith(": this server's reply does not have the shape that redis-py expects")
