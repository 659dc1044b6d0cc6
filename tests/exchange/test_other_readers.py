"""Exported files read by independent libraries, each with its own interpretation of the format."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from moodle_xml_parser.parser import parse_bytes
from onyx2moodle.parser import AssessmentItem, parse_item
from qti_convert import downgrade_package_files
from ua_exam.gift_parser import parse_gift_content

from tests.exchange.questions import lesson_with, question
from tests.lessons import OURS
from tests.tables import for_each
from tutor import exchange, library
from tutor.engine.lesson.questions.question import QuestionFields

CHOICES = {"A": "['x', 'y']", "B": "`b` {=~#:}", "C": "c & <d> ]]>", "D": "**d** é"}
ONE = question(
    question="Which *one*?\n\n```python\nif a < b: {}\n```",
    choices=CHOICES,
    answer="B",
    mistakes={"A": "It's \\ `A` #1."},
    explanation="**Because**: ####",
    hint="Look.",
    hint_costs=0.25,
    shuffle=False,
    concept="lists",
    difficulty="hard",
)
TWO = question(question="Which two?", choices=CHOICES, answers=["A", "C"])
TEXT = question(question="Type {it}", text="publish = a", also=["PUBLISH"])
NUMBER = question(question="How many?", number=5, tolerance=0.5, unit="steps")
ORDER = question(question="Order", order=["while True:", "    pop()"])
STATE = question(question="State?", state=["task2", "task1"], pool=["task3"])
ALL = (ONE, TWO, TEXT, NUMBER, ORDER, STATE)


def file(to: str, *asked: QuestionFields) -> bytes:
    return exchange.exported(lesson_with(*asked), "x", to).content


def test_another_library_reads_our_moodle_xml():
    one, two = parse_bytes(file("moodle", *ALL))["multichoice"]
    assert (one.single, two.single) == (True, False)
    assert (one.shuffle_answers, two.shuffle_answers) == (False, True)
    assert one.penalty == 0.25
    assert one.text_pre_parse.startswith("<p>Which <em>one</em>?</p>")
    assert [option.score_fraction for option in one.options] == [0, 100, 0, 0]
    assert [option.score_fraction for option in two.options] == [50, -50, 50, -50]
    assert one.options[1].answer == "<code>b</code> {=~#:}"
    assert one.options[0].feedback == "It's \\ <code>A</code> #1."
    assert one.general_feedback == "<p><strong>Because</strong>: ####</p>"


def test_another_library_reads_our_gift():
    one, two, text = parse_gift_content(file("gift", ONE, TWO, TEXT).decode())
    assert one["category"].endswith("A test/Quiz")
    assert [option["is_correct"] for option in one["options"]] == [False, True, False, False]
    assert [option["is_correct"] for option in two["options"]] == [True, False, True, False]
    assert one["options"][0]["text"] == "[html]['x', 'y']"
    assert one["options"][1]["text"] == "<code>b</code> {=~#:}"
    assert text["text"] == "[html]<p>Type {it}</p>"
    assert [option["text"] for option in text["options"]] == ["publish = a", "PUBLISH"]


def items(content: bytes, folder: Path) -> list[AssessmentItem]:
    """Return the items of a package as one library converts them to QTI 2.1 and another one reads them."""
    with ZipFile(BytesIO(content)) as package:
        files = {name: package.read(name) for name in package.namelist()}
    converted = downgrade_package_files(files)
    assert converted.warnings == []
    found = []
    for name, text in sorted(converted.files.items()):
        if name.startswith("items/"):
            path = folder / Path(name).name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            found.append(parse_item(path))
    return found


def test_other_libraries_read_our_qti(tmp_path: Path):
    one, two, text, number, order, state = items(file("qti", *ALL), tmp_path)
    choice = one.interactions[0]
    assert (choice.kind, choice.max_choices, choice.shuffle) == ("choice", 1, False)
    assert [each.identifier for each in choice.choices] == ["A", "B", "C", "D"]
    assert [each.html for each in choice.choices][1:3] == ["<code>b</code> {=~#:}", "c & <d> ]]>"]
    assert one.response_decls["RESPONSE"].correct_values == ["B"]
    assert [(each.identifier, each.html) for each in one.feedback] == [
        ("A", "<p>It's \\ <code>A</code> #1.</p>"),
        ("EXPLANATION", "<p><strong>Because</strong>: ####</p>"),
    ]
    assert two.interactions[0].max_choices == 0
    assert two.response_decls["RESPONSE"].mapping == {"A": 0.5, "B": -0.5, "C": 0.5, "D": -0.5}
    assert text.response_decls["RESPONSE"].mapping == {"publish = a": 1, "PUBLISH": 1}
    assert (number.interactions[0].kind, number.response_decls["RESPONSE"].base_type) == ("textEntry", "float")
    assert order.response_decls["RESPONSE"].cardinality == "ordered"
    assert order.response_decls["RESPONSE"].correct_values == ["LINE1", "LINE2"]
    assert "task2, task1" in state.response_decls["RESPONSE"].mapping


@pytest.mark.slow
@pytest.mark.django_db
@for_each("path", OURS)
def test_all_our_lessons_are_read_by_others(path: Path, tmp_path: Path):
    lesson = library.read(path.read_bytes(), path.name).lesson
    assert lesson is not None
    asked = [*lesson.quiz, *lesson.practice]
    chosen = [each for each in asked if each.kind in ("choice", "several")]
    read = parse_bytes(exchange.exported(lesson, path.stem, "moodle").content)["multichoice"]
    assert [len(each.options) for each in read] == [len(each.options) for each in chosen]
    assert len(items(exchange.exported(lesson, path.stem, "qti").content, tmp_path)) == len(asked)
    assert len(parse_gift_content(exchange.exported(lesson, path.stem, "gift").content.decode())) == len(asked)
