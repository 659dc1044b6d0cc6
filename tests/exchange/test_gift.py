"""Importing GIFT as teachers write it, and the parts of our questions that it can't express."""

from textwrap import dedent

import pytest

from tests.exchange.questions import lesson_with, question
from tests.tables import for_each
from tutor import exchange
from tutor.engine.lesson.questions.question import QuestionFields


def imported(text: str) -> exchange.Imported:
    return exchange.imported(dedent(text).encode(), "gift", "x.txt")


def taken(text: str) -> QuestionFields:
    found = imported(text)
    assert found.problems == ()
    (only,) = found.questions
    return only.question


CHOICE = question(
    question="What's between orange and green?",
    choices={"A": "yellow", "B": "red", "C": "blue"},
    answer="A",
    explanation="right; good!",
    mistakes={"B": "wrong, it's yellow", "C": "no"},
)


@for_each(
    "text",
    [
        """\
        // a comment
        ::Q2:: What's between orange and green?
        {
            =yellow # right; good!
            ~red # [html]wrong, it's yellow
            // ~purple
            ~[plain]blue #no
        }
        """,
        "What's between orange and green?{=yellow#right; good!~red#wrong, it's yellow~blue#no}",
        "$CATEGORY: c\nWhat's between orange and green?{=yellow#right; good!\r\n~red#wrong, it's yellow ~blue#no}",
        (
            "\ufeff\r\n\r\n::x::[markdown]What's between orange and green?{=yellow#right; good!\n"
            "~red#wrong, it's yellow~blue#no}"
        ),
        "What's between orange and green?\r{=yellow#right; good!\r~red#wrong, it's yellow\r~blue#no}\r",
    ],
)
def test_one_right_choice(text: str):
    assert taken(text) == CHOICE


@for_each(
    ("text", "expected"),
    [
        ("T{T}", {"question": "T", "choices": {"A": "True", "B": "False"}, "answer": "A", "shuffle": False}),
        (
            "2 \\= 3{FALSE#Count.#Right.####General}",
            {
                "question": "2 = 3",
                "choices": {"A": "True", "B": "False"},
                "answer": "B",
                "shuffle": False,
                "explanation": "General\n\nRight.",
                "mistakes": {"A": "Count."},
            },
        ),
        (
            "Grant is {~buried =entombed ~living} in the tomb.",
            {
                "question": "Grant is _____ in the tomb.",
                "choices": {"A": "buried", "B": "entombed", "C": "living"},
                "answer": "B",
            },
        ),
        (
            "Who?{~%50%Ann ~%50%Ben ~%-50%Cat}",
            {"question": "Who?", "choices": {"A": "Ann", "B": "Ben", "C": "Cat"}, "answers": ["A", "B"]},
        ),
        ("Who?{=no one =nobody}", {"question": "Who?", "text": "no one", "also": ["nobody"]}),
        ("Who?{=%100%no one#}", {"question": "Who?", "text": "no one"}),
        ("Who?{nobody}", {"question": "Who?", "text": "nobody"}),
        ("When?{#1822:5}", {"question": "When?", "number": 1822, "tolerance": 5}),
        ("Pi?{#3.14:0.005}", {"question": "Pi?", "number": 3.14, "tolerance": 0.005}),
        ("Pi?{#3.1..3.2}", {"question": "Pi?", "number": 3.15, "tolerance": 0.05}),
        ("Which?{#1..5}", {"question": "Which?", "number": 3, "tolerance": 2}),
        ("Which?{#\n=%100%-3:2#\n}", {"question": "Which?", "number": -3, "tolerance": 2}),
        ("Code\\: a \\{ b \\} \\~ \\# \\\\ c{=x}", {"question": "Code: a { b } ~ # \\ c", "text": "x"}),
        ("[html]<p>a<br>b</p>\\n<ul><li>c</li></ul>{=x}", {"question": "a\\\nb\n\n- c", "text": "x"}),
        (
            "[html]Put in order.{>3 ALL VERTICAL ABSOLUTE_POSITION SHOW none\nLPUSH q a\n&nbsp;&nbsp;b\nc = {d}\n}",
            {"question": "Put in order.", "order": ["LPUSH q a", "  b", "c = {d}"]},
        ),
    ],
)  # fmt: skip
def test_every_kind(text: str, expected: dict[str, object]):
    assert taken(text) == question(**expected)


