"""A problem of words within a text is reported where these words stand, in whichever form YAML the text is written."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.lessons import SOUND, but_unused, lesson
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.files.scalar_places import index_in_source
from tutor.ports import corners

HERE = "⌖"
"""Marks in a text under construction where the reference begins; it is taken out before the text is read."""

REFERENCES = ["⌖step 1", "⌖{step nowhere}", "⌖{Step 1}", "⌖{queue after nowhere}", "`⌖{task after nowhere!r}`"]
WORDS = ["Redis", "it's", 'a "word"', "über", "日本", "😀", "x: y", "c:\\d", "`a b`", "*so*", "\\{a}", "#1", "''", "%"]
PLAIN_WORDS = [word for word in WORDS if ": " not in word and word[0] not in "'*`#%\\"]

FIELDS = {
    "closing": "closing: ",
    "answer": "key_moments:\n  - question: Why?\n    answer: ",
    "question": "quiz:\n- number: 1\n  question: ",
    "step of a solution": "quiz:\n- {question: Why?, number: 1}\n- question: Why?\n  number: 2\n"
    "  solution:\n    answer: so\n    steps:\n    - ",
}
"""What stands in front of a text, which may be indented by 6 from its second line on."""

FORMS = ["plain", "single", "double", "in braces", "|", ">", "|-", ">+", "|2 # two", ">2-"]


@dataclass
class Written:
    """A file with a wrong reference, and where that stands."""

    source: str
    line: int
    column: int


def written(head: str, text: str, newline: str, bom: str) -> Written:
    """Return the file without its mark."""
    before = head + text[: text.index(HERE)]
    source = (head + text.replace(HERE, "")).replace("\n", newline)
    line = before.count("\n") + 1
    return Written(bom + source, line, len(before) - before.rfind("\n"))


def escaped(word: str, quote: str, draw: st.DrawFn) -> str:
    """Return a word as it stands between quotes, some of its characters as escapes in double ones."""
    if quote != '"':
        return word.replace("'", "''") if quote else word
    found = ""
    for char in word:
        code = f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
        if char == HERE:
            found += char
        else:
            found += code if draw(st.integers(0, 9)) == 0 else f"\\{char}" if char in '"\\' else char
    return found


def flow_text(draw: st.DrawFn, quote: str, words: list[str]) -> str:
    """Return a text that is plain or in quotes, with its words on several lines at random."""
    gaps = [" ", " ", "  ", "\n      ", " \n\n       \n      ", "\t\n        "]
    gaps += [" \\\n      ", " \\\n      \\ ", "\\\n\n      ", "\\n", "\\t", "\\n\\n"] if quote == '"' else []
    text = escaped(words[0], quote, draw)
    for word in words[1:]:
        text += draw(st.sampled_from(gaps)) + escaped(word, quote, draw)
    return f"{quote}{text}{quote}"


def block_text(draw: st.DrawFn, header: str, words: list[str]) -> str:
    """Return a text below | or >, with its words on several lines at random, some of these further in."""
    text = words[0]
    for word in words[1:]:
        text += draw(st.sampled_from([" ", " ", "  ", "\n", "\n\n", "\n \n\n", "\n  ", "  \n"])) + word
    indent = draw(st.sampled_from([6, 7, 9]))
    own = "   " if "2" in header else ""
    lines = "".join(f"{' ' * indent}{line}\n" if line.strip() else f"{line}\n" for line in (own + text).split("\n"))
    return f"{header.replace('2', str(indent - 4))}\n{draw(st.sampled_from(['', chr(10), '  ' + chr(10)]))}{lines}"


@st.composite
def wrong_references(draw: st.DrawFn) -> Written:
    form, field = draw(st.sampled_from(FORMS)), draw(st.sampled_from(list(FIELDS)))
    reference = draw(st.sampled_from(REFERENCES))
    known = PLAIN_WORDS if form == "plain" else WORDS
    words = [*draw(st.lists(st.sampled_from(known), max_size=8)), draw(st.sampled_from(["(", "", "—"])) + reference]
    words = ["At", *words, *draw(st.lists(st.sampled_from(known), max_size=4)), "end."]
    begin = FIELDS[field]
    if form == "in braces":
        begin, text = "quiz: [{number: 1, hint: ", flow_text(draw, '"', words) + ", question: Why?}]"
    elif form in ("plain", "single", "double"):
        text = flow_text(draw, {"plain": "", "single": "'", "double": '"'}[form], words)
    else:
        # An indentation that is written out counts from the field's own.
        begin = FIELDS["answer"] if "2" in form else begin
        text = block_text(draw, form, words)
    newline, bom = draw(st.sampled_from(["\n", "\n", "\r\n"])), draw(st.sampled_from(["", "", "\ufeff"]))
    return written(SOUND + begin, text + "\nsnapshot: [Last]\n", newline, bom)


@settings(max_examples=examples(400))
@given(wrong_references())
def test_a_wrong_reference_is_reported_where_it_stands(file: Written):
    problems = library.read(file.source.encode(), "x.yaml").problems
    assert [(each.line, each.column) for each in problems] == [(file.line, file.column)], (file.source, problems)


def test_each_of_several_mentions_is_a_problem_of_its_own():
    problems = library.read(SOUND + "closing: >\n  See step 1,\n  and step 1\n  again.\n", "x.yaml").problems
    assert [(each.line, each.column) for each in problems] == [(9, 7), (10, 7)]


def test_a_value_that_is_left_to_chance_is_reported_where_it_is_named():
    steps = "  - {id: add, actor: producer, action: Add, command: XADD s * job mail, save: task}\n"
    text = lesson(steps) + 'closing: "Its id\n  is \\u007btask after add}."\n'
    (problem,) = but_unused(proving.check_text(text, "x.yaml", corners.temporary).problems)
    assert str(problem).startswith("x.yaml:9:6: warning: {task after add} ")


@for_each(
    ("source", "value", "offset", "index"),
    [
        ("abc", "abc", 3, 3),
        ("abc", "abc", 9, 3),
        ("'a''b'", "a'b", 2, 4),
        ("|\n  a\n\n", "a\n", 1, 5),
        (">\n  a\nb: c", "a\n", 2, 6),
        ("'abc'", "abd", 2, None),
        ('"a\\ud800b"', "a?b", 2, None),
        ("", "", 0, None),
    ],
)
def test_an_offset_beyond_a_text_is_its_end_and_a_text_that_differs_has_no_place(source, value, offset, index):
    assert index_in_source(source, 0, value, offset) == index
