"""Mistakes that a lesson plays with all the same: each is found alone, all of them together, and none without cause."""

import random
from pathlib import Path

import pytest

from tests.lessons import OURS
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.library import LocatedProblem
from tutor.ports import corners

SOUND = {
    "head": "title: A café\ntrack: tests\nformat: 2",
    "actors": "actors: [guest, barista]",
    "watch": "watch: {orders: list, menu: hash}",
    "variables": "variables: [order, price]",
    "flow": "flow: {boxes: [{text: One orders, when: LPUSH}, {text: One makes it, when: [RPOP, print, HSET, HGET]}]}",
    "steps": "steps:",
    "push": "  - {actor: guest, action: Order, command: LPUSH orders tea coffee, expect: {reply: 2}}",
    "menu": "  - {actor: guest, action: Look, command: HSET menu tea 3, expect: {menu: {tea: '3'}}}",
    "pop": "  - {id: take, actor: barista, action: Take, command: RPOP orders, save: order, expect: {order: tea}}",
    "price": "  - {actor: barista, action: Ask, command: 'HGET menu {order}', save: price, expect: {price: '3'}}",
    "print": "  - {actor: barista, action: Call, print: 'Here is {order}', expect: {output: Here is tea}}",
    "quiz": "quiz:",
    "asked": "  - {question: 'What is `order` after {step take}?', text: tea, "
    "proof: {after: 3, variable: order}, hint: Look.}",
}

MISTAKES = {
    "head": ("head", "title", "titel", "unknown field 'titel'"),
    "actor": ("actors", "barista]", "barista, cat]", "cat never acts"),
    "watch": ("watch", "menu: hash}", "menu: hash, tips: list}", "no step touches the watched key 'tips'"),
    "unused": ("variables", "price]", "price, spare]", "no step sets or uses the variable 'spare'"),
    "box": ("flow", "HGET]}", "HGET]}, Nothing", "no step lights box 3"),
    "claim": ("push", "reply: 2", "reply: 3", "claims that reply is 3, but it is 2"),
    "field": ("push", "expect", "lin: 1, expect", "unknown field 'lin'"),
    "key": ("price", "HGET menu", "HGET mneu", "no other step uses the key 'mneu', which is nearly 'menu'"),
    "empty": ("menu", "expect: {menu: {tea: '3'}}", "expect: {}", "this claims nothing"),
    "pick": ("pop", "save: order", "save: order, pick: 0", "`pick` finds no part here"),
    "python": ("print", "'Here is {order}'", "'f\"Here is {order}\"'", "this is Python"),
    "hint": ("asked", "hint:", "hnt:", "unknown field 'hnt'"),
    "proof": ("asked", "text: tea", "text: coffee", "the proof gives 'tea', the key says coffee"),
}
"""By name: the line, what is replaced there and by what, and how the problem begins."""

DEPENDENT = ({"pick", "key"}, {"pick", "proof"}, {"python", "price"})
"""Mistakes of which one changes what the other is about."""


def text_with(*names: str) -> str:
    lines = dict(SOUND)
    for line, old, new, _ in (MISTAKES[name] for name in names):
        assert old in lines[line]
        lines[line] = lines[line].replace(old, new, 1)
    return "\n".join(lines.values()) + "\n"


def found(text: str) -> list[LocatedProblem]:
    return list(proving.check_text(text, "x.yaml", corners.temporary).problems)


def kinds_of(problems: list[LocatedProblem]) -> list[str]:
    """Return the names of the mistakes that are reported, and any other message as it is."""
    return sorted(
        next((name for name, each in MISTAKES.items() if problem.message.startswith(each[3])), problem.message)
        for problem in problems
        if "output is" not in problem.message  # what a wrong print or pick does to claims further down
        and "price is" not in problem.message
        and "order is" not in problem.message
        and "the proof gives 't'" not in problem.message
        and "the field 'title' is missing" not in problem.message
    )


def test_a_lesson_without_mistakes_has_none():
    assert found(text_with()) == []


@for_each("name", [*MISTAKES])
def test_a_mistake_is_found_at_its_line(name: str):
    (problem,) = [each for each in found(text_with(name)) if kinds_of([each]) == [name]]
    line = [*SOUND].index(MISTAKES[name][0]) + 1 + SOUND["head"].count("\n")
    assert problem.line == line or name == "head"