@for_each(
    ("text", "said"),
    [
        ("\n\nMatch.{=a -> 1 =b -> 2}", "x.txt:3:1: warning: a matching question can't be imported"),
        ("// c\nWrite.{}", "x.txt:2:1: warning: an essay question can't be imported"),
        ("Just a text.", "x.txt:1:1: warning: a description, which asks nothing, can't be imported"),
        ("What?{=a", "x.txt:1:1: the question has no } behind its {; a blank line ends a question"),
        ("What?{\n=a\n\n~b}", "x.txt:1:1: the question has no } behind its {"),
        ("What? =a}", "x.txt:1:1: the question has no { before its }"),
        ("What?{~a ~b}", "x.txt:1:1: this question can't be imported: no choice is right"),
        ("What?{=a =b ~c}", "x.txt:1:1: this question can't be imported: each of 2 choices alone is worth 100 %"),
        ("What?{=a}{=b}", "x.txt:1:1: the question has braces twice"),
        ("What?{#five}", "x.txt:1:1: this question can't be imported: 'five' with the tolerance '0' is no number"),
        ("What?{#1..x}", "x.txt:1:1: '1..x' is no range of numbers, such as 1..5"),
        ("What?{#=1 =2}", "x.txt:1:1: this question can't be imported: it has 2 right numbers"),
        ("{=a}", "x.txt:1:1: this question can't be imported: it asks nothing"),
        ("What?{>2}", "x.txt:1:1: this is no list of lines in order"),
        ("What?{=a =%50%b =%0%*#no}", "x.txt:1:1: warning: an answer that is worth a part of the marks"),
    ],
)
def test_questions_not_imported_are_reported_with_their_lines(text: str, said: str):
    assert str(imported(text).problems[0]).startswith(said)


def test_windows_1252_is_read_and_reported():
    found = exchange.imported("Größe?{=groß}".encode("cp1252"), "gift", "x.txt")
    assert found.questions[0].question == question(question="Größe?", text="groß")
    assert "Windows-1252" in str(found.problems[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_read(encoding: str):
    content = "Größe?{=groß}".encode(encoding)
    assert exchange.format_of(content) == "gift"
    assert exchange.imported(content, "gift").questions[0].question == question(question="Größe?", text="groß")


def notes(*asked: QuestionFields) -> list[str]:
    return list(exchange.exported(lesson_with(*asked), "x", "gift").notes)


@for_each(
    ("fields", "loss"),
    [
        ({"text": "a", "hint": "b", "hint_costs": 0.5}, "the hint and its cost"),
        ({"text": "a", "ignore_case": False}, "that case counts"),
        ({"state": ["a"]}, "that case counts"),
        ({"text": "a", "pattern": "a+"}, "the pattern; only `text` and `also` are right answers there"),
        ({"text": "a", "proof": {"after": 1, "key": "queue"}}, "the proof"),
        ({"text": "a", "steps": [1]}, "the steps to look at"),
        ({"text": "a\x07"}, "control characters; they are replaced"),
        ({"number": 1, "unit": "s"}, "the unit"),
        ({"order": ["a", "a"]}, "that equal lines can change places; each has its own place there"),
        ({"order": ["a", "b"], "explanation": "c"}, "the explanation; an ordering has none"),
        ({"state": ["a"], "pool": ["b"]}, "the pool; the list is typed there"),
        ({"choices": {"A": "a", "B": "b"}, "answer": "A", "shuffle": False}, "shuffle: false"),
        (
            {"choices": {"A": "a", "B": "b"}, "answers": ["A"], "credit": "each_choice"},
            "credit: each_choice; a wrong pick takes one share away instead",
        ),
    ],
)  # fmt: skip
def test_parts_that_gift_cannot_express_are_reported_with_their_places(fields: dict[str, object], loss: str):
    plain = question(text="x")
    assert f"not carried: {loss} (quiz 2, 3)" in notes(plain, question(**fields), question(**fields))


def test_an_answer_with_an_arrow_is_left_out_and_reported():
    file = exchange.exported(lesson_with(question(text="a -> b"), question(text="c")), "x", "gift")
    assert file.notes == ("left out, because GIFT has no way to write the arrow -> in an answer: quiz 1",)
    assert len(exchange.imported(file.content, "gift").questions) == 1


def test_a_lesson_without_questions_has_nothing_to_export():
    with pytest.raises(exchange.NothingToExport, match="x has no questions in quiz and practice"):
        exchange.exported(lesson_with(), "x", "moodle")


def test_lines_that_would_mean_something_else_come_back_as_lines():
    asked = question(
        question="Order {these}", order=["// no comment", "$CATEGORY: x", "{", "}", "=a ~b #c :: \\", "  d"]
    )
    content = exchange.exported(lesson_with(asked), "x", "gift").content
    stripped = b"\n".join(line for line in content.split(b"\n") if b"redis-tutor" not in line)
    found = exchange.imported(stripped, "gift")
    assert [each.question.order for each in found.questions] == [asked.order]
    assert found.questions[0].question.question == "Order {these}"
