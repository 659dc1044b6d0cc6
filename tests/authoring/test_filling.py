"""Filling in results: the claims made, their places in the text, and that nothing else changes."""

import re
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.lessons import HEAD, OURS, but_unused, lesson
from tests.tables import for_each
from tests.timing import within
from tutor import library
from tutor.authoring import filling, proving
from tutor.authoring.filling import NotFilled
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Port
from tutor.engine.values.replies import Json
from tutor.files import changes
from tutor.files.changes import NotWritten
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import as_flow
from tutor.ports import corners

ROOT = Path(__file__).parents[2]


def corner(of: Lesson) -> Port:
    return corners.temporary(of)


def filled(text: str, folder: Path) -> str:
    """Return the text after filling; it has no problems, and a second filling changes nothing."""
    path = folder / "x.yaml"
    path.write_bytes(text.encode())
    changes.write(filling.fill(path, corner))
    said = but_unused(proving.check([path], corner))
    # A copy of a lesson with a program has no proof file beside it.
    assert [each for each in said if "lessons prove" not in each.message] == []
    again = filling.fill(path, corner)
    assert again.diff == []
    assert again.before == again.after == path.read_bytes()
    return without_ids(path.read_bytes().decode())


NEW_ID = re.compile(r"\n *id: [a-z0-9-]+\r?(?=\n)|, id: [a-z0-9-]+(?=[,} ])")


def without_ids(text: str) -> str:
    """Return a text without the ids that filling writes: most tests are about claims."""
    return NEW_ID.sub("", text)


def added(text: str, folder: Path) -> list[str]:
    """Return the lines that filling adds; assert that all others are unchanged byte for byte."""
    before = without_ids(text).splitlines(keepends=True)
    after = filled(text, folder).splitlines(keepends=True)
    # A difference would pair repeated lines wrongly; all old lines have to follow one another among the new ones.
    old, found = iter(before), []
    wanted = next(old, None)
    for line in after:
        if line == wanted:
            wanted = next(old, None)
        else:
            found.append(line.strip())
    assert wanted is None
    return found


STEPS = """\
  # The first one.
  - actor:   producer
    "action": 'Push'   # quoted as the author likes
    command: LPUSH queue task1

  - actor: consumer
    action: >-
      Pop
      the task
    command: RPOP queue
    save: task # kept


  # The last one.
  - action: Print
    actor: consumer
    print: "Got {task!r}"
"""


def test_what_changed_and_what_was_put_out_is_claimed(tmp_path: Path):
    assert added(lesson(STEPS), tmp_path) == [
        "expect: {queue: [task1], reply: 1}",
        "expect: {queue: [], task: task1}",
        "expect: {output: \"Got 'task1'\"}",
    ]


def test_claims_are_written_at_the_end_of_their_step(tmp_path: Path):
    lines = filled(lesson(STEPS), tmp_path).splitlines()
    at = lines.index("    save: task # kept")
    assert lines[at + 1].startswith("    expect: ")
    assert lines[at + 2 : at + 5] == ["", "", "  # The last one."]


def test_line_breaks_of_windows_stay(tmp_path: Path):
    assert "\n" not in filled(lesson(STEPS).replace("\n", "\r\n"), tmp_path).replace("\r\n", "")


def test_a_file_without_a_last_line_break_gets_none(tmp_path: Path):
    assert filled(lesson(STEPS).rstrip("\n"), tmp_path).endswith("    expect: {output: \"Got 'task1'\"}")


def test_a_step_in_one_line_stays_in_one_line(tmp_path: Path):
    text = lesson("  - {actor: producer, action: A, command: LPUSH queue a} # x\n")
    assert filled(text, tmp_path) == text.replace("queue a}", "queue a, expect: {queue: [a], reply: 1}}")


