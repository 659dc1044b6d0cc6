"""Proving lessons: claims, refusals, and plays that differ."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fake_corner import FakeCorner, TemporaryFake
from tests.fuzzing import examples
from tests.lessons import HEAD, SOUND, but_unused, lesson
from tests.tables import for_each
from tests.timing import within
from tutor.authoring import diagnostics, proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.ports import corners

Said = Callable[[str], list[str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Check a lesson on a real server, and return its problems as `line:column: message`."""
    return lambda text: problems(text, tmp_path, corners.temporary)


def problems(text: str, folder: Path, port_of: proving.PortOf) -> list[str]:
    file = folder / "x.yaml"
    file.write_text(text)
    return [str(problem).removeprefix(f"{file}:") for problem in but_unused(proving.check([file], port_of))]


def claiming(claims: str, *, command: str = "LPUSH queue a", watch: str = "{queue: list}") -> str:
    """Return a lesson of one step with these claims: the command is in line 9, the claims in line 10."""
    head = HEAD.replace("{queue: list}", watch)
    return lesson(f"  - actor: producer\n    action: A\n    command: {command}\n    expect: {{{claims}}}\n", head=head)


def test_a_lesson_whose_claims_are_true_has_no_problems(said: Said):
    assert said(claiming("queue: [a], task: null, output: null, reply: 1, error: null")) == []


@for_each(
    ("claim", "problem"),
    [
        ("queue: [b]", "10:21: claims that queue is ['b'], but it is ['a']"),
        ("queue: [a, a]", "10:21: claims that queue is ['a', 'a'], but it is ['a']"),
        ("queue: a", "10:21: claims that queue is 'a', but it is ['a']"),
        ("task: x", "10:20: claims that task is 'x', but it is None"),
        ("output: x", "10:22: claims that output is 'x', but it is None"),
        ("reply: 2", "10:21: claims that reply is 2, but it is 1"),
        ("reply: true", "10:21: claims that reply is True, but it is 1"),
        ("reply: '1'", "10:21: claims that reply is '1', but it is 1; this is a number, so leave the quotes out"),
        ("task: None", "10:20: claims that task is 'None', but it is None; without quotes None is text: write null"),
        ("error: ERR", "10:21: claims that error is 'ERR', but it is None"),
    ],
)
def test_a_false_claim_is_reported_with_the_actual_value(said: Said, claim: str, problem: str):
    assert said(claiming(claim)) == [problem]


@for_each(
    ("client", "command", "claim", "hint"),
    [
        ("true", "SET k a", "OK", "; redis-py returns True for OK: write true"),
        ("true", "HGETALL user", "[name, Ada, age, '36']", "; this is a dict: write {name: Ada, age: '36'}"),
        ("true", "HGETALL user", "[name, Ada]", ""),
        ("true", "HGETALL user", "[]", ""),
        (
            "false",
            "HGET user name",
            "Ada",
            "; these are bytes, which are claimed as Python shows them: write \"b'Ada'\"",
        ),
        ("false", "HGET user name", "Ali", ""),
    ],
)
def test_a_claim_in_the_servers_notation_gets_the_value_of_redis_py(
    said: Said, client: str, command: str, claim: str, hint: str
):
    head = HEAD.replace("title:", f"format: 2\nclient: {{decode_responses: {client}}}\ntitle:", 1)
    steps = "  - {actor: producer, action: A, command: HSET user name Ada age 36}\n"
    steps += f"  - {{actor: producer, action: A, command: {command}, save: task, expect: {{task: {claim}}}}}\n"
    (problem,) = said(lesson(steps, head=head))
    assert problem.partition(", but it is ")[2].partition(";")[1:] == hint.partition(";")[1:]


def test_a_number_that_redis_keeps_as_text_gets_a_hint(said: Said):
    text = claiming("user: {name: ali, age: 30}", command="HSET user name ali age 30", watch="{user: hash}")
    (problem,) = said(text)
    assert problem.endswith("but it is {'name': 'ali', 'age': '30'}; this is text, so put the number in quotes")


def test_one_is_not_true_inside_a_list_either(said: Said):
    step = "  - {actor: producer, action: A, assign: {task: [1]}, expect: {task: [true]}}\n"
    assert said(lesson(step)) == ["7:70: claims that task is [True], but it is [1]"]


def test_a_none_that_is_text_gets_a_hint(said: Said):
    step = "  - {actor: producer, action: A, assign: {task: None}, expect: {task: null}}\n"
    assert said(lesson(step)) == [
        "7:65: claims that task is None, but it is 'None'; there it is the text None: write null"
    ]


def test_every_false_claim_is_reported(said: Said):
    assert said(claiming("queue: [], reply: 0")) == [
        "10:21: claims that queue is [], but it is ['a']",
        "10:32: claims that reply is 0, but it is 1",
    ]


