"""Texts of a recording: printed lines with variables, command lines, YAML, the scripts' statements."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis.connection import Connection

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.program.interpolation import fill
from tutor.engine.redis.command_line import split_command
from tutor.files.yaml_reader import read_document
from tutor.recording import templates
from tutor.recording.manuscript import as_scalar, command_line
from tutor.recording.variables import place_of
from tutor.tapping.packed_commands import commands_in
from tutor.tapping.plain_values import Unwatched, message_data, plain
from tutor.tapping.script import Script

VALUES = {"task": "mail", "n": 3, "none": None, "a": "x", "b": "x", "raw": b"mail"}


def printed(line: str, text: str) -> str:
    statement = Script(line, "script.py").statement(1)
    found = templates.printed(text, statement, lambda name: name if name in VALUES else None, VALUES)
    assert fill(found, VALUES) == text
    return found


@for_each(
    ("line", "text", "template"),
    [
        ('print(f"Got {task}")', "Got mail", "Got {task}"),
        ('print(f"Got {task!r}")', "Got 'mail'", "Got {task!r}"),
        ('print(f"Got {raw!r}")', "Got b'mail'", "Got {raw!r}"),
        ('print(raw)', "b'mail'", "{raw}"),
        ('print("Got " + raw.decode())', "Got mail", "Got {raw.decode()}"),
        ('print(f"Got {raw.decode()!r}")', "Got 'mail'", "Got {raw.decode()!r}"),
        ('print("Got", task)', "Got mail", "Got {task}"),
        ('print("Got", task, sep="-")', "Got-mail", "Got-{task}"),
        ('print("Got " + task.decode())', "Got mail", "Got {task}"),
        ('print(raw["data"])', "b'mail'", "{raw}"),
        ('print("Got %s" % task)', "Got mail", "Got {task}"),
        ('print(task.upper())', "MAIL", "MAIL"),
        ('print("n is", n)', "n is 3", "n is {n}"),
        ('print(f"{n:03}")', "003", "003"),
        ('print(n + 1)', "4", "4"),
        ('print(none)', "None", "{none}"),
        ('print("mails for", task)', "mails for mailbox", "mails for mailbox"),
        ('print(f"Got {other}, {n} left")', "Got tea, 3 left", "Got tea, {n} left"),
        ('print(f"Got {task}, {n} left")', "Got tea, 3 left", "Got tea, {n} left"),
        ('print(other[0], n, sep=": ")', "{n}: 3", "{{n}}: {n}"),
        ('print(f"{other}{n}{a}{other}{other}")', "333", "333"),
        ('print(f"{other}{n}")', "{3", "{3"),
        ('print("{task}")', "{task}", "{{task}}"),
        ('print("{}")', "{}", "{}"),
        ('print("{{n}}", n)', "{{n}} 3", "{{{{n}}}} {n}"),
        ('print(other)', "mail", "mail"),
        ('print(*task)', "m a i l", "m a i l"),
        ('x = 1', "mail", "mail"),
    ],
)  # fmt: skip
def test_a_printed_line_has_its_variables_where_that_gives_the_same_line(line: str, text: str, template: str):
    assert printed(line, text) == template


@given(st.text(), st.text())
def test_no_text_is_taken_for_a_variable(text: str, value: str):
    assert fill(templates.escaped(text), {"x": value}) == text


@for_each(
    ("line", "word", "template"),
    [
        ('r.lpush("done", task)', "mail", "{task}"),
        ('r.lpush("done", raw)', "mail", "{raw}"),
        ('r.lpush("done", f"{n}:{task}")', "3:mail", "{n}:{task}"),
        ('r.hset("h", mapping={"k": task})', "mail", "{task}"),
        ('r.xread({"log": task})', "mail", "{task}"),
        ('r.lpush("done", "mail")', "mail", "mail"),
        ('r.lpush("done", int(n) * 1)', "3", "3"),
        ('f(task, r)', "mail", "mail"),
    ],
)  # fmt: skip
def test_a_word_is_a_variable_where_a_method_was_given_one(line: str, word: str, template: str):
    statement = Script(line, "script.py").statement(1)
    assert templates.word(word, statement, lambda name: name if name in VALUES else None, VALUES) == template


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_a_command_line_is_split_into_the_words_that_it_was_made_of(words: list[str]):
    line = command_line(words)
    assert line == words or [word.upper() for word in split_command(line)][:1] == [words[0].upper()]
    assert line == words or split_command(line)[1:] == words[1:]


ODD = st.sampled_from(["a;", "PING", "&&", "\u22121", "\uff11", "a\u00a0b", "\u200b", "a\nPING", "$", ">", "OK"])


@given(st.lists(ODD | TEXT, min_size=1, max_size=4))
@example(["a;", "PING"])
@example(["a", "\u22121"])
def test_a_recorded_command_is_not_taken_for_a_mistake_of_typing(words: list[str]):
    recorded = lesson({"command": command_line(["RPUSH", "queue", *map(templates.escaped, words)])})
    assert problems_of(recorded) == []


@given(TEXT)
def test_a_text_is_read_back_from_its_yaml(text: str):
    root = read_document(f"x: {as_scalar(text)}\n").root
    assert root is not None
    assert root.value == {"x": text}


@for_each(
    ("text", "written"),
    [
        ("LPUSH queue 'a b'", "LPUSH queue 'a b'"),
        ("a: b", '"a: b"'),
        ("null", '"null"'),
        ('"', "'\"'"),
        ("{a}", '"{a}"'),
    ],
)
def test_yaml_has_quotes_only_where_they_are_needed(text: str, written: str):
    assert as_scalar(text) == written


@given(
    st.lists(
        st.lists(st.one_of(st.text(), st.integers(), st.binary()), min_size=1).map(lambda a: ["SET", *a]), min_size=1
    )
)
def test_what_redis_py_packs_is_read_word_by_word(commands: list[list[str | int | bytes]]):
    connection = Connection()
    packed = connection.pack_commands(commands)
    expected = [[w if isinstance(w, bytes) else str(w).encode("utf-8", "strict") for w in words] for words in commands]
    assert commands_in(packed) == expected
    connection.disconnect()


@for_each(
    ("value", "reply", "place"),
    [
        ("a", "a", []),
        ("a", ["queue", "a"], [1]),
        ("1-0", [["log", [["1-0", ["f", "v"]]]]], [0, 1, 0, 0]),
        (None, None, []),
        (None, ["a", None], None),
        (True, 1, None),
        (True, True, []),
        (1, "1", None),
        (2.5, [("a", 2.5)], [0, 1]),
        (["b", "a"], ["a", "b"], None),
        ({"b", "a"}, {"a", "b"}, []),
        ({"k": "v"}, {"k": "v"}, []),
        ("v", {"k": "v"}, ["k"]),
        (b"v", [{b"k": b"v"}], [0, "k"]),
        ("v", {b"k": b"v"}, None),
        ((b"q", b"v"), (b"q", b"v"), []),
        ("b", ["a"], None),
    ],
)
def test_a_value_is_found_in_what_redis_py_returned(value, reply, place):
    assert place_of(value, reply) == place


@for_each("raw", [b"a", (1, [b"b"]), {b"k": None}, {"b", "a"}, {"k": {b"a": 1.5}}, True])
def test_what_a_lesson_can_hold_is_kept_as_it_is(raw):
    kept = plain(raw)
    # A set may list the same members in another order (PYTHONHASHSEED), so sets are compared, all else to the letter.
    assert kept == raw if isinstance(raw, set) else repr(kept) == repr(raw)


@for_each(
    "raw",
    [
        object(),
        b"\xff",
        "\ud800",
        "x" * 301,
        float("nan"),
        float("inf"),
        10**18,
        list(range(61)),
        [[[[[[1]]]]]],
        {1: 2},
    ],
)
def test_other_values_are_not_watched(raw):
    with pytest.raises(Unwatched):
        plain(raw)


def test_a_value_that_holds_itself_is_not_watched():
    endless: list = []
    endless.append(endless)
    with pytest.raises(Unwatched):
        plain(endless)


def test_of_a_message_only_its_data_counts():
    message = {"type": "message", "pattern": None, "channel": b"c", "data": b"d"}
    assert message_data(message) == b"d"
    assert message_data({**message, "type": "subscribe", "data": 1}) == {**message, "type": "subscribe", "data": 1}


SCRIPT = Script(
    """\