def test_a_comma_at_the_end_of_a_step_stays(tmp_path: Path):
    text = lesson("  - {actor: producer, action: A, command: LPUSH queue a , }\n")
    assert filled(text, tmp_path) == text.replace("queue a ,", "queue a, expect: {queue: [a], reply: 1} ,")


@for_each(
    ("before", "after"),
    [
        ("expect: {}", "expect: {queue: [a], reply: 1}"),
        ("expect: {queue: [b]}", "expect: {queue: [a], reply: 1}"),
        ("expect: { reply: 1, }  # so", "expect: { reply: 1, queue: [a], }  # so"),
        ("expect: {'queue': [\"a\"]}", "expect: {'queue': [\"a\"], reply: 1}"),
        ("expect: {queue: [a], reply: 1, output: x}", "expect: {queue: [a], reply: 1, output: null}"),
        ("expect:\n      queue:\n        - b\n        - c\n", "expect:\n      queue: [a]\n      reply: 1\n"),
        ("expect:\n      queue: [a] # all\n", "expect:\n      queue: [a] # all\n      reply: 1\n"),
        (
            "expect:\n      task: |\n        x\n\n      # rest\n",
            "expect:\n      task: null\n      queue: [a]\n      reply: 1\n\n      # rest\n",
        ),
        ("expect: {queue: , reply: 1}", "expect: {queue: [a] , reply: 1}"),
    ],
)  # fmt: skip
def test_claims_that_are_there_are_kept_corrected_and_completed(tmp_path: Path, before: str, after: str):
    text = lesson(f"  - actor: producer\n    action: A\n    command: LPUSH queue a\n    {before}\n")
    assert filled(text, tmp_path) == text.replace(before, after)


def test_many_claims_are_written_one_per_line(tmp_path: Path):
    long = "a" * 90
    text = lesson(f"  - actor: producer\n    action: A\n    command: LPUSH queue {long}\n")
    assert filled(text, tmp_path) == f"{text.rstrip()}\n    expect:\n      queue: [{long}]\n      reply: 1\n"


def of_keys(watch: str, *commands: str) -> str:
    steps = "".join(f"  - actor: producer\n    action: A\n    command: {command}\n" for command in commands)
    return lesson(steps, head=HEAD.replace("{queue: list}", watch))


@for_each(
    ("watch", "command", "claims"),
    [
        ("{k: string}", "SET k 5", "{k: '5', reply: OK}"),
        ("{k: hash}", "HSET k age 30 is yes", "{k: {age: '30', is: yes}, reply: 2}"),
        ("{k: set}", "SADD k b a", "{k: [a, b], reply: 2}"),
        ("{k: zset}", "ZADD k 1.5 a 2 b", "{k: {a: 1.5, b: 2}, reply: 2}"),
        ("{k: zset}", "ZADD k inf a -inf b", "{k: {b: '-inf', a: inf}, reply: 2}"),
        ("{k: stream}", "XADD k 1-1 f v", "{k: [['1-1', [f, v]]], reply: '1-1'}"),
        ("{'k:1': list}", '''LPUSH k:1 "it's" "a: b" "" "null" "\\x1b" "é, ü"''', ""),
    ],
)
def test_every_type_of_key_can_be_claimed(tmp_path: Path, watch: str, command: str, claims: str):
    text = of_keys(watch, "'" + command.replace("'", "''") + "'")
    (line,) = added(text, tmp_path)
    assert line.startswith(f"expect: {claims}")


def test_what_the_clock_or_chance_decides_is_not_claimed(tmp_path: Path):
    steps = (
        "XADD log * f v",
        "SADD pool a b",
        "SPOP pool",
        "SCARD pool",
        "SET k v EX 100",
        "PTTL k",
        "GET k",
    )
    assert added(of_keys("{log: stream, pool: set, k: string}", *steps), tmp_path) == [
        "expect: {pool: [a, b], reply: 2}",
        "expect: {k: v, reply: OK}",
        "expect: {reply: v}",
    ]


