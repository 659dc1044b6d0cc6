"""A lesson that watches keys by patterns, by real requests: the tracker gets rows, with and without htmx."""

from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.markup import Element, elements, find
from tests.shelves import shelf_of
from tests.views.stepping import HTMX, begin, newest, take, visitor
from tests.visitor import rows_of

pytestmark = pytest.mark.django_db

PAGE = "/lessons/small/"
PLAIN = {"Accept": "text/html"}

LESSON = """\
format: 2
title: A test
track: tests
actors: [producer, consumer]
watch: {queue: list, "job:*": hash, "lock:*": string}
variables: {job: 1, taken: null}
steps:
  - {actor: producer, action: Describe, command: "HSET job:{job} kind <mail>"}
  - {actor: producer, action: Queue, command: "LPUSH queue {job}"}
  - {actor: producer, action: Count, assign: {job: 2}}
  - {actor: producer, action: Describe, command: "HSET job:{job} kind photo"}
  - {actor: consumer, action: Take, command: RPOP queue, save: taken}
  - {actor: consumer, action: Lock, command: "SET lock:{taken} me"}
  - {actor: consumer, action: Remove, command: "DEL job:{taken} lock:{taken}"}
  - {actor: consumer, action: Say, print: "{taken} is done"}
  - {actor: consumer, action: Lock again, command: "SET lock:{taken} me"}
  - {actor: consumer, action: End, command: PING}
"""
LENGTH = LESSON.count("actor: ")

Rows = dict[str, list[str]]


def shelve(folder: Path) -> None:
    (folder / "small.yaml").write_text(LESSON)


shelf = shelf_of(shelve)


@pytest.fixture
def client() -> Client:
    return visitor()


