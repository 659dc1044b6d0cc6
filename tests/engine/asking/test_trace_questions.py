"""Questions made from a trace: each is right, proved by running, and asked the same way for the same seed."""

from collections.abc import Sequence
from random import Random
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.plays import lesson
from tests.fuzzing import examples
from tests.tables import for_each
from tutor.engine.asking import proof
from tutor.engine.asking import trace_questions as module
from tutor.engine.asking.mistakes import MOST_MISTAKES, mistakes_in
from tutor.engine.asking.trace_questions import MOST_STEPS, TraceQuestion, trace_questions
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.difficulty import DIFFICULTIES
from tutor.engine.lesson.questions.draft_question import DraftQuestion
from tutor.engine.lesson.questions.question import Choice
from tutor.engine.lesson.questions.quiz.choice import LONGEST_CHOICE, ChoiceQuestion
from tutor.engine.lesson.questions.quiz.text import TextQuestion
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners

QUEUE = lesson(
    {"command": "LPUSH queue a"},
    {"command": "LPUSH queue b"},
    {"command": "RPOP queue", "save": "task"},
    {"print": "Got {task!r}"},
    {"command": "RPOP queue", "save": "task"},
)
WORDS = lesson(
    {"command": "SET greeting hello"},
    {"command": "APPEND greeting ' world'"},
    {"command": "GET greeting", "save": "task"},
    {"command": "SET greeting bye"},
    {"command": "DEL greeting"},
    watch={"greeting": "string"},
)
TAGS = lesson(
    {"command": "SADD tags red"},
    {"command": "SADD tags blue"},
    {"command": "SADD tags red"},
    {"command": "SREM tags blue"},
    {"command": "SREM tags red"},
    watch={"tags": "set"},
)
TWO = lesson(
    {"command": "RPUSH waiting a b"},
    {"command": "LMOVE waiting busy LEFT RIGHT", "save": "task"},
    {"command": "LMOVE waiting busy LEFT RIGHT", "save": "task"},
    {"command": "LPOP busy", "save": "task"},
    watch={"waiting": "list", "busy": "list"},
)
WAITING = lesson(
    {"command": "BRPOP queue 0", "save": "task", "actor": "consumer"},
    {"command": "LPUSH queue a"},
    {"command": "LPUSH queue b"},
    {"command": "LPUSH queue c"},
    {"command": "RPOP queue", "save": "task", "actor": "consumer"},
)
READING = lesson(
    {"command": "SUBSCRIBE news", "actor": "consumer"},
    {"command": "PSUBSCRIBE n*", "actor": "consumer"},
    {"command": "PUBLISH news one"},
    {"command": "PUBLISH news two", "save": "task"},
    {"read": True, "actor": "consumer"},
    {"read": True, "actor": "consumer"},
    *[{"read": "task", "pick": part, "actor": "consumer"} for part in ("data", "pattern", "data", "type")],
)
LESSONS = {"queue": QUEUE, "words": WORDS, "tags": TAGS, "two": TWO, "waiting": WAITING, "reading": READING}


def real_play(played: Lesson) -> list[TraceEntry]:
    return player.play(played, corners.temporary(played))


def drawn(made_of: Lesson, seed: int = 1) -> dict[str, TraceQuestion]:
    found = trace_questions(made_of, real_play, seed)
    assert len({each.id for each in found}) == len(found)
    return {each.id: each for each in found}


def texts(question: TraceQuestion) -> list[str]:
    return [choice.text for choice in question.question.options.values()]


@pytest.mark.slow
@for_each("made_of", LESSONS.values())
@for_each("seed", [1, 2])
def test_the_proof_of_every_question_gives_the_key_and_no_wrong_choice(made_of: Lesson, seed: int):
    found = drawn(made_of, seed)
    assert len(found) >= 5
    for each in found.values():
        assert each.question.proof is not None
        port = corners.temporary(proof.variant(made_of, each.question.proof))
        value, _ = proof.run(made_of, each.question.proof, port)
        assert each.question.key_says(value), each.id
        assert each.question.distractor_that_says(value) is None, each.id


LINES = [
    "LPUSH queue {}",
    "RPUSH queue {}",
    "LPOP queue",
    "RPOP queue",
    "LPUSH other {}",
    "LMOVE queue other LEFT RIGHT",
]


