"""Each kind of falsehood plants what it says, and leaves the file readable."""

import pytest

from tests.mutation.pages import LESSON, lines, page_of, planted
from tests.tables import for_each
from tutor.files.yaml_reader import read_document
from tutor.library import read
from tutor.mutation.kinds import KINDS
from tutor.mutation.page import Page


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of()


@for_each(
    ("kind", "expected"),
    [
        (
            "expectations",
            [
                "22:21 [task1] -> [task1, task2]",
                "22:21 [task1] -> []",
                "22:21 [task1] -> [task2]",
                "22:21 [task1] -> null",
                "22:37 1 -> 2",
                "22:37 1 -> 0",
                "22:37 1 -> null",
                "30:14 [task2, task1] -> [task1, task2]",
                "30:14 [task2, task1] -> [task2, task1, task2]",
                "30:14 [task2, task1] -> [task2]",
                "30:14 [task2, task1] -> [task1, task1]",
                "30:14 [task2, task1] -> [task2, task2]",
                "30:14 [task2, task1] -> null",
                "31:14 2 -> 3",
                "31:14 2 -> 1",
                "31:14 2 -> null",
                "39:20 task1 -> task2",
                "39:20 task1 -> null",
                "44:20 [task1, task2] -> [task2, task1] =",  # a set has no order
                "44:20 [task1, task2] -> [task1, task2, task1]",
                "44:20 [task1, task2] -> [task1]",
                "44:20 [task1, task2] -> [task2, task2]",
                "44:20 [task1, task2] -> [task1, task1]",
                "44:20 [task1, task2] -> null",
            ],
        ),
        ("quiz keys", ["53:13 A -> B", "53:13 A -> C", "59:13 B -> A"]),
        (
            "practice keys",
            [
                "63:13 2 -> 3",
                "63:13 2 -> 1",
                "66:12 [LPUSH queue a, LPUSH queue b, RPOP queue] -> [LPUSH queue b, LPUSH queue a, RPOP queue]",
                "66:12 [LPUSH queue a, LPUSH queue b, RPOP queue] -> [LPUSH queue a, RPOP queue, LPUSH queue b]",
                "69:11 RPOP -> LPOP",
                "70:12 rpop -> lpop",
                "70:11 [rpop] -> [rpop, lpop]",
            ],
        ),
        ("choices", ["52:18 \"'task1'\" -> \"'task12'\"", "58:32 \"'task2'\" -> \"'task22'\""]),
        ("mistakes", ["54:16 B -> C"]),
        (
            "proofs",
            [
                "56:20 3 -> 4",
                "56:20 3 -> 2",
                "56:33 task -> count",
                "56:5 proof: {after: 3, variable: task} -> ",
                "60:20 3 -> 4",
                "60:20 3 -> 2",
                "60:33 task -> count",
                "60:49 3: LPOP queue -> ",
                "60:49 3 -> 4",
                "60:49 3 -> 2",
                "60:52 LPOP queue -> RPOP queue",
                "60:52 LPOP queue -> LPOP seen",
                "60:5 proof: {after: 3, variable: task, replace: {3: LPOP queue}} -> ",
            ],
        ),
        (
            "sample",
            [
                "9:15 Redis -> Rediss",
                "10:7 lpush -> rpush",
                "11:7 rpop -> lpop",
                "10:14 queue -> seen",
                "10:23 task1 -> task2",
                "11:13 queue -> seen",
                "8:1 import redis ->     import redis ((",
                "9:1 r = redis.Redis() ->     r = redis.Redis() ((",
                '10:1 r.lpush("queue", "task1") ->     r.lpush("queue", "task1") ((',
                '11:1 r.rpop("queue") ->     r.rpop("queue") ((',
                "8:1 import redis -> r = redis.Redis()",
                '9:1 r = redis.Redis() -> r.lpush("queue", "task1")',
                '10:1 r.lpush("queue", "task1") -> r.rpop("queue")',
            ],
        ),
        ("lines", ["20:11 3 -> 4", "20:11 3 -> 2", "27:11 3 -> 4", "27:11 3 -> 2", "37:11 4 -> 3"]),
        ("boxes", ["21:10 1 -> 2", "28:10 1 -> 2", "38:10 2 -> 1"]),
        (
            "step numbers",
            [
                "46:14 3 -> 4",
                "46:14 3 -> 2",
                "46:48 1 -> 2",
                "47:7 2 -> 3",
                "47:7 2 -> 1",
                "51:41 3 -> 4",
                "51:41 3 -> 2",
                "57:28 3 -> 4",
                "57:28 3 -> 2",
            ],
        ),
        ("step lists", ["55:13 1 -> 2", "55:16 3 -> 4", "55:16 3 -> 2", "49:52 3 -> 4", "49:52 3 -> 2"]),
        ("references", ["34:34 task -> count"]),
        (
            "facts in prose",
            ["18:34 task1 -> task2", "25:34 task2 -> task1", "46:28 'task1' -> 'task2'"],
        ),
        ("compared texts", ["64:42 2 -> 3", "71:41 RPOP -> LPOP"]),
        (
            "commands in prose",
            [
                "47:11 RPOP queue -> LPOP queue",
                "47:11 RPOP queue -> RPOP seen",
                "57:36 LPOP queue -> RPOP queue",
                "57:36 LPOP queue -> LPOP seen",
            ],
        ),
        (
            "actors",
            [
                "17:12 producer -> consumer",
                "24:12 producer -> consumer",
                "33:12 consumer -> producer",
                "41:12 consumer -> producer",
            ],
        ),
        ("saves", ["36:11 task -> count", "36:5 save: task -> "]),
        (
            "variables",
            [
                "14:19 null -> task1",
                "14:13 task: null -> ",
                "14:32 0 -> 1",
                "14:32 0 -> -1",
                "14:32 0 -> null",
                "14:25 count: 0 -> ",
            ],
        ),
        ("watch", ["13:16 list -> set", "13:9 queue: list -> ", "13:28 set -> zset", "13:22 seen: set -> "]),
        ("steps inserted", ["16:5  -> a step more", "23:5  -> a step more", "32:5  -> a step more"]),
        ("steps swapped", ["16:5 1 -> 2", "23:5 2 -> 3", "32:5 3 -> 4"]),
        ("steps removed", ["16:5 step -> ", "23:5 step -> ", "32:5 step -> ", "40:5 step -> "]),
    ],
)
def test_a_kind_plants_these_falsehoods(page: Page, kind: str, expected: list[str]):
    assert lines(page, kind) == expected


