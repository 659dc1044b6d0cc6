"""QTI packages: well formed for every lesson, and marked as our own questions are."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.questions import KINDS, lesson_with, question, questions
from tests.fuzzing import slowly
from tests.tables import for_each
from tutor import exchange
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz.several import SeveralQuestion
from tutor.exchange import qti

SPACE = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"


def item(asked: QuestionFields) -> ET.Element:
    return ET.fromstring(qti.item_xml(asked, "quiz-01"))


def texts(root: ET.Element, name: str) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(SPACE + name)]


@slowly(60)
@given(st.sampled_from(sorted(KINDS)).flatmap(questions))
def test_any_question_is_an_item_that_refers_to_what_it_has(asked: QuestionFields):
    root = item(asked)
    declared = {each.get("identifier") for each in root if "declaration" in each.tag}
    assert {each.get("outcome-identifier") for each in root.iter(f"{SPACE}qti-modal-feedback")} <= declared
    assert {each.get("identifier") for each in root.iter(f"{SPACE}qti-set-outcome-value")} <= declared
    offered = [each.get("identifier", "") for each in root.iter(f"{SPACE}qti-simple-choice")]
    assert len(set(offered)) == len(offered)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", each) for each in offered)
    if offered:
        assert set(texts(root, "qti-value")[: len(offered)]) & set(offered)


def worth(asked: SeveralQuestion, picked: set[str]) -> float:
    """Return the marks that the item's own mapping, bounds and constants give, read from its XML."""
    root = item(asked)
    mapping = next(root.iter(f"{SPACE}qti-mapping"), None)
    if mapping is None:
        return float(picked == set(texts(next(root.iter(f"{SPACE}qti-correct-response")), "qti-value")))
    mapped = {each.get("map-key"): float(each.get("mapped-value", "")) for each in mapping}
    score = sum(mapped[letter] for letter in picked)
    low, high = float(mapping.get("lower-bound", "-9")), float(mapping.get("upper-bound", "9"))
    constants = [float(text) for total in root.iter(f"{SPACE}qti-sum") for text in texts(total, "qti-base-value")]
    return min(max(score, low), high) + sum(constants)


@for_each("credit", ["right_minus_wrong", "each_choice", "all_or_nothing"])
@for_each("right", [["A"], ["A", "C"], ["A", "B", "D"], ["A", "B", "C", "D"]])
def test_several_choices_are_marked_as_here(credit: str, right: list[str]):
    asked = question(choices={letter: f"choice {letter}" for letter in "ABCD"}, answers=right, credit=credit)
    assert isinstance(asked, SeveralQuestion)
    identity = {letter: pick for pick, letter in asked.letters.items()}
    for number in range(1, 16):
        picked = {letter for i, letter in enumerate("ABCD") if number >> i & 1}
        ours = asked.mark([identity[letter] for letter in sorted(picked)]).score
        assert worth(asked, picked) == pytest.approx(ours)


def test_a_number_is_right_within_exact_bounds():
    root = item(question(number=0.3, tolerance=0.1))
    bounds = [texts(each, "qti-base-value") for name in ("qti-gte", "qti-lte") for each in root.iter(SPACE + name)]
    assert bounds == [["0.2"], ["0.4"]]


def test_the_hint_is_for_tutors_and_no_key_is_in_the_body():
    root = item(question(text="secret", hint="Look.", explanation="It is secret."))
    (block,) = root.iter(f"{SPACE}qti-rubric-block")
    assert block.get("view") == "tutor"
    assert "secret" not in "".join(next(root.iter(f"{SPACE}qti-item-body")).itertext())


def test_a_package_has_a_manifest_that_names_each_file_and_a_test_of_all_items():
    asked = (question(text="a"), question(number=1, concept="FIFO", difficulty="hard"))
    file = exchange.exported(lesson_with(*asked, practice=(question(text="b"),)), "my lesson é", "qti")
    assert (file.name, file.media_type) == ("my lesson é.qti.zip", "application/zip")
    with ZipFile(BytesIO(file.content)) as package:
        manifest = package.read("imsmanifest.xml").decode()
        assert set(re.findall(r'<file href="([^"]+)"', manifest)) == set(package.namelist()) - {"imsmanifest.xml"}
        test = ET.fromstring(package.read("test.xml"))
    references = [each.get("href") for each in test.iter(f"{SPACE}qti-assessment-item-ref")]
    assert references == ["items/quiz-01.xml", "items/quiz-02.xml", "items/practice-01.xml"]
    assert 'identifier="package-my-lesson--"' in manifest
    assert "FIFO" in manifest
    assert "<value>difficult</value>" in manifest
