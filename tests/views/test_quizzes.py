"""Quiz and practice: each form with htmx and without, by strangers and twice; pages must not reveal keys."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.asking import HEAD, PRACTICE, QUIZ, SECRETS, SLUG, shelve
from tests.learners import remembered
from tests.markup import Element, elements, find, text_of
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor import library
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.models import Attempt, Help
from tutor.ports import redis_corner

pytestmark = pytest.mark.django_db

LESSON = f"""\
{HEAD}{QUIZ}\
  - {{question: Which task is popped?, choices: {{A: "'task1'", B: "'task2'"}}, answer: A, steps: [3],
     proof: {{after: 3, variable: task}}}}
  - {{question: And with RPUSH?, choices: {{A: "['task2', 'task1']", B: "['task1', 'task2']"}}, answer: B, steps: [1],
     hint: Think., hint_costs: 0.2, proof: {{after: 2, key: queue, swap: {{LPUSH: RPUSH}}}}}}
{PRACTICE}"""

PAGE = f"/lessons/{SLUG}/quiz/"
TASKS = f"/lessons/{SLUG}/practice/"
HTMX = {"HX-Request": "true"}
FORMS = [f"{PAGE}1/attempts/1/", f"{PAGE}1/help/", f"{PAGE}7/proof/"]
CHOICE, SEVERAL, TEXT, NUMBER, ORDER, STATE, PROVED, CHANGED = range(1, 9)
PROVED_ID = "which-task-is-popped"


shelf = shelf_of(lambda folder: shelve(folder, LESSON))


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser that has been here before: it has its cookie."""
    return remembered(client)


def question(number: int) -> QuestionFields:
    return library.find(SLUG).lesson.quiz[number - 1]


def pick(text: str, number: int = CHOICE) -> str:
    asked = question(number)
    return next(identity for identity in asked.arranged("") if asked.option_text(identity) == text)


def send(visitor: Client, answer: object, number: int = CHOICE, attempt: int = 1, **headers: str) -> HttpResponse:
    return visitor.post(f"{PAGE}{number}/attempts/{attempt}/", {"answer": answer}, headers=headers)


def ask(visitor: Client, kind: str, page: str = f"{PAGE}1/", **headers: str) -> HttpResponse:
    return visitor.post(f"{page}help/", {"kind": kind}, headers=headers)


def walk(visitor: Client, steps: int) -> None:
    """Run the lesson's first steps."""
    visitor.post(f"/lessons/{SLUG}/runs/", {"number": 1})
    for step in range(2, steps + 1):
        (url,) = [form["action"] for form in find(tree(visitor.get(f"/lessons/{SLUG}/")), "form", id="next")]
        visitor.post(url.replace("/1/", f"/{step}/"))


def tree(answer: HttpResponse) -> list[Element]:
    return elements(answer.content.decode())


def said(answer: HttpResponse) -> str:
    return text_of(answer.content.decode())


def card(answer: HttpResponse, number: int = CHOICE, part: str = "quiz") -> Element:
    (found,) = find(tree(answer), "article", id=f"{part}-{number}")
    return found


def lit(answer: HttpResponse) -> list[str]:
    return [row["id"] for row in tree(answer) if row.tag == "tr" and "is-lit" in row["class"].split()]


# The pages


def test_the_quiz_asks_everything_beside_the_table(visitor):
    walk(visitor, 2)
    answer = visitor.get(PAGE)
    assert [each["id"] for each in find(tree(answer), "article")] == [f"quiz-{number}" for number in range(1, 9)]
    assert [row["id"] for row in tree(answer) if row["id"].startswith("row-")] == ["row-1", "row-2"]
    assert "You are at step 2 of 5. Run the rest" in said(answer)


def test_rows_beside_the_questions_lead_to_the_steps_page(visitor):
    walk(visitor, 1)
    (link,) = [each for each in tree(visitor.get(PAGE)) if each["class"] == "row-step"]
    assert (link["href"], link["hx-get"]) == (f"/lessons/{SLUG}/?at=1", "")