def html(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def name_of(row: Element) -> str:
    """Return the key or the variable of a row."""
    return next(iter(row.children[0].children), row.children[0]).text


def cell_texts(cells: list[Element], columns: int) -> list[str]:
    """Return the texts of cells in columns of their own: the one for the time before a key takes all that are left."""
    texts = list[str]()
    for cell in cells:
        is_before = "is-before" in cell["class"].split()
        span = int(cell["colspan"] or 0) or columns - len(cells) + 1 if is_before else 1
        texts += [cell.text] * span
    return texts


def tracker(page: str) -> Rows:
    """Return the rows of the tracker on a page, by name."""
    [table] = find(elements(page), "table", id="tracker-table")
    rows = [element for element in table.descendants if element.tag == "tr"]
    heads = [cell.text for cell in rows[0].children]
    found = {name_of(row): cell_texts(row.children[1:], len(heads) - 1) for row in rows[1:]}
    assert {len(cells) for cells in found.values()} == {len(heads) - 1}
    return {"Name": heads[1:], **found}


def value_of(cell: Element) -> str:
    """Return the text of a cell without the value before and the reply that it came from."""
    kinds = ({*each["class"].split()} & {"value", "absent"} and each.text for each in cell.descendants)
    return next(filter(None, kinds), cell.text)


class Tab:
    """The tracker as a browser puts it together with htmx, and tutor.js with the cells that a step leaves alone."""

    def __init__(self, page: str) -> None:
        self.rows = tracker(page)
        [table] = find(elements(page), "table", id="tracker-table")
        self.last = {name_of(row): value_of(row.children[-1]) for row in table.descendants if row.tag == "tr"}
        self.names = {row["id"]: name_of(row) for row in table.descendants if row.tag == "tr"}
        self.places = {element["id"] for element in elements(page) if element["id"]}

    def swap(self, answer: str) -> None:
        for partial in find(elements(answer), "hx-partial", hx_swap="beforeend"):
            target = partial["id"]
            assert target in self.places, target
            if target == "tracker-head":
                self.rows["Name"].append(partial.text)
            elif target == "tracker-found":
                [row] = partial.children
                self.names[row["id"]] = name_of(row)
                self.places.add(row["id"])
                self.rows[name_of(row)] = cell_texts(row.children[1:], len(self.rows["Name"]))
                self.last[name_of(row)] = value_of(row.children[-1])
            elif target in self.names:
                self.rows[self.names[target]] += cell_texts(partial.children, 1)
                self.last[self.names[target]] = value_of(partial.children[-1])
        for name, texts in self.rows.items():
            texts.extend([self.last[name]] * (len(self.rows["Name"]) - len(texts)))


@pytest.mark.slow
def test_what_htmx_puts_together_is_what_a_page_shows_after_each_step(client):
    tab = Tab(html(client.get(PAGE)))
    assert list(tab.rows) == ["Name", "queue", "job", "taken"]
    for position in range(1, LENGTH + 1):
        tab.swap(html(begin(client) if position == 1 else take(client, newest(), position)))
        assert tab.rows == tracker(html(client.get(PAGE))), position


def test_a_learner_without_htmx_sees_the_same(client):
    other = visitor()
    for position in range(1, LENGTH + 1):
        answer = begin(client) if position == 1 else take(client, newest(), position)
        assert answer.status_code == 200
    runs = newest()
    for position in range(1, LENGTH + 1):
        answer = begin(other, **PLAIN) if position == 1 else take(other, newest(), position, **PLAIN)
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert runs != newest()
    assert tracker(html(other.get(PAGE))) == tracker(html(client.get(PAGE)))


def finished(client: Client) -> str:
    for position in range(1, LENGTH + 1):
        answer = begin(client) if position == 1 else take(client, newest(), position)
        assert answer.status_code == 200
    return html(client.get(PAGE))


def test_a_key_has_a_row_that_says_when_it_was_not_there_and_that_it_is_gone(client):
    rows = tracker(finished(client))
    assert list(rows) == [
        "Name", "queue", "job:1", "job:2", "lock:1", "job", "taken",
    ]  # fmt: skip
    assert rows["Name"] == ["Start", *(f"After step {n}" for n in (1, 2, 3, 4, 5, 6, 7, 9)), "Final"]
    assert rows["job:1"] == [
        "not there", *["{'kind': '<mail>'}"] * 6, "gonewas {'kind': '<mail>'}", "gone", "gone",
    ]  # fmt: skip
    assert rows["job:2"] == ["not there"] * 4 + ["{'kind': 'photo'}"] * 6
    assert [text.partition("was")[0] for text in rows["lock:1"]] == ["not there"] * 6 + [
        "'me'", "gone", "'me'", "'me'",
    ]  # fmt: skip


def test_the_table_names_each_key_and_says_which_a_step_removed(client):
    states = [row[3] for row in rows_of(finished(client))]
    assert states[0] == "job:1 {'kind': '<mail>'}1 key unchangedqueue []"
    assert states[6] == "job:1 gonelock:1 gone2 keys unchangedqueue []job:2 {'kind': 'photo'}"
    assert states[7] == "2 keys unchangedqueue []job:2 {'kind': 'photo'}"


def keys_drawn(page: str) -> list[str]:
    [picture] = find(elements(page), "div", id="picture")
    return [each.text for each in picture.descendants if each["class"] == "key-name"]


@pytest.mark.slow
@pytest.mark.parametrize("headers", [HTMX, PLAIN], ids=["htmx", "plain"])
def test_a_look_back_draws_the_keys_of_that_moment_and_the_whole_tracker(client, headers):
    whole = tracker(finished(client))
    for at, drawn in [(0, ["queue"]), (1, ["queue", "job:1"]), (6, ["queue", "job:1", "job:2", "lock:1"]),
                      (8, ["queue", "job:2"])]:  # fmt: skip
        looked = html(client.get(f"{PAGE}?at={at}", headers=headers))
        assert (keys_drawn(looked), tracker(looked).keys()) == (drawn, whole.keys()), at


def test_before_any_key_is_there_the_picture_says_what_is_awaited(client, shelf):
    (shelf / "small.yaml").write_text(LESSON.replace("queue: list, ", ""))
    [line] = find(elements(html(client.get(PAGE))), "p", class_="keys-more")
    assert line.text == "No key yet like job:* or lock:*"


def test_an_answer_is_no_longer_because_a_key_comes_late(client, shelf):
    """The cost of a new row does not grow with the columns before it."""
    sizes = []
    for waits in (2, 40):
        fill = '  - {actor: producer, action: "Go", command: INCR n, save: taken}\n' * waits
        text = (
            LESSON.partition("steps:")[0]
            + f"steps:\n{fill}"
            + '  - {actor: producer, action: A, command: "HSET job:{job} a b"}\n'
        )
        (shelf / f"late-{waits}.yaml").write_text(text + "  - {actor: producer, action: B, command: PING}\n")
        client.post(f"/lessons/late-{waits}/runs/", {"number": "1"}, headers=HTMX)
        for position in range(2, waits + 1):
            take(client, newest(), position)
        sizes.append(len(take(client, newest(), waits + 1).content))
    assert abs(sizes[1] - sizes[0]) < 100
