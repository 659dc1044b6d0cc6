"""Run by tests/test_made_up_kinds.py in a copy of the program: two made-up kinds, wherever questions are used."""

import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client

from tests.asking import HEAD, SHORT, SLUG, shelve
from tests.lessons_command import run_lessons
from tests.markup import Element, elements, find, text_of
from tutor import exchange, library
from tutor.authoring.preview import examined
from tutor.authoring.preview_questions import cards
from tutor.engine.lesson.lesson import Lesson
from tutor.models import Attempt, Sitting

pytestmark = pytest.mark.django_db

QUIZ = """\
quiz:
  - {question: Is the queue empty?, is_so: false, hint: Look at step 2., explanation: It holds tasks., steps: [2]}
  - {question: Which end?, spot: left}
  - {question: Is task2 left?, is_so: true}
"""
PRACTICE = """\
practice:
  - {question: Is it over?, is_so: true, solution: {steps: [Count.], answer: "yes"}}
"""
LESSON = HEAD + QUIZ + PRACTICE
PAGE = f"/lessons/{SLUG}/quiz/"


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path: Path) -> Path:
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path, LESSON)
    return tmp_path


@pytest.fixture
def visitor(client: Client) -> Client:
    client.get("/")
    return client


def the_lesson() -> Lesson:
    return library.find(SLUG).lesson


def the(html: str, tag: str, **attributes: str) -> Element:
    (found,) = find(elements(html), tag, **attributes)
    return found


def test_a_file_is_read_and_the_kind_is_found_by_its_key():
    assert [each.kind for each in the_lesson().quiz] == ["truth", "spot", "truth"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Is the queue empty?", "Is it not empty?", "warning: a question that says `not` confuses"),
        ("is_so: false", "is_so: maybe", "expected true or false, got 'maybe'"),
        ("is_so: false", "is_sso: false", "unknown field 'is_sso'; did you mean 'is_so'?"),
        ("spot: left", "spt: left", "unknown field 'spt'; did you mean 'spot'?"),
        ("spot: left", "concept: x", "choices with answer or answers, text, number, order, state, is_so or spot"),
        ("spot: left", "spot: left, mistakes: {A: no}", "only wrong choices have mistakes of their own"),
        ("spot: left", "spot: left, proof: {after: 3, variable: task}", "the proof gives 'task1', the key says left"),
        ("spot: left", "spot: task1", "warning: there is no proof, although the answer is a value of the trace"),
    ],
)
def test_check_reports_an_authors_mistakes(capsys, shelf: Path, before: str, after: str, said: str):
    shelve(shelf, LESSON.replace(before, after))
    assert said in run_lessons(capsys, "check", str(shelf / f"{SLUG}.yaml"))[1]


def test_a_sound_lesson_passes_the_check(capsys, shelf: Path):
    status, said = run_lessons(capsys, "check", str(shelf / f"{SLUG}.yaml"))
    assert (status, "error" in said) == (0, False)


def test_the_schema_has_the_kinds(capsys):
    schema = json.loads(run_lessons(capsys, "schema")[1])
    assert schema["definitions"]["TruthQuestion"]["properties"]["is_so"]["description"] == "Whether it is so."
    assert schema["definitions"]["TruthQuestion"]["title"] == "Truth question"


def test_the_quiz_page_asks_with_the_fragment_and_the_script_of_the_kind(visitor):
    html = visitor.get(PAGE).content.decode()
    assert the(html, "select", id="quiz-1-field")["name"] == "answer"
    assert the(html, "input", id="quiz-2-field")["name"] == "answer"
    assert "js/order." in html


def test_an_answer_is_marked_and_its_hint_and_explanation_are_shown(visitor):
    url = f"{PAGE}1/attempts/1/"
    assert "Say yes or no first." in visitor.post(url, {"answer": "maybe"}).content.decode()
    visitor.post(f"{PAGE}1/help/", {"kind": "hint"})
    visitor.post(url, {"answer": "yes"})
    page = text_of(visitor.get(PAGE).content.decode())
    assert "Not yet. You answered yes" in page
    assert "Hint. Look at step 2." in page
    visitor.post(f"{PAGE}1/attempts/2/", {"answer": "no"})
    assert "Right, on the second try. It holds tasks." in text_of(visitor.get(PAGE).content.decode())
    assert [each.answer for each in Attempt.objects.order_by("number")] == ["yes", "no"]