TRANSCRIPT = """  ```redis-cli
  > LPUSH queue a
  (integer) 1
  RPOP queue
  "a"
  ```
"""

ADDED = {
    "box rules": (
        (
            "[The producer pushes, The consumer pops]",
            "[{text: Pushed, when: {command: LPUSH, actor: producer}}, Popped]",
        ),
        ["5:42 LPUSH -> RPUSH", "5:56 producer -> consumer", "5:26 when: {command: LPUSH, actor: producer} -> "],
    ),
    "step names": (
        ("After step 3,", "After {step pop},"),
        ["46:15 pop -> note", "46:15 pop -> push-2"],
    ),
    "references": (
        ("closing: >-\n", "closing: >-\n  The queue is {queue after push-2}, then {task after note!r}.\n"),
        [
            "34:34 task -> count",
            "46:29 push-2 -> pop",
            "46:29 push-2 -> push-1",
            "46:17 queue -> seen",
            "46:55 note -> pop =",  # task is the same after both
            "46:44 task -> count",
        ],
    ),
    "sources": (
        ("    number: 2\n", "    number: 2\n    source: {title: LPUSH, url: https://redis.io/}\n"),
        ["64:5 source: {title: LPUSH, url: https://redis.io/} -> "],
    ),
    "doctests": (
        (
            "closing: >-\n",
            'closing: |\n  ```redis-cli\n  > LPUSH queue a\n  (integer) 1\n  RPOP queue\n  "a"\n  ```\n\n',
        ),
        [
            "47:1 > LPUSH queue a ->   > RPUSH queue a",
            "47:1 > LPUSH queue a ->   > LPUSH seen a",
            "48:1 (integer) 1 ->   (integer) 2",
            "49:1 RPOP queue ->   LPOP queue",
            "49:1 RPOP queue ->   RPOP seen",
            '50:1 "a" ->   "task1"',
        ],
    ),
    "program": (
        ("actors: [", 'program:\n  worker.py: |\n    r.rpop("queue")\nactors: ['),
        [
            "14:7 rpop -> lpop",
            "14:13 queue -> seen",
            '14:1 r.rpop("queue") ->     r.rpop("queue") ((',
        ],
    ),
    "client": (("actors: [", "client: {decode_responses: false}\nactors: ["), ["12:28 false -> true"]),
}
"""A kind, a change of the lesson, and what the kind plants then. The lesson is played without the change."""


