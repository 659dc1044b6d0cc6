"""References in prose: what is read as one, and how steps and values are shown safely wherever they stand."""

import html
import re

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.tables import for_each
from tutor import prose
from tutor.assessment.questions import shown_text
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.references import Look, ToldValue, looks_in, told

STEPS = [
    {"actor": "a", "id": "first-push", "action": "Push", "command": "LPUSH queue a"},
    {"actor": "a", "id": "second-push", "action": "Push", "command": "LPUSH queue b"},
    {"actor": "a", "action": "Take it", "command": "RPOP queue", "save": "task"},
]


def lesson(**fields: object) -> Lesson:
    head = {"format": 2, "title": "x", "track": "x", "actors": ["a"], "watch": ["queue"], "variables": ["task"]}
    return Lesson.model_validate({**head, "steps": STEPS, **fields})


VALUES = {
    Look("queue", 0): ToldValue("[]", "[]", []),
    Look("queue", 2): ToldValue("['b', 'a']", "['b', 'a']", ["b", "a"]),
    Look("task", 3): ToldValue("a", "'a'", "a"),
}


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip("\n")


@for_each(
    ("written", "shown"),
    [
        ("{step second-push}", "step 2"),
        ("{Step take-it} ends it", "Step 3 ends it"),
        ("In steps {step first-push} and {step second-push}", "In steps 1 and 2"),
        ("Steps {step first-push}, {step second-push} and {step take-it}.", "Steps 1, 2 and 3."),
        ("steps {step first-push}-{step take-it}", "steps 1-3"),
        ("{step first-push} to {step take-it}", "step 1 to step 3"),
        ("{queue after second-push}", "['b', 'a']"),
        ("`{queue after second-push}`", "['b', 'a']"),
        ("{queue after start} {task after take-it} {task after take-it!r}", "[] a 'a'"),
        ("{queue after first-push}", "queue after step 1"),
        ("`{queue after first-push}`", "queue after step 1"),
        ('{"a": 1} {task} {look after yourself} {step 2}', '{"a": 1} {task} {look after yourself} {step 2}'),
        ("`{step first-push}`", "{step first-push}"),
        ("\\{step first-push}", "{step first-push}"),
        ("```\n{step first-push} {queue after start}\n```", "{step first-push} {queue after start}"),
        ("~~~\n{queue after start}\n~~~", "{queue after start}"),
        ("x\n\n    {queue after start}", "x\n{queue after start}"),
    ],
)
def test_what_learners_read(written: str, shown: str):
    found = told(lesson(closing=written), VALUES).closing
    assert text_of(prose.as_html(found)) == shown


@given(
    value=st.text(min_size=1, max_size=30),
    around=st.sampled_from(
        ["{}", "x {} y", "*{}*", "- {}", "1. {}", "`{}`", "`` {} ``", "`x {} y`", "[{}](u)", "> {}"]
    ),
)
def test_a_value_shows_as_itself_and_is_never_markup(value: str, around: str):
    """Compared with the same text around a harmless word: no element more, no element less."""
    # Emphasis does not begin or end beside a space: https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run
    assume(not around.startswith("*") or value == value.strip())
    values = {Look("task", 3): ToldValue(value, value, value)}
    written = around.replace("{}", "{task after take-it}")
    drawn = str(prose.bare_html(told(lesson(closing=written), values).closing))
    plain = str(prose.bare_html(around.replace("{}", "word")))
    assert re.findall(r"</?[a-z]+", drawn) == re.findall(r"</?[a-z]+", plain)
    cell = told(lesson(transcript="{task after take-it}"), values).transcript
    if value.strip() and not around.startswith("[") and not {"\x00", "\ufffd"} & {*value}:
        assert " ".join(cell.split()) in " ".join(text_of(drawn).split())


