"""Names built from variables: their values, their limits, and which of them are watched."""

import json

import pytest

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problems.name_problems import pattern_problems
from tutor.engine.lesson.run_names import LONGEST_NAME, MOST_NAMED, NO_NAMES, Names, is_watched, type_of, watched_among
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.trace.entry import TraceEntry

VARIABLES = {"job": 7, "topic": "tea", "n": "2", "none": None, "empty": ""}


def of(*commands: str, **fields: object) -> Lesson:
    return lesson(*({"command": each} for each in commands), **{"variables": VARIABLES, "format": 2, **fields})


def named(*commands: str, **fields: object) -> Names:
    """Return the names when all commands have been sent with the variables that they have at the start."""
    made = of(*commands, **fields)
    sends = [words for step in made.steps for words in step.sends(made.start_variables)]
    return NO_NAMES.after(made, sends)


@for_each(
    ("command", "keys", "channels", "patterns"),
    [
        ("HSET job:{job} status done", ["job:7"], [], []),
        ("SET lock:{topic} x EX 10", ["lock:tea"], [], []),
        ("SET queue {job}", [], [], []),
        ("SET plain:7 {job}", [], [], []),
        ("SET plain:{none} x", ["plain:None"], [], []),
        ("SET '{empty}' x", [""], [], []),
        ("MSET {topic} 1 b:{job} 2 {topic} 3", ["tea", "b:7"], [], []),
        ("LMPOP 2 {topic} {job} LEFT", ["tea", "7"], [], []),
        ("LMPOP {n} a b LEFT", ["a", "b"], [], []),
        ("LMOVE queue done:{job} LEFT RIGHT", ["done:7"], [], []),
        ("XREAD COUNT {n} STREAMS log:{job} other 0 0", ["log:7"], [], []),
        ("XREADGROUP GROUP {topic} me STREAMS log:{job} >", ["log:7"], [], []),
        ("SORT queue BY w:{topic}:* STORE sorted:{job}", ["sorted:7"], [], []),
        ("PUBLISH news:{topic} {job}", [], ["news:tea"], []),
        ("SUBSCRIBE news:{topic} plain", [], ["news:tea"], []),
        ("PSUBSCRIBE news:{topic}*", [], [], ["news:tea*"]),
        ("WATCH job:{job}", ["job:7"], [], []),
        ("MULTI", [], [], []),
    ],
)
def test_the_names_are_those_of_the_words_that_are_sent(command, keys, channels, patterns):
    assert named(command) == Names(tuple(keys), tuple(channels), tuple(patterns))


@for_each("command", ["LPUSH {{job} a", "SET job:7 x", "SUBSCRIBE news", "LMPOP 2 a b LEFT"])
def test_what_the_text_names_is_no_name_of_the_run(command):
    assert named(command) == NO_NAMES


def test_a_key_that_is_watched_or_written_elsewhere_is_known_to_the_lesson():
    assert named("SET job:{job} x", "GET job:7") == NO_NAMES
    assert named("SET job:{job} x", watch={"job:7": "string"}) == NO_NAMES


def test_whether_a_run_can_name_keys_follows_from_the_text():
    can = ["GET a{job}", "LMPOP {n} a b LEFT", "SORT a {topic} b", "SUNIONSTORE b{job} a", "WATCH {topic}"]
    can_not = ["LPUSH queue {job}", "XREAD COUNT {n} STREAMS a 0", "PUBLISH {topic} x", "SET {{job}} x", "MULTI"]
    assert [each for each in can if not of(each).names_keys] == []
    assert [each for each in can_not if of(each).names_keys] == []


def test_a_run_may_name_so_many():
    made = of("PING")
    few = [["SET", f"k{n}", "x"] for n in range(MOST_NAMED - 1)] + [["PUBLISH", "c", "x"]]
    assert len(NO_NAMES.after(made, few).keys) == MOST_NAMED - 1
    with pytest.raises(StepFault, match=f"named more than {MOST_NAMED} keys"):
        NO_NAMES.after(made, [*few, ["GET", "another"]])


