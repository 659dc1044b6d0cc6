"""Importing Moodle XML of real question banks: converted questions, omitted parts, and remarks."""

from textwrap import dedent

import pytest

from tests.exchange.questions import lesson_with, question
from tests.tables import for_each
from tutor import exchange
from tutor.exchange.comments import packed
from tutor.exchange.importing import Imported


def imported(*questions: str) -> Imported:
    text = "".join(dedent(each) for each in questions)
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{text}</quiz>\n'.encode()
    return exchange.imported(content, "moodle", "bank.xml")


def said(found: Imported) -> list[str]:
    return [str(problem) for problem in found.problems]


CAPITALS = """\
    <!-- question: 0  -->
      <question type="category">
        <category><text>$course$/top/Default for Geography</text></category>
        <info format="moodle_auto_format"><text></text></info>
        <idnumber></idnumber>
      </question>
    <!-- question: 4711  -->
      <question type="multichoice">
        <name><text>Capital</text></name>
        <questiontext format="html">
          <text><![CDATA[<p dir="ltr">What is the <b>capital</b> of France,&nbsp;2 &lt; 3?<br></p>]]></text>
        </questiontext>
        <generalfeedback format="html"><text><![CDATA[<p>Since 987.</p>]]></text></generalfeedback>
        <defaultgrade>1.0000000</defaultgrade>
        <penalty>0.3333333</penalty>
        <hidden>0</hidden>
        <idnumber></idnumber>
        <single>true</single>
        <shuffleanswers>true</shuffleanswers>
        <answernumbering>abc</answernumbering>
        <showstandardinstruction>0</showstandardinstruction>
        <correctfeedback format="html"><text>Your answer is correct.</text></correctfeedback>
        <partiallycorrectfeedback format="html">
          <text>Your answer is partially correct.</text>
        </partiallycorrectfeedback>
        <incorrectfeedback format="html"><text>Your answer is incorrect.</text></incorrectfeedback>
        <shownumcorrect/>
        <answer fraction="0" format="html">
          <text><![CDATA[<p>Lyon</p>]]></text>
          <feedback format="html"><text><![CDATA[<p>Only the <em>second</em> city.</p>]]></text></feedback>
        </answer>
        <answer fraction="100" format="html">
          <text><![CDATA[<p>Paris<br></p>]]></text>
          <feedback format="html"><text>Well done.</text></feedback>
        </answer>
        <hint format="html"><text><![CDATA[<p>The Seine.</p>]]></text></hint>
        <hint format="html"><text><![CDATA[<p>A tower.</p>]]></text></hint>
        <tags><tag><text>geography</text></tag></tags>
      </question>
"""


def test_a_choice_question_is_taken_with_its_feedback_hints_and_tag():
    found = imported(CAPITALS)
    assert said(found) == []
    assert found.questions[0].line == 10
    assert found.questions[0].question == question(
        question="What is the **capital** of France, 2 < 3?",
        choices={"A": "Lyon", "B": "Paris"},
        answer="B",
        mistakes={"A": "Only the *second* city."},
        explanation="Since 987.\n\nWell done.",
        hint="The Seine.\n\nA tower.",
        hint_costs=0.3333333,
        concept="geography",
    )


def several(*fractions: str, single: str = "false") -> str:
    answers = "".join(
        f'<answer fraction="{fraction}"><text>choice {i}</text></answer>' for i, fraction in enumerate(fractions)
    )
    text = "<questiontext format='html'><text>Which?</text></questiontext>"
    return f'<question type="multichoice">{text}<single>{single}</single>{answers}</question>'


@pytest.mark.parametrize("fractions", [("50", "50", "-50"), ("33.33333", "33.33333", "33.33333", "-33.33333")])
def test_several_right_choices_of_equal_weight(fractions: tuple[str, ...]):
    found = imported(several(*fractions))
    assert said(found) == []
    right = ["A", "B", "C"][: len(fractions) - 1]
    assert found.questions[0].question == question(
        question="Which?", choices={"ABCD"[i]: f"choice {i}" for i in range(len(fractions))}, answers=right
    )


