"""Problems of a lesson that are found without playing it."""

import pytest
from pydantic import ValidationError

from tests.engine.plays import lesson
from tests.lessons import but_unused
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import Actor
from tutor.engine.lesson.problem import Problem
from tutor.engine.redis.arguments import LONGEST_COMMAND

SAMPLE = {"code": "one\ntask = r.rpop('queue')"}
FLOW = {"boxes": ["one", "two", "three"]}


def only_problem(wrong: Lesson) -> tuple[tuple[str | int, ...], str]:
    """Return the path and the message of the one problem that there is."""
    (problem,) = problems_of(wrong)
    return problem.path, problem.message


def test_a_sound_lesson_has_no_problems():
    sound = lesson({"command": "RPOP queue", "save": "task", "line": 2, "box": 3}, sample=SAMPLE, flow=FLOW)
    assert problems_of(sound) == []


def test_an_actor_that_does_not_exist():
    assert only_problem(lesson({"command": "PING", "actor": "cook"})) == (
        ("steps", 0, "actor"),
        "there is no actor 'cook'; actors: producer, consumer",
    )


def test_a_line_that_the_sample_does_not_have():
    assert only_problem(lesson({"command": "PING", "line": 3}, sample=SAMPLE)) == (
        ("steps", 0, "line"),
        "there is no line 3; the sample has 2 lines",
    )


def test_a_line_without_a_sample():
    assert only_problem(lesson({"command": "PING", "line": 1}))[1] == "there is no line 1; the sample has 0 lines"


def test_a_box_that_the_flow_does_not_have():
    assert only_problem(lesson({"command": "PING", "box": 4}, flow=FLOW)) == (
        ("steps", 0, "box"),
        "there is no box 4; the flow has 3 boxes",
    )


def test_a_claim_about_nothing():
    assert only_problem(lesson({"command": "PING", "expect": {"queu": []}})) == (
        ("steps", 0, "expect", "queu"),
        "nothing is called 'queu' here; known: queue, task, output, reply, error",
    )


@for_each(
    ("step", "path"),
    [
        ({"action": "Do {tsk}", "command": "PING"}, "action"),
        ({"print": "{tsk}"}, "print"),
        ({"command": "LPUSH queue {tsk}"}, "command"),
        ({"command": "RPOP queue", "save": "tsk"}, "save"),
        ({"assign": {"tsk": 1}}, "assign"),
    ],
)
def test_a_variable_that_does_not_exist(step: dict[str, object], path: str):
    assert only_problem(lesson(step)) == (("steps", 0, path), "there is no variable 'tsk'; variables: task")


@for_each(
    ("step", "part"),
    [
        ({"command": "HSET job:{task[0]} a b"}, "{task[0]}"),
        ({"command": ["LPUSH", "queue", "{task.upper()} x"]}, "{task.upper()}"),
        ({"command": "LPUSH queue {task"}, "{task"),
        ({"print": "{task.upper()}"}, "{task.upper()}"),
    ],
)
def test_braces_that_stay_as_they_are_are_doubtful(step: dict[str, object], part: str):
    message = f"{part} stays as it is: only {{name}} and {{name!r}} show a variable; {{{{ is a brace"
    assert [(each.message, each.severity) for each in problems_of(lesson(step))] == [(message, "warning")]


@pytest.mark.parametrize("line", ["LPUSH queue {{task}}", "SET user:{x.y} '{\"task\": 1}'", "HSET job:{task!r} a b"])
def test_braces_that_are_meant_are_not(line: str):
    assert problems_of(lesson({"command": line})) == []


def test_a_variable_that_does_not_exist_in_an_assigned_text():
    assert only_problem(lesson({"assign": {"task": "{tsk}"}}))[0] == ("steps", 0, "assign", "task")


def test_a_variable_where_there_are_none():
    found = only_problem(lesson({"print": "{task}"}, variables=[]))
    assert found[1] == "there is no variable 'task'; variables: none"


NOT_FLUSHALL = "FLUSHALL is not a command that a lesson may send: it empties the server, which all lessons share"
NOT_LPUSHH = (
    "LPUSHH is not a command that a lesson may send: Redis has no command of that name; did you mean LPUSH or LPUSHX?"
)


@for_each(
    ("line", "message"),
    [
        ("FLUSHALL", NOT_FLUSHALL),
        ("flushall", NOT_FLUSHALL),
        ("LPUSHH queue a", NOT_LPUSHH),
        (" ", "an empty line is not a command that a lesson may send"),
        ("LPUSH queue 'a", "the quote ' is never closed: LPUSH queue 'a"),
        (
            "XREADGROUP COUNT 1 GROUP streams me STREAMS jobs >",
            "a group or consumer can't be called STREAMS here: servers take it for the option",
        ),
        ("COPY queue other DB 1", "COPY takes no option here but REPLACE: a lesson has one database"),
        ("COPY queue other {task}", "COPY takes no option here but REPLACE: a lesson has one database"),
        ("COPY queue other replace DB 1", "COPY takes no option here but REPLACE: a lesson has one database"),
        ("XREAD {task} 0 STREAMS jobs $", "the option '{task}' can't hold a variable"),
        ("XREAD BL{task} 0 STREAMS jobs $", "the option 'BL{task}' can't hold a variable"),
        ("XREADGROUP GROUP team me {task} 0 STREAMS jobs >", "the option '{task}' can't hold a variable"),
        ("RPUSH queue " + "a " * 63, f"the command has 65 words; at most {LONGEST_COMMAND} are allowed"),
    ],
)
def test_a_command_that_cannot_be_sent(line: str, message: str):
    assert only_problem(lesson({"command": line})) == (("steps", 0, "command"), message)


