"""Links to a step and to a result: what strangers see, without Redis, and what they never see."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from tests.asking import LESSON, SECRETS, right_answer
from tests.learners import remembered
from tests.markup import elements, find, text_of
from tests.servers import RedisServer
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.views.stepping import HTMX, LENGTH, PAGE, begun, shelve, visitor
from tutor import library, reference_plays, runs
from tutor.assessment import questions, quizzes, sittings
from tutor.engine.asking.sitting import DrawnQuestion
from tutor.models import KeptPlay, Run, ShownResult

pytestmark = pytest.mark.django_db

OURS = Path(__file__).parents[2] / "lessons"


def shelve_all(folder: Path) -> None:
    shelve(folder)
    (folder / "asking.yaml").write_text(LESSON)


shelf = shelf_of(shelve_all)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


# A step


@pytest.fixture
def played() -> None:
    """Somebody ran the whole lesson."""
    begun(visitor(), LENGTH)


@pytest.mark.usefixtures("played")
def test_a_stranger_sees_the_step_its_rows_and_the_way_to_the_start():
    html = page(Client(), f"{PAGE}steps/2/")
    assert "Step 2 of 3" in text_of(html)
    assert [row["id"] for row in find(elements(html), "tr") if row["id"].startswith("row-")] == ["row-1", "row-2"]
    assert "RPOP queue" in html
    (main,) = find(elements(html), "a", class_="button is-main")
    assert (main.text, main["href"]) == ("Do it yourself from the start", PAGE)


@pytest.mark.usefixtures("played")
def test_a_step_is_found_by_its_name_and_by_its_number():
    (name,) = (each for each, at in library.find("small").lesson.positions.items() if at == 2)
    by_name, by_number = (
        re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", page(Client(), f"{PAGE}steps/{each}/"))
        for each in (name, 2)
    )
    assert by_name == by_number


@pytest.mark.usefixtures("played")
def test_no_later_step_and_no_learners_time_is_shown():
    html = page(Client(), f"{PAGE}steps/1/")
    assert "Processed" not in html
    assert "RPOP" not in re.sub(r'<div class="code".*?</div>', "", html, flags=re.DOTALL)
    assert " ms<" not in html


@for_each("step", ["0", "4", "99", "nothing", "9" * 5000])
def test_a_step_that_is_not_there_leads_to_the_lesson(step: str):
    html = page(Client(), f"{PAGE}steps/{step}/", 404)
    assert find(elements(html), "a", href=PAGE)


def test_a_lesson_that_is_not_there_has_no_steps():
    assert "This page does not exist" in page(Client(), "/lessons/nothing/steps/1/", 404)


def test_what_nobody_has_run_is_not_made_up():
    html = page(Client(), f"{PAGE}steps/2/")
    assert "Nobody has run this version of the lesson here yet" in text_of(html)
    assert "RPOP" not in html
    assert find(elements(html), "a", href=PAGE)


@pytest.mark.usefixtures("played")
def test_another_version_of_the_lesson_is_not_shown_with_the_old_play(shelf: Path):
    text = (shelf / "small.yaml").read_text()
    (shelf / "small.yaml").write_text(text.replace("LPUSH queue task1", "LPUSH queue task8"))
    assert "Nobody has run this version" in page(Client(), f"{PAGE}steps/2/")
    (shelf / "small.yaml").write_text(text.replace("title: A test", "title: Another title"))
    assert "LPUSH queue task1" in page(Client(), f"{PAGE}steps/1/")


@for_each("broken", [[], [{}], [None, None, None], [{"position": 1}] * 3, "x", {"a": 1}])
def test_a_play_that_can_not_be_read_counts_as_none(broken: object):
    lesson = library.find("small").lesson
    begun(visitor(), LENGTH)
    KeptPlay.objects.update(entries=broken)
    assert reference_plays.entries_of(lesson) is None
    assert "Nobody has run" in page(Client(), f"{PAGE}steps/2/")


def test_a_play_is_kept_once_when_the_last_step_is_run():
    begun(visitor(), LENGTH - 1)
    assert not KeptPlay.objects.exists()
    begun(visitor(), LENGTH)
    begun(visitor(), LENGTH)
    (kept,) = KeptPlay.objects.all()
    assert len(kept.entries) == LENGTH
    assert {entry["elapsed_us"] for entry in kept.entries} == {0}


@pytest.mark.usefixtures("played")
def test_no_key_of_a_question_is_shown(shelf: Path):
    begun_asking = remembered(Client())
    run = runs.start(uuid4(), library.find("asking"), 1)
    for position in range(1, 6):
        runs.take_step(run.learner, run.pk, position)
    for position in range(1, 6):
        html = page(begun_asking, f"/lessons/asking/steps/{position}/")
        assert not [secret for secret in SECRETS if secret in html]


@pytest.mark.parametrize("slug", ["redis-as-message-broker", "the-loop-that-freezes-the-app", "delayed-jobs"])
def test_a_strangers_visit_costs_no_redis_command(slug: str, server: RedisServer, settings):
    settings.LESSONS_DIR = OURS
    lesson = library.find(slug).lesson
    before = commands_run(server)
    for step in (1, len(lesson.steps)):
        assert f"Step {step} of {len(lesson.steps)}" in text_of(page(Client(), f"/lessons/{slug}/steps/{step}/"))
    assert commands_run(server) - before == 1  # INFO itself


@pytest.mark.slow
def test_every_link_of_a_shared_step_leads_somewhere(settings):
    settings.LESSONS_DIR = OURS
    slug = "redis-as-message-broker"
    seen = set[str]()
    for step in range(1, len(library.find(slug).lesson.steps) + 1):
        found = elements(page(Client(), f"/lessons/{slug}/steps/{step}/"))
        links = [each["href"] for each in found if each.tag == "a"]
        ids = {each["id"] for each in found}
        assert [link for link in links if link.startswith("#") and link[1:] not in ids] == []
        seen |= {link.partition("#")[0] for link in links if link.startswith("/")}
    assert f"/lessons/{slug}/" in seen
    assert [link for link in sorted(seen) if Client().get(link).status_code != 200] == []


def commands_run(server: RedisServer) -> int:
    stats = server.ask("INFO", "stats")
    assert isinstance(stats, dict)
    return int(stats["total_commands_processed"])


def test_inside_a_lesson_links_do_not_show_steps_that_are_not_reached():
    client = visitor()
    begun(client, 1)
    html = page(client, PAGE)
    assert f"{PAGE}steps/" in html
    shared = re.findall(rf'{PAGE}steps/([^/"]+)/', html)
    assert set(shared) == {library.find("small").lesson.step_ids[0]}
    html = page(client, f"{PAGE}?at=3")
    assert "You have not reached step 3 yet." in html
    assert library.find("small").lesson.step_ids[2] not in re.findall(rf'{PAGE}steps/([^/"]+)/', html)


def test_a_link_into_a_lesson_that_is_not_begun_leads_to_the_step_as_it_went():
    html = page(Client(), f"{PAGE}?at=2")
    assert "You have not started yet." in html
    assert find(elements(html), "a", href=f"{PAGE}steps/{library.find('small').lesson.step_ids[1]}/")


@for_each("at", ["4", "99", "abc"])
@for_each("steps", [0, 2])
def test_a_step_beyond_the_last_leads_to_the_lesson(at: str, steps: int):
    client = visitor()
    if steps:
        begun(client, steps)
    html = page(client, f"{PAGE}?at={at}", 404)
    assert "This lesson has no such step." in html
    assert find(elements(html), "button", id="next-button")


def test_the_link_to_a_step_is_plain_and_follows_the_step():
    client = visitor()
    begun(client, 2)
    for at in (1, 2):
        (link,) = find(elements(page(client, f"{PAGE}?at={at}")), "a", class_="hero-share")
        assert link["href"] == f"{PAGE}steps/{library.find('small').lesson.step_ids[at - 1]}/"
        assert link.text == "Copy link to this step"
    assert not find(elements(page(client, f"{PAGE}?at=0")), "a", class_="hero-share")
    assert "Copy link to this step" in client.get(f"{PAGE}?at=1", headers=HTMX).content.decode()


@pytest.mark.usefixtures("played")
def test_a_pasted_link_has_a_title_and_a_description():
    for address, title in ((f"{PAGE}steps/2/", "Step 2 of 3: Pop · A test"), ("/", "Redis Tutor: learn Redis")):
        metas = {each["property"]: each["content"] for each in find(elements(page(Client(), address)), "meta")}
        assert metas["og:title"].startswith(title)
        assert metas["og:description"]


# A result


def done(client: Client) -> None:
    begun(client, LENGTH)


def link_of(client: Client) -> str:
    """Make a link, and return its path."""
    answer = client.post(f"{PAGE}result/link/")
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}result/")
    (link,) = find(elements(page(client, f"{PAGE}result/")), "a", class_="button is-primary")
    return link["href"].removeprefix("http://testserver")


def test_a_finished_lesson_has_a_page_to_show():
    client = visitor()
    done(client)
    address = link_of(client)
    text = text_of(page(Client(), address))
    assert "A test" in text
    assert "Steps run 3 of 3" in text
    assert "Test not taken" in text


def test_the_page_says_what_was_done_since(client: Client):
    learner = uuid4()
    client = remembered(Client(), learner)
    run = runs.start(learner, library.find("asking"), 1)
    for position in range(1, 6):
        runs.take_step(learner, run.pk, position)
    client.post("/lessons/asking/result/link/")
    address = f"/results/{ShownResult.objects.get().token}/"
    assert "Test not taken" in text_of(page(Client(), address))
    sitting = sittings.start(learner, library.find("asking"), 1, layout="one")
    drawn = sittings.find(learner, sitting.pk).drawn
    sittings.answer(learner, sitting.pk, {n: right_answer(each) for n, each in enumerate(drawn, 1)})
    assert "Test Strong 10 of 10 points" in text_of(page(Client(), address))


def test_proofs_that_were_seen_are_counted_once(settings):
    settings.LESSONS_DIR = OURS
    slug, learner = "redis-as-message-broker", uuid4()
    client = remembered(Client(), learner)
    sheet = quizzes.sheet_of(learner, slug)
    asked = questions.all_of(sheet.lesson, "quiz")[0]
    quizzes.submit(sheet, asked, 1, right_answer(DrawnQuestion(asked.id, asked.question)))
    for _ in range(2):
        assert client.post(f"/lessons/{slug}/quiz/{asked.id}/proof/").status_code == 200
    provable = sum(each.proof is not None for each in (*sheet.lesson.quiz, *sheet.lesson.practice))
    assert f"Proofs seen 1 of {provable}" in text_of(page(client, f"/lessons/{slug}/result/"))


def test_a_revoked_link_is_one_that_never_was():
    client = visitor()
    done(client)
    address = link_of(client)
    never = Client().get(f"/results/{'x' * 43}/")
    assert client.post(f"{PAGE}result/revoke/").status_code == 303
    revoked = Client().get(address)
    assert (revoked.status_code, revoked.content) == (never.status_code, never.content) == (404, never.content)
    assert dict(revoked.headers) == dict(never.headers)
    assert link_of(client) != address
    assert Client().get(address).status_code == 404


@pytest.mark.slow
@for_each("token", ["x", "-", "a" * 300, "%00", "é", "..", "null", "x" * 43])
def test_no_other_token_finds_anything(token: str):
    client = visitor()
    begun(client, LENGTH)
    link_of(client)
    assert "This page does not exist" in page(Client(), f"/results/{token}/", 404)


def test_a_lesson_that_is_gone_is_not_shown(shelf: Path):
    client = visitor()
    done(client)
    address = link_of(client)
    (shelf / "small.yaml").unlink()
    assert Client().get(address).status_code == 404


def test_nothing_else_of_its_owner_is_shown():
    client = visitor()
    done(client)
    address = link_of(client)
    shown = ShownResult.objects.get()
    answer = Client().get(address)
    html = answer.content.decode()
    run_ids = [str(run.pk) for run in Run.objects.filter(learner=shown.learner)]
    assert run_ids
    assert not [each for each in (str(shown.learner), shown.learner.hex, *run_ids) if each in html]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in html


def test_a_lesson_that_is_not_finished_has_nothing_to_show():
    client = visitor()
    begun(client, 1)
    answer = client.post(f"{PAGE}result/link/")
    assert (answer.status_code, ShownResult.objects.count()) == (409, 0)
    assert "Run all steps first" in page(client, f"{PAGE}result/")


def test_a_second_press_makes_the_same_link_and_revokes_nothing_more():
    client = visitor()
    done(client)
    assert link_of(client) == link_of(client)
    for _ in range(2):
        assert client.post(f"{PAGE}result/revoke/").status_code == 303
    assert not ShownResult.objects.exists()


def test_a_stranger_can_not_revoke_it():
    client = visitor()
    done(client)
    address = link_of(client)
    visitor().post(f"{PAGE}result/revoke/")
    assert Client().get(address).status_code == 200


@for_each("address", [f"{PAGE}result/link/", f"{PAGE}result/revoke/"])
def test_what_changes_something_is_posted(address: str):
    assert Client().get(address).status_code == 405


@for_each("address", [f"{PAGE}steps/1/", f"{PAGE}result/", f"/results/{'x' * 43}/"])
def test_pages_are_only_for_reading(address: str):
    assert Client().post(address).status_code == 405
