"""Keys proved by scenarios: a changed key, another answer under `also`, or swapped lines are reported."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.tables import for_each
from tutor.authoring import proving
from tutor.engine.checking import effects
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Port
from tutor.ports import corners

WAITING = ["anna: BRPOP none 2", "ben: BRPOP none 9"]
STEP = {"actor": "producer", "action": "Producer pushes a", "command": "LPUSH queue a"}
SETUP = ["RPUSH jobs a b"]
CHOICES = {"A": "LPOP jobs", "B": "RPOP jobs", "C": "r.rpop('jobs')", "D": "r.shift('jobs')"}
ORDER = ["LPUSH jobs a", "LPUSH jobs b", "got = RPOP jobs"]


def lesson_asking(**question: object) -> Lesson:
    asked = {"question": "What?", **question}
    fields = {
        "format": 2,
        "strict": True,
        "title": "T",
        "track": "t",
        "actors": ["producer"],
        "watch": {"queue": "list"},
    }
    return Lesson.model_validate({**fields, "steps": [STEP], "quiz": [asked]})


def said(**question: object) -> list[str]:
    return [problem.message for problem in proving.prove(lesson_asking(**question), corners.temporary)]


def text(key: str, *also: str, wrong: list[str]) -> dict[str, object]:
    proof = {"run": SETUP, "gives": {"reply": "a", "jobs": ["b"]}, "wrong": wrong}
    return {"text": key, "also": list(also), "proof": proof}


TRUE = [
    text("LPOP jobs", "lpop jobs", "r.lpop('jobs')", wrong=["RPOP jobs", "r.rpop('jobs')", "LPOP"]),
    {"choices": {**CHOICES, "C": "LLEN jobs"}, "answer": "A", "proof": {"run": SETUP, "gives": {"reply": "a"}}},
    {"order": ORDER, "proof": {"run": [], "gives": {"got": "a", "after 2": {"jobs": ["b", "a"]}}}},
    {"order": ORDER[:2], "also": [ORDER[1::-1]], "proof": {"run": [], "gives": {"reply": 2}}},
    {"number": 2, "proof": {"run": SETUP, "key": "jobs", "length": True}},
    {"number": 3, "proof": {"run": ["a = RPUSH x 1", "b = RPUSH x 2"], "sum": ["a", "b"]}},
    {"text": "new", "proof": {"run": ["HSET h status new"], "key": "h", "field": "status"}},
    {"number": 7, "proof": {"run": ["ZADD z 7 ann 9 ben"], "key": "z", "score": "ann"}},
    {"number": 1, "proof": {"run": ["ZADD z 7 ann 9 ben"], "key": "z", "rank": "ben"}},
    {"number": 30, "proof": {"run": ["SET s x EX 30"], "key": "s", "life": True}},
    {"text": "a", "proof": {"run": [*SETUP, "_, got = BLPOP jobs 1"], "variable": "got"}},
    {"text": "a", "proof": {"run": [*SETUP, "BLPOP jobs 1"], "reply": True, "pick": 1}},
    {"state": ["anna"], "proof": {"run": ["anna: BRPOP none 0"], "waiting": True}},
    {"number": 1, "proof": {"run": [*WAITING, "anna: wait 2"], "waiting": True, "length": True}},
    {"state": ["a", "b"], "proof": {"run": [*SETUP, "try HGET jobs x"], "key": "jobs"}},
]


@for_each("question", TRUE)
def test_a_true_key_is_confirmed(question: dict[str, object]):
    assert said(**question) == []


FALSE_KEYS = {"text": "RPOP jobs", "number": 41, "answer": "B", "state": ["z"], "order": ORDER[::-1]}


@for_each("question", TRUE)
def test_every_changed_key_is_reported(question: dict[str, object]):
    (field,) = question.keys() & FALSE_KEYS.keys()
    false = FALSE_KEYS[field] if "also" not in question or field != "order" else ["LPUSH jobs a", "LLEN jobs"]
    assert said(**{**question, field: false, **({"also": []} if field == "order" else {})})


def test_each_order_is_reported_or_equivalent():
    proof = {"run": [], "gives": {"got": "a", "jobs": ["b"]}}
    right = [ORDER, [ORDER[0], ORDER[2], ORDER[1]]]
    for order in map(list, permutations(ORDER)):
        also = [other for other in right if other != order]
        assert (said(order=order, also=also[:1], proof=proof) == []) == (order in right)


@for_each(
    ("question", "message"),
    [
        (
            {"order": ["LPUSH jobs a", "SADD seen a"], "proof": {"run": [], "gives": {"jobs": ["a"], "seen": ["a"]}}},
            "another order gives jobs: ['a'], seen: ['a'] too and counts as wrong; list it under `also`: SADD seen a",
        ),
        (text("LPOP jobs", "RPOP jobs", wrong=["LPOP"]), "the proof does not confirm RPOP jobs: reply is 'b'"),
        (
            text("LPOP jobs", wrong=["r.lpop('jobs')"]),
            "r.lpop('jobs') counts as wrong, but the proof finds that it gives reply: 'a', jobs: ['b'] too",
        ),
        (
            text("r.shift('jobs')", wrong=["LPOP"]),
            "the proof does not confirm r.shift('jobs'): r.shift('jobs') sends no command: AttributeError: 'Redis'",
        ),
        ({"number": 2}, "no proof and no source"),
        ({"order": ORDER, "proof": {"run": []}}, "nothing here says what the key brings about"),
    ],
)
def test_what_is_said_of_a_false_key(question: dict[str, object], message: str):
    assert any(each.startswith(message) for each in said(**question)), said(**question)


def test_a_source_stands_for_a_proof():
    assert said(number=7, source={"title": "T", "url": "https://redis.io/"}) == []


@pytest.mark.parametrize("url", ["http://redis.io/", "javascript:x", 'https://x"onclick=', "https://a b"])
def test_a_source_has_an_address_of_https(url: str):
    with pytest.raises(ValueError, match="url"):
        said(number=7, source={"title": "T", "url": url})


@for_each(
    ("made_by", "is_true"),
    [
        ({"run": ["RPUSH jobs a b", "got = RPOP jobs"]}, True),
        ({"run": ["RPUSH jobs a b", "got = LPOP jobs"]}, False),
    ],
)
def test_what_makes_a_wrong_choice_gives_it(made_by: dict[str, object], is_true: bool):
    found = said(
        choices={"A": "'a'", "B": "'b'"},
        answer="A",
        mistakes={"B": {"text": "From the right.", "made_by": made_by}},
        proof={"run": ["RPUSH jobs a b", "got = LPOP jobs"], "variable": "got"},
    )
    assert (found == []) == is_true, found


LINES = ["LPUSH jobs a", "RPUSH jobs b", "got = RPOP jobs", "LLEN jobs", "SET n 1", "INCR n", "APPEND jobs x"]
GIVES = [None, {"got": "a"}, {"jobs": ["b"]}, {"after 2": {"jobs": ["a"]}}, {"n": "2", "after 3": {"n": "1"}}]


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(st.lists(st.sampled_from(LINES), min_size=3, max_size=4, unique=True), st.sampled_from(GIVES))
def test_orders_that_are_not_played_to_their_end_are_judged_as_if_they_were(lines: list[str], gives: object):
    proof = {"run": [], **({"gives": gives} if gives else {})}
    found = said(order=lines, proof=proof)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(effects._Trials, "is_lost", lambda *_: False)
        assert said(order=lines, proof=proof) == found


def test_an_order_that_begins_like_one_that_failed_is_not_played():
    played = []

    def port_of(lesson: Lesson) -> Port:
        played.append([step.action for step in lesson.steps])
        return corners.temporary(lesson)

    order = ["SET n 1", "INCR n", "INCR n", "APPEND n x"]
    proof = {"run": [], "gives": {"n": "3x"}}
    proving.prove(lesson_asking(order=order, proof=proof), port_of)
    begins_with_failure = [each for each in played if each[:3] == ["APPEND n x", "SET n 1", "INCR n"]]
    assert len([each for each in played if each[:2] == ["APPEND n x", "INCR n"]]) == 1
    assert len(begins_with_failure) == 1


@for_each(
    ("lines", "idle"),
    [
        (["RPUSH jobs a", "RPUSH jobs b", "got = LPOP jobs"], ["RPUSH jobs b"]),
        (["RPUSH jobs a", "LLEN jobs", "got = LPOP jobs"], ["LLEN jobs"]),
        (["RPUSH jobs a", "got = LPOP jobs"], []),
        # Without the push there would be nothing to delete.
        (["RPUSH jobs b", "DEL jobs", "RPUSH jobs a", "got = LPOP jobs"], []),
        (["RPUSH jobs a", "ben: crash", "try HGET jobs x", "got = LPOP jobs"], ["ben: crash"]),
    ],
)
def test_a_line_without_which_the_proof_finds_the_same_is_reported(lines: list[str], idle: list[str]):
    found = said(text="a", proof={"run": lines, "variable": "got"})
    assert found == [
        f"the proof finds the same without this line ({line}): leave it out, or look at what it does" for line in idle
    ]


def test_a_line_without_which_the_same_answers_are_right_is_reported():
    proof = {"run": ["RPUSH jobs a b", "SET x 1"], "gives": {"reply": "a"}, "wrong": ["RPOP jobs"]}
    assert said(text="LPOP jobs", proof=proof) == [
        "the proof finds the same without this line (SET x 1): leave it out, or look at what it does"
    ]


def test_a_line_that_is_tried_has_to_be_refused():
    assert said(text="a", proof={"run": ["RPUSH jobs a", "try LLEN jobs", "got = LPOP jobs"], "variable": "got"}) == [
        "the proof can't be run: line 2 is not refused, so it needs no `try`"
    ]
    run = ["MULTI", "SET a 1", "LPUSH a x", "try EXEC", "got = GET a"]
    assert said(text="1", proof={"run": run, "variable": "got"}) == []


def test_an_order_can_say_who_has_crashed():
    order = ["anna: RPUSH jobs a", "anna: crash", "anna: RPUSH jobs b"]
    proof = {"run": [], "gives": {"after 2": {"crashed": ["anna"]}, "jobs": ["a", "b"]}}
    assert said(order=order, proof=proof) == []
    assert said(order=[order[1], order[0], order[2]], proof=proof)