def test_who_has_run_nothing_may_answer_all_the_same(visitor):
    assert "you can look up the answers. Run the steps" in said(visitor.get(PAGE))
    assert send(visitor, pick("green")).status_code == 303
    assert Attempt.objects.get().score == 1


def test_the_practice_asks_its_tasks_with_their_difficulty(visitor):
    text = said(visitor.get(TASKS))
    assert "Task 1 Easy" in text
    assert "Task 6 Hard" in text


@pytest.mark.parametrize("kind", ["radio", "checkbox"])
def test_choices_are_a_fieldset_with_a_legend(visitor, kind: str):
    number, words = (CHOICE, "One choice?") if kind == "radio" else (SEVERAL, "Several?")
    (fieldset,) = find(card(visitor.get(PAGE), number).descendants, "fieldset")
    assert fieldset.children[0].tag == "legend"
    assert fieldset.children[0].text == words
    assert {each["name"] for each in find(fieldset.descendants, "input", type=kind)} == {"answer"}


@pytest.mark.parametrize("number", [TEXT, NUMBER, STATE])
def test_a_field_has_the_question_for_its_label(visitor, number: int):
    found = card(visitor.get(PAGE), number).descendants
    (label,) = find(found := list(found), "label")
    (field,) = find(found, "input", name="answer")
    assert (label["for"], label.text) == (field["id"], question(number).question)


def test_the_rule_for_several_choices_is_shown(visitor):
    assert question(SEVERAL).credit.rule in said(visitor.get(PAGE))


@pytest.mark.parametrize("part", ["quiz", "practice"])
def test_a_lesson_without_questions_says_so(visitor, shelf: Path, part: str):
    shelve(shelf, HEAD)
    assert f"This lesson has no {part} yet." in said(visitor.get(f"/lessons/{SLUG}/{part}/"))


@pytest.mark.parametrize("url", ["/lessons/nowhere/quiz/", f"/lessons/{SLUG}/exam/"])
def test_a_missing_lesson_is_not_found(visitor, url: str):
    assert visitor.get(url).status_code == 404


@for_each("look", ["0", "99", "-1", "x", "1e9", "1000000000000"])
def test_a_strange_look_is_no_look(visitor, look: str):
    answer = visitor.get(PAGE, {"look": look})
    assert (answer.status_code, lit(answer)) == (200, [])


# Pages must not reveal keys


def masked(answer: HttpResponse) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value)="\w+"', r"\1", answer.content.decode())


@pytest.mark.parametrize("url", [PAGE, TASKS])
def test_no_page_reveals_a_key_a_hint_or_a_solution_early(visitor, url: str):
    walk(visitor, 5)
    page = visitor.get(url).content.decode()
    assert [secret for secret in SECRETS if secret in page] == []


def test_a_page_is_the_same_to_the_byte_whatever_the_key_is(visitor, shelf: Path):
    plain = LESSON.replace("mistakes: {A: a secret mistake}, ", "")
    shelve(shelf, plain)
    before = masked(visitor.get(PAGE)), masked(visitor.get(TASKS))
    other = plain
    for right, wrong in [
        ("answer: B", "answer: Z"),
        ("answer: A", "answer: B"),
        ("answer: Z", "answer: A"),
        ("answers: [A, C]", "answers: [B]"),
        ("text: sesame", "text: open"),
        ("number: 4711", "number: 12"),
        ("state: [x, y]", "state: [y, x]"),
    ]:
        other = other.replace(right, wrong)
    shelve(shelf, other)
    assert library.find(SLUG).lesson.quiz != library.read(plain, "").lesson.quiz
    assert (masked(visitor.get(PAGE)), masked(visitor.get(TASKS))) == before


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("number", [TEXT, NUMBER, SEVERAL, CHOICE])
def test_a_wrong_answer_does_not_reveal_the_right_one(visitor, number: int, headers: dict[str, str]):
    wrong = {TEXT: "wrong", NUMBER: "1", SEVERAL: pick("two", SEVERAL), CHOICE: pick("red")}[number]
    send(visitor, wrong, number)
    answer = visitor.get(PAGE) if not headers else send(visitor, wrong, number, **headers)
    told = [secret for secret in SECRETS if secret in answer.content.decode()]
    assert told == (["secret mistake"] if number == CHOICE else [])


