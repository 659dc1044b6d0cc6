"""Lesson files designed to keep a program busy, and fragments of YAML for random combinations."""

from hypothesis import strategies as st

from tests.lessons import HEAD, PUSH, lesson
from tutor.files.yaml_reader import LARGEST_FILE

_STEP = "  - {actor: producer, action: A, "
_QUOTED = '"a" '
_QUESTION = "quiz: [{question: q, "


def _named(count: int, text: str = "{}") -> str:
    return ", ".join(text.format(i) for i in range(count))


def _with_variables(*names: str) -> str:
    return HEAD.replace("[task]", f"[{', '.join(names)}]")


def _proved(question: str, proof: str = "gives: {queue: []}", *, a: str = "a", rest: str = "") -> str:
    """Return a strict lesson whose question is proved by a scenario."""
    steps = "  - {id: x, actor: producer, action: Push, command: LPUSH queue a}\n"
    asked = f"question: '{question}', choices: {{A: '{a}', B: b}}, answer: B, proof: {{run: [PING], {proof}}}{rest}"
    return f"{lesson(steps)}strict: true\nquiz: [{{{asked}}}]\n"


BOMBS = {
    "1 MB of a list": "- x\n" * 250_000,
    "the largest list that is read": "- x\n" * (LARGEST_FILE // 4),
    "300 bytes of aliases": "a: &a [x,x,x,x]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "nested lists": "[" * LARGEST_FILE,
    "nested mappings": "{a: " * (LARGEST_FILE // 4),
    "nested blocks": "- " * (LARGEST_FILE // 2),
    "a flow list": "[" + "a," * (LARGEST_FILE // 2 - 1) + "]",
    "one word": "a" * LARGEST_FILE,
    "one number": "1" * LARGEST_FILE,
    "comments": "#\n" * (LARGEST_FILE // 2),
    "empty lines": "\n" * LARGEST_FILE,
    "empty documents": "---\n" * (LARGEST_FILE // 4),
    "a long quoted text": '"' + "a \n\n" * (LARGEST_FILE // 4 - 1) + '"',
    "fields given again and again": "a: 1\n" * 14_000,
    "an error at the end": lesson(PUSH * 2_000) + "quiz: }\n",
    "many unknown fields": "".join(f"field{i}: x\n" for i in range(14_000)),
    "many broken steps": "steps:\n" + "- x\n" * 9_999,
    "many commands that there are not": lesson("".join(f"{_STEP}command: PLUSH{i} a}}\n" for i in range(3_000))),
    "many steps with unknown fields": lesson("  - {command: PING, a: 1, b: 2}\n" * 3_000),
    "many watched keys": lesson(PUSH * 1_500, head=HEAD.replace("{queue: list}", f"[{_named(9_000)}]")),
    "many variables like those of the steps": lesson(
        "".join(f"{_STEP}print: '{{{'b' * 20}{i:04}}}'}}\n" for i in range(2_000)),
        head=_with_variables(*(f"{'b' * 22}{i:02}" for i in range(64))),
    ),
    "many channels and patterns": lesson("".join(
        f"{_STEP}command: {name} {' '.join(f'{i}{name}{k}' for k in range(62))}}}\n"
        for i in range(100) for name in ("SUBSCRIBE", "PSUBSCRIBE")
    )),
    "a long command": lesson(f"{_STEP}command: '{'a ' * 120_000}'}}\n"),
    "many quotes in a command": lesson(f"{_STEP}command: '{_QUOTED * 60_000}'}}\n"),
    "many lines of code": lesson(
        f"{_STEP}print: '{{x}}', line: 1}}\n" * 4_000, head=f"{HEAD}sample:\n  code: |\n{'    x' * 4_900}\n"
    ),
    "many right letters": f"{lesson(PUSH)}{_QUESTION}choices: {{A: a, B: b}}, answers: [{_named(29_000, 'A')}]}}]\n",
    "many steps in a hint": f"{lesson(PUSH)}{_QUESTION}number: 1, hint: 'step {_named(35_000)}'}}]\n",
    "many changes in a proof": f"{lesson(PUSH * 1_500)}{_QUESTION}number: 1, proof: {{after: 1, key: queue, swap:"
        f" {{{_named(6_000, 'P{}: PING')}}}}}}}]\n",
    "many backticks in a question": _proved("`" * 200_000),
    "many commands in a question": _proved("".join(f"`{i} b` " for i in range(10_000)), "lines: {A: [a c, d]}"),
    "many lines for a choice": _proved("`a b`", f"lines: {{A: [{_named(25_000, 'a {}')}]}}"),
    "many commands and lines for a choice": _proved(
        "x", f"lines: {{A: [{_named(12_000, 'a')}]}}", a="`GET b` " * 12_000
    ),
    "many dots in a choice": _proved("x", a="." * 200_000, rest=", mistakes: {A: x}"),
}  # fmt: skip

_WORDS = r"""title steps actor :  - { } [ ] , ' " &a *a !!x | > # ? % 0x 1e9 .inf \ \x \U \ud800 ~ << é"""
YAML_PARTS = st.sampled_from([*_WORDS.split(), "\n", "  ", "\t", "\x00", "\ud800", "---\n", "%YAML 1.1\n", ": ", "- "])