@settings(max_examples=examples(20))
@given(
    lines=st.lists(st.sampled_from(LINES), min_size=1, max_size=9), values=st.lists(st.sampled_from("aab"), min_size=9)
)
def test_whatever_the_steps_are_every_question_is_proved(lines: list[str], values: list[str]):
    steps = [{"command": line.format(value), "save": "task"} for line, value in zip(lines, values, strict=False)]
    made_of = lesson(*steps, {"print": "Got {task}"}, watch={"queue": "list", "other": "list"})
    runs: dict[str, list[TraceEntry]] = {}
    for each in drawn(made_of).values():
        asked = each.question.proof
        assert asked
        changes = f"{asked.swap}{asked.replace}"
        if changes not in runs:
            runs[changes] = real_play(proof.variant(made_of, asked))
        value = proof.value_in(made_of, asked, runs[changes])
        assert each.question.key_says(value)
        assert each.question.distractor_that_says(value) is None


@for_each("made_of", LESSONS.values())
def test_a_question_has_three_or_four_different_choices_and_says_what_each_wrong_one_comes_of(made_of: Lesson):
    for each in drawn(made_of).values():
        assert len(set(texts(each))) == len(texts(each)) in (3, 4), each.id
        assert isinstance(each.question.mistakes, dict)
        assert sorted([*each.question.mistakes, each.question.answer]) == sorted(each.question.choices)


@for_each("made_of", LESSONS.values())
def test_a_question_is_whole(made_of: Lesson):
    for each in drawn(made_of).values():
        question = each.question
        assert question.explanation
        assert question.concept
        assert question.difficulty in DIFFICULTIES
        assert question.steps
        assert all(1 <= number <= len(made_of.steps) for number in question.steps)


def test_the_kinds_of_question():
    ids = drawn(QUEUE).keys()
    assert {id_.rpartition("/")[0] for id_ in ids} == {
        "trace/state",
        "trace/output",
        "trace/emptied",
        "trace/if-lpop",
        "trace/if-lpop-output",
        "trace/if-rpush",
        "trace/if-rpush-output",
    }


@for_each(
    ("id_", "question", "key", "others"),
    [
        ("trace/state/2", "What does `queue` hold after step 2?", "['b', 'a']", {"['a', 'b']", "['a']", "['b']"}),
        ("trace/output/3", "What does step 3 put out?", "'a'", {"'b'", "['b']", "None"}),
        ("trace/emptied/1", "At which step does `queue` become empty?", "Step 5", {"Never", "Step 4", "Step 3"}),
        (
            "trace/if-rpush/2",
            "Suppose the lesson had `RPUSH` in place of each `LPUSH`. What would `queue` hold after step 2?",
            "['a', 'b']",
            {"['b', 'a']", "['a']", "[]"},
        ),
    ],
)
def test_a_question_with_all_its_choices(id_: str, question: str, key: str, others: set[str]):
    each = drawn(QUEUE)[id_]
    assert (each.question.question.partition("\n")[0], each.question.key_text) == (question, key)
    assert set(texts(each)) - {key} == others


def test_a_printed_line_is_asked_for_with_lines_that_mistakes_would_print():
    each = drawn(QUEUE)["trace/output/4"]
    assert each.question.question.startswith("What does step 4 print?")
    assert set(texts(each)) == {"Got 'a'", "Got 'b'", "Got None", "`Got {task!r}`"}


def test_the_steps_until_then_are_listed_so_that_no_table_is_needed():
    assert drawn(QUEUE)["trace/output/4"].question.question.partition("\n\n")[2] == (
        "```text\n1  LPUSH queue a\n2  LPUSH queue b\n3  RPOP queue  -> task\n4  print Got {task!r}\n```"
    )


def test_among_more_than_two_actors_the_listing_names_who_acts():
    steps = [{"command": "LPUSH queue a"}, {"command": "LPUSH queue b"}, {"command": "RPOP queue"}]
    three = lesson(*steps, actors=["producer", "consumer", "other"])
    assert "1  Producer: LPUSH queue a" in drawn(three)["trace/state/2"].question.question


def test_a_question_about_another_run_lists_that_run():
    assert "RPUSH queue a\n2  RPUSH queue b" in drawn(QUEUE)["trace/if-rpush/2"].question.question


def test_of_more_than_twelve_steps_the_last_ones_are_listed_with_the_state_before_them():
    long = lesson(*[{"command": f"LPUSH queue {i}"} for i in range(14)], {"command": "RPOP queue", "save": "task"})
    found = drawn(long)
    assert lines_of(found["trace/state/4"]) == [f"{n}  LPUSH queue {n - 1}" for n in range(1, 5)]
    assert lines_of(found["trace/output/15"]) == [
        "after step 3: queue = ['2', '1', '0'], task = None",
        *[f"{n}  LPUSH queue {n - 1}" for n in range(4, 15)],
        "15  RPOP queue  -> task",
    ]