@for_each(("kind", "change", "expected"), [(kind, *rest) for kind, rest in ADDED.items()])
def test_a_kind_plants_in_fields_that_few_lessons_have(kind: str, change: tuple[str, str], expected: list[str]):
    assert lines(page_of(LESSON.replace(*change), played=LESSON), kind) == expected


SCENARIO = "proof: {run: [{consumer: LPOP queue}, 'producer: LPUSH queue task1'], after: pop, gives: 2}"


def test_scenarios_are_made_false_line_by_line():
    text = LESSON.replace("    number: 2\n", f"    number: 2\n    {SCENARIO}\n")
    found = [line for line in lines(page_of(text, played=LESSON), "proofs") if line.startswith("64:")]
    assert found == [
        "64:19 {consumer: LPOP queue} -> ",
        "64:20 consumer -> producer",
        "64:30 LPOP queue -> RPOP queue",
        "64:30 LPOP queue -> LPOP seen",
        "64:43 'producer: LPUSH queue task1' -> ",
        "64:43 'producer: LPUSH queue task1' -> 'producer: RPUSH queue task1'",
        "64:43 'producer: LPUSH queue task1' -> 'producer: LPUSH seen task1'",
        "64:43 'producer: LPUSH queue task1' -> 'producer: LPUSH queue task2'",
        "64:94 2 -> 3",
        "64:94 2 -> 1",
        "64:94 2 -> null",
        f"64:5 {SCENARIO} -> ",
    ]


def test_what_produces_a_wrong_choice_is_a_claim():
    text = LESSON.replace("{B: The other end., C: Before.}", "{B: {text: The other end., swap: {RPOP: LPOP}}, C: No.}")
    page = page_of(text, played=LESSON)
    assert [line for line in lines(page, "proofs") if line.startswith("54:")] == [
        "54:49 RPOP: LPOP -> ",
        "54:49 RPOP -> LPOP",
        "54:55 LPOP -> RPOP",
    ]
    assert "52:32 \"'task2'\" -> \"'task22'\"" in lines(page, "choices")


@for_each(
    ("fields", "expected"),
    [
        ("choices: {A: x, B: y, C: z}\n    answers: [A, B]", ["[A, B, C]", "[B]", "[C, B]", "[A]", "[A, C]"]),
        (
            "state: [task2, task1]",
            ["[task1, task2]", "[task2, task1, task2]", "[task2]", "[task1, task1]", "[task2, task2]"],
        ),
        ("number: 0.5\n    tolerance: 0.25", ["1.5", "-0.5", "1.25"]),
        ("text: RPOP queue\n    pattern: rpop .*", ["LPOP queue", "RPOP seen", "'.*'"]),
        ("text: task1", ["task2"]),
        ('text: "7"', ["'8'", "'6'"]),
    ],
)
def test_keys_of_each_kind_of_question(fields: str, expected: list[str]):
    page = page_of(LESSON.replace("    number: 2\n", f"    {fields}\n"), played=LESSON)
    assert [each.now for each in planted(page, "practice keys") if each.path[1] == 0] == expected


def test_a_key_takes_the_mistake_of_its_letter_along(page: Page):
    found = next(each for each in planted(page, "quiz keys") if each.now == "B")
    text = found.applied(page.text)
    assert "mistakes: {A: The other end., C: Before.}" in text
    assert read(text, "x.yaml").lesson is not None


WRITTEN = {
    "quoted": "closing: 'It''s `''task1''` after step 3: RPOP took it.'",
    "double": "closing: \"It is `'task1'` \\u2014 after step 3, RPOP took it.\"",
    "plain": "closing: It is `'task1'` after step 3, RPOP\n  took it.",
    "folded": "closing: >-\n  It is `'task1'` after\n  step 3, RPOP took it.",
    "literal": "closing: |\n  It is `'task1'` after step 3,\n  RPOP took it.",
}
"""One passage in each style of YAML."""


