"""Previews: a text is played once, shown at any step, and its errors over the last good version."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.lessons import PUSH, SOUND, lesson, long_lesson
from tests.servers import ROOT, broker_at, free_port, running_redis
from tests.tables import for_each
from tutor.authoring import preview
from tutor.authoring.preview import PreviewStage, examined, look, stage_at
from tutor.engine.errors import BrokerAway
from tutor.ports import corners

FALSE = SOUND.replace("queue a}", "queue a, expect: {queue: [b]}}")
BROKEN = SOUND.replace("actor: producer,", "actor: cook,")
WAITING = (ROOT / "lessons" / "waiting-with-brpop.yaml").read_text()


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """No plays of other tests."""
    preview._known.clear()
    yield
    preview._known.clear()


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The title of the lesson of each port that is made from now on: one a play."""
    plain, made = corners.temporary, list[str]()

    def port_of(played):
        made.append(played.title)
        return plain(played)

    monkeypatch.setattr(corners, "temporary", port_of)
    return made


def stage(text: str, at: int) -> PreviewStage:
    found = examined(text, "x.yaml")
    return stage_at(found.lesson, found, "x", at, base_url="/there/")


def test_a_good_text_is_played_and_has_no_problems():
    found = look(SOUND, None, "x.yaml")
    assert found.problems == ()
    assert [entry.reply for entry in found.played.entries] == [1]
    assert not found.is_earlier


def test_a_text_is_played_for_its_check_and_never_again(plays):
    for _ in range(3):
        look(SOUND, None, "x.yaml")
    assert len(plays) == 2, "the check plays twice, to compare"


def test_those_who_ask_at_once_share_a_play(plays):
    together = Barrier(8)

    def ask(_: int):
        together.wait()
        return examined(SOUND, "x.yaml")

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert len(plays) == 2
    assert all(each is found[0] for each in found)


def test_plays_are_forgotten_in_the_end(plays):
    for number in range(preview.MOST_KEPT + 1):
        examined(SOUND.replace("A test", f"Test {number}"), "x.yaml")
    assert len(preview._known) == preview.MOST_KEPT
    examined(SOUND.replace("A test", "Test 0"), "x.yaml")
    assert plays.count("Test 0") == 4


@for_each("text", [BROKEN, FALSE, "", "title: [", "\0", "a" * 300_000, b"\xff\xfe\x00"])
def test_errors_are_shown_over_the_last_good_version(text):
    found = look(text, SOUND, "x.yaml")
    assert found.errors
    assert found.is_earlier
    assert found.played is examined(SOUND, "x.yaml")


def test_a_false_claim_without_a_good_version_is_shown_over_what_really_came():
    found = look(FALSE, None, "x.yaml")
    assert [problem.message for problem in found.errors] == ["claims that queue is ['b'], but it is ['a']"]
    assert found.played.entries[0].reply == 1
    assert not found.is_earlier


def test_where_nothing_was_ever_good_there_are_only_problems():
    found = look(BROKEN, None, "x.yaml")
    assert found.errors
    assert found.played is None


def test_a_good_version_that_can_no_longer_be_read_is_none():
    assert look(BROKEN, "title: [", "x.yaml").played is None


def test_a_warning_hides_nothing():
    steps = PUSH + "quiz:\n  - {question: How many?, number: 1, hint: Look at step 9.}\n"
    found = look(lesson(steps), SOUND, "x.yaml")
    assert [problem.is_error for problem in found.problems] == [False] * len(found.warnings)
    assert found.warnings
    assert not found.is_earlier


def test_without_redis_what_is_known_is_shown_and_the_rest_said():
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        found = look(SOUND, None, "x.yaml")
        assert isinstance(found.fault, BrokerAway)
        assert found.played is None
        assert look(BROKEN, None, "x.yaml").errors
    played = look(SOUND, None, "x.yaml")
    assert played.fault is None
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert look(SOUND, None, "x.yaml").played is played.played
        changed = look(SOUND.replace("A test", "New"), SOUND, "x.yaml")
        assert changed.fault
        assert changed.is_earlier


def test_a_play_that_failed_is_tried_again():
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"), pytest.raises(BrokerAway):
        examined(SOUND, "x.yaml")
    assert examined(SOUND, "x.yaml").is_good


def test_a_preview_leaves_nothing_in_redis():
    with running_redis() as server, broker_at(server.url):
        for text in (SOUND, FALSE, WAITING):
            assert look(text, None, "x.yaml").played
        assert server.all_keys() == set()


def test_the_stage_is_that_of_a_learner_who_has_come_so_far():
    shown = stage(long_lesson(9), 4)
    assert (shown.at, shown.position, shown.is_past, shown.is_finished) == (4, 4, False, False)
    assert [row.position for row in shown.rows] == [1, 2, 3, 4]
    assert [row.is_current for row in shown.rows] == [False, False, False, True]
    assert shown.entry.position == 4
    assert [column.step for column in shown.columns] == [0, 1, 2, 4]


@for_each(("asked", "at"), [(0, 0), (9, 9), (10, 9), (999_999, 9)])
def test_a_step_that_the_lesson_has_not_is_its_last(asked, at):
    assert stage(long_lesson(9), asked).at == at


def test_every_address_is_the_previews_own():
    middle, start, end = (stage(long_lesson(9), at) for at in (4, 0, 9))
    assert (middle.first_url, middle.back_url) == ("/there/?at=0", "/there/?at=3")
    assert (middle.forward_url, middle.last_url, middle.main_action_url) == (
        "/there/?at=5", "/there/?at=9", "/there/?at=5",
    )  # fmt: skip
    assert (start.first_url, start.back_url, start.forward_url) == (None, None, "/there/?at=1")
    assert (end.forward_url, end.last_url, end.main_action_url) == (None, None, "/there/?at=0")
    assert middle.view_url("lanes") == "/there/?view=lanes&at=4"
    assert middle.restart_url == "/there/?at=0"
    assert end.is_finished


def test_of_a_long_lesson_the_rows_around_the_step_are_shown_and_lead_to_earlier_ones():
    shown = stage(long_lesson(180), 120)
    assert [shown.rows[0].position, shown.rows[-1].position] == [71, 120]
    assert shown.rows_before_count == 70
    assert shown.rows_earlier_url == "/there/?at=70"


@pytest.mark.slow
def test_lanes_go_up_to_the_step():
    shown = stage(WAITING, 5)
    assert [column.step for column in shown.lanes.columns] == [1, 2, 3, 4, 5]
    assert [column.is_current for column in shown.lanes.columns] == [False] * 4 + [True]


def test_other_texts_have_other_versions():
    versions = {preview.version_of(*texts) for texts in [("a", "b"), ("ab", ""), ("a", None), ("a", ""), (None, "a")]}
    assert len(versions) == 5
    assert preview.version_of("a\ud800") != preview.version_of("a")
    assert preview.version_of("ä") == preview.version_of("ä".encode())