def test_an_empty_answer_reveals_nothing(visitor):
    answer = send(visitor, "", **HTMX)
    assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


# Answering


def test_a_right_answer_is_said_in_words_with_sign_explanation_and_row(visitor):
    walk(visitor, 5)
    answer = send(visitor, pick("green"), **HTMX)
    text = said(answer)
    assert "Right. a secret explanation Look at step 3" in text
    assert [each["href"] for each in find(card(answer).descendants, "use")].count("#i-check") >= 2
    assert card(answer)["data-lit"] == "3"
    assert "1 of 8 right" in text


def test_without_htmx_an_answer_leads_to_its_question_with_the_row_lit(visitor):
    walk(visitor, 5)
    answer = send(visitor, pick("green"))
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?look=one-choice#quiz-one-choice")
    shown = visitor.get(f"{PAGE}?look=one-choice")
    assert find(tree(shown), "header", id="quiz-one-choice")
    assert lit(shown) == lit(visitor.get(f"{PAGE}?look=1")) == ["row-3"]
    assert lit(visitor.get(PAGE)) == []
    (link,) = [each for each in card(shown).descendants if each["class"] == "row-link"]
    assert link["href"] == "#row-3"


def test_a_row_that_is_not_reached_is_no_link_but_a_way_to_get_there(visitor):
    walk(visitor, 2)
    answer = send(visitor, pick("green"), **HTMX)
    assert "You have not reached step 3 yet. Run the steps" in said(answer)
    assert card(answer)["data-lit"] == ""
    assert find(card(answer).descendants, "a", href=f"/lessons/{SLUG}/")


def test_a_wrong_answer_says_what_was_wrong_and_offers_the_next_attempt(visitor):
    answer = send(visitor, pick("red"), **HTMX)
    assert "Not yet. You answered red a secret mistake" in said(answer)
    (form,) = find(tree(answer), "form", id="quiz-1-form")
    assert form["action"] == form["hx-post"] == f"{PAGE}one-choice/attempts/2/"
    assert "Right, on the second try." in said(send(visitor, pick("green"), attempt=2, **HTMX))


def test_part_of_the_marks_is_said(visitor):
    answer = send(visitor, pick("one", SEVERAL), SEVERAL, **HTMX)
    assert "Not yet. That is worth 50% of the marks." in said(answer)


def test_lines_in_place_are_counted(visitor):
    first, second, third = question(ORDER).options
    answer = send(visitor, [first, third, second], ORDER, **HTMX)
    assert "Not yet. 1 of 3 lines are in their place." in said(answer)


@pytest.mark.parametrize(
    ("number", "right"), [(TEXT, " 'Sesame' "), (NUMBER, "4711"), (STATE, "x y"), (STATE, "['x', 'y']")]
)
def test_what_is_typed_is_marked(visitor, number: int, right: str):
    assert "Right." in said(send(visitor, right, number, **HTMX))


def test_several_and_ordered_answers_are_stored_by_identity(visitor):
    several, lines = [pick("one", SEVERAL), pick("three", SEVERAL)], list(question(ORDER).options)
    send(visitor, several, SEVERAL)
    send(visitor, lines, ORDER)
    assert list(Attempt.objects.order_by("pk").values_list("answer", "score")) == [(several, 1), (lines, 1)]


