"""Entries that can be drawn alone, and the columns of the tracker."""

import json
from dataclasses import replace

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import columns, lesson, play
from tutor.engine.playing import player
from tutor.engine.story.tracker_columns import start_column, tracked_names
from tutor.engine.trace.entry import Sent, TraceEntry
from tutor.engine.values.refusals import ErrorReply, NotSent, ProgramError, StepRefusal

QUIET = {"command": "LLEN queue"}
PUSH = {"command": "LPUSH queue a"}


def labels(*steps: dict[str, object], taken: int | None = None) -> list[str]:
    """Return the labels of the tracker's columns after `taken` steps, by default all."""
    played = lesson(*steps)
    return [column.label for column in columns(played, player.play(played, FakeCorner(), steps=taken))]


def test_before_the_first_step_there_is_only_the_start():
    assert labels(PUSH, QUIET, taken=0) == ["Start"]


def test_a_step_that_changes_a_key_adds_a_column():
    assert labels(PUSH, QUIET, taken=1) == ["Start", "After step 1"]


def test_a_step_that_changes_nothing_adds_none():
    assert labels(QUIET, PUSH, QUIET, taken=2) == ["Start", "After step 2"]


def test_the_last_step_is_final_although_it_changes_nothing():
    assert labels(PUSH, QUIET) == ["Start", "After step 1", "Final"]


def test_the_last_step_is_final_also_if_it_changes_something():
    assert labels(QUIET, PUSH) == ["Start", "Final"]


def test_a_step_that_changes_only_a_variable_adds_a_column():
    assert labels({"assign": {"task": 1}}, QUIET, taken=1) == ["Start", "After step 1"]


def test_the_rows_are_the_watched_keys_and_the_variables():
    assert tracked_names(lesson(PUSH)) == ("queue", "task")


def test_the_start_column_shows_empty_keys_and_variables_as_they_begin():
    assert start_column(lesson(PUSH, variables={"task": 0})).values == ("[]", "0")


def test_a_column_marks_what_changed_with_the_value_before():
    played = lesson(PUSH, QUIET)
    column = columns(played, player.play(played, FakeCorner()))[1]
    assert (column.values, column.was) == (("['a']", "None"), {"queue": "[]"})


def test_an_entry_survives_being_stored_as_json():
    (entry,) = play(("LPUSH", "queue", "it's"))
    assert TraceEntry.from_json(json.loads(json.dumps(entry.as_json()))) == entry


def test_an_entry_knows_the_earlier_value_of_what_changed():
    entry = play(("LPUSH", "queue", "a"), ("LPUSH", "queue", "b"))[1]
    assert (entry.was_text("queue"), entry.was_text("task"), entry.has_changed) == ("['a']", "", True)


def test_a_printed_line_is_shown_without_quotes_and_a_value_with_them():
    printed, assigned = play(("print", "hello"), ("assign", "task", "hello"))
    assert (printed.output_text, assigned.output_text) == ("hello", "None")
    assert assigned.value_text("task") == "'hello'"


def stored_before(entry: TraceEntry, words: list[str] | None, reply: object) -> dict[str, object]:
    """Return an entry as the program stored it when a step sent one command at most."""
    stored = {
        name: value for name, value in entry.as_json().items() if name not in ("sent", "lives", "sent_bytes", "values")
    }
    return {**stored, "words": words, "reply": reply}


def test_an_entry_that_an_earlier_version_stored_is_read():
    pushed, printed = play(("LPUSH", "queue", "a"), ("print", "hello"))
    assert TraceEntry.from_json(stored_before(pushed, ["LPUSH", "queue", "a"], 1)) == replace(pushed, sent_bytes=0)
    assert TraceEntry.from_json(stored_before(printed, None, None)) == replace(printed, sent_bytes=0)


def test_an_entry_that_sent_several_commands_survives_being_stored_and_begins_with_the_first():
    (entry,) = play(("LPUSH", "queue", "a"))
    two = replace(entry, sent=[*entry.sent, Sent(["GET", "\udcff"], ["\x00", None])])
    stored = TraceEntry.from_json(json.loads(json.dumps(two.as_json())))
    assert (stored, stored.words, stored.reply) == (two, ["LPUSH", "queue", "a"], 1)


REFUSALS = [
    (
        ErrorReply("WRONGTYPE Operation"),
        {"error": "WRONGTYPE Operation"},
        "WRONGTYPE Operation",
        {"error": "WRONGTYPE Operation"},
    ),
    (
        NotSent("consumer waits"),
        NotSent("consumer waits"),
        "NOTSENT consumer waits",
        {"error": "NOTSENT consumer waits"},
    ),
    (ProgramError("KeyError: 'name'"), ["a"], "KeyError: 'name'", ["a"]),
    (ErrorReply("ERR Error: no"), {"error": "ERR Error: no"}, "ERR Error: no", {"error": "ERR Error: no"}),
]


@pytest.mark.parametrize(("refusal", "reply", "stored", "stored_reply"), REFUSALS)
def test_a_refusal_is_stored_as_text_and_read_again_as_what_it_is(
    refusal: StepRefusal, reply: object, stored: str, stored_reply: object
):
    (entry,) = play(("LPUSH", "queue", "a"))
    refused = replace(entry, sent=[Sent(["GET", "queue"], reply)], refusal=refusal)
    record = json.loads(json.dumps(refused.as_json()))
    assert (record["refusal"], record["sent"]) == (stored, [[["GET", "queue"], stored_reply]])
    assert TraceEntry.from_json(record) == refused