@pytest.mark.parametrize("letter", ["x", "ü", "\udcff"])
def test_a_name_may_have_so_many_bytes(letter):
    fitting = letter * (LONGEST_NAME // (2 if letter == "ü" else 1))
    assert NO_NAMES.after(of("PING"), [["GET", fitting]]).keys == (fitting,)
    with pytest.raises(StepFault, match="bytes; one made of variables may have 200"):
        NO_NAMES.after(of("PING"), [["GET", fitting + "x"]])


def test_names_are_read_as_they_were_stored():
    names = Names(("a", "\udcff"), ("c",), ("p*",))
    assert Names.from_json(json.loads(json.dumps(names.as_json()))) == names
    assert NO_NAMES.as_json() == {}


def test_an_entry_of_the_version_before_has_named_nothing():
    old = {
        "position": 1,
        "kind": "print",
        "actor": "p",
        "action": "Act",
        "command": None,
        "sent": [],
        "output": None,
        "printed": False,
        "variables": {},
        "keys": {},
        "was": {},
        "refusal": None,
        "elapsed_us": 0,
        "line": None,
        "box": None,
    }
    read = TraceEntry.from_json(old)
    assert (read.named, read.appeared, read.unshown, read.gone) == ({}, [], 0, [])


# Watched patterns


def test_a_pattern_is_the_name_of_a_key_in_format_1_and_where_a_command_writes_it_out():
    watch = {"job:*": "hash", "what?": "list"}
    assert dict(of("GET what?", watch=watch).watched) == {"what?": "list"}
    assert dict(of("GET what?", watch=watch).watched_patterns) == {"job:*": "hash"}
    assert dict(of("GET x", watch=watch, format=1).watched) == watch


@for_each(
    ("commands", "type_"),
    [
        (["GET other", "HSET job:{job} a b"], "hash"),
        (["DEL job:{job}", "LPUSH job:{job}:log x"], "list"),
        (["SADD job:1 a"], "set"),
        (["SET {topic} x"], "string"),
        (["ZADD other 1 a", "XADD job:{job} * a b"], "stream"),
    ],
)
def test_the_type_is_guessed_from_the_commands_that_can_name_such_a_key(commands, type_):
    made = of(*commands, watch=["job:*"])
    assert dict(made.watched_patterns) == {"job:*": type_}
    assert list(pattern_problems(made)) == []


@for_each(
    ("commands", "message"),
    [
        (["HSET user:{job} a b"], "no command can name a key like 'job:*'"),
        (
            ["RENAME x job:{job}"],
            "no command says of which type keys like 'job:*' are; write it, as in watch: {'job:*': list}",
        ),
        (
            ["SORT x STORE job:{job}"],
            "no command says of which type keys like 'job:*' are; write it, as in watch: {'job:*': list}",
        ),
        (
            ["HSET job:{job} a b", "LPUSH job:{job}:log x"],
            (
                "keys like 'job:*' could be of several types: hash (step 1), list (step 2); write which, as in"
                " watch: {'job:*': hash}"
            ),
        ),
    ],
)
def test_a_type_that_can_not_be_guessed_is_a_problem(commands, message):
    (problem,) = pattern_problems(of(*commands, watch=["job:*"]))
    assert (problem.path, problem.message, problem.severity) == (("watch", 0), message, "error")


def test_a_type_that_is_written_is_taken_and_a_pattern_that_is_like_no_key_doubted():
    both = ["HSET job:{job} a b", "LPUSH job:{job}:log x"]
    assert list(pattern_problems(of(*both, watch={"job:*": "list"}))) == []
    (problem,) = pattern_problems(of(*both, watch={"jobs:*": "list"}))
    assert (problem.path, problem.severity) == (("watch", "jobs:*"), "warning")
    (problem,) = pattern_problems(of(*both, watch=["job:*"], format=1))
    assert (problem.severity, "patterns need `format: 2`" in problem.message) == ("warning", True)


@pytest.mark.parametrize("command", ["RENAME x job:{job}", "SORT x STORE job:{job}", "COPY x job:{job}"])
def test_a_command_without_a_type_of_its_own_can_name_a_key(command):
    assert list(pattern_problems(of(command, watch={"job:*": "list"}))) == []


def test_a_fixed_key_that_only_a_variable_names_has_its_type_from_there():
    assert dict(of("HSET job:{job} a b", watch=["job:7"]).watched) == {"job:7": "hash"}


def test_the_first_pattern_that_matches_decides_and_names_that_expect_needs_are_left_out():
    made = of("SET {topic} x", "LPUSH job:0 a", watch={"job:*": "hash", "*": "string", "queue": "list"})
    assert [type_of(made, key) for key in ("job:1", "x", "queue", "topic", "reply")] == [
        "hash", "string", "list", None, None,
    ]  # fmt: skip
    assert watched_among(made, ["tea", "error", "job:1"]) == {"job:0": "hash", "tea": "string", "job:1": "hash"}
    assert [is_watched(made, key) for key in ("job:1", "queue", "topic")] == [True, True, False]


def test_only_words_that_are_written_out_are_the_commands_own_keys():
    step = CommandStep(actor="p", action="Act", command="MSET a{{b} 1 c{job} 2")
    (command,) = step.templates
    assert (command.keys, command.open_keys) == (("a{b}",), ("c{job}",))
