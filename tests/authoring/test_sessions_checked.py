"""Sessions in a lesson's texts: each problem is at the session's own line of the file."""

from tests.lessons import OURS, SOUND
from tests.tables import for_each
from tutor.assessment.sessions import MOST_SESSIONS
from tutor.authoring import proving
from tutor.ports import corners

FALSE = "```redis-cli\n> LPUSH q a\n(integer) 1\n> LLEN q\n(integer) 2\n```\n"


def indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" if line else "\n" for line in text.splitlines())


def found(text: str, *, head: str = "") -> list[str]:
    """Return the problems of a lesson that ends with this text; its own first line is 8."""
    problems = proving.check_text(head + SOUND + text, "x.yaml", corners.temporary).problems
    return [str(each).removeprefix("x.yaml:") for each in problems]


SAID = "warning: claims that redis-cli shows (integer) 2, but it is (integer) 1"
KEY_MOMENT = "key_moments:\n  - question: Why?\n    answer: |\n"
PLACES = {
    "closing": ("closing: |\n" + indented("Look:\n\n" + FALSE, 2), "15:13"),
    "a folded text": ("closing: >\n" + indented("Look:\n\n" + FALSE.replace("\n", "\n\n"), 2), "19:13"),
    "a text with keep": ("closing: |+\n" + indented(FALSE, 4), "13:15"),
    "a key moment": (KEY_MOMENT + indented(FALSE, 6), "15:17"),
    "a list in a text": (KEY_MOMENT + indented("- one\n\n" + indented(FALSE, 2), 6), "17:19"),
    "quoted in one line": (f"closing: {FALSE!r}".replace("'", '"') + "\n", "8:71"),
    "the second of two": (
        "closing: |\n" + indented(FALSE.replace("2\n", "1\n") + "\n" + FALSE, 2), "20:13"
    ),
    "a text of the same lines before it": (
        "closing: |\n" + indented("Look:\n\n    (integer) 2\n\n" + FALSE, 2), "17:13"
    ),
    "a worked solution": (
        "practice:\n  - question: Why?\n    number: 1\n    solution:\n      steps:\n        - |\n"
        + indented(FALSE, 10) + "      answer: so\n", "18:21"
    ),
}  # fmt: skip


@for_each("place", PLACES)
def test_a_false_reply_is_reported_where_it_stands(place: str):
    text, spot = PLACES[place]
    assert [each for each in found(text) if "redis-cli" in each] == [f"{spot}: {SAID}"]


def test_in_a_strict_lesson_it_is_an_error():
    strict = found("closing: |\n" + indented(FALSE, 2), head="strict: true\n")
    assert any(each.startswith("14:13: claims that redis-cli shows") for each in strict)


def test_a_true_session_and_other_blocks_are_no_problem():
    text = FALSE.replace("2\n", "1\n") + "\n```text\n> LLEN q\n(integer) 9\n```\n\n    > LLEN q\n"
    assert found("closing: |\n" + indented(text, 2)) == []


def test_a_session_leaves_the_lessons_keys_alone():
    text = "closing: |\n  ```redis-cli\n  > LLEN queue\n  (integer) 0\n  ```\n"
    assert found(text) == []


def test_there_is_a_limit_of_sessions():
    block = "  ```redis-cli\n  > PING\n  ```\n\n"
    problems = found("closing: |\n" + block * (MOST_SESSIONS + 1))
    line = 9 + 4 * MOST_SESSIONS + 1
    assert problems == [f"{line}:3: warning: a lesson may have {MOST_SESSIONS} sessions, and this is one more"]


def test_the_lessons_have_sessions():
    assert sum("```redis-cli" in path.read_text() for path in OURS) >= 5


SENT = '```redis-cli\n> LPUSH queue a\n(integer) 1\n> BRPOP queue 2\n1) "queue"\n2) "a"\n```\n'


@for_each(
    ("prose", "unnamed"),
    [
        ("After `LPUSH queue a`, a `BRPOP queue 2` answers at once:", []),
        ("After `LPUSH queue a`, a `BRPOP queue 3` answers at once:", ["2"]),
        ("BRPOP on the queue waits 2 seconds, and LPUSH gives it a.", []),
        # `LPUSH queue a` is a step.
        ("Look:", ["BRPOP, queue, 2"]),
    ],
)
def test_commands_of_a_session_are_those_of_the_lesson_or_of_the_prose_beside_it(prose: str, unnamed: list[str]):
    text = "closing: |\n" + indented(f"{prose}\n\n{SENT}", 2)
    said = [each for each in found(text, head="strict: true\n") if "beside this session" in each]
    assert [each.split(" has ")[1].split(": take")[0] for each in said] == unnamed
    assert not any("beside this session" in each for each in found(text))