@given(st.text(alphabet="`'[]<>*_\\a &#\n", min_size=1, max_size=12))
def test_a_choice_that_is_a_value_is_drawn_and_claims_as_the_value(value: str):
    asked = {"question": "?", "choices": {"A": "{task after take-it!r}", "B": "x"}, "answer": "A"}
    values = {Look("task", 3): ToldValue(value, repr(value), value)}
    (question,) = told(lesson(quiz=[asked]), values).quiz
    assert question.key_says(value)
    shown = shown_text(question.key_text)
    assert shown.text == repr(value)
    assert shown.is_value or text_of(shown.html).strip() == repr(value)


ASKED = {
    "question": "Look at {step take-it}?",
    "choices": {"A": "{Step take-it}", "B": "{Step first-push}"},
    "answer": "A",
}


def test_an_inserted_step_changes_no_identity_and_no_meaning():
    """Answers are stored by the question's id, its meaning, and the identities of its choices."""
    before = lesson(quiz=[ASKED])
    more = [{"actor": "a", "id": "new", "action": "New", "print": "x"}, *STEPS]
    after = lesson(quiz=[ASKED], steps=more)
    (one,), (other,) = told(before, {}).quiz, told(after, {}).quiz
    assert (one.key_text, other.key_text) == ("Step 3", "Step 4")
    assert one.meaning == other.meaning == before.quiz[0].meaning
    assert one.arranged("seed") == other.arranged("seed") == before.quiz[0].arranged("seed")
    assert told(before, {}).ids == before.ids


def test_answers_from_before_a_name_replaced_a_number_count():
    numbered = {**ASKED, "question": "x", "choices": {"A": "Step 3", "B": "Step 1"}}
    (old,), (new,) = lesson(quiz=[numbered]).quiz, told(lesson(quiz=[{**ASKED, "question": "x"}]), {}).quiz
    assert old.meaning in new.meanings
    for letter, identity in zip("AB", old.arranged("") and old.letters, strict=True):
        assert new.letters[str(new.current(identity))] == letter


def test_a_proof_that_finds_a_step_is_claimed_by_its_name():
    (question,) = told(lesson(quiz=[ASKED]), {}).quiz
    assert question.key_says(3)
    assert not question.key_says(1)


@for_each(
    "field",
    [
        {"steps": ["take-it", 1]},
        {"proof": {"after": "take-it", "variable": "task"}},
        {"proof": {"first": {"variable": "task", "equals": "a", "after": "first-push"}}},
        {"proof": {"after": 3, "variable": "task", "replace": {"first-push": "LPUSH queue c"}}},
    ],
)
def test_a_name_stands_wherever_a_number_can(field: dict[str, object]):
    numbers = {"take-it": 3, "first-push": 1}

    def numbered(value: object) -> object:
        if isinstance(value, dict):
            return {numbers.get(name, name): numbered(each) for name, each in value.items()}
        if isinstance(value, list):
            return [numbered(each) for each in value]
        return numbers.get(value, value) if isinstance(value, str) else value

    asked = {"question": "?", "text": "a"}
    (named,) = lesson(quiz=[{**asked, **field}]).quiz
    (counted,) = lesson(quiz=[{**asked, **numbered(field)}]).quiz  # type: ignore[dict-item]
    assert named == counted


def test_values_are_looked_for_in_every_prose_field():
    written = "{task after take-it}"
    of_question = {
        "question": written,
        "text": "a",
        "hint": written,
        "solution": {"steps": [written], "answer": written},
    }
    fields: list[dict[str, object]] = [
        {"closing": written},
        {"snapshot": [written]},
        {"transcript": written},
        {"sample": {"code": "x", "about": written}},
        {"key_moments": [{"question": written, "answer": "x"}]},
        {"key_moments": [{"question": "x", "answer": written}]},
        {"quiz": [of_question]},
        {"practice": [of_question]},
        {"quiz": [{"question": "x", "choices": {"A": written, "B": "x"}, "answer": "A", "mistakes": {"B": written}}]},
    ]
    for each in fields:
        found = lesson(**each)
        assert looks_in(found) == {Look("task", 3)}
        assert written not in str(told(found, VALUES).model_dump(include=set(each)))
