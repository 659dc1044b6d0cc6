"""Every address and form field that takes a number: other texts, and numbers out of order, are client errors."""

from itertools import product
from pathlib import Path

import pytest
from django.test import Client

from tests.asking import LESSON, SLUG, shelve
from tests.fuzzing import some_of
from tests.instructors import instructor
from tests.learners import remembered
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor.models import Attempt, Entry, Prediction, Revision, Run, Sitting
from tutor.studio import drafts
from tutor.urls import urlpatterns

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)

WRONG = ["0", "-1", "999999", "1000000", str(2**31), str(2**63), str(10**30), "x", "1x", "1.5", "1e3", "٣", "²", "%00"]

POSTED = {
    "submit_answer": ("/lessons/asking/quiz/1/attempts/N/", {"answer": "x"}),
    "submit_answer to no question": ("/lessons/asking/quiz/N/attempts/1/", {"answer": "x"}),
    "ask_help": ("/lessons/asking/quiz/N/help/", {"kind": "hint"}),
    "prove_answer": ("/lessons/asking/quiz/N/proof/", {}),
    "take_step": ("/runs/RUN/steps/N/", {}),
    "predict_step": ("/runs/RUN/predictions/N/", {"guess": "['x']"}),
    "give_reason": ("/runs/RUN/predictions/N/reason/", {"reason": "guess"}),
    "reopen_revision": ("/studio/drafts/queues/revisions/N/reopen/", {}),
    "publish_revision": ("/studio/drafts/queues/revisions/N/publish/", {}),
    "start_run": ("/lessons/asking/runs/", {"number": "N"}),
    "predict_first_step": ("/lessons/asking/predictions/", {"number": "N", "guess": "['x']"}),
    "start_sitting": ("/lessons/asking/tests/", {"number": "N"}),
    "save_draft": ("/studio/drafts/queues/save/", {"base": "N", "source": "title: other\n"}),
    "check_draft": ("/studio/drafts/queues/check/", {"base": "N", "source": "title: other\n"}),
    "rebase_changes": ("/studio/drafts/queues/rebase/", {"onto": "N"}),
}
SHOWN = {
    "question": "/runs/RUN/predictions/N/question/",
    "revision": "/studio/drafts/queues/revisions/N/",
    "revision_file": "/studio/drafts/queues/revisions/N/file/",
    "lesson": "/lessons/asking/?at=N",
}
WITH_START = {"lesson"}
"""Where 0 is no wrong number: it is the start."""


@pytest.fixture
def visitor(client: Client) -> Client:
    """A learner who is an instructor too, and has one of everything that is numbered."""
    user = instructor()
    client.force_login(user)
    drafts.begin("queues", LESSON, user)
    remembered(client)
    client.post(f"/lessons/{SLUG}/predictions/", {"number": 1, "guess": "['x']"})
    client.post(f"/lessons/{SLUG}/quiz/1/attempts/1/", {"answer": "x"})
    client.post(f"/lessons/{SLUG}/tests/", {"number": 1})
    client.post(f"/tests/{Sitting.objects.get().pk}/finish/")
    return client


def stored() -> list[int]:
    return [model.objects.count() for model in (Attempt, Entry, Prediction, Revision, Run, Sitting)]


def put_in(text: str, number: str) -> str:
    return text.replace("RUN", str(Run.objects.get().pk)).replace("N", number)


@pytest.mark.slow
@for_each("turn, name", list(enumerate(POSTED)))
def test_a_wrong_number_is_the_senders_fault_and_stores_nothing(visitor: Client, turn: int, name: str):
    url, fields = POSTED[name]
    before = stored()
    for number, headers in some_of([*product(WRONG, ({}, {"HX-Request": "true"}))], turn):
        sent = {field: number if value == "N" else value for field, value in fields.items()}
        answer = visitor.post(put_in(url, number), sent, headers=headers)
        assert 400 <= answer.status_code < 500, number
    assert stored() == before


@for_each("name", ["start_run", "predict_first_step", "start_sitting", "save_draft", "rebase_changes"])
def test_a_missing_number_is_the_senders_fault(visitor: Client, name: str):
    url, fields = POSTED[name]
    answer = visitor.post(url, {field: value for field, value in fields.items() if value != "N"})
    assert 400 <= answer.status_code < 500


@pytest.mark.slow
@for_each("number", WRONG)
@for_each("name", SHOWN)
def test_a_page_of_a_wrong_number_is_not_there(visitor: Client, name: str, number: str):
    answer = visitor.get(put_in(SHOWN[name], number), headers={"HX-Request": "true"})
    assert 400 <= answer.status_code < 500 or (number == "0" and name in WITH_START)


@for_each("name", ["start_run", "predict_first_step", "start_sitting", "submit_answer", "take_step", "predict_step"])
@for_each("number", ["0", "999999"])
def test_a_number_out_of_order_is_a_conflict(visitor: Client, name: str, number: str):
    url, fields = POSTED[name]
    sent = {field: number if value == "N" else value for field, value in fields.items()}
    assert visitor.post(put_in(url, number), sent).status_code == 409


def test_every_address_with_a_number_is_in_the_tables():
    numbered = {pattern.name for pattern in urlpatterns if "<int:" in str(pattern.pattern)}
    assert len(numbered) > 7
    assert numbered <= {*POSTED, *SHOWN}


def test_every_field_that_is_a_number_is_in_the_tables():
    """The fields are those that a view reads with `number_of`, or that go into an address with a number."""
    views = Path(__file__).parents[2] / "tutor" / "views"
    reads = sum(file.read_text().count('number_of(request.POST.get("') for file in views.glob("*.py"))
    assert reads == sum("N" in fields.values() for _, fields in POSTED.values())
