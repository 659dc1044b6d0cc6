"""Exported questions can be imported again: completely from our own files, else as far as the format allows."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.exchange.questions import KINDS, lesson_with, question, questions
from tests.fuzzing import slowly
from tests.lessons import OURS
from tests.tables import for_each
from tutor import exchange, library
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz.choices import WithChoices
from tutor.engine.lesson.questions.quiz.state import StateQuestion
from tutor.engine.lesson.questions.quiz.text import TextQuestion
from tutor.engine.lesson.questions.typed_answers import forgiven
from tutor.exchange import gift
from tutor.exchange.texts import for_xml, html_of, inline_html_of, plain_of

LESSONS = OURS
FORMATS = ("moodle", "gift")

of_any_kind = st.sampled_from(sorted(KINDS)).flatmap(questions)


def there_and_back(to: str, *asked: QuestionFields, comments: bool = True) -> list[QuestionFields]:
    """Return the questions after a way out and in; without `comments` as if another system had written the file."""
    content = exchange.exported(lesson_with(*asked), "x", to).content
    if not comments:
        content = re.sub(rb"<!--.*?-->|// redis-tutor: .*", b"", content)
    found = exchange.imported(content, to)
    assert [problem for problem in found.problems if problem.severity == "error"] == []
    return [each.question for each in found.questions]


@pytest.mark.slow
@pytest.mark.django_db
@for_each("to", FORMATS)
@for_each("path", LESSONS)
def test_the_questions_of_our_lessons_come_back_as_they_were(path: Path, to: str):
    lesson = library.read(path.read_bytes(), path.name).lesson
    assert lesson is not None
    found = exchange.imported(exchange.exported(lesson, path.stem, to).content, to)
    assert [each.question for each in found.questions] == [*lesson.quiz, *lesson.practice]
    assert found.problems == ()


@slowly(40)
@given(of_any_kind)
def test_any_question_comes_back_from_moodle_xml_as_it_was(asked: QuestionFields):
    assert there_and_back("moodle", asked) == [asked]


@slowly(40)
@given(of_any_kind)
def test_any_question_comes_back_from_gift_as_it_was(asked: QuestionFields):
    if not gift.obstacle(asked):
        assert there_and_back("gift", asked) == [asked]


def seen(markdown: str) -> str:
    """Return the visible text without spaces, because HTML does not preserve some rare ones."""
    return "".join(plain_of(html_of(markdown)).split())


def seen_choice(text: str) -> str:
    return "".join(plain_of(inline_html_of(text)).split())


@pytest.mark.slow
@slowly(40)
@given(questions("choice") | questions("several"), st.sampled_from(FORMATS))
@example(question(choices={"A": "%50%", "B": "x"}, answer="A"), "gift")
@example(question(choices={"A": "%50%", "B": "x"}, answer="B"), "gift")
@example(question(choices={"A": "%50%", "B": "%-5.5%", "C": "%0% x"}, answers=["A", "C"]), "gift")
def test_choices_come_back_without_our_comments_too(asked: QuestionFields, to: str):
    assert isinstance(asked, WithChoices)
    # Invisible characters are lost in HTML, after which two choices may be equal.
    shown = [seen_choice(choice.text) for choice in asked.options.values()]
    assume(seen(asked.question) and all(shown) and len(set(shown)) == len(shown))
    (found,) = there_and_back(to, asked, comments=False)
    assert isinstance(found, type(asked))
    assert [seen_choice(c.text) for c in found.options.values()] == [
        seen_choice(c.text) for c in asked.options.values()
    ]
    assert seen(found.question) == seen(asked.question)
    assert getattr(found, "answer", None) == getattr(asked, "answer", None)
    assert set(getattr(found, "answers", ())) == set(getattr(asked, "answers", ()))


@slowly(40)
@given(questions("text") | questions("number") | questions("order") | questions("state"), st.sampled_from(FORMATS))
def test_other_keys_come_back_without_our_comments_too(asked: QuestionFields, to: str):
    assume(not gift.obstacle(asked) and seen(asked.question))
    if asked.kind == "order":
        assume(all(map(seen_choice, asked.order)))
    (found,) = there_and_back(to, asked, comments=False)
    assert seen(found.question) == seen(asked.question)
    match asked.kind:
        case "number":
            assert (found.number, found.tolerance) == (asked.number, asked.tolerance)
        case "order":
            assert list(map(seen_choice, found.order)) == list(map(seen_choice, asked.order))
        case "text":
            assert {forgiven(text) for text in (found.text, *found.also)} >= spelled(asked)
        case "state":
            assert isinstance(found, StateQuestion | TextQuestion)


def spelled(asked: QuestionFields) -> set[str]:
    assert isinstance(asked, TextQuestion)
    return {forgiven(for_xml(text.strip())) for text in (asked.text, *asked.also)}