@pytest.mark.parametrize("fractions", [("50", "50", "-100"), ("50", "50", "0"), ("75", "25", "-50")])
def test_other_weights_are_reported(fractions: tuple[str, ...]):
    found = imported(several(*fractions))
    assert found.questions[0].question.key == set(list(found.questions[0].question.letters)[:2])
    assert "its weights are not taken over" in said(found)[0]


@for_each(
    ("xml", "reason"),
    [
        (several("0", "0"), "no choice is right"),
        (several("50", "50", single="true"), "no choice alone is worth 100 %"),
        (several("100", "100", single="1"), "each of 2 choices alone is worth 100 %"),
        (several("100"), "it has 1 choice; a question can have 2 to 10"),
        (several(*["0"] * 11, "100"), "it has 12 choices; a question can have 2 to 10"),
        (several("100", "x"), "the fraction 'x' is no number"),
        (several("100", "nan"), "the fraction 'nan' is no number"),
        (several("50", "50").replace("choice 1", "choice 0"), "the choice B reads like the choice A"),
        (several("50", "50").replace("Which?", " "), "it asks nothing: its text is empty"),
        (several("50", "50").replace("choice 1", "<![CDATA[<p></p>]]>"), "choice 2 has no text"),
        ('<question type="truefalse"/>', "a true/false question has the answers true and false"),
        (
            '<question type="shortanswer"><questiontext><text>?</text></questiontext></question>',
            "no answer is worth 100",
        ),
    ],
)
def test_a_broken_question_is_an_error_in_its_line_and_the_others_are_taken(xml: str, reason: str):
    found = imported(f"{xml}\n", CAPITALS)
    assert len(found.questions) == 1
    (problem,) = said(found)
    assert problem.startswith("bank.xml:3:1: ")
    assert "warning" not in problem
    assert reason in problem


@for_each("kind", ["matching", "essay", "cloze", "calculated", "description", "ddwtos", "stack", ""])
def test_a_question_of_another_kind_is_left_out_with_a_note(kind: str):
    found = imported(f'<question type="{kind}"/>\n', CAPITALS)
    assert len(found.questions) == 1
    (problem,) = said(found)
    assert problem.startswith("bank.xml:3:1: warning: a")
    assert "can't be imported; there is no such kind of question here" in problem


def test_true_false_is_a_choice_that_is_not_shuffled():
    xml = """\
    <question type="truefalse">
      <questiontext format="moodle_auto_format"><text>Redis is
    a database.</text></questiontext>
      <answer fraction="0"><text>false</text><feedback><text>It stores data.</text></feedback></answer>
      <answer fraction="100"><text>true</text><feedback><text>Yes.</text></feedback></answer>
    </question>
    """
    assert imported(xml).questions[0].question == question(
        question="Redis is\\\na database.",
        choices={"A": "True", "B": "False"},
        answer="A",
        shuffle=False,
        explanation="Yes.",
        mistakes={"B": "It stores data."},
    )


def short(*answers: tuple[str, str], usecase: str = "0") -> str:
    written = "".join(
        f'<answer fraction="{f}" format="moodle_auto_format"><text>{t}</text></answer>' for t, f in answers
    )
    text = "<questiontext format='plain_text'><text>Which *command*?</text></questiontext>"
    return f'<question type="shortanswer">{text}<usecase>{usecase}</usecase>{written}</question>'


def test_short_answers():
    found = imported(short(("publish", "100"), ("PUBLISH", "100"), ("send", "50"), ("*", "0"), usecase="1"))
    assert found.questions[0].question == question(
        question="Which \\*command\\*?", text="publish", also=["PUBLISH"], ignore_case=False
    )
    assert "worth a part of the marks" in said(found)[0]


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [("publish*", "publish now", "a publish"), ("*pub*lish", "re-pub.lish", "publisher"), (r"\*", "*", "x")],
)
def test_a_star_matches_anything(answer: str, right: str, wrong: str):
    asked = imported(short((answer, "100"))).questions[0].question
    assert asked.mark(right).is_right
    assert not asked.mark(wrong).is_right


def test_an_answer_that_anything_fits_is_no_question():
    assert "its right answer is empty, or anything at all" in said(imported(short(("*", "100"))))[0]


