"""The code pane: tabs of the sample and the program's files, and the line that ran, read from a proof file."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import proofs
from tests.markup import Element, elements, find, targets
from tests.proofs import CONSUMER, LINES, PRODUCER, WITH_PROGRAM, lesson_in, proof_of, put, put_proof
from tests.shelves import shelf_of
from tests.studio.studio_drafts import draft, instructor
from tests.tables import for_each
from tests.views.stepping import HTMX, PAGE, START, begin, begun, newest, take, visitor
from tutor import proof_files
from tutor.authoring import watched_files
from tutor.drawing.code import CodePane
from tutor.engine.lesson.proved_lines import proved_lines
from tutor.engine.trace.proof_file import SUFFIX, proof_file_in
from tutor.models import LessonText, ProofText
from tutor.studio import drafts, publishing

pytestmark = pytest.mark.django_db

shelf = shelf_of()

UNPROVED = "Lines not proved"
PROVED = "Proved with Valkey 9.0.1, redis-py 8.1.0."
RAN = "The line that ran: "
CORRESPONDS = "The line that corresponds to this step: "


@pytest.fixture
def client() -> Client:
    return visitor()


def pane(response: HttpResponse) -> tuple[str, str, str]:
    """Return the shown tab, the lit line as it is read out, and the note.

    The answer to a step has the number of the tab in its sentence, and the code only if another file is shown.
    """
    all_of = elements(response.content.decode())
    if not any(each.tag in ("html", "nav") and each["id"] in ("", "code-tabs") for each in all_of):
        [say] = [each for each in all_of if each.tag == "p" and each["id"] == "say"]
        files = lesson_in(WITH_PROGRAM).program
        tab, line = ["Sample", *files][int(say["data-tab"]) - 1], say["data-line"]
        code = files[tab].splitlines()[int(line) - 1].strip() if line and tab in files else ""
        return tab, f"{RAN}{code}" if code else "", "".join(_texts(all_of, "code-note"))
    tabs = [each.text for each in all_of if each["id"].startswith("code-tab-") and each["aria-current"]]
    lit = [each.text for each in all_of if each.tag == "li" and each["class"] == "is-lit"]
    return "".join(tabs), "".join(lit), "".join(_texts(all_of, "code-note"))


def _texts(all_of: list[Element], id_: str) -> list[str]:
    return [each.text for each in all_of if each["id"] == id_ and each.tag != "hx-partial"]


def test_each_step_shows_the_file_that_ran_and_lights_the_line(client, shelf):
    put(shelf)
    assert pane(client.get(PAGE))[:2] == ("Sample", "")
    begun(client, 4)
    for at, (file, line) in enumerate(LINES, 1):
        code = lesson_in(WITH_PROGRAM).program[file].splitlines()[line - 1].strip()
        tab, lit, note = pane(client.get(f"{PAGE}?at={at}"))
        assert (tab, lit) == (file, RAN + code)
        assert PROVED in note


def test_the_answer_to_a_click_moves_the_lit_line(client, shelf):
    put(shelf)
    tab, lit, note = pane(begin(client))
    assert (tab, lit) == (PRODUCER, f'{RAN}r.lpush("queue", "task1")')
    assert PROVED in note
    assert pane(take(client, newest(), 2))[1] == f'{RAN}r.lpush("queue", "task2")'


def test_tabs_are_links_that_keep_the_step(client, shelf):
    put(shelf)
    begun(client, 3)
    page = client.get(f"{PAGE}?at=2&file={CONSUMER}")
    assert pane(page)[:2] == (CONSUMER, "")
    assert "This step ran no line of this file." in pane(page)[2]
    assert f'href="{PAGE}?at=2&amp;file={PRODUCER}"' in page.content.decode()
    tab, lit, note = pane(client.get(f"{PAGE}?at=2&file=sample", headers=HTMX))
    assert (tab, lit) == ("Sample", f'{CORRESPONDS}r.lpush("queue", "task1")')
    assert note == "The lit line corresponds to the step."


def test_a_picked_tab_stays_until_another_file_acts(client, shelf):
    put(shelf)
    run = begun(client, 1)
    assert pane(client.post(f"/runs/{run.pk}/steps/2/", {"kept": "1/sample"}, headers=HTMX))[0] == "Sample"
    assert pane(client.post(f"/runs/{run.pk}/steps/3/", {"kept": "2/sample"}, headers=HTMX))[0] == CONSUMER


def test_a_picked_tab_stays_without_javascript_too(client, shelf):
    put(shelf)
    run = begun(client, 1)
    assert 'name="kept" value="1/sample" form="next"' in client.get(f"{PAGE}?at=1&file=sample").content.decode()
    assert client.post(f"/runs/{run.pk}/steps/2/", {"kept": "1/sample"})["Location"] == f"{PAGE}?file=sample"
    assert client.post(f"/runs/{run.pk}/steps/3/", {"kept": "2/sample"})["Location"] == PAGE


@for_each("query", ["file=../x.py", "file=", "kept=x", "kept=1/", "kept=99999/sample", "kept=-1/sample", "file=<b>"])
def test_a_tab_that_does_not_exist_is_the_one_of_the_step(client, shelf, query):
    put(shelf)
    begun(client, 1)
    answer = client.get(f"{PAGE}?at=1&{query}")
    assert (answer.status_code, pane(answer)[0] in (PRODUCER, "Sample")) == (200, True)


@for_each("lines", [None, LINES])
def test_nothing_is_lit_in_the_files_without_a_valid_proof(client, shelf, lines):
    put(shelf, lines=lines)
    if lines:  # the proof is of another play
        (shelf / "small.yaml").write_text(WITH_PROGRAM.replace("task2", "task3"))
    begun(client, 2)
    assert UNPROVED in pane(client.get(PAGE))[2]
    tab, lit, note = pane(client.get(f"{PAGE}?at=2&file={PRODUCER}"))
    assert (tab, lit) == (PRODUCER, "")
    assert note.startswith(UNPROVED)
    assert pane(client.post(f"/runs/{newest().pk}/steps/3/", {"kept": f"2/{PRODUCER}"}, headers=HTMX))[0] == PRODUCER


def test_a_change_of_prose_keeps_the_proof(client, shelf):
    put(shelf)
    (shelf / "small.yaml").write_text(WITH_PROGRAM.replace("A program", "Another title").replace("in short", "here"))
    assert pane(begin(client))[1].startswith(RAN)


def test_a_sample_alone_has_no_tabs(client, shelf):
    put(shelf, proofs.HEAD + proofs.SAMPLE + proofs.STEPS, None)
    begun(client)
    text = client.get(PAGE).content.decode()
    assert "code-tab-" not in text
    assert 'id="code-note"' not in text
    assert pane(client.get(PAGE))[1].startswith(CORRESPONDS)


@for_each(
    ("versions", "shown"),
    [
        ({"Valkey": "9.1.2", "redis-py": "8.1.0"}, "Proved with Valkey 9.1.2, redis-py 8.1.0."),
        ({"valkey": "9.1.2", "python": "3.11.7"}, "Proved with Valkey 9.1.2, Python 3.11.7."),
        ({"redis": "", "redis-py": "8.1.0"}, "Proved with redis-py 8.1.0."),
        ({"redis": ""}, "the line that ran."),
        ({}, "the line that ran."),
    ],
)
def test_the_note_names_each_version_that_is_known(client, shelf, versions: dict[str, str], shown: str):
    put(shelf)
    begun(client, 2)
    put_proof(shelf, proof_of(lesson_in(WITH_PROGRAM), LINES, versions).as_text())
    assert pane(client.get(PAGE))[2].endswith(shown)


def test_a_new_proof_shows_at_once_and_a_run_keeps_its_own(client, shelf):
    put(shelf)
    begun(client, 2)
    proof = proof_of(lesson_in(WITH_PROGRAM), [(PRODUCER, 1), (PRODUCER, 2), *LINES[2:]], {"Redis": "8"})
    put_proof(shelf, proof.as_text())
    assert "Proved with Redis 8." in pane(client.get(PAGE))[2]
    # The lesson is changed and proved anew: the run goes on with its text, and with the proof of it.
    put(shelf, WITH_PROGRAM.replace("task2", "task9"))
    tab, lit, note = pane(take(client, newest(), 3))
    assert (tab, lit[:10]) == (CONSUMER, RAN[:10])
    assert PROVED in note
    (shelf / f"small{SUFFIX}").unlink()
    (shelf / "small.yaml").unlink()
    assert PROVED in pane(client.get(f"{PAGE}?at=1"))[2]


def test_a_step_brings_the_note_on_the_code_if_the_page_has_another(client, shelf):
    put(shelf)
    begun(client, 2)
    page = elements(client.get(PAGE).content.decode())
    (mark,) = [field["value"] for field in find(page, "input", name="proof")]
    url = f"/runs/{newest().pk}/steps/3/"
    for shown, is_brought in ((mark, False), ("", True)):
        answer = client.post(url, {"proof": shown}, headers=HTMX).content.decode()
        assert ("#code-note" in targets(answer)) is is_brought


def test_a_step_brings_the_code_of_another_file_unless_the_page_has_it(client, shelf):
    put(shelf)
    begun(client, 2)
    tabs = find(elements(client.get(PAGE).content.decode()), "a", title=CONSUMER)
    number = tabs[0]["id"].removeprefix("code-tab-")
    url = f"/runs/{newest().pk}/steps/3/"
    for codes, is_brought in (("", True), ("9", True), (f"9,{number}", False)):
        answer = client.post(url, {"codes": codes}, headers=HTMX).content.decode()
        assert ("#code" in targets(answer)) is is_brought


def test_a_text_stored_without_a_proof_gets_a_later_one(client, shelf):
    put(shelf, lines=None)
    begun(client)
    assert LessonText.objects.get().proof is None
    put(shelf)
    assert pane(client.get(PAGE))[1].startswith(RAN)
    assert begin(visitor()).status_code == 200
    assert LessonText.objects.get().proof == ProofText.objects.get()


def test_a_publication_uses_the_proof_on_the_shelf(client, shelf):
    of = draft(WITH_PROGRAM, slug="small")
    publishing.publish(of, drafts.revision(of, 1), instructor())
    assert UNPROVED in pane(client.get(PAGE))[2]
    put_proof(shelf, proof_of(lesson_in(WITH_PROGRAM)).as_text(), "another-name")
    assert PROVED in pane(client.get(f"{PAGE}?file={PRODUCER}"))[2]


GOOD = asdict(proof_of(lesson_in(WITH_PROGRAM))) | {"version": 1}


def changed_step(**fields: Any) -> str:
    return json.dumps({**GOOD, "steps": [{**GOOD["steps"][0], **fields}, *GOOD["steps"][1:]]})


HOSTILE = {
    "nothing": "",
    "no JSON": "{",
    "NUL": "\0",
    "a list": "[]",
    "a number": "1",
    "deep": "[" * 100_000,
    "a long number": "9" * 10_000,
    "huge": json.dumps(GOOD) + " " * (2 * 1024 * 1024),
    "another version": json.dumps({**GOOD, "version": 2}),
    "no steps": json.dumps({**GOOD, "steps": None}),
    "steps of texts": json.dumps({**GOOD, "steps": ["a"]}),
    "versions of lists": json.dumps({**GOOD, "versions": {"Redis": [1]}}),
    "versions as a list": json.dumps({**GOOD, "versions": ["8"]}),
    "many versions": json.dumps({**GOOD, "versions": {str(n): "1" for n in range(99)}}),
    "a long version": json.dumps({**GOOD, "versions": {"Redis": "8" * 5000}}),
    "a step that is none": changed_step(step="other"),
    "a step that is a list": changed_step(step=["push-one"]),
    "a file that is none": changed_step(file="../../etc/passwd"),
    "a file that is a mapping": changed_step(file={}),
    "a line beyond the end": changed_step(line=99),
    "line 0": changed_step(line=0),
    "a line that is a text": changed_step(line="3"),
    "a line that is true": changed_step(line=True),
    "an unknown field": changed_step(more=1),
}


@pytest.mark.slow
@for_each("name", list(HOSTILE))
def test_a_broken_or_hostile_proof_is_none(client, shelf, name):
    put(shelf)
    put_proof(shelf, HOSTILE[name])
    assert UNPROVED in pane(client.get(PAGE))[2]
    assert pane(client.post(START, {"number": "1"}, headers=HTMX))[0] == "Sample"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself", "not UTF-8"])
def test_a_proof_that_is_no_readable_file_is_none(client, shelf, kind):
    put(shelf, lines=None)
    path = shelf / f"small{SUFFIX}"
    {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "link to nothing": lambda: path.symlink_to(shelf / "gone"),
        "link to itself": lambda: path.symlink_to(path),
        "not UTF-8": lambda: path.write_bytes(b"\xff\xfe"),
    }[kind]()
    assert UNPROVED in pane(client.get(PAGE))[2]


def test_what_a_proof_says_is_text_on_the_page(client, shelf):
    put(shelf)
    proof = replace(proof_of(lesson_in(WITH_PROGRAM)), versions={"<b>Redis</b>": '"><script>'})
    put_proof(shelf, proof.as_text())
    text = begin(client).content.decode()
    assert "<script>" not in text
    assert "&lt;b&gt;Redis&lt;/b&gt;" in text


def test_a_proof_is_read_again_only_if_it_changed(client, shelf, monkeypatch):
    put(shelf)
    begun(client, 2)
    monkeypatch.setattr(proof_files, "start_of", None)
    assert PROVED in pane(client.get(PAGE))[2]


def test_a_lesson_without_a_program_costs_no_query_more(client, shelf):
    put(shelf, proofs.HEAD + proofs.SAMPLE + proofs.STEPS, None)
    begun(client, 2)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    assert not [each for each in queries.captured_queries if "prooftext" in each["sql"] or "proof_id" in each["sql"]]


def test_the_acting_file_stays_shown_at_a_step_that_runs_no_line():
    lesson = lesson_in(WITH_PROGRAM)
    proved = proved_lines(lesson, proof_of(lesson, [(PRODUCER, 3), ("", 0), ("", 0), (CONSUMER, 5)]))
    shown = [CodePane(lesson, at, None, proved=proved) for at in range(5)]
    assert [(each.shown, each.lit) for each in shown] == [
        ("sample", None), (PRODUCER, 3), (PRODUCER, None), (PRODUCER, None), (CONSUMER, 5),
    ]  # fmt: skip


def test_a_proof_file_reads_what_it_wrote():
    proof = proof_of(lesson_in(WITH_PROGRAM))
    assert proof_file_in(proof.as_text()) == proof


def test_previews_read_the_proof_beside_the_file(settings, tmp_path: Path):
    settings.ROOT_URLCONF = "tutor.watch_urls"
    put(tmp_path, slug="one")
    watched = watched_files.open_at(tmp_path)
    watched.scan()
    assert pane(Client().get("/preview/one/?at=2"))[:2] == (PRODUCER, f'{RAN}r.lpush("queue", "task2")')
    assert pane(Client().get("/preview/one/?at=2&file=sample"))[0] == "Sample"
    (tmp_path / f"one{SUFFIX}").unlink()
    assert [event.kind for event in watched.scan()] == ["changed"]
    assert UNPROVED in pane(Client().get("/preview/one/?at=2"))[2]


def test_a_draft_whose_play_is_not_proved_says_so(client, shelf):
    put(shelf)
    draft(WITH_PROGRAM, slug="small")
    client.force_login(instructor())
    assert PROVED in pane(client.get("/studio/drafts/small/preview/?at=1"))[2]
    draft(WITH_PROGRAM.replace("task2", "task7"), slug="other")
    assert UNPROVED in pane(client.get("/studio/drafts/other/preview/?at=1"))[2]