@pytest.mark.slow
def test_what_is_stored_is_the_identity_whatever_letter_it_had(visitor):
    letters = set()
    for attempt in range(1, 20):  # each order is as likely as the other: one in 260,000 runs sees one alone
        (radio,) = find(card(visitor.get(PAGE)).descendants, "input", value=pick("red"))
        label = next(each for each in tree(visitor.get(PAGE)) if each.tag == "label" and radio in each.children)
        letters.add(label.children[1].text)
        send(visitor, pick("red"), attempt=attempt)
    assert letters == {"A", "B"}
    assert set(Attempt.objects.values_list("answer", flat=True)) == {pick("red")}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_an_empty_form_is_answered_with_a_request_and_not_counted(visitor, headers: dict[str, str]):
    answer = send(visitor, "", **headers)
    assert answer.status_code == 200
    assert "Choose an answer first. Nothing was counted." in said(answer)
    assert not Attempt.objects.exists()


def test_a_letter_is_no_answer(visitor):
    assert "Choose an answer first." in said(send(visitor, "B", **HTMX))


def test_what_was_typed_stays_in_the_field(visitor):
    answer = send(visitor, 'two "or" <three>', NUMBER)
    (field,) = find(card(answer, NUMBER).descendants, "input", name="answer")
    assert field["value"] == 'two "or" <three>'


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_double_click_counts_once_and_gets_the_same_answer(visitor, headers: dict[str, str]):
    first, second = send(visitor, pick("red"), **headers), send(visitor, pick("red"), **headers)
    assert (masked(first), first.status_code) == (masked(second), second.status_code)
    assert Attempt.objects.count() == 1


def test_a_submitted_answer_can_not_be_changed(visitor):
    send(visitor, pick("red"))
    assert "Not yet." in said(send(visitor, pick("green"), **HTMX))
    assert [attempt.answer for attempt in Attempt.objects.all()] == [pick("red")]


@pytest.mark.parametrize("attempt", ["2", "99", "999999999999999999999999"])
def test_an_attempt_out_of_order_is_refused_in_words(visitor, attempt: str):
    answer = visitor.post(f"{PAGE}1/attempts/{attempt}/", {"answer": pick("green")}, headers=HTMX)
    assert answer.status_code == 409
    assert "This page is out of date." in said(answer)
    assert not Attempt.objects.exists()


def test_a_question_that_is_done_takes_no_more_attempts(visitor):
    send(visitor, pick("green"))
    assert send(visitor, pick("red"), attempt=2).status_code == 409
    assert find(card(visitor.get(PAGE)).descendants, "form", id="quiz-1-form") == []


@for_each("number", ["0", "99", "999999999999999999999999", "-1", "x"])
def test_a_question_that_is_not_there_is_not_found(visitor, number: str):
    for url in (f"{PAGE}{number}/attempts/1/", f"{PAGE}{number}/help/", f"{PAGE}{number}/proof/"):
        assert visitor.post(url, {"answer": "x", "kind": "hint"}).status_code == 404


# Moving lines without JavaScript


def order_shown(answer: HttpResponse) -> list[str]:
    return [each["value"] for each in find(card(answer, ORDER).descendants, "input", name="answer")]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_move_button_moves_a_line_and_is_no_attempt(visitor, headers: dict[str, str]):
    a, b, c = order_shown(visitor.get(PAGE))
    moved = {"answer": [a, b, c], "move": f"{c}:up"}
    answer = visitor.post(f"{PAGE}{ORDER}/attempts/1/", moved, headers=headers)
    assert (answer.status_code, order_shown(answer)) == (200, [a, c, b])
    assert not Attempt.objects.exists()


def test_the_focus_stays_on_the_move_button(visitor):
    a, b, c = order_shown(visitor.get(PAGE))
    for move, focused in [(f"{c}:up", f"{c}:up"), (f"{b}:up", f"{b}:down"), (f"{b}:down", f"{b}:up")]:
        answer = visitor.post(f"{PAGE}{ORDER}/attempts/1/", {"answer": [a, b, c], "move": move})
        assert [each["value"] for each in tree(answer) if "autofocus" in each.attributes] == [focused]


