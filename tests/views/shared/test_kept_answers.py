"""A kept answer is the one that would be drawn for the request alone, whoever else was answered before."""

import random
import re
from functools import partial
from itertools import product
from uuid import UUID, uuid4

import pytest
from django.test import Client

from tests.predicting import RIGHT
from tests.predicting import SLUG as PREDICTING
from tests.predicting import shelve as shelve_predicting
from tests.test_lessons import SLUGS
from tests.views.stepping import HTMX, OTHER_STEPS, SLUG, begun, shelve, visitor
from tutor import glossary, library, offered, runs
from tutor.learners import known_learner
from tutor.models import Run
from tutor.views import lessons, quizzes
from tutor.views.shared import kept_answers, steps
from tutor.views.shared.kept_answers import Own, Sketch, kept_partials

pytestmark = pytest.mark.django_db

TOKENS = ("a" * 64, "b" * 64, "c" * 32)


class Walker:
    """A learner with a run of one lesson; each step is pressed twice: kept, and drawn for this request alone."""

    def __init__(self, slug: str, token: str, mode: str, guesses: tuple[str | None, ...] = ()) -> None:
        self.client, self.token, self.guesses = visitor(), token, guesses
        self.client.cookies["predict"] = mode
        self.run = Run.objects.get(pk=runs.start(self._learner(), offered.find(slug), 1).pk)

    def _learner(self) -> UUID:
        request = self.client.get("/health/live/").wsgi_request
        return known_learner(request) or uuid4()

    def press(self, position: int) -> str:
        fields, kind = {"csrfmiddlewaretoken": self.token}, "steps"
        if position <= len(self.guesses):
            kind, guess = "predictions", self.guesses[position - 1]
            fields |= {"skip": "1"} if guess is None else {"guess": guess}
        answer = self.client.post(f"/runs/{self.run.pk}/{kind}/{position}/", fields, headers=HTMX)
        assert answer.status_code == 200, answer.content
        return answer.content.decode()


def walk_all(monkeypatch: pytest.MonkeyPatch, walkers: list[Walker], length: int) -> None:
    """Have all walkers take all steps in turns, and compare each answer with the one that is drawn for it alone."""
    for position in range(1, length + 1):
        random.Random(position).shuffle(walkers)
        came = [walker.press(position) for walker in walkers]
        with monkeypatch.context() as alone:
            alone.setattr(steps, "kept_partials", lambda *_: None)
            for walker, text in zip(walkers, came, strict=True):
                assert text == walker.press(position)
                others = [other for other in walkers if other is not walker]
                assert not any(str(other.run.pk) in text for other in others)
                assert not any(other.token in text for other in others if other.token != walker.token)


def test_learners_of_equal_and_other_texts_get_their_own_answers(monkeypatch, settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path)
    shelve(tmp_path, slug="twin")
    walkers = [Walker(slug, token, "", ()) for slug, token in product((SLUG, "twin"), TOKENS)]
    shelve(tmp_path, OTHER_STEPS)
    walkers += [Walker(SLUG, token, "", ()) for token in TOKENS[:2]]
    walk_all(monkeypatch, walkers, 3)


