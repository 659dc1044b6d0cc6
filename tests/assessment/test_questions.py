"""Questions on pages: ids, order, the answer in a form, and the parts shown before and after answering."""

import pytest
from django.http import QueryDict

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.assessment import questions
from tutor.assessment.questions import NoSuchQuestion, ShownQuestion, answer_in, find, order_in, shown_order, shown_text
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.marks import Mark

CHOICE = {"question": "Which?", "choices": {"A": "None", "B": "'task2'", "C": "**bold**"}, "answer": "B"}
SEVERAL = {"question": "Which?", "choices": {"A": "one", "B": "two", "C": "three"}, "answers": ["A", "C"]}
TEXT = {"question": "What?", "text": "Redis"}
NUMBER = {"question": "How many?", "number": 2}
ORDER = {"question": "In which order?", "order": ["first", "second", "third"]}
STATE = {"question": "What is left?", "state": ["b", "a"], "pool": ["c"]}
KINDS = [CHOICE, SEVERAL, TEXT, NUMBER, ORDER, STATE]


def asking(*quiz: dict[str, object]) -> Lesson:
    return lesson({"print": "hello"}, quiz=list(quiz), practice=[{**TEXT, "difficulty": "hard"}])


def question(written: dict[str, object]):
    return asking(written).quiz[0]


def picks(written: dict[str, object]) -> dict[str, str]:
    """Return the identity of each choice or line by its text."""
    asked = question(written)
    return {asked.option_text(identity): identity for identity in asked.arranged("")}


def form(*values: str, name: str = "answer", **more: str) -> QueryDict:
    post = QueryDict(mutable=True)
    post.setlist(name, list(values))
    for field, value in more.items():
        post[field] = value
    return post


def test_questions_are_numbered_by_part():
    both = asking(CHOICE, TEXT)
    found = [asked for part in questions.PARTS for asked in questions.all_of(both, part)]
    assert [(each.part, each.number) for each in found] == [("quiz", 1), ("quiz", 2), ("practice", 1)]
    assert [each.id for each in found] == ["which", "what", "what-2"]


@for_each(("name", "part", "number"), [
    ("quiz/2", "quiz", 2),
    ("practice/1", "practice", 1),
    ("mine", "quiz", 1),
    ("what", "quiz", 2),
    ("what-2", "practice", 1),
])  # fmt: skip
def test_a_question_is_found_by_its_id_or_its_place(name: str, part: str, number: int):
    found = find(asking({**CHOICE, "id": "mine"}, TEXT), name)
    assert (found.part, found.number) == (part, number)


@for_each("name", ["what-2", "3", "0", "-1", "01", "²", ""])
def test_a_part_has_no_other_questions(name: str):
    with pytest.raises(NoSuchQuestion):
        questions.find_in(asking(CHOICE, TEXT), "quiz", name)


@for_each("id_", ["quiz/0", "quiz/2", "quiz/-1", "quiz/1e9", "quiz/", "quiz/01", "exam/1", "", "quiz/9999999"])
def test_any_other_id_is_no_question(id_: str):
    with pytest.raises(NoSuchQuestion):
        find(asking(CHOICE), id_)


def test_the_order_goes_by_the_seed_alone():
    many = {**CHOICE, "choices": {letter: f"choice {letter}" for letter in "ABCDEFGH"}}
    orders = {tuple(shown_order(question(many), f"ali quiz/1 {attempt}")) for attempt in range(20)}
    assert len(orders) > 10
    assert shown_order(question(many), "ali") == shown_order(question(many), "ali")


def test_an_author_can_keep_the_order():
    fixed = {**CHOICE, "shuffle": False}
    assert [question(fixed).option_text(i) for i in shown_order(question(fixed), "x")] == [
        "None",
        "'task2'",
        "**bold**",
    ]


@pytest.mark.parametrize("shuffle", [True, False])
def test_lines_are_never_shown_in_the_right_order(shuffle: bool):
    written = {**ORDER, "order": ["a", "b"], "shuffle": shuffle}
    lines = list(question(written).options)
    assert all(shown_order(question(written), f"{seed}") == lines[::-1] for seed in range(20))


@for_each("written", KINDS)
def test_a_form_without_an_answer_gives_none_and_a_sentence_to_say(written: dict[str, object]):
    for post in (QueryDict(), form(""), form("  ")):
        assert answer_in(post, question(written)) is None
    assert question(written).please.endswith((".", "empty."))


def test_a_choice_is_read_by_identity_not_by_letter():
    right = picks(CHOICE)["'task2'"]
    assert answer_in(form(right), question(CHOICE)) == right
    assert answer_in(form("B"), question(CHOICE)) is None


def test_several_choices_are_read_whatever_else_is_sent():
    ids = picks(SEVERAL)
    assert answer_in(form(ids["three"], "deadbeef", ids["one"]), question(SEVERAL)) == [ids["one"], ids["three"]]


@for_each(("written", "sent", "read"), [
    (TEXT, " Redis ", "Redis"),
    (TEXT, "a\0b", "ab"),
    (TEXT, "x" * 300, "x" * 200),
    (NUMBER, " 2,0 ", "2,0"),
    (NUMBER, "two", None),
    (NUMBER, "nan", None),
    (NUMBER, "1e999", None),
    (STATE, "['b', 'a']", ["b", "a"]),
    (STATE, "b a", ["b", "a"]),
    (STATE, "[]", []),
    (STATE, "'b", None),
])  # fmt: skip
def test_typed_answers_are_parsed_tolerantly(written: dict[str, object], sent: str, read: object):
    assert answer_in(form(sent), question(written)) == read


