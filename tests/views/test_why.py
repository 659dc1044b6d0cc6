"""Why: the reason of a step, key moments at their step, links to documentation, and what surrounds a lesson."""

from pathlib import Path

import pytest
from django.test import Client

from tests.lessons import HEAD, OURS, lesson
from tests.markup import elements, find, text_of
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.views.stepping import HTMX, PAGE, SLUG, STEPS, begun, take, visitor
from tutor import library, proof_files
from tutor.engine.lesson.proved_lines import proved_lines
from tutor.engine.redis.table import all_commands

pytestmark = pytest.mark.django_db

HEAD_OF_ALL = f"""\
{HEAD}subtitle: How does a task travel?
used:
  text: Somebody uses `LPUSH`, as in {{step push}}.
  source: {{title: A page, url: "https://x.test/used"}}
in_django:
  text: In Django you would use Celery.
  source: {{title: Another, url: "https://x.test/django"}}
key_moments:
  - {{question: Why is it gone?, answer: A pop takes it away., steps: [1, 2]}}
  - {{question: What is printed?, answer: The task., steps: [3]}}
"""
ALL_STEPS = STEPS.replace("action: Push", "id: push, why: 'Now it is {queue after push}.', action: Push")

shelf = shelf_of(lambda folder: (folder / f"{SLUG}.yaml").write_text(lesson(ALL_STEPS, head=HEAD_OF_ALL)))


@pytest.fixture
def client() -> Client:
    return visitor()


def hero(content: bytes) -> str:
    return next(each.text for each in elements(content.decode()) if each["id"] == "hero")


def test_the_question_of_the_lesson_is_there_before_the_first_step(client):
    assert "How does a task travel?" in hero(client.get(PAGE).content)
    begun(client)
    assert "How does a task travel?" not in hero(client.get(PAGE).content)


def test_the_reason_of_a_step_comes_with_its_reply_and_not_before(client):
    reason = "Now it is ['task1']."
    assert reason not in text_of(client.get(PAGE).content.decode())
    run = begun(client)
    assert reason in hero(client.get(PAGE).content)
    answer = take(client, run, 2)
    assert reason not in answer.content.decode()
    assert reason in hero(client.get(f"{PAGE}?at=1").content)
    assert reason in hero(client.get(f"{PAGE}?at=1", headers=HTMX).content)


def test_a_row_says_what_the_step_changed(client):
    begun(client, 2)
    (changed,) = find(elements(client.get(PAGE).content.decode()), "tr", id="row-2")
    (list_of,) = find(changed.descendants, "ul", class_="row-changes")
    assert [each.text for each in list_of.children] == ["queue ['task1'] → []", "task None → 'task1'"]


def test_a_command_links_to_its_documentation(client):
    begun(client, 2)
    links = find(elements(client.get(PAGE).content.decode()), "a", class_="docs")
    assert {each["href"] for each in links} == {"https://valkey.io/commands/lpush/", "https://valkey.io/commands/rpop/"}
    assert {each["rel"] for each in links} == {"noopener"}
    assert [each.text for each in links] == ["RPOP on valkey.io", "LPUSH queue task1", "RPOP queue"]
    assert all("valkey.io" in each["title"] for each in links)


def test_every_command_has_a_page_of_one_of_the_two_projects():
    for command in all_commands().values():
        page = command.documentation
        assert page is not None
        assert page.url.startswith(("https://valkey.io/commands/", "https://redis.io/docs/latest/commands/"))
        assert page.url.endswith(f"/{command.name.lower().replace('|', '-')}/")
        assert page.site in page.url


def test_a_key_moment_is_read_at_its_step_beside_everything_else(client):
    begun(client, 3)
    whole = client.get(f"{PAGE}?at=2&moment=1")
    all_of = elements(whole.content.decode())
    assert "Why is it gone? A pop takes it away. Step 1 Step 2" in " ".join(hero(whole.content).split())
    (current,) = [each for each in all_of if each.tag == "a" and each["aria-current"] == "step"]
    assert current.text == "Step 2"
    for part in ("picture", "code", "tracker", "controls"):
        assert any(each["id"] == part for each in all_of) == (part != "code")
    assert "Looking back at step 2" in text_of(whole.content.decode())
    assert "Why is it gone?" in hero(client.get(f"{PAGE}?at=2&moment=1", headers=HTMX).content)