@for_each(
    ("watch", "command", "claim"),
    [
        ("{k: string}", "SET k hello", "k: hello"),
        ("{k: string}", "DEL k", "k: null"),
        ("{k: hash}", "HSET k a 1 b 2", "k: {b: '2', a: '1'}"),
        ("{k: set}", "SADD k b a", "k: [b, a]"),
        ("{k: zset}", "ZADD k 2 bob 1.5 ali", "k: {bob: 2, ali: 1.5}"),
        ("{k: zset}", "ZADD k 2 bob 1 ali", "k: [ali, bob]"),
        ("{k: zset}", "ZADD k inf bob -inf ali 1 eve", "k: {bob: inf, eve: 1, ali: -inf}"),
        ("{k: stream}", "XADD k 1-1 f v", "k: [['1-1', [f, v]]]"),
        ("{k: string}", "SET k hello", "reply: OK"),
        ("{k: string}", "SET k hello", "reply: true"),
        ("{k: string}", "PING", "reply: PONG"),
        ("{k: list}", "LRANGE k 0 -1", "reply: []"),
    ],
)
def test_a_true_claim_about_any_type_of_key(said: Said, watch: str, command: str, claim: str):
    assert said(claiming(claim, command=command, watch=watch)) == []


@for_each(
    ("watch", "command", "claim", "problem"),
    [
        ("{k: string}", "SET k a", "k: b", "10:17: claims that k is 'b', but it is 'a'"),
        (
            "{k: hash}",
            "HSET k a 1",
            "k: {a: 1}",
            "10:17: claims that k is {'a': 1}, but it is {'a': '1'}; this is text, so put the number in quotes",
        ),
        ("{k: set}", "SADD k a", "k: [b]", "10:17: claims that k is ['b'], but it is {'a'}"),
        (
            "{k: zset}",
            "ZADD k 1 a",
            "k: {a: '1'}",
            "10:17: claims that k is {'a': '1'}, but it is {'a': '1'}; scores are numbers, so leave the quotes out",
        ),
        ("{k: zset}", "ZADD k 1 a", "k: {a: 2}", "10:17: claims that k is {'a': 2}, but it is {'a': '1'}"),
        (
            "{k: zset}",
            "ZADD k 1 a 2 b",
            "k: [b, a]",
            "10:17: claims that k is ['b', 'a'], but it is {'a': '1', 'b': '2'}",
        ),
        ("{k: list}", "SET k a", "k: []", "10:17: k is watched as a list, and is of another type after this step"),
    ],
)
def test_a_false_claim_about_any_type_of_key(said: Said, watch: str, command: str, claim: str, problem: str):
    assert said(claiming(claim, command=command, watch=watch)) == [problem]


def test_a_claim_about_a_list_longer_than_what_is_recorded(said: Said):
    members = [f"m{number}" for number in range(60)]
    listed = ", ".join(members)
    assert said(claiming(f"queue: [{listed}]", command=f"RPUSH queue {' '.join(members)}")) == []


def test_a_printed_line_is_claimed_as_the_text_that_the_table_shows(said: Said):
    step = "  - actor: producer\n    action: A\n    print: 'Got {task!r}'\n    expect: {output: Got None}\n"
    assert said(lesson(step)) == []


REFUSED = """\
  - actor: producer
    action: A
    command: SET queue x
  - actor: producer
    action: B
    command: RPOP queue
"""
WRONGTYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def test_a_command_that_the_server_refuses_is_a_problem(said: Said):
    assert said(lesson(REFUSED)) == [f"12:14: the server refused this command: {WRONGTYPE}"]


def test_a_refusal_that_is_claimed_is_none(said: Said):
    assert said(lesson(REFUSED + "    expect: {error: WRONGTYPE}\n")) == []


def test_a_refusal_for_another_reason_than_claimed_is_reported(said: Said):
    assert said(lesson(REFUSED + "    expect: {error: ERR}\n")) == [
        f"13:21: claims that error is 'ERR', but it is '{WRONGTYPE}'"
    ]


def test_a_misspelt_subcommand_gets_the_nearest_name(said: Said):
    (problem,) = said(claiming("", command="XGROUP CREAT queue g 0"))
    assert problem.startswith("9:14: the server refused this command: ERR ")
    assert problem.endswith("; did you mean CREATE?")


def test_a_command_with_too_few_words_is_refused_by_the_server(said: Said):
    assert said(claiming("", command="LPUSH queue")) == [
        "9:14: the server refused this command: ERR wrong number of arguments for 'lpush' command"
    ]