@pytest.mark.slow
def test_learners_with_other_predictions_get_their_own_answers(monkeypatch, settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve_predicting(tmp_path)
    guesses = (tuple(RIGHT), ("['task2']", *RIGHT[1:]), (None, *RIGHT[1:]), ("<b>x</b>", None, "x", "y", "z", "None"))
    walkers = [Walker(PREDICTING, TOKENS[0], mode, made) for mode, made in product(("", "1", "3"), guesses)]
    walkers += [Walker(PREDICTING, TOKENS[1], mode, tuple(RIGHT)) for mode in ("", "1", "3")]
    walk_all(monkeypatch, walkers, len(RIGHT))


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_every_step_of_our_lessons_is_kept_as_it_is_drawn(monkeypatch, slug):
    walkers = [Walker(slug, token, mode) for token, mode in (*product(TOKENS[:2], ("",)), (TOKENS[0], "1"))]
    walk_all(monkeypatch, walkers, len(library.find(slug).lesson.steps))


LOOKS = [
    (cookies, f"?at={at}" if at is not None else "", headers)
    for cookies in ({}, {"theme": "dark"}, {"predict": "1"}, {"predict": "some"}, {"view": "lanes"}, {"tour": "ended"})
    for at in (None, 0, 1, 3, 99)
    for headers in ({}, HTMX)
]


def looked(client: Client, look: tuple[dict[str, str], str, dict[str, str]]) -> tuple[int, str]:
    """Return the status and the text of a page or a look back, with one token and one form of apostrophes for all."""
    cookies, query, headers = look
    for name in ("theme", "predict", "view", "tour"):
        client.cookies.pop(name, None)
    for name, value in cookies.items():
        client.cookies[name] = value
    answer = client.get(f"/lessons/{SLUG}/{query}", headers=headers)
    return answer.status_code, re.sub(
        r'(csrfmiddlewaretoken" value=")\w+', r"\1", answer.content.decode().replace("&#39;", "'")
    )


def runs_of(client: Client) -> list[str]:
    """Return the ids of the learner's runs."""
    learner = known_learner(client.get("/health/live/").wsgi_request)
    return [str(key) for key in Run.objects.filter(learner=learner).values_list("pk", flat=True)]


@pytest.mark.slow
def test_pages_and_looks_back_are_kept_as_they_are_drawn(monkeypatch, settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path)
    clients = [visitor() for _ in range(5)]
    for client, position in zip(clients, (0, 1, 2, 3, 3), strict=True):
        if position:
            begun(client, position)
    own = [runs_of(client) for client in clients]
    asked = [(number, look) for look in LOOKS for number in range(len(clients))]
    random.Random(1).shuffle(asked)
    kept = [looked(clients[number], look) for number, look in asked]
    monkeypatch.setattr(lessons, "kept_page", lambda *_: None)
    monkeypatch.setattr(lessons, "kept_partials", lambda *_: None)
    for (number, look), came in zip(asked, kept, strict=True):
        assert came == looked(clients[number], look), (number, look)
        others = [run for other, theirs in enumerate(own) if other != number for run in theirs]
        assert not any(run in came[1] for run in others)


def test_a_second_learner_with_the_same_entry_has_nothing_drawn(settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path)
    first, second = (Walker(SLUG, token, "") for token in TOKENS[:2])
    first.press(1)
    count = len(kept_answers._kept)
    second.press(1)
    assert len(kept_answers._kept) == count == 1


def test_a_new_glossary_counts_at_once(settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path, "  - {actor: producer, action: Push, command: LPUSH queue x, why: 'A broker keeps it.'}\n")
    first, second = (Walker(SLUG, token, "") for token in TOKENS[:2])
    assert 'class="term"' not in first.press(1)
    (tmp_path / "glossary.yaml").write_text("broker: {term: broker, text: A server between programs.}\n")
    assert glossary.current().terms
    assert 'class="term"' in second.press(1)


def test_marks_are_in_no_answer(settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve_predicting(tmp_path)
    walker = Walker(PREDICTING, TOKENS[0], "1", tuple(RIGHT))
    for position in range(1, len(RIGHT) + 1):
        text = walker.press(position)
        assert not any(mark in text for mark in kept_answers._MARKS.values())


def test_a_token_that_is_none_is_escaped(settings, tmp_path):
    """Where forms are not checked, as in tests, a token may be anything."""
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path)
    text = Walker(SLUG, '"><script>', "").press(1)
    assert "<script>" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_kept_answers_take_a_bounded_number_of_bytes(monkeypatch, rf):
    monkeypatch.setattr(kept_answers, "_drawn", lambda sketch: f"{sketch.name}" + "x" * 60_000)
    for name in range(300):
        assert kept_partials(rf.get("/"), Sketch("any.html", name, dict), Own()).status_code == 200
    sizes = [kept.size for kept in kept_answers._kept.values()]
    assert sum(sizes) <= kept_answers._kept.currsize <= kept_answers.MOST_BYTES
    assert len(sizes) < 300


def test_an_answer_too_large_to_be_sent_is_not_kept(monkeypatch, rf):
    monkeypatch.setattr(kept_answers, "_drawn", lambda _: "x" * (kept_answers.LARGEST_ANSWER + 1))
    assert kept_partials(rf.get("/"), Sketch("any.html", 1, dict), Own()) is None
    assert list(kept_answers._kept.values()) == [None]


def test_anonymous_browsers_share_nothing_of_a_token():
    """A browser without a cookie gets a token of its own, masked anew."""
    found = {Client().get("/").content.decode().partition('csrfmiddlewaretoken" value="')[2][:64] for _ in range(3)}
    assert len(found) == 3


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_every_card_is_kept_as_it_is_drawn(monkeypatch, slug):
    """The options are in an order of the learner's own, so many learners see the same card only by chance."""
    lesson = library.find(slug).lesson
    clients, statuses = [visitor() for _ in range(6)], set[int]()
    for number, (question, turn) in enumerate(product(lesson.quiz, range(2)), 2):
        path = f"/lessons/{slug}/quiz/{number // 2}/"
        for client in clients:
            picks = {"answer": (question.arranged(str(turn)) or ["x"])[0]}
            send = partial(client.post, f"{path}attempts/{turn + 1}/", {**picks, "csrfmiddlewaretoken": TOKENS[0]})
            kept = send(headers=HTMX)
            with monkeypatch.context() as alone:
                alone.setattr(quizzes, "kept_partials", lambda *_: None)
                assert send(headers=HTMX).content == kept.content
            statuses.add(kept.status_code)
    assert statuses <= {200, 409}  # 409: a second attempt after the right one
    assert 200 in statuses