def number(*answers: str, units: str = "") -> str:
    text = "<questiontext format='markdown'><text>How **many**?</text></questiontext>"
    return f'<question type="numerical">{text}{"".join(answers)}{units}</question>'


FIVE = '<answer fraction="100"><text>5</text><tolerance>0.5</tolerance></answer>'


def test_a_number_with_tolerance_and_unit():
    units = "<units><unit><multiplier>1</multiplier><unit_name>steps</unit_name></unit></units>"
    rest = '<answer fraction="0"><text>*</text><tolerance>0</tolerance></answer>'
    found = imported(number(FIVE, rest, units=units))
    assert found.questions[0].question == question(question="How **many**?", number=5, tolerance=0.5, unit="steps")


@for_each(
    "xml", [number(FIVE, FIVE), number(FIVE.replace(">5<", ">five<")), number(FIVE.replace("0.5", "-1")), number()]
)
def test_a_number_that_is_none_is_an_error(xml: str):
    found = imported(xml)
    assert found.questions == ()
    assert len(found.problems) == 1


def test_an_ordering_is_read_in_the_order_of_its_fractions():
    lines = [("b", "2.0000000"), ("a", "1.0000000"), ("c", "3.0000000")]
    answers = "".join(f'<answer fraction="{f}" format="html"><text>{t}</text></answer>' for t, f in lines)
    xml = f'<question type="ordering"><questiontext><text>Order</text></questiontext>{answers}</question>'
    assert imported(xml).questions[0].question == question(question="Order", order=["a", "b", "c"])


def test_no_html_gets_into_a_lesson_and_lost_images_are_reported():
    html = '<p>See <img src="@@PLUGINFILE@@/a.png" alt="the picture" onerror="alert(1)"><script>alert(1)</script>!</p>'
    xml = several("50", "50").replace("Which?", f"<![CDATA[{html}]]>")
    file = '</text><file name="a.png" path="/" encoding="base64">iVBORw0KGgo=</file></questiontext>'
    found = imported(xml.replace("</text></questiontext>", file))
    assert found.questions[0].question.question == "See the picture!"
    assert said(found) == ["bank.xml:3:1: warning: images and sound are left out; a lesson has none"]


def test_feedback_to_any_answer_is_reported():
    feedback = "<correctfeedback><text>Hurra!</text></correctfeedback>"
    found = imported(several("50", "50", "-50").replace("<single>", f"{feedback}<single>"))
    assert said(found) == ["bank.xml:3:1: warning: its feedback 'Hurra!' to any right or wrong answer is left out"]


@for_each("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_is_the_one_that_the_file_names(encoding: str):
    declared = encoding.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{declared}"?><quiz>{short(("Zürich", "100"))}</quiz>'
    content = xml.encode(encoding)
    assert exchange.format_of(content) == "moodle"
    assert exchange.imported(content, "moodle").questions[0].question.key_text == "Zürich"


def test_a_question_changed_after_the_export_is_read_from_the_file():

    asked = question(text="publish", proof={"after": 1, "key": "queue"}, concept="FIFO")
    content = exchange.exported(lesson_with(asked), "x", "moodle").content
    changed = content.replace(b"What?", b"Which?").replace(b">publish<", b">send<")
    found = exchange.imported(changed, "moodle")
    assert found.questions[0].question == question(question="Which?", text="send", concept="FIFO", difficulty="easy")
    assert "changed after its export" in said(found)[0]


def test_a_comment_that_claims_another_question_is_not_believed():

    honest, forged = question(text="publish"), question(text="anything")
    content = exchange.exported(lesson_with(honest), "x", "moodle").content
    content = content.replace(packed(honest).encode(), packed(forged).encode())
    assert exchange.imported(content, "moodle").questions[0].question.key_text == "publish"


@for_each("junk", [b"", b"!!!", b"bnVsbA==", b"W1tbW1s=", b"W" * 250_000])
def test_a_comment_that_is_junk_does_no_harm(junk: bytes):

    asked = question(text="publish")
    content = exchange.exported(lesson_with(asked), "x", "moodle").content.replace(packed(asked).encode(), junk)
    assert exchange.imported(content, "moodle").questions[0].question.key_text == "publish"