def test_a_search_for_a_step_lists_more_than_the_steps_up_to_the_answer():
    steps = [{"command": "LPUSH queue a"}, *[{"command": f"SET n {n}"} for n in range(16)]]
    steps.insert(9, {"command": "RPOP queue", "save": "task"})
    (found,) = [each for id_, each in drawn(lesson(*steps)).items() if id_.startswith("trace/emptied")]
    listed = lines_of(found)
    assert (listed[0], len(listed)) == ("1  LPUSH queue a", 15)
    assert all(any(line.startswith(text[5:] + "  ") for line in listed) for text in texts(found) if text != "Never")


def lines_of(question: TraceQuestion) -> list[str]:
    return question.question.question.split("```text\n")[1].split("\n```")[0].split("\n")


def test_a_string_is_asked_for_by_its_value():
    each = drawn(WORDS)["trace/state/2"]
    assert (each.question.question.partition("\n")[0], each.question.key_text) == (
        "What is the value of `greeting` after step 2?",
        "'hello world'",
    )
    assert "' world'" in texts(each)


def test_a_set_is_written_as_the_table_writes_it():
    each = drawn(TAGS)["trace/state/2"]
    assert each.question.key_text == "`{'blue', 'red'}`"


def test_a_key_that_another_step_changes_is_asked_for_where_it_changes():
    assert "`busy`" in drawn(TWO)["trace/state/4"].question.question


def test_a_key_that_is_emptied_more_than_once_is_asked_for_the_first_time():
    again = lesson(*[{"command": line} for line in ["LPUSH queue a", "RPOP queue"] * 2])
    each = drawn(again)["trace/emptied/1"]
    assert each.question.question.startswith("At which step does `queue` become empty for the first time?")
    assert each.question.key_text == "Step 2"


def test_what_a_read_gives_is_asked():
    asked = {each.id: each.question for each in trace_questions(READING, real_play, 1)}
    keys = {id_: question.choices[question.answer].value for id_, question in asked.items()}
    assert {f"trace/output/{n}": keys.get(f"trace/output/{n}") for n in (7, 8, 9, 10)} == {
        "trace/output/7": "one",
        "trace/output/8": "n*",
        "trace/output/9": "two",
        "trace/output/10": "pmessage",
    }


def test_a_key_that_starts_empty_is_not_emptied_by_that():
    late = lesson(*[{"command": line} for line in ["PING", "PING", "LPUSH queue a", "PING", "RPOP queue"]])
    each = drawn(late)["trace/emptied/3"]
    assert each.question.key_text == "Step 5"


@for_each(
    ("id_", "difficulty"),
    [
        ("trace/state/2", "easy"),
        ("trace/state/3", "medium"),
        ("trace/output/3", "medium"),
        ("trace/output/4", "easy"),
        ("trace/emptied/1", "medium"),
        ("trace/if-lpop/3", "hard"),
    ],
)
def test_the_difficulty_follows_from_how_much_has_to_be_kept_in_mind(id_: str, difficulty: str):
    assert drawn(QUEUE)[id_].question.difficulty == difficulty


def test_the_same_seed_gives_the_same_questions():
    assert drawn(QUEUE, 7) == drawn(QUEUE, 7)


def test_another_seed_gives_the_same_ids_and_keys_in_another_order():
    one, other = drawn(QUEUE, 1), drawn(QUEUE, 2)
    assert [(id_, each.question.key_text) for id_, each in one.items()] == [
        (id_, each.question.key_text) for id_, each in other.items()
    ]
    assert one != other


def test_the_key_has_no_favourite_letter():
    letters = [each.question.answer for seed in range(5) for each in drawn(QUEUE, seed).values()]
    assert all(letters.count(letter) > len(letters) / 10 for letter in "ABCD")


def plays_of(made_of: Lesson) -> list[Lesson]:
    played: list[Lesson] = []

    def play(each: Lesson) -> Sequence[TraceEntry]:
        played.append(each)
        return real_play(each)

    trace_questions(made_of, play, 1)
    return played


def test_the_lesson_is_played_once_and_once_for_each_mistake():
    assert len(plays_of(QUEUE)) == 1 + len(mistakes_in(QUEUE))


def test_there_are_never_more_plays_than_six():
    many = lesson(*[{"command": line} for line in ["LPUSH queue a", "RPUSH queue b", "LPOP queue", "RPOP queue"] * 3])
    assert len(plays_of(many)) == 1 + MOST_MISTAKES == 6


@pytest.mark.slow
def test_of_a_long_lesson_only_the_beginning_is_played_and_asked_about():
    long = lesson(*[{"command": line} for line in ["LPUSH queue a", "RPOP queue"] * 100])
    assert {len(each.steps) for each in plays_of(long)} == {MOST_STEPS}
    assert max(number for each in drawn(long).values() for number in each.question.steps) <= MOST_STEPS