def test_a_task_shows_its_solution(visitor):
    task = f"/lessons/{SLUG}/practice/"
    visitor.post(f"{task}1/help/", {"kind": "solution"})
    assert "Worked solution Count." in text_of(visitor.get(task).content.decode())


def test_a_test_asks_and_marks_them_and_the_result_has_both_answers(visitor, shelf: Path):
    # No question can be made of its only step, so that the test asks the author's.
    shelve(shelf, SHORT.partition("quiz:")[0] + QUIZ.replace("[2]", "[1]") + PRACTICE)
    visitor.post(f"/lessons/{SLUG}/tests/", {"number": 1, "show": "all"})
    sitting = Sitting.objects.get()
    asked = {place: drawn["question"] for place, drawn in enumerate(sitting.drawn, 1)}
    truths = [place for place, question in asked.items() if "is_so" in question]
    (spot,) = (place for place, question in asked.items() if "spot" in question)
    page = visitor.get(f"/tests/{sitting.pk}/").content.decode()
    assert all(the(page, "select", id=f"q{place}-field")["name"] == f"q{place}-answer" for place in truths)
    wrong = {f"q{place}-answer": "no" if asked[place]["is_so"] else "yes" for place in truths}
    visitor.post(f"/tests/{sitting.pk}/answers/", {**wrong, f"q{spot}-answer": "left", "then": "save"})
    visitor.post(f"/tests/{sitting.pk}/finish/")
    result = visitor.get(f"/tests/{sitting.pk}/result/").content.decode()
    assert "Right Question" in text_of(the_article(result, spot))
    assert re.search(r"You answered (yes Right answer no|no Right answer yes)", text_of(the_article(result, truths[0])))


def the_article(html: str, place: int) -> str:
    return html[html.index(f'id="answer-{place}"') :].partition("</article>")[0].partition(">")[2]


def test_the_preview_shows_the_key_and_the_rules():
    played = examined(LESSON, "x.yaml")
    first = cards(played.lesson, played, "quiz")[0]
    assert (first.is_typed, first.shown.key_shown.text, list(first.rules)) == (True, "no", ["There is no maybe."])


@pytest.mark.parametrize(("to", "system"), [("moodle", "Moodle"), ("gift", "GIFT"), ("qti", "QTI")])
def test_an_export_has_the_kind_with_a_counterpart_and_reports_the_other(capsys, shelf: Path, to: str, system: str):
    path = shelf / "exported"
    lesson = str(shelf / f"{SLUG}.yaml")
    status, said = run_lessons(capsys, "export-questions", lesson, "--format", to, "--output", str(path))
    assert status == 0
    assert f"left out, because {system} has no spot question: quiz 2" in said
    content = path.read_bytes()
    if to == "qti":
        with ZipFile(BytesIO(content)) as package:
            items = [name for name in package.namelist() if name.startswith("items/")]
        assert items == ["items/quiz-01.xml", "items/quiz-03.xml", "items/practice-01.xml"]
    else:
        truths = [each for each in (*the_lesson().quiz, *the_lesson().practice) if each.kind == "truth"]
        assert [each.question for each in exchange.imported(content, to).questions] == truths


@pytest.mark.parametrize("to", ["moodle", "gift"])
def test_an_import_knows_the_kind_by_its_tag_after_a_change_in_another_system(to: str):
    content = exchange.exported(the_lesson(), "x", to).content.replace(b"empty?", b"really empty?")
    found = exchange.imported(content, to).questions
    assert [each.question.kind for each in found] == ["truth", "truth", "truth"]
    assert found[0].question.is_so is False


def test_imported_questions_are_written_with_their_key_first(shelf: Path):
    lesson = the_lesson()
    text = exchange.with_questions(HEAD, lesson.quiz)
    assert re.search(r"question: .*\n +is_so: false\n +hint:", text)
    assert library.read(text, "x.yaml").lesson.quiz == lesson.quiz