@for_each("style", list(WRITTEN))
def test_prose_is_made_false_in_every_style(style: str):
    begin, end = LESSON.index("closing:"), LESSON.index("key_moments:")
    page = page_of(LESSON[:begin] + WRITTEN[style] + "\n" + LESSON[end:], played=LESSON)
    was = page.at("closing").value
    found = {
        read_document(each.applied(page.text)).root.value["closing"]
        for kind in ("facts in prose", "commands in prose", "step numbers")
        for each in planted(page, kind)
        if each.path == ("closing",)
    }
    assert found == {
        was.replace("task1", "task2"),
        was.replace("RPOP", "LPOP"),
        was.replace("3", "4"),
        was.replace("3", "2"),
    }


def test_an_inserted_step_makes_only_numbers_false():
    named = LESSON[: LESSON.index("closing:")] + "closing: See {step pop}.\n"
    assert lines(page_of(named, played=LESSON), "steps inserted") == []


@for_each("kind", [each.name for each in KINDS])
def test_every_mutant_changes_the_text_and_stays_yaml(page: Page, kind: str):
    texts = set()
    for each in planted(page, kind):
        changed = each.applied(page.text)
        assert changed != page.text
        assert changed not in texts, each
        texts.add(changed)
        document = read_document(changed)
        assert document.root is not None, each
        assert not document.problems
        assert (each.line, each.column) != (0, 0)


def test_the_names_of_kinds_are_distinct():
    names = [each.name for each in KINDS]
    assert len(set(names)) == len(names)
    assert [each.name for each in KINDS if not each.is_executable] == ["facts in prose", "words"]


CODE = """program:
  worker.py: |
    import redis
    from time import sleep
    r = redis.Redis()
    # More
    sleep(1)
    def f():
        # Deeper
        return 1
"""


def test_lines_that_change_places_stay_true_if_nothing_runs_otherwise():
    page = page_of(LESSON.replace("actors: [", f"{CODE}actors: ["), played=LESSON)
    exchanged = [each for each in planted(page, "program") if each.change.startswith("this line came after")]
    assert [(each.was, each.is_true) for each in exchanged] == [
        ("import redis", True),
        ("from time import sleep", False),
        ("r = redis.Redis()", True),
        ("# More", True),
        ("sleep(1)", False),
        ("def f():", True),
        ("# Deeper", True),
    ]


CODE_WITH_COMMENTS = """program:
  worker.py: |
    r = 1  # a number
    # alone
    print("#", 'x')
"""


def test_a_line_that_is_not_python_is_false_before_its_comment():
    page = page_of(LESSON.replace("actors: [", f"{CODE_WITH_COMMENTS}actors: ["), played=LESSON)
    broken = [each.now.strip() for each in planted(page, "program") if " ((" in each.now]
    assert broken == ["r = 1 ((  # a number", """print("#", 'x') (("""]


COMPARED = """\
  - question: "`RPOP` comes at step 3. What is `task` then, `'task1'`?"
    choices: {A: "'task1'", B: "'task2'"}
    answer: A
    hint: Not `'task2'`, and not by `LPOP`.
    explanation: It is `'task1'`, as `RPOP` takes the oldest.
    mistakes: {B: "`'task2'` is what `LPOP` takes."}
    steps: [3]
    proof: {after: 3, variable: task}
practice:
"""


def test_a_fact_is_executable_where_the_check_compares_its_text_and_free_elsewhere():
    page = page_of(LESSON.replace("practice:\n", COMPARED, 1))
    of_question = {
        kind: sorted({str(each.path[2]) for each in planted(page, kind) if each.path[:2] == ("quiz", 2)})
        for kind in ("compared texts", "facts in prose")
    }
    assert of_question == {"compared texts": ["mistakes", "question"], "facts in prose": ["explanation", "hint"]}
    found = {each.was for each in planted(page, "compared texts") if each.path[:2] == ("quiz", 2)}
    assert found == {"'task1'", "RPOP", "'task2'", "LPOP"}


def test_the_question_of_a_scenario_is_free_because_its_lines_may_be_in_other_texts():
    run = COMPARED.replace("{after: 3, variable: task}", "{run: [LPUSH queue task1, RPOP queue], reply: true}")
    page = page_of(LESSON.replace("practice:\n", run, 1))
    free = {str(each.path[2]) for each in planted(page, "facts in prose") if each.path[:2] == ("quiz", 2)}
    assert "question" in free


@pytest.mark.slow
def test_two_plantings_are_alike():
    first, second = ([each.plant(page_of()) for each in KINDS] for _ in range(2))
    assert [list(each) for each in first] == [list(each) for each in second]
