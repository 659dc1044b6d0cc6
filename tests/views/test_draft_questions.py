"""Questions of a draft, exported to other systems and imported from them into the author's unsaved text."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.lessons import SOUND
from tests.studio.studio_drafts import SLUG, draft, instructor, texts
from tests.tables import for_each
from tutor.studio import drafts

pytestmark = pytest.mark.django_db

PAGE = f"/studio/drafts/{SLUG}/questions/"
ASKING = SOUND + "quiz:\n  - {question: How many?, number: 1}\n"
GIFT = b"::Two::What is left? {=b ~a}\n"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(instructor())
    return client


def upload(client: Client, content: bytes, **fields: str):
    return client.post(f"{PAGE}import/", {"file": SimpleUploadedFile("bank.gift.txt", content), **fields})


@pytest.mark.parametrize(("to", "start"), [("moodle", b"<?xml"), ("gift", b"$CATEGORY"), ("qti", b"PK")])
def test_questions_go_out_in_each_format(client, to: str, start: bytes):
    draft(ASKING)
    answer = client.get(f"{PAGE}{to}/")
    assert answer.status_code == 200
    assert answer.content.lstrip()[: len(start)] == start
    assert f'filename="{SLUG}.' in answer["Content-Disposition"]


def test_what_is_exported_comes_in_again(client):
    of = draft(ASKING)
    content = client.get(f"{PAGE}moodle/").content
    again = upload(client, content)
    assert again.status_code == 422
    assert "this question is in the lesson already" in again.content.decode()
    drafts.save(of, instructor(), SOUND, base=1)
    answer = upload(client, content)
    assert "1 question was added at the end of your text" in answer.content.decode()
    assert "How many?" in drafts.workspace(of, instructor()).source
    assert texts(of) == [ASKING, SOUND]


def test_questions_are_put_at_the_end_and_nothing_else_changes(client):
    of = draft(ASKING + "# the end\n")
    upload(client, GIFT)
    source = drafts.workspace(of, instructor()).source
    assert source.startswith(ASKING)
    assert "What is left?" in source


def test_a_practice_task_can_be_made_of_one(client):
    of = draft(ASKING)
    answer = upload(client, b"::Two::What is left? {=b#Yes. ~a####The first one is gone.}\n", part="practice")
    assert answer.status_code == 200
    assert "practice:" in drafts.workspace(of, instructor()).source


@for_each(
    ("content", "said"),
    [
        (b"", "no question that can be imported"),
        (b"<quiz", "no question that can be imported"),
        (b"PK\x03\x04", "zip archive"),
        (b"::A::Match {=a -> b =c -> d}", "no question that can be imported"),
        (b"".join(b"::Q::Question %d? {=yes ~no}\n\n" % i for i in range(30)), "There is room for 19 more"),
    ],
)
def test_a_file_that_cannot_be_imported_is_reported(client, content: bytes, said: str):
    of = draft(ASKING)
    answer = upload(client, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert drafts.workspace(of, instructor()).source == ASKING


def test_a_text_that_is_no_lesson_gives_and_takes_no_questions(client):
    draft("title: [")
    assert client.get(PAGE).status_code == 200
    assert "Correct them first" in upload(client, GIFT).content.decode()
    assert client.get(f"{PAGE}gift/").status_code == 422


def test_a_lesson_without_questions_says_so(client):
    draft()
    answer = client.get(f"{PAGE}gift/")
    assert answer.status_code == 422
    assert "has no questions" in answer.content.decode()


def test_a_missing_file_and_an_unknown_format_are_rejected(client):
    draft(ASKING)
    assert "Choose a file first" in client.post(f"{PAGE}import/").content.decode()
    assert client.get(f"{PAGE}pdf/").status_code == 404