WAITS = """\
  - actor: consumer
    action: A
    command: BRPOP queue 0
"""
PUSH_TWO = "  - {actor: producer, action: B, command: LPUSH queue a b}\n"


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("command: RPOP queue", "12:14: this can't be sent: consumer still waits for the reply to step 1"),
        ("print: x", "10:12: consumer still waits for the reply to step 1, and can do nothing before it comes"),
    ],
)
def test_who_waits_can_do_nothing(said: Said, step: str, problem: str):
    acts = f"  - actor: consumer\n    action: A\n    {step}\n"
    assert said(lesson(WAITS + acts + PUSH_TWO)) == [problem]


def test_waiting_in_vain_is_reported_at_the_step_where_it_begins(said: Said):
    assert said(lesson(WAITS)) == ["9:14: consumer waits here for something that no later step brings"]


def test_a_change_that_keeps_an_actor_waiting_proves_nothing(said: Said):
    steps = """\
  - {actor: producer, action: A, command: LPUSH queue a}
  - {actor: consumer, action: B, command: BRPOP queue 0, save: task, pick: 1}
  - {actor: consumer, action: C, command: BRPOP queue 1, save: task, pick: 1}
  - {actor: consumer, action: D, wait: 2}
quiz:
  - question: Suppose {step a} sent `LPUSH other a`. What is `task` after {step c}?
    text: a
    proof: {after: 3, variable: task, replace: {1: LPUSH other a}}
"""
    (problem,) = said(lesson(steps))
    assert problem.endswith(
        "the proof can't be run: step 3 can't be sent: consumer still waits for the reply to step 2"
    )


class Counting(FakeCorner):
    """A corner whose pops answer with the number of corners made so far: each play differs from the last."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        Counting.made += 1
        self.number = self.made

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        came = super().exchange(act, ahead)
        pops = act.sends and act.sends[0][0] == "RPOP"
        return replace(came, replies=(f"task{self.number}",)) if pops else came


def test_a_lesson_that_plays_differently_is_reported_at_the_first_different_step(tmp_path: Path):
    Counting.made = 0
    pop = "  - actor: consumer\n    action: Pop\n    command: RPOP queue\n    save: task\n"
    assert problems(lesson(pop + pop), tmp_path, lambda _: Counting()) == [
        "9:14: this step plays differently each time: first 'task1', then 'task2'"
    ]


def test_an_id_that_the_server_gives_is_no_difference(said: Said):
    assert said(claiming("", command="XADD k * f v", watch="{k: stream}")) == []


def test_a_lesson_is_played_in_corners_that_are_cleared_afterwards(tmp_path: Path):
    used: list[FakeCorner] = []

    def port_of(_: Lesson) -> FakeCorner:
        used.append(TemporaryFake())
        return used[-1]

    problems(SOUND, tmp_path, port_of)
    assert [(len(corner.sent), corner.keys) for corner in used] == [(1, {}), (1, {})]


def test_a_file_that_does_not_exist_is_a_problem(tmp_path: Path):
    (problem,) = proving.check([tmp_path / "missing.yaml"], corners.temporary)
    assert str(problem) == f"{tmp_path}/missing.yaml:1:1: the file can't be read: No such file or directory"


def test_a_name_that_keeps_a_file_off_the_shelf_is_a_problem(tmp_path: Path):
    (tmp_path / "My lesson.yml").write_text(SOUND)
    (problem,) = proving.check([tmp_path / "My lesson.yml"], corners.temporary)
    assert problem.message == "a lesson's file name is its address: a-z, 0-9 and - only, then .yaml"


def test_the_problems_of_all_files_come_sorted_by_file_and_line(tmp_path: Path):
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text(claiming("reply: 2, task: x").replace("title: A test", "title: 5"))
    (tmp_path / "c.yaml").write_text(claiming("reply: 2"))
    found = proving.check([tmp_path / name for name in ("c.yaml", "b.yaml", "a.yaml")], corners.temporary)
    assert [(Path(problem.file).name, problem.line) for problem in found] == [
        ("a.yaml", 1),
        *[("a.yaml", 10)] * 2,
        ("b.yaml", 1),
        *[("b.yaml", 10)] * 2,
        ("c.yaml", 10),
    ]


CLAIMING = (
    claiming("queue: [a], task: null, reply: 1")
    + "quiz:\n  - {question: q, number: 1, proof: {after: 1, key: queue}}\n"
)


@settings(max_examples=examples(100))
@given(st.integers(0, len(CLAIMING)), st.integers(0, 8), st.text(max_size=3))
def test_no_damage_to_a_sound_lesson_makes_checking_fail(place: int, cut: int, put: str):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "x.yaml"
        text = CLAIMING[:place] + put + CLAIMING[place + cut :]
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        with within(1):
            found = proving.check([file], corners.temporary)
        list(diagnostics.as_text(found, lambda name: text))