@pytest.mark.parametrize("seed", range(25))
def test_several_mistakes_are_all_found_and_no_others(seed: int):
    chosen = random.Random(seed).sample([*MISTAKES], k=4)
    for one, other in DEPENDENT[:2]:
        if one in chosen and other in chosen:
            chosen.remove(one)
    if "pick" in chosen or "key" in chosen:  # what is taken then is another value, also for the proof
        chosen = [name for name in chosen if name != "proof"]
    assert kinds_of(found(text_with(*chosen))) == sorted(chosen)


@for_each("name", [*MISTAKES])
def test_new_kinds_are_warnings_but_in_strict_lessons(name: str):
    text = text_with(name)
    lax, strict = (
        [each for each in found(source) if kinds_of([each]) == [name]]
        for source in (text, text.replace("format: 2", "format: 2\nstrict: true", 1))
    )
    is_new = name in ("actor", "watch", "unused", "box", "key", "empty", "pick", "python")
    assert [each.is_error for each in (*lax, *strict)] == [not is_new, True]


@for_each(
    ("one", "other", "is_slip"),
    [
        ("orders", "ordres", True),
        ("orders", "order", True),
        ("Orders", "orders", True),
        ("queue:mails", "queue:mials", True),
        ("job:1", "job:2", False),
        ("team:a", "team:b", False),
        ("high", "low", False),
        ("a", "b", False),
        ("key1", "key2", False),
        ("job:{a}", "job:{b}", False),
    ],
)
def test_a_key_that_is_nearly_another_is_a_slip_unless_names_differ_on_purpose(one: str, other: str, is_slip: bool):
    text = (
        f"title: A\ntrack: tests\nformat: 2\nactors: [p]\nwatch: {{'{one}': list}}\n"
        "variables: {a: '1', b: '2'}\nsteps:\n"
        f"  - {{actor: p, action: A, command: 'LPUSH {one} x {{a}}'}}\n"
        f"  - {{actor: p, action: A, command: 'RPOP {other}', expect: {{reply: null}}}}\n"
        f"  - {{actor: p, action: A, print: '{{b}}'}}\n"
    )
    said = [each.message for each in library.read(text, "x.yaml").problems]
    assert any("which is nearly" in each for each in said) == is_slip


@for_each(
    ("sent", "heard", "is_slip"),
    [("news", "nwes", True), ("news", "news", False), ("news.it", "news.*", False), ("sport", "music", False)],
)
def test_a_channel_that_is_nearly_another_is_a_slip(sent: str, heard: str, is_slip: bool):
    begins = "PSUBSCRIBE" if "*" in heard else "SUBSCRIBE"
    text = (
        "title: A\ntrack: tests\nformat: 2\nactors: [p, c]\nsteps:\n"
        f"  - {{actor: c, action: A, command: {begins} {heard}}}\n"
        f"  - {{actor: p, action: A, command: PUBLISH {sent} x}}\n"
    )
    assert any("which is nearly" in each.message for each in library.read(text, "x.yaml").problems) == is_slip


@for_each(
    ("step", "beginning"),
    [
        ("print: \"f'{order}'\"", "this is Python"),
        ("print: 'Here: {}.format(order)'", "this is Python"),
        ("print: 'str(order)'", "this is Python"),
        ("print: order", "this is the word order; {order} is the variable's value"),
        ("assign: {order: '{order} + 1'}", "a lesson computes nothing"),
        ("assign: {order: None}", "None is text here; write null"),
        ("print: 'Order: {order!r}'", ""),
        ("print: 'in order (of size)'", ""),
        ("assign: {order: 'tea + milk'}", ""),
    ],
)
def test_python_in_a_text_is_reported(step: str, beginning: str):
    text = (
        "title: A\ntrack: tests\nformat: 2\nactors: [p]\nwatch: {q: list}\nvariables: [order]\nsteps:\n"
        "  - {actor: p, action: A, command: RPOP q, save: order}\n"
        f"  - {{actor: p, action: A, {step}}}\n"
    )
    said = [each.message for each in library.read(text, "x.yaml").problems]
    assert [each[: len(beginning)] for each in said] == ([beginning] if beginning else [])


@for_each(
    ("name", "source"),
    [(path.name, path) for path in OURS],
)
def test_our_lessons_have_no_silent_mistakes(name: str, source: Path):
    assert [each.message for each in library.read(source.read_text(), name).problems] == []


def test_every_lesson_is_strict():
    assert [path.name for path in OURS if "\nstrict: true\n" not in path.read_text()] == []
