"""`manage.py lessons play`: a lesson in the terminal, the same play as a learner's clicks."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.lessons import lesson
from tests.servers import running_redis
from tests.views.stepping import HTMX, newest, visitor
from tutor import library
from tutor.engine.trace.entry import TraceEntry
from tutor.management.lessons.play import record
from tutor.models import Entry

FIELDS = "position id actor action line sent keys variables output refusal unread ran".split()
PUSH = "  - {actor: producer, action: Push, command: LPUSH queue a}\n"


@pytest.fixture
def own(tmp_path: Path, settings) -> Path:
    settings.LESSONS_DIR = tmp_path
    return tmp_path


def play(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("lessons", "play", *arguments)
    return capsys.readouterr().out


def test_a_lesson_is_a_table_with_a_row_a_step(capsys):
    shown = play(capsys, "redis-as-message-broker")
    assert [line.split()[0] for line in shown.splitlines() if line[:7].strip().isdigit()] == list("1234567")
    assert "(integer) 2" in shown
    assert "Processed" in shown


def test_an_error_that_the_program_raises_is_among_what_it_puts_out(capsys, own):
    head = "format: 2\ntitle: A\ntrack: t\nactors: [p]\nwatch: []\nclient: {decode_responses: false}\n"
    step = "  - {actor: p, action: Show, print: '{x.decode()}'}\n"
    (own / "raises.yaml").write_text(f"{head}variables: {{x: \"b'\\\\xff'\"}}\nsteps:\n{step}")
    assert "UnicodeDecodeError" in play(capsys, "raises")


def test_json_has_an_object_a_step_with_all_that_it_did(capsys):
    steps = json.loads(play(capsys, "redis-as-message-broker", "--json"))
    assert [list(step) for step in steps] == [FIELDS] * 7
    assert steps[0]["sent"] == [{"words": ["LPUSH", "queue", "task1"], "reply": "(integer) 1"}]
    assert [step["keys"]["queue"] for step in steps[:3]] == [["task1"], ["task2", "task1"], ["task2"]]
    assert [step["variables"]["task"] for step in steps] == [None, None, "task1", "task1", "task2", "task2", None]
    assert len({step["id"] for step in steps}) == 7


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["redis-as-message-broker", "waiting-with-brpop", "watch-and-a-lost-race"])
def test_it_is_the_same_play_as_a_learners_clicks(capsys, slug):
    found, client = library.find(slug).lesson, visitor()
    client.post(f"/lessons/{slug}/runs/", {"number": 1}, headers=HTMX)
    for position in range(1, len(found.steps) + 1):
        assert client.post(f"/runs/{newest().pk}/steps/{position}/", headers=HTMX).status_code == 200
    clicks = Entry.objects.filter(run=newest()).order_by("position").values_list("record", flat=True)
    clicked = [record(found, TraceEntry.from_json(each)) for each in clicks]
    played = json.loads(play(capsys, slug, "--json"))
    lines = [each.pop("ran") for each in played]
    assert clicked == played
    assert any(lines) == bool(found.program)


def test_a_file_is_played_as_well_and_with_every_byte(capsys, own):
    text = lesson("  - {actor: producer, action: Push, command: 'LPUSH queue \"a\\x00\\xff\"'}\n")
    (own / "bytes.yaml").write_text(text)
    assert json.loads(play(capsys, str(own / "bytes.yaml"), "--json"))[0]["keys"] == {"queue": ["a\x00\udcff"]}
    assert "b'a\\x00\\xff'" in play(capsys, str(own / "bytes.yaml")).replace("\n", "")


def test_a_client_that_waits_has_no_reply_yet(capsys):
    steps = json.loads(play(capsys, "waiting-with-brpop", "--json"))
    assert [step["sent"][0]["reply"] for step in steps if "BRPOP" in str(step["sent"])][:1] == [None]
    assert "(waiting…)" in play(capsys, "waiting-with-brpop")


def test_another_server_can_be_named(capsys):
    with running_redis() as server:
        play(capsys, "redis-as-message-broker", "--on", server.url)
        assert server.all_keys() == set()


def test_problems_are_reported_and_nothing_is_played(capsys, own):
    (own / "wrong.yaml").write_text(lesson(PUSH.replace("LPUSH", "LPSH")))
    with pytest.raises(SystemExit):
        call_command("lessons", "play", "wrong")
    assert "wrong.yaml:7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-here"], "nothing-here can't be read: No such file"),
        (["redis-as-message-broker", "--on", "http://x"], "REDIS_URL"),
        (["redis-as-message-broker", "--on", "redis://h?protocol=3"], "protocol"),
    ],
)
def test_an_unplayable_lesson_gives_a_sentence(arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("lessons", "play", *arguments)


def test_a_step_beyond_a_limit_is_named(own):
    steps = "".join("  - {actor: producer, action: Grow, assign: {task: '{task}{task}'}}\n" for _ in range(20))
    (own / "grows.yaml").write_text(lesson(steps))
    with pytest.raises(CommandError, match=r"step \d+ of 20: the variable task would have"):
        call_command("lessons", "play", "grows")


def test_what_is_not_read_yet_is_counted(capsys, own):
    steps = [
        "  - {actor: consumer, action: Subscribe, command: SUBSCRIBE news}",
        "  - {actor: producer, action: Publish, command: PUBLISH news hi}",
        "  - {actor: consumer, action: Read, read: true}",
    ]
    (own / "unread.yaml").write_text(lesson("\n".join(steps) + "\n"))
    found = json.loads(play(capsys, str(own / "unread.yaml"), "--json"))
    assert [step["unread"] for step in found] == [{}, {"consumer": 1}, {"consumer": 1}]
    table = play(capsys, str(own / "unread.yaml"))
    assert "(consumer: 1 notice unread)" in table
    assert "(consumer: 1 message unread)" in table
    assert ">>> pubsub.get_message()" in table