def test_the_ends_of_a_list_have_dead_buttons(visitor):
    buttons = find(card(visitor.get(PAGE), ORDER).descendants, "button", name="move")
    assert ["disabled" in each.attributes for each in buttons] == [True, False, False, False, False, True]


# Hints and solutions


def test_a_hint_is_shown_when_asked_for_and_recorded(visitor):
    answer = ask(visitor, "hint", **HTMX)
    assert "Hint. a secret hint" in said(answer)
    assert find(tree(answer), "article") == []
    assert list(Help.objects.values_list("question", "kind")) == [("one-choice", "hint")]


def test_without_htmx_the_hint_is_on_the_page(visitor):
    assert ask(visitor, "hint")["Location"] == f"{PAGE}?look=one-choice#quiz-one-choice"
    assert "Hint. a secret hint" in said(visitor.get(PAGE))


def test_a_hint_that_costs_says_so_before_and_after(visitor):
    assert "Show hint (costs 20% of the marks)" in said(visitor.get(PAGE))
    ask(visitor, "hint", f"{PAGE}{CHANGED}/")
    answer = send(visitor, pick("['task1', 'task2']", CHANGED), CHANGED, **HTMX)
    assert "Right. The hint leaves 80% of the marks." in said(answer)


def test_a_hint_asked_for_twice_is_recorded_once(visitor):
    assert masked(ask(visitor, "hint", **HTMX)) == masked(ask(visitor, "hint", **HTMX))
    assert Help.objects.count() == 1


@pytest.mark.parametrize("kind", ["", "key", "answer"])
def test_there_is_no_other_help(visitor, kind: str):
    assert ask(visitor, kind).status_code == 404


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_solution_opens_when_asked_for(visitor, headers: dict[str, str]):
    answer = ask(visitor, "solution", f"{TASKS}1/", **headers)
    if not headers:
        assert answer["Location"] == f"{TASKS}?look=task-1#practice-task-1"
        answer = visitor.get(TASKS)
    words = "Worked solution a secret solution Answer the secret solution Quick check secret solution"
    assert words in said(answer)
    assert Help.objects.get().kind == "solution"


def test_a_solution_opens_after_the_right_answer(visitor):
    right = next(
        pick for pick, choice in library.find(SLUG).lesson.practice[0].options.items() if choice.text == "yes 1"
    )
    answer = visitor.post(f"{TASKS}1/attempts/1/", {"answer": right}, headers=HTMX)
    assert "Worked solution" in said(answer)
    assert not Help.objects.exists()


def test_the_answer_to_a_quiz_question_is_not_given_away(visitor):
    answer = ask(visitor, "solution", **HTMX)
    assert answer.status_code == 409
    assert "Answer the question first" in said(answer)


# Proofs


def prove(visitor: Client, number: int) -> HttpResponse:
    return visitor.post(f"{PAGE}{number}/proof/")


def test_a_proof_runs_the_lesson_and_says_what_the_server_says(visitor):
    send(visitor, pick("'task1'", PROVED), PROVED)
    assert find(card(visitor.get(PAGE), PROVED).descendants, "form", action=f"{PAGE}{PROVED_ID}/proof/")
    answer = prove(visitor, PROVED)
    assert "task after step 3 The server says: 'task1'" in said(answer)
    assert len(find(tree(answer), "table")) == 1
    assert [each.text for each in find(tree(answer), "td", class_=" is-answer")] == ["'task1'the answer"]


def test_a_proof_with_changed_steps_shows_both_runs(visitor):
    send(visitor, pick("['task1', 'task2']", CHANGED), CHANGED)
    answer = prove(visitor, CHANGED)
    assert "The server says: [ 'task1' , 'task2' ]" in said(answer)
    own, changed = find(tree(answer), "table")
    assert ("LPUSH queue task2" in own.text, "RPUSH queue task2" in changed.text) == (True, True)
    assert len(find(changed.descendants, "td", class_="is-different")) == 2
    assert len(find(changed.descendants, "td", class_="is-different is-answer")) == 1