def test_what_follows_from_chance_is_not_claimed(tmp_path: Path):
    pop = "  - {actor: consumer, action: 'Took {task}', command: SPOP pool, save: task}\n"
    tell = "  - {actor: consumer, action: A, print: 'Took {task}'}\n"
    again = "  - {actor: consumer, action: 'Now {task}', command: ECHO x, save: task}\n"
    head = HEAD.replace("queue: list", "pool: set")
    text = lesson("  - {actor: producer, action: A, command: SADD pool a b}\n" + pop + tell + again + tell, head=head)
    lines = filled(text, tmp_path).splitlines()[6:]
    assert ["expect" in line for line in lines] == [True, False, False, True, True]


def test_what_waiting_actors_get_is_claimed(tmp_path: Path):
    wait = "  - actor: consumer\n    action: Wait\n    command: BRPOP queue 0\n    save: task\n    pick: 1\n"
    push = "  - actor: producer\n    action: Push\n    command: LPUSH queue a\n"
    assert added(lesson(wait + push), tmp_path) == ["expect: {task: a, reply: 1}"]


def test_a_refusal_is_reported_and_not_claimed(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(of_keys("{queue: list}", "LPUSH queue a", "INCR queue"))
    found = filling.fill(path, corner)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("step 2 was refused, and no claim was made: WRONGTYPE")
    assert found.after.decode().count("expect:") == 1


def test_a_lesson_with_errors_is_not_filled(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(lesson("  - {actor: cook, action: A, print: a}\n"))
    with pytest.raises(NotFilled, match="there is no actor 'cook'"):
        filling.fill(path, corner)


@for_each(
    "step",
    [
        "  - ? actor\n    : producer\n    ? action\n    : A\n    ? command\n    : LPUSH queue a\n",
        "  - {actor: producer, action: A, command: LPUSH queue a, expect: {? queue : [b]}}\n",
        "  - actor: producer\n    action: A\n    command: LPUSH queue a\n    expect:\n      ? queue\n      : [b]\n",
        "  -\n    actor: producer\n    action: A\n    command: >+\n      LPUSH queue a\n\n\n",
        '  - {"actor":"producer","action":"A","command":"LPUSH queue a"}\n',
    ],
)
def test_unusual_yaml_is_filled_or_left_alone(tmp_path: Path, step: str):
    with suppress(NotFilled):
        assert "[a]" in filled(lesson(step), tmp_path)


ASKED = """\
quiz:
  - question: |
      What is it?

      Look.
    # Its key.
    number: 1
  - {question: What is it?, number: 2}
practice:
- "question":   Which?   # indented otherwise
  text: a
  solution: {steps: [Think.], answer: a}
- {id: mine, question: Which?, text: a, solution: {steps: [Think.], answer: a}}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_steps_and_questions_get_the_ids_by_which_they_go_already(tmp_path: Path, end: str):
    path = tmp_path / "x.yaml"
    text = (lesson(STEPS) + ASKED).replace("\n", end)
    path.write_bytes(text.encode())
    before = library.read(text, "x.yaml").lesson
    changes.write(filling.fill(path, corner))
    after = library.read(path.read_bytes(), "x.yaml").lesson
    assert before.ids == after.ids
    assert [each.id for each in (*after.steps, *after.quiz, *after.practice)] == list(after.ids)
    lines = path.read_bytes().decode().split(end)
    assert [line for line in lines if "id:" in line] == [
        "    id: push",
        "    id: pop-the-task",
        "    id: print",
        "    id: what-is-it-66aaf1",
        "  - {question: What is it?, id: what-is-it, number: 2}",
        "  id: which",
        "- {id: mine, question: Which?, text: a, solution: {steps: [Think.], answer: a}}",
    ]
    assert {*text.split(end)} - {*lines} == {"  - {question: What is it?, number: 2}"}


def test_a_name_that_was_filled_in_stays_when_the_sentence_changes(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(lesson(STEPS) + ASKED)
    changes.write(filling.fill(path, corner))
    before = library.read(path.read_bytes(), "x.yaml").lesson
    reworded = path.read_text().replace("'Push'", "'Push it'").replace("What is it?", "What was it?")
    assert library.read(reworded, "x.yaml").lesson.ids == before.ids


STYLES = st.lists(
    st.sampled_from([" ", "\n", "# c", "'", '"', ",", "{}", ": ", "- ", "|", "é", "\t", "\r\n"]), max_size=3
)


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(st.integers(0, len(STEPS)), st.integers(0, 3), STYLES.map("".join))
def test_no_way_of_writing_makes_filling_fail(place: int, cut: int, put: str):
    text = lesson(STEPS[:place] + put + STEPS[place + cut :])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(text.encode())
        try:
            with within(2):
                after = filling.fill(path, corner).after.decode()
        except NotFilled:
            return
        changed = list(unified_diff(text.splitlines(), after.splitlines(), n=0))[2:]
        assert not [line for line in changed if line.startswith("-") and "{" not in line]


def test_a_file_that_was_saved_in_the_meantime_is_not_overwritten(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(lesson(STEPS))
    found = filling.fill(path, corner)
    path.write_text("saved")
    with pytest.raises(NotWritten, match="changed in the meantime"):
        changes.write(found)
    assert path.read_text() == "saved"


def test_the_file_keeps_its_mode_and_nothing_is_left_beside_it(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(lesson(STEPS))
    path.chmod(0o640)
    changes.write(filling.fill(path, corner))
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_lesson_without_its_claims_can_be_filled(path: Path, tmp_path: Path):
    lines = path.read_text().splitlines(keepends=True)
    bare = "".join(line for line in lines if not line.lstrip().startswith("expect: {"))
    if library.read(bare, path.name).lesson is None:
        pytest.skip("its claims take more than a line")
    refused = [line for line in lines if "error:" in line]
    if not refused:
        assert added(bare, tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_is_read_back_as_it_was(value: Json):
    root = read_document(as_flow({"x": value})).root
    assert root is not None
    if "\\U00000000" not in as_flow(value):
        assert root.value == {"x": value}


@pytest.mark.parametrize("version", [1, 2])
def test_what_follows_an_id_of_the_server_but_does_not_depend_on_it_is_claimed(tmp_path: Path, version: int):
    pick = "[0, 1, 1]" if version == 1 else "[0, 1, car]"
    text = (
        f"format: {version}\ntitle: A\ntrack: tests\nactors: [shop]\nwatch: {{races: stream}}\nvariables: [n, v, id]\n"
        "steps:\n"
        "  - {actor: shop, action: Add, command: XADD races * car red}\n"
        "  - {actor: shop, action: Count, command: XLEN races, save: n}\n"
        f"  - {{actor: shop, action: Look, command: XRANGE races - +, save: v, pick: {pick}}}\n"
        "  - {actor: shop, action: Ask, command: XRANGE races - +, save: id, pick: [0, 0]}\n"
    )
    assert re.findall("expect: {.*}", filled(text, tmp_path)) == ["expect: {n: 1}}", "expect: {v: red}}"]


def test_the_sentences_about_a_corrected_claim_are_listed(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(
        "title: A\ntrack: tests\nactors: [p]\nwatch: {q: list}\nclosing: Of 77 jobs one is left.\n"
        "snapshot: [Step 1 adds a job, Step 11 is none]\nsteps:\n"
        "  - {actor: p, id: push, action: Push, command: LPUSH q a, expect: {reply: 77}}\n"
    )
    notes = filling.fill(path, corner).notes
    said = "the claim of step 1 about reply was 77: read again"
    assert notes == (
        f"{said} line 8 (steps): Push",
        f"{said} line 5 (closing): Of 77 jobs one is left.",
        f"{said} line 6 (snapshot): Step 1 adds a job",
    )
