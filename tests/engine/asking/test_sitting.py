"""Drawing a test, scoring it, and the verdict: pure, in memory."""

import json
from collections import Counter

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.asking.sitting import LENGTH, DrawnQuestion, Share, SittingScore, TopicVerdict, draw, score
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz.choice import ChoiceQuestion
from tutor.engine.lesson.questions.quiz.state import StateQuestion

LESSON = lesson(
    {"command": "LPUSH queue a"},
    {"command": "RPOP queue", "save": "task"},
    {"print": "Got {task!r}"},
)


def asked(text: str, difficulty: str = "easy", **fields: object) -> ChoiceQuestion:
    given = {"question": text, "choices": {"A": f"yes {text}", "B": "no"}, "answer": "A", "difficulty": difficulty}
    return ChoiceQuestion.model_validate({**given, **fields})


def stock(part: str, **counts: int) -> list[DrawnQuestion]:
    questions = [(name, asked(f"{part} {name} {i}", name)) for name, count in counts.items() for i in range(count)]
    return [DrawnQuestion(f"{part}/{number}", question) for number, (_, question) in enumerate(questions, 1)]


def difficulties(drawn: list[DrawnQuestion]) -> list[int]:
    counted = Counter(each.question.difficulty for each in drawn)
    return [counted["easy"], counted["medium"], counted["hard"]]


def test_ten_are_drawn_as_even_as_ten_can_be():
    assert difficulties(draw(stock("quiz", easy=9, medium=9, hard=9), LESSON, seed=1)) == [4, 3, 3]


@for_each(
    ("easy", "medium", "hard", "drawn"),
    [(20, 1, 0, [9, 1, 0]), (1, 20, 3, [1, 6, 3]), (0, 0, 12, [0, 0, 10]), (2, 3, 9, [2, 3, 5])],
)
def test_where_a_difficulty_runs_out_the_others_fill_up(easy: int, medium: int, hard: int, drawn: list[int]):
    assert difficulties(draw(stock("quiz", easy=easy, medium=medium, hard=hard), LESSON, seed=5)) == drawn


def test_a_stock_of_fewer_than_ten_is_drawn_whole():
    assert len(draw(stock("quiz", easy=2, hard=1), LESSON, seed=1)) == 3


def test_nothing_is_drawn_from_nothing():
    assert draw([], LESSON, seed=1) == []


def test_easy_questions_come_first():
    drawn = draw(stock("quiz", hard=9, easy=9, medium=9), LESSON, seed=3)
    assert [each.question.difficulty for each in drawn] == ["easy"] * 4 + ["medium"] * 3 + ["hard"] * 3


def test_the_same_seed_draws_the_same_test():
    questions = stock("quiz", easy=20, medium=20, hard=20)
    assert draw(questions, LESSON, seed=7) == draw(questions, LESSON, seed=7)


def test_another_seed_draws_another_test():
    questions = stock("quiz", easy=20, medium=20, hard=20)
    drawn = [tuple(each.id for each in draw(questions, LESSON, seed=seed)) for seed in range(20)]
    assert len(set(drawn)) == 20


def test_quiz_practice_and_the_trace_take_turns():
    questions = [*stock("quiz", easy=20), *stock("practice", easy=20), *stock("trace", easy=20)]
    assert sorted(Counter(each.part for each in draw(questions, LESSON, seed=2)).values()) == [3, 3, 4]


def test_concepts_take_turns():
    questions = [DrawnQuestion(f"quiz/{i}", asked(f"{i}", concept="FIFO" if i < 15 else "pub/sub")) for i in range(20)]
    drawn = draw(questions, LESSON, seed=2)
    assert Counter(each.question.concept for each in drawn) == {"FIFO": 5, "pub/sub": 5}


def test_what_the_test_before_asked_comes_last():
    questions = stock("quiz", easy=8, medium=6, hard=6)
    first = draw(questions, LESSON, seed=1)
    second = draw(questions, LESSON, seed=2, fresh_from={each.id for each in first})
    assert not {each.id for each in first} & {each.id for each in second}


def test_what_the_test_before_asked_is_asked_again_where_there_is_nothing_else():
    questions = stock("quiz", easy=12)
    first = draw(questions, LESSON, seed=1)
    second = draw(questions, LESSON, seed=2, fresh_from={each.id for each in first})
    assert len(second) == 10


def test_the_same_words_are_asked_once():
    twice = [
        DrawnQuestion("quiz/1", asked("What  comes out?")),
        DrawnQuestion("practice/1", asked("what comes `out`", choices={"A": "yes What  comes out?", "B": "maybe"})),
    ]
    assert len(draw(twice, LESSON, seed=1)) == 1


def test_the_same_words_with_another_answer_are_another_question():
    two = [
        DrawnQuestion("quiz/1", asked("What comes?", answer="A")),
        DrawnQuestion("quiz/2", asked("What comes?", answer="B")),
    ]
    assert len(draw(two, LESSON, seed=1)) == 2