def test_lines_are_read_only_if_each_is_there_once():
    first, second, third = question(ORDER).options
    assert answer_in(form(third, first, second), question(ORDER)) == [third, first, second]
    assert answer_in(form(first, first, second), question(ORDER)) is None
    assert answer_in(form(first, second), question(ORDER)) is None


def test_fields_can_have_a_prefix():
    right = picks(CHOICE)["'task2'"]
    assert answer_in(form(right, name="q3-answer"), question(CHOICE), "q3-") == right
    assert answer_in(form(right, name="q3-answer"), question(CHOICE)) is None


def test_a_move_button_moves_one_line_by_one_place():
    a, b, c = question(ORDER).options
    assert order_in(form(a, b, c, move=f"{c}:up"), question(ORDER)) == [a, c, b]
    assert order_in(form(a, b, c, move=f"{a}:down"), question(ORDER)) == [b, a, c]
    assert order_in(form(a, b, c, move=f"{a}:up"), question(ORDER)) == [a, b, c]


@for_each("move", ["", "up", "deadbeef:up", "x:y"])
def test_anything_else_moves_nothing(move: str):
    assert order_in(form(*question(ORDER).options, move=move), question(ORDER)) is None


def test_values_are_drawn_as_tokens_and_sentences_as_markdown():
    assert [token.text for token in shown_text("['b', 'a']").tokens or ()] == ["'b'", "'a'"]
    assert [token.text for token in shown_text("`'task1'`").tokens or ()] == ["'task1'"]
    assert (shown_text("None").is_value, shown_text("[]").tokens) == (True, ())
    assert shown_text("use **this**").html == "use <strong>this</strong>"


def test_html_in_a_text_is_inert():
    assert "<script" not in str(shown_text("<script>alert(1)</script>").html)
    assert "<img" not in str(shown_text("![x](http://evil.example/x.png)").html)


def shown(written: dict[str, object], **state: object) -> ShownQuestion:
    return ShownQuestion(question(written), "quiz-1", "seed", **state)


def verdicts(written: dict[str, object], **state: object) -> dict[str, str]:
    found = shown(written, **state)
    return {found.question.option_text(option.identity): option.verdict for option in found.options}


def test_nothing_is_said_of_choices_before_an_answer():
    assert set(verdicts(CHOICE).values()) == set(verdicts(SEVERAL).values()) == {""}


def test_a_wrong_pick_is_marked_without_revealing_the_right_one():
    wrong = picks(CHOICE)["None"]
    found = verdicts(CHOICE, given=wrong, mark=question(CHOICE).mark(wrong))
    assert found == {"None": "wrong", "'task2'": "", "**bold**": ""}


def test_of_several_picks_only_the_wrong_ones_are_marked():
    ids = picks(SEVERAL)
    given = [ids["one"], ids["two"]]
    found = verdicts(SEVERAL, given=given, mark=question(SEVERAL).mark(given))
    assert found == {"one": "", "two": "wrong", "three": ""}
    revealed = verdicts(SEVERAL, given=given, mark=question(SEVERAL).mark(given), is_revealed=True)
    assert revealed == {"one": "right", "two": "wrong", "three": "missed"}


def test_letters_go_by_the_shown_order():
    assert [option.letter for option in shown(CHOICE).options] == ["A", "B", "C"]


def test_lines_keep_the_order_of_the_answer():
    a, b, c = question(ORDER).options
    assert [option.identity for option in shown(ORDER, given=[c, b, a]).options] == [c, b, a]
    assert [option.identity for option in shown(ORDER, given="nonsense").options] == shown_order(
        question(ORDER), "seed"
    )


def test_closed_lines_are_in_the_right_order_once_it_may_be_seen():
    a, b, c = question(ORDER).options
    state = {"given": [c, b, a], "is_closed": True}
    assert [line.text for line in shown(ORDER, **state).settled_lines] == ["third", "second", "first"]
    assert [line.text for line in shown(ORDER, **state, is_revealed=True).settled_lines] == ["first", "second", "third"]


def test_a_question_of_several_paragraphs_has_a_lead_and_more():
    found = shown({**TEXT, "question": "What does `x` print?\n\n```python\nprint(1)\n```"})
    assert found.lead_html == 'What does <code translate="no">x</code> print?'
    assert "<pre>" in str(found.body_html)


def test_mistakes_are_explained_for_the_picks_they_belong_to():
    written = {**CHOICE, "mistakes": {"A": "Nobody pushed `None`.", "C": "Not bold."}}
    ids = picks(written)
    found = {text: questions.mistakes_in(question(written), question(written).mark(ids[text])) for text in ids}
    assert found == {
        "None": ['Nobody pushed <code translate="no">None</code>.'],
        "'task2'": [],
        "**bold**": ["Not bold."],
    }


def test_mistakes_without_a_choice_are_shown_only_with_the_solution():
    assert questions.mistakes_in(question({**TEXT, "mistakes": ["Common."]}), Mark(0, {})) == []