def test_a_proof_is_not_run_before_the_answer(visitor):
    answer = prove(visitor, PROVED)
    assert (answer.status_code, "The server says" in said(answer)) == (409, False)


def test_a_question_without_a_proof_is_not_proved(visitor):
    send(visitor, pick("green"))
    assert prove(visitor, CHOICE).status_code == 404


def test_while_the_server_is_away_a_proof_says_so(visitor, monkeypatch: pytest.MonkeyPatch):
    send(visitor, pick("'task1'", PROVED), PROVED)

    def away(*_: object, **__: object) -> None:
        raise BrokerAway("Redis does not answer right now.")

    monkeypatch.setattr(redis_corner.RedisCorner, "exchange", away)
    monkeypatch.setattr(redis_corner.RedisCorner, "clear", away)
    answer = prove(visitor, PROVED)
    assert answer.status_code == 503
    assert "The Redis server does not answer." in said(answer)


# Strangers and forgers


@pytest.mark.parametrize("url", FORMS)
def test_forms_are_not_answered_to_a_get(visitor, url: str):
    assert visitor.get(url).status_code == 405


@pytest.mark.parametrize("url", FORMS)
def test_forms_without_a_token_or_from_elsewhere_are_refused(url: str):
    client = Client(enforce_csrf_checks=True)
    client.get(PAGE)
    token = client.cookies["csrftoken"].value
    assert client.post(url, {"answer": "x", "kind": "hint"}).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    sent = {"answer": "x", "kind": "hint", "csrfmiddlewaretoken": token}
    assert client.post(url, sent, headers=foreign).status_code == 403
    assert not (Attempt.objects.exists())
    assert not (Help.objects.exists())


def test_a_stranger_sees_nothing_of_what_another_learner_did(visitor):
    send(visitor, pick("green"))
    ask(visitor, "hint", f"{PAGE}2/")
    ask(visitor, "solution", f"{TASKS}1/")
    stranger = Client()
    stranger.get("/")
    for url in (PAGE, TASKS):
        page = stranger.get(url).content.decode()
        assert [secret for secret in SECRETS if secret in page] == []
    assert prove(stranger, PROVED).status_code == 409


def test_a_learner_named_in_a_form_is_ignored(visitor):
    send(visitor, pick("green"))
    mine = Attempt.objects.get().learner
    stranger = Client()
    stranger.get("/")
    stranger.post(f"{PAGE}1/attempts/1/", {"answer": pick("red"), "learner": str(mine)})
    assert Attempt.objects.filter(learner=mine).count() == 1


def test_everything_that_an_author_writes_is_inert(visitor, shelf: Path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> <b hx-get=/ hx-trigger=load>x</b> {{ 7*7 }}"
    hostile = LESSON
    for word in (
        "One choice?",
        "red",
        "a secret mistake",
        "a secret hint",
        "a secret explanation",
        "a secret solution",
    ):
        hostile = hostile.replace(word, f'"{word[:3]}{evil}"')
    shelve(shelf, hostile)
    wrong = next(pick for pick in question(1).arranged("") if question(1).option_text(pick).startswith("red"))
    send(visitor, wrong)
    ask(visitor, "hint")
    ask(visitor, "solution", f"{TASKS}1/")
    for url in (PAGE, TASKS):
        found = tree(visitor.get(url))
        assert [each for each in found if each.tag in ("img", "b") or "onerror" in each.attributes] == []
        assert [each["src"] for each in found if each.tag == "script" and not each["src"].startswith("/static/")] == []
        assert [each["hx-get"] for each in found if each["hx-get"]] == []
        assert "{{ 7*7 }}" in said(visitor.get(url))