@pytest.mark.parametrize(
    "chance", [{"command": "SPOP tags", "save": "task"}, {"command": "XADD log * a b"}, {"command": "PTTL queue"}]
)
def test_what_comes_after_a_step_that_chance_or_the_clock_decides_is_not_asked(chance: dict[str, object]):
    steps = [{"command": "SADD tags red blue"}, {"command": "LPUSH queue a"}, {"command": "LPUSH queue b"}]
    found = drawn(lesson(*steps, chance, {"command": "LPUSH queue c"}, watch={"tags": "set", "queue": "list"}))
    assert {number for each in found.values() for number in each.question.steps} <= {1, 2, 3}


def test_replies_whose_order_is_open_are_not_asked_for():
    found = drawn(
        lesson({"command": "SADD tags a b"}, {"command": "SMEMBERS tags", "save": "task"}, watch={"tags": "set"})
    )
    assert not [id_ for id_ in found if "output" in id_]


@for_each(
    "made_of",
    [
        lesson({"command": "HSET user name Ali"}, {"command": "HSET user age 30"}, watch={"user": "hash"}),
        lesson({"command": "PING"}, watch=[]),
        lesson({"command": "LPUSH queue `a`"}, {"command": "LPUSH queue `b`"}),
        lesson({"command": f"LPUSH queue {'a' * LONGEST_CHOICE}"}),
    ],
)
def test_what_cannot_be_asked_is_not_asked(made_of: Lesson):
    assert drawn(made_of) == {}


def test_a_list_of_which_only_the_ends_are_recorded_is_not_asked_for():
    long = lesson({"command": "RPUSH queue " + " ".join(map(str, range(60)))}, {"command": "RPUSH queue a"})
    assert drawn(long) == {}


def test_a_command_that_the_server_refuses_puts_nothing_out_that_could_be_asked_for():
    wrong = lesson(
        {"command": "SET queue x", "expect": {"error": None}},
        {"command": "LPOP queue", "save": "task", "expect": {"error": "WRONGTYPE"}},
        {"command": "LPUSH queue a"},
    )
    assert drawn(wrong) == {}


def test_a_client_that_waits_puts_nothing_out_yet():
    assert "trace/output/1" not in drawn(WAITING)
    assert drawn(WAITING)["trace/output/5"].question.key_text == "'b'"


def test_signs_of_markdown_in_a_value_are_shown_as_they_are():
    starred = lesson({"command": "LPUSH queue *a*"}, {"command": "LPUSH queue _b_"}, {"command": "LPOP queue"})
    each = drawn(starred)["trace/state/1"]
    assert each.question.key_text == "`['*a*']`"


def test_a_choice_claims_its_value_not_its_text():
    choice = drawn(TAGS)["trace/state/1"].question
    assert choice.options[choice.key] == Choice(text="`{'red'}`", value=["red"])


@pytest.mark.parametrize("decodes", [True, False])
def test_questions_about_values_of_redis_py_are_proved_and_survive_being_stored(decodes: bool):
    steps = [
        {"command": "RPUSH queue a b c d"},
        {"command": "LRANGE queue 0 1", "save": "task"},
        {"command": "LPOP queue", "save": "task"},
        {"print": "got {task}"},
        {"command": "RPOP queue", "save": "task"},
        {"print": "got {task}"},
        {"command": "LPOP queue", "save": "task"},
    ]
    made = lesson(*steps, format=2, client={"decode_responses": decodes})
    found = list(drawn(made).values())
    assert any("output" in each.id for each in found)
    for each in found:
        asked = type(each.question).model_validate_json(each.question.model_dump_json())
        assert asked.proof is not None
        value, _ = proof.run(made, asked.proof, corners.temporary(proof.variant(made, asked.proof)))
        assert asked.key_says(value), each.id
        assert asked.distractor_that_says(value) is None, each.id
    assert decodes or any("b'" in each.question.key_text for each in found)


class Recalled(TextQuestion):
    """A kind of question that is drawn from every draft."""

    kind = "recalled"

    @classmethod
    def drawn(cls, draft: DraftQuestion, chance: Random) -> Self | None:
        return cls(question=draft.question, text=draft.key.text, proof=draft.proof)


def test_another_kind_is_drawn_where_no_kind_before_it_can_be(monkeypatch: pytest.MonkeyPatch):
    # A lesson without alternatives: its only state has too few wrong ones for choices.
    short = lesson({"command": "SET greeting hello"}, watch={"greeting": "string"})
    assert drawn(short) == {}
    monkeypatch.setattr(module, "KINDS", (ChoiceQuestion, Recalled))
    assert drawn(short)["trace/state/1"].question.key_text == "'hello'"
    assert drawn(QUEUE)["trace/state/2"].question.kind == "choice"
