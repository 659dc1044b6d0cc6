"""The commands of a scenario come from the lesson's steps or from the question: another word is reported."""

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.asking.scenarios import words_sent
from tutor.engine.checking.scenario_words import scenario_problems
from tutor.mutation.vocabulary import relative

STEPS = [
    {"actor": "anna", "command": "BRPOP jobs high 2"},
    {"actor": "producer", "command": "LPUSH jobs mail"},
    {"actor": "anna", "command": "XREADGROUP GROUP team anna COUNT 1 STREAMS s >"},
    {"actor": "ben", "command": "XREADGROUP GROUP team ben COUNT 1 STREAMS s >"},
    {"actor": "ben", "command": "ZREM later {task}"},
]


def said(question: str = "What?", **fields: object) -> list[str]:
    of = lesson(*STEPS, actors=["anna", "ben", "producer"], variables=["task"], quiz=[{"question": question, **fields}])
    return [problem.message for problem in scenario_problems(of, of.quiz[0], ("quiz", 0))]


def played(*lines: str, question: str = "What?") -> list[str]:
    return said(question, number=1, proof={"run": [*lines], "reply": True})


@for_each(
    ("question", "line"),
    [
        ("What?", "anna: BRPOP jobs high 2"),
        ("What?", "got = LPUSH jobs mail"),
        ("What?", "anna: XREADGROUP GROUP team anna COUNT 1 STREAMS s >"),
        ("What does `RPUSH queue a b` do?", "RPUSH queue a b"),
        ("Who gets `mail`?", "anna: try ZREM later mail"),
        ("What does `r.rpush('queue', 'a')` do?", "r.rpush('queue', 'a')"),
        ("What if RPUSH puts c into queue?", "RPUSH queue c"),
    ],
)
def test_a_line_of_the_lesson_or_of_the_question_is_silent_and_another_word_is_not(question: str, line: str):
    assert played(line, question=question) == []
    words = line.split()
    for i, word in enumerate(words):
        # The actor and the variable are no words of the command, and `>` has no neighbour.
        if word.endswith((":", "=")) or word in ("try", "got", ">", "="):
            continue
        for other in {f"{word}2", relative(word), "7" if word.isdecimal() else "z"} - {"", word}:
            changed = " ".join([*words[:i], other, *words[i + 1 :]])
            if "(" not in line or other == f"{word}2":
                assert played(changed, question=question), changed


def test_a_consumer_reads_under_its_own_name():
    assert played("ben: XREADGROUP GROUP team ben COUNT 1 STREAMS s >") == []
    assert played("ben: XREADGROUP GROUP team anna COUNT 1 STREAMS s >")
    assert played("cleo: XREADGROUP GROUP team ben COUNT 1 STREAMS s >")


def test_a_command_that_the_question_quotes_is_not_taken_from_a_step():
    asked = "A worker sends `BRPOP jobs high 1`. What comes?"
    assert played("anna: BRPOP jobs high 1", question=asked) == []
    assert played("anna: BRPOP jobs high 2", question=asked)


def test_words_that_are_said_one_by_one_come_once():
    asked = "A worker looks with BRPOP for 1 second at high, jobs and low. What comes?"
    assert played("BRPOP high jobs low 1", question=asked) == []
    assert played("BRPOP high jobs jobs 1", question=asked)


@for_each(("line", "is_said"), [("anna: wait 40", True), ("anna: wait 41", False), ("anna: wait 4", False)])
def test_a_wait_is_said(line: str, is_said: bool):
    assert (played(line, question="A job takes 40 seconds. And then?") == []) == is_said


def test_a_question_about_a_crash_has_one():
    asked = "Anna crashes. And then?"
    assert played("anna: crash", question=asked) == []
    assert played("LPUSH jobs mail", question=asked) == [
        "the question is about a crash, and nobody crashes here: add a line with `crash`"
    ]


@for_each(
    ("mistake", "wrong", "is_explained"),
    [
        ("`XLEN s`, which counts all.", "XLEN s", True),
        ("`XLEN s`, which counts all.", "XLEN t", False),
        ("XLEN s counts all.", "XLEN s", False),
    ],
)
def test_a_wrong_answer_is_one_that_a_mistake_explains(mistake: str, wrong: str, is_explained: bool):
    found = said(text="XINFO s", mistakes=[mistake], proof={"run": [], "gives": {"reply": 1}, "wrong": [wrong]})
    assert (found == []) == is_explained, found


def test_a_wrong_answer_is_there_once():
    wrong = ["XLEN s", "XLEN t", "XLEN  s"]
    proof = {"run": [], "gives": {"reply": 1}, "wrong": wrong}
    found = said(text="XINFO s", mistakes=["`XLEN s`, or of `XLEN t`, count all."], proof=proof)
    assert found == ["`XLEN  s` is among the wrong answers already: remove one of the two"]


ORDER = ["WATCH stock", "Somebody takes one.", "`EXEC` is sent."]


@for_each(("order", "is_played"), [(ORDER, True), ([ORDER[1], ORDER[0], ORDER[2]], False), ([*ORDER[::-1]], False)])
def test_a_line_to_be_ordered_is_played_as_it_says(order: list[str], is_played: bool):
    lines = {"1": "anna: WATCH stock", "2": "ben: LPUSH jobs mail", "3": "anna: EXEC"}
    found = said(order=order, proof={"run": [], "gives": {"reply": 1}, "lines": lines})
    assert (found == []) == is_played, found


def test_what_makes_a_wrong_choice_is_held_to_the_same():
    mistakes = {"B": {"text": "Two.", "made_by": {"run": ["LPUSH jobs report"]}}}
    assert said(choices={"A": "1", "B": "2"}, answer="A", mistakes=mistakes, proof={"run": [], "reply": True})


@for_each(
    "call",
    [
        f"r.set('a', 0x{'f' * 9_000})", f"r.execute_command(0x{'f' * 9_000})", r"r.set('a', '\ud800')",
        "r.execute_command()", f"r.get({'-' * 9_000}1)", f"r.get(a{'.b' * 4_900})",
        "r.get(\0)", "r.pipeline()", "r.nothing()", "r.set('a', {})",
    ],
)  # fmt: skip
def test_a_call_that_sends_nothing_is_only_its_words(call: str):
    assert words_sent(call) == ("", call.split())