@for_each("seed", range(8))
def test_of_a_question_by_an_author_and_one_from_the_trace_the_authors_is_kept(seed: int):
    proof = {"after": 1, "key": "queue"}
    authors = DrawnQuestion("quiz/1", asked("What does the queue hold now?", proof=proof))
    made = DrawnQuestion(
        "trace/state/1", StateQuestion.model_validate({"question": "…", "state": ["a"], "proof": proof})
    )
    assert [each.id for each in draw([made, authors], LESSON, seed=seed)] == ["quiz/1"]


def test_what_a_step_puts_out_and_what_it_saves_is_one_question():
    output = DrawnQuestion("trace/output/2", asked("What comes out?", proof={"after": 2, "output": True}))
    variable = DrawnQuestion("quiz/1", asked("What is task?", proof={"after": 2, "variable": "task"}))
    assert len(draw([output, variable], LESSON, seed=1)) == 1


def test_a_key_that_a_step_left_alone_is_not_asked_for_twice():
    state = {"question": "The queue?", "state": []}
    after = [StateQuestion.model_validate({**state, "proof": {"after": n, "key": "queue"}}) for n in (2, 3)]
    assert len(draw([DrawnQuestion(f"trace/state/{i}", each) for i, each in enumerate(after)], LESSON, seed=1)) == 1


def test_the_same_look_after_other_steps_is_another_question():
    proof = {"after": 1, "key": "queue"}
    swapped = {**proof, "swap": {"LPUSH": "RPUSH"}}
    two = [DrawnQuestion("quiz/1", asked("One?", proof=proof)), DrawnQuestion("quiz/2", asked("Two?", proof=swapped))]
    assert len(draw(two, LESSON, seed=1)) == 2


@for_each(
    "fields",
    [
        {
            "choices": {"A": {"text": "nothing", "value": None}, "B": "'b'"},
            "answer": "A",
            "proof": {"after": 2, "variable": "task", "replace": {1: "RPUSH queue b"}},
        },
        {"choices": {"A": "a", "B": "b", "C": "c"}, "answers": ["A", "C"], "credit": "each_choice"},
        {"text": "task1", "pattern": "task[1]"},
        {"number": 3, "tolerance": 0.5, "unit": "ms"},
        {"order": ["one", "two"]},
        {"state": ["a"], "pool": ["b"], "proof": {"first": {"key": "queue", "equals": []}}},
    ],
)
def test_a_drawn_question_of_every_kind_comes_back_from_the_database_as_it_was(fields: dict[str, object]):
    question = _question(fields)
    drawn = DrawnQuestion("quiz/1", question)
    assert DrawnQuestion.from_json(json.loads(json.dumps(drawn.as_json()))) == drawn


def test_a_choice_that_claims_nothing_keeps_its_claim_in_the_database():
    question = _question({"choices": {"A": {"text": "nothing", "value": None}, "B": "b"}, "answer": "A"})
    assert DrawnQuestion.from_json(DrawnQuestion("quiz/1", question).as_json()).question.key_says(None)


def _question(fields: dict[str, object]) -> QuestionFields:
    made = lesson({"command": "LPUSH queue a"}, quiz=[{"question": "?", **fields}])
    return made.quiz[0]


def test_a_score_counts_what_is_missing_as_nothing():
    questions = [asked("a"), asked("b", "hard"), asked("c", "hard"), asked("d", "hard")]
    found = score(questions, {1: 1.0, 2: 0.5})
    assert found.overall == Share("all", 1.5, 4)
    assert found.by_difficulty == (Share("easy", 1.0, 1), Share("hard", 0.5, 3))


def test_a_score_names_the_concepts_in_the_order_of_the_test():
    questions = [asked("a", concept="FIFO"), asked("b", concept="lists"), asked("c", concept="FIFO"), asked("d")]
    assert score(questions, {1: 1.0}).by_concept == (Share("FIFO", 1.0, 2), Share("lists", 0.0, 1))


def test_percent_is_rounded_down():
    assert Share("all", 7.96, 10).percent == 79


def test_thirds_of_a_point_add_up():
    assert Share("all", sum([1 / 3] * 24), 10).percent == 80


def test_a_test_without_questions_has_a_score():
    assert score([], {}).overall.percent == 0


def verdict(easy: float, medium: float, hard: float) -> TopicVerdict:
    shares = Share("easy", easy, 4), Share("medium", medium, 3), Share("hard", hard, 3)
    return TopicVerdict.of(SittingScore(Share("all", easy + medium + hard, 10), shares, ()))


@for_each(
    ("points", "is_what"),
    [
        ((4, 3, 1.5), TopicVerdict.STRONG),
        ((4, 3, 1), TopicVerdict.GROWING),
        ((4, 2.5, 1.5), TopicVerdict.STRONG),
        ((4, 2, 1.9), TopicVerdict.GROWING),
        ((4, 1, 0), TopicVerdict.GROWING),
        ((4, 0.9, 0), TopicVerdict.WEAK),
        ((0, 0, 0), TopicVerdict.WEAK),
        ((4, 3, 3), TopicVerdict.STRONG),
    ],
)
def test_a_verdict_follows_its_rule(points: tuple[float, float, float], is_what: TopicVerdict):
    assert verdict(*points) is is_what


def test_every_verdict_says_its_rule():
    assert all(each.rule.endswith(".") for each in TopicVerdict)


def test_a_test_is_ten_questions_long():
    assert LENGTH == 10