for i, task in enumerate([x for x in tasks]):
    done.append(
        task
    )
    count += 1
while (job := r.rpop("q")) is not None: last = job
def f(a):
    _, b = a
""",
    "script.py",
)


@for_each(
    ("line", "writes", "reads"),
    [
        (1, {"i", "task"}, {"enumerate", "tasks"}),
        (3, set(), {"done", "task"}),
        (5, {"count"}, {"count"}),
        (6, {"job", "last"}, {"r", "job"}),
        (8, {"_", "b"}, {"a"}),
    ],
)
def test_a_line_belongs_to_the_innermost_statement(line: int, writes: set[str], reads: set[str]):
    statement = SCRIPT.statement(line)
    assert statement is not None
    assert (set(statement.writes), set(statement.reads)) == (writes, reads)
    assert "_" not in statement.names


def test_the_head_of_a_function_and_an_empty_line_speak_of_no_variables():
    head = SCRIPT.statement(7)
    assert head is not None
    assert not head.names
    assert SCRIPT.statement(99) is None
    assert SCRIPT.statement(None) is None


@for_each(
    ("line", "writes", "reads", "loose"),
    [
        ("self.done = self.r.rpop('jobs')", {"self.done"}, {"self", "self.r"}, set()),
        ("self.count += 1", {"self.count"}, {"self", "self.count"}, set()),
        ("self.done.append(task)", set(), {"self", "self.done", "task"}, set()),
        ("accounts[0].credit = 3", set(), {"accounts"}, {"credit"}),
        ("names = [each.name for each in workers]", {"names"}, {"workers"}, set()),
    ],
)
def test_an_attribute_is_a_name_where_its_object_has_one(line: str, writes: set[str], reads: set[str], loose: set[str]):
    statement = Script(line, "script.py").statement(1)
    assert statement is not None
    assert (set(statement.writes), set(statement.reads), statement.loose) == (writes, reads, loose)


def test_private_attributes_are_no_names_either():
    statement = Script("self._count = _x.y = self.n", "script.py").statement(1)
    assert statement is not None
    assert statement.names == {"self", "self.n"}