@pytest.mark.slow
@for_each("query", ["at=3&moment=1", "at=2&moment=3", "at=2&moment=x", "at=2&moment=0", "at=2", "moment=1"])
def test_a_moment_that_the_step_is_not_about_is_not_shown(query: str, client):
    begun(client, 3)
    assert "Why is it gone?" not in hero(client.get(f"{PAGE}?{query}").content)


def test_a_key_moment_links_to_the_steps_that_were_reached(client):
    begun(client, 1)
    (moment,) = find(elements(client.get(PAGE).content.decode()), "article", id="moment-1")
    links = [each["href"] for each in moment.descendants if each.tag == "a"]
    assert links == [f"{PAGE}?at=1&moment=1"]
    assert "step 2 (you have not reached it yet)" in moment.text
    assert f"{PAGE}?at=1&moment=1" in [each["href"] for each in elements(client.get(PAGE).content.decode())]


def test_where_it_is_used_is_said_with_a_source(client):
    (section,) = find(elements(client.get(PAGE).content.decode()), "section", id="background")
    assert "In Django you would use Celery." in section.text
    assert "step 1 (you have not reached it yet)" in section.text
    assert [each["href"] for each in section.descendants if each.tag == "a"] == [
        "https://x.test/used",
        "https://x.test/django",
    ]
    # The answer to the step leaves the text alone: tutor.js makes the link.
    (ahead,) = [each for each in section.descendants if each["class"] == "step-link is-ahead"]
    client.post(f"{PAGE}runs/", {"number": "1"}, headers=HTMX)
    (section,) = find(elements(client.get(PAGE).content.decode()), "section", id="background")
    assert ahead["data-href"] in [each["href"] for each in section.descendants if each["class"] == "step-link"]


@pytest.mark.slow
@for_each("path", OURS)
def test_our_lessons_say_why(path: Path):
    found = library.read(path.read_text(), path.name).lesson
    assert found is not None
    assert found.subtitle.endswith("?")
    assert found.used is not None
    assert found.in_django is not None
    assert found.in_django.text.startswith("In Django you would ")
    reasons = [step.why for step in found.steps if step.why]
    assert len(reasons) >= len(found.steps) / 2
    commands = [step for step in found.steps if step.templates]
    assert sum(bool(step.why) for step in commands) >= len(commands) / 2
    assert len(set(reasons)) == len(reasons)


@for_each("path", OURS)
def test_our_lessons_have_proved_django_files(path: Path):
    found = library.read(path.read_text(), path.name).lesson
    assert found is not None
    assert found.django is not None
    assert "settings.py" in found.django.files
    beside = proof_files.beside(path)
    assert beside is not None
    proved = proved_lines(found, beside.proof)
    assert proved is not None
    assert proved.django is not None
    assert set(proved.django.sent) & {name.partition("|")[0] for name in found.command_names}


def test_a_django_file_is_a_tab_that_says_where_it_goes(client, shelf):
    for path in OURS:
        if path.stem == "redis-as-message-broker":
            (shelf / path.name).write_text(path.read_text())
            proof_files.path_of(shelf / path.name).write_text(proof_files.path_of(path).read_text())
    page = "/lessons/redis-as-message-broker/"
    (tabs,) = find(elements(client.get(page).content.decode()), "nav", id="code-tabs")
    assert tabs.text == "Sample producer.py consumer.py Django settings.py urls.py views.py worker.py"
    shown = client.get(f"{page}?file=django/management/commands/worker.py").content.decode()
    (code,) = find(elements(shown), "ol", id="code")
    assert "class Command(BaseCommand):" in code.text
    (note,) = find(elements(shown), "p", id="code-note")
    assert note.text.startswith("In a Django project: management/commands/worker.py. It ran with Django ")
    assert "and sent LPUSH, RPOP." in note.text
    proof_files.path_of(shelf / "redis-as-message-broker.yaml").unlink()
    (note,) = find(elements(client.get(f"{page}?file=django/views.py").content.decode()), "p", id="code-note")
    assert note.text == "In a Django project: views.py. Not proved yet."
