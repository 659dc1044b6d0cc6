"""How much of a draft has teeth: the page before and after falsehoods are planted."""

import pytest
from django.test import Client

from tests.mutation.pages import LESSON
from tests.studio.studio_drafts import SLUG, draft, instructor
from tests.tables import for_each
from tutor.apart.limits import TEETH, WorkStopped
from tutor.studio import drafts, teeth

pytestmark = pytest.mark.django_db

PAGE = f"/studio/drafts/{SLUG}/teeth/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(instructor())
    return client


def test_nothing_is_tried_before_it_is_asked(client, monkeypatch):
    draft(LESSON)
    monkeypatch.setattr(teeth, "survey", lambda *_, **__: pytest.fail("it was tried"))
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "Plant falsehoods" in answer.content.decode()
    assert "of claims have teeth" not in answer.content.decode()


def test_the_editor_leads_to_the_page(client):
    draft(LESSON)
    assert f'href="{PAGE}"' in client.get(f"/studio/drafts/{SLUG}/").content.decode()


def test_gaps_lead_to_their_lines(client):
    draft(LESSON)
    answer = client.get(PAGE, {"class": "practice keys", "seed": "1"}).content.decode()
    assert "0 % of claims have teeth" in answer
    assert f'href="/studio/drafts/{SLUG}/#line-63-13"' in answer
    assert "if this said `3` instead of `2`, nothing would notice" in answer
    assert "All 7 were tried." in answer
    assert "<code>number: 2</code>" in answer


def test_a_sample_says_that_it_is_one_and_the_next_is_another(client, monkeypatch):
    monkeypatch.setattr(teeth, "SECONDS", 0.3)
    draft(LESSON)
    answer = client.get(PAGE, {"seed": "3", "class": ""}).content.decode()
    assert "This is a sample" in answer
    assert "Plant other falsehoods" in answer
    assert 'name="seed" value="4"' in answer


def test_the_unsaved_text_is_tried_and_not_changed(client):
    of = draft(LESSON)
    unsaved = LESSON + "# unsaved\n"
    drafts.keep(of, instructor(), unsaved.replace("number: 2", "number: 7"), base=1)
    answer = client.get(PAGE, {"class": "practice keys", "seed": "1"}).content.decode()
    assert "if this said `8` instead of `7`" in answer
    assert drafts.workspace(of, instructor()).source == unsaved.replace("number: 2", "number: 7")


@for_each(
    ("text", "kind", "said", "status"),
    [
        (LESSON.replace("reply: 2", "reply: 3"), "", "has errors. Correct them first", 422),
        ("title: [\n", "", "has errors. Correct them first", 422),
        (LESSON, "client", "No falsehood could be planted", 200),
        (LESSON, "quiz keys", "Every falsehood that was tried was found.", 200),
    ],
)
def test_the_page_says_why_there_is_no_list(client, text: str, kind: str, said: str, status: int):
    draft(text)
    answer = client.get(PAGE, {"class": kind, "seed": "1"})
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_work_that_is_stopped_is_said(client, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise WorkStopped("time", TEETH)

    monkeypatch.setattr(teeth, "survey", stopped)
    draft(LESSON)
    answer = client.get(PAGE, {"seed": "1"})
    assert answer.status_code == 503
    assert "Not tried: it takes longer than 12 seconds" in answer.content.decode()


def test_strangers_see_nothing(client):
    draft(LESSON)
    assert Client().get(PAGE).status_code == 303
    assert client.post(PAGE).status_code == 405
    assert client.get("/studio/drafts/nothing/teeth/").status_code == 404