def test_what_belongs_to_an_option_can_hold_a_variable():
    line = "XREADGROUP GROUP {task} {task} COUNT {task} BLOCK {task} STREAMS jobs {task}"
    assert problems_of(lesson({"command": line})) == []


def test_every_problem_is_found_in_one_go():
    wrong = lesson({"command": "FLUSHALL", "actor": "cook"}, {"print": "{tsk}", "line": 9})
    assert [problem.path for problem in problems_of(wrong)] == [
        ("steps", 0, "actor"),
        ("steps", 0, "command"),
        ("steps", 1, "line"),
        ("steps", 1, "print"),
    ]


def test_a_key_moment_that_points_at_no_step():
    moments = [{"question": "Why?", "answer": "So.", "steps": [1, 2, 0]}]
    assert problems_of(lesson({"command": "PING"}, key_moments=moments)) == [
        Problem(("key_moments", 0, "steps", 1), "there is no step 2; the lesson has 1 step"),
        Problem(("key_moments", 0, "steps", 2), "there is no step 0; the lesson has 1 step"),
    ]


def test_more_keys_than_a_lesson_may_touch():
    steps = [{"command": f"SET key{i} x"} for i in range(32)]
    assert only_problem(lesson(*steps)) == (("steps",), "the steps touch 33 keys; a lesson may have 32")


def test_an_actor_named_twice():
    assert only_problem(lesson({"command": "PING"}, actors=["producer", "consumer", {"name": "producer"}])) == (
        ("actors", 2),
        "the actor 'producer' is already there",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("two words", "'two words' is no name for a variable"),
        ("output", "'output' can't name a variable here: `expect` needs that name otherwise"),
        ("queue", "'queue' can't name a variable here: `expect` needs that name otherwise"),
    ],
)
def test_a_name_that_a_variable_cannot_have(name: str, message: str):
    assert only_problem(lesson({"command": "PING"}, variables=[name])) == (("variables",), message)


def test_a_name_that_a_watched_key_cannot_have():
    assert only_problem(lesson({"command": "PING"}, watch=["reply"])) == (
        ("watch",),
        "'reply' can't be a watched key: `expect` needs that name otherwise",
    )


def test_the_type_of_a_watched_key_is_guessed_from_the_first_command_that_implies_it():
    guessed = lesson({"command": "DEL scores"}, {"command": "ZADD scores 1 ali"}, watch=["scores", "unused"])
    assert guessed.watched == {"scores": "zset", "unused": "list"}


def test_variables_start_as_none_or_as_given():
    assert lesson({"command": "PING"}, variables=["a"]).start_variables == {"a": None}
    assert lesson({"command": "PING"}, variables={"a": 0}).start_variables == {"a": 0}


def test_the_keys_of_a_lesson_are_the_watched_ones_and_those_that_commands_name():
    touching = lesson({"command": "MSET b 1 a 2"}, {"command": "LPUSH queue b"})
    assert touching.keys == ("queue", "b", "a")


def test_keys_whose_life_the_lesson_sets_are_known():
    assert lesson({"command": "SET a x EX 5"}, {"command": "LPUSH queue x"}).keys_with_own_expiry == {"a"}


@pytest.mark.parametrize(
    ("name", "shown", "side"),
    [("web_view", "Web view", "producer"), ("producer", "Producer", "producer"), ("worker", "Worker", "consumer")],
)
def test_an_actors_label_and_side_follow_from_the_name(name: str, shown: str, side: str):
    actor = Actor(name=name)
    assert (actor.shown, actor.side) == (shown, side)


def test_an_actors_label_and_side_can_be_given():
    actor = Actor(name="worker", label="The cook", role="producer")
    assert (actor.shown, actor.side) == ("The cook", "producer")


def test_a_lesson_whose_actors_wait_has_a_limit_of_steps_because_each_click_plays_all_before_it():
    push = {"actor": "producer", "action": "Push", "command": "LPUSH queue a"}
    wait = {"actor": "consumer", "action": "Wait", "wait": 1}
    assert but_unused(problems_of(lesson(wait, *[push] * 99))) == []
    assert but_unused(problems_of(lesson(*[push] * 101))) == []
    message = "the lesson has 101 steps; one whose actors wait or subscribe may have 100"
    assert only_problem(lesson(wait, *[push] * 100)) == (("steps",), message)


@for_each("seconds", [0, -1, 86_401, "5"])
def test_time_passes_forward_and_for_a_day_at_most(seconds: object):
    with pytest.raises(ValidationError):
        lesson({"actor": "consumer", "action": "Wait", "wait": seconds})
