"""The order of the path, and what is said about a lesson's place in it."""

from collections.abc import Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.lessons import HEAD, OURS, PUSH, lesson
from tests.tables import for_each
from tutor import concepts, library
from tutor.engine.lesson.path import Placed, Syllabus, path_problems, sections
from tutor.library import LessonFile, in_order, read

NAMES = "abcdef"
SENTENCES = dict.fromkeys(["lists", "channels", "streams"], "What it is.")


def placed(slug: str, needs: str = "", teaches: str = "", track: str = "one") -> Placed:
    return Placed(slug, track, tuple(needs.split()), tuple(teaches.split()))


def order(*lessons: Placed) -> str:
    return " | ".join(" ".join(each.slug for each in section) for section in sections(lessons))


@for_each(
    ("lessons", "path"),
    [
        ([placed("a"), placed("b")], "a b"),
        ([placed("a", needs="x"), placed("b", teaches="x")], "b a"),
        ([placed("a", needs="x"), placed("b"), placed("c", teaches="x"), placed("d")], "b c a d"),
        ([placed("a", needs="never"), placed("b")], "a b"),
        ([placed("a", needs="x", teaches="y"), placed("b", needs="y", teaches="x"), placed("c")], "c a b"),
        ([placed("a", needs="x", teaches="x"), placed("b", needs="x")], "a b"),
        ([placed("a", needs="x"), placed("b", teaches="x", needs="z"), placed("c", teaches="x")], "b a c"),
        ([placed("a"), placed("b", track="two"), placed("c", track="three")], "a | b | c"),
        ([placed("a", needs="x"), placed("b", track="two"), placed("c", "", "x", "three")], "c a | b"),
        ([placed("a", "x", "x"), placed("b", "", "x", "two")], "a | b"),
    ],
)
def test_needs_come_first_and_else_a_lesson_keeps_its_place(lessons: Sequence[Placed], path: str):
    assert order(*lessons) == path


@given(st.lists(st.tuples(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES))), max_size=6))
def test_a_path_has_each_lesson_once_and_meets_every_need_if_it_can(places: list[tuple[set[str], set[str]]]):
    lessons = [Placed(str(i), "t", tuple(needs), tuple(teaches)) for i, (needs, teaches) in enumerate(places)]
    path = [each for section in sections(lessons) for each in section]
    assert sorted(each.slug for each in path) == sorted(each.slug for each in lessons)
    taught = {concept for each in lessons for concept in each.teaches}
    if any(is_met(way, taught) for way in permutations(lessons)):
        assert is_met(path, taught)


def is_met(path: Sequence[Placed], taught: set[str]) -> bool:
    known = set[str]()
    for each in path:
        if (set(each.needs) & taught) - known:
            return False
        known.update(each.teaches)
    return True


def problems(head: str, *others: Placed, steps: str = PUSH) -> list[str]:
    found = read(lesson(steps, head=f"{HEAD}{head}"), "x.yaml").lesson
    assert found
    return [f"{each.path}: {each.message}" for each in path_problems("x", found, Syllabus(SENTENCES, others))]


@for_each(
    ("head", "others", "said"),
    [
        ("teaches: [lists]\n", [], []),
        ("teaches: [list]\n", [], ["('teaches', 0): concepts.yaml has no concept 'list'; did you mean 'lists'?"]),
        (
            "needs: [zebra]\n",
            [],
            ["('needs', 0): concepts.yaml has no concept 'zebra'; name it there, with a sentence"],
        ),
        ("needs: [lists]\n", [], ["('needs', 0): no lesson teaches 'lists', so this need does not place the lesson"]),
        ("needs: [lists]\n", [placed("a", teaches="lists")], []),
        (
            "needs: [lists]\nteaches: [streams]\n",
            [placed("a", needs="streams", teaches="lists")],
            [
                (
                    "('needs', 0): this need goes in a circle: a teaches 'lists', x teaches 'streams';"
                    " leave one of these needs out"
                )
            ],
        ),
        (
            "needs: [lists]\nteaches: [lists]\n",
            [],
            ["('needs', 0): this need goes in a circle: x teaches 'lists'; leave one of these needs out"],
        ),
        ("needs: [lists]\nteaches: [lists]\n", [placed("a", teaches="lists")], []),
        ("needs: [lists]\n", [placed("a", "channels", "lists"), placed("b", "lists", "channels")], []),
    ],
)
def test_what_is_said_about_concepts(head: str, others: Sequence[Placed], said: list[str]):
    assert problems(head, *others) == said


@for_each(
    ("ahead", "said"),
    [
        ("lists", []),
        ("a", []),
        (
            "streams",
            ["('quiz', 0, 'ahead'): no lesson teaches 'streams' or has this name, so the question leads nowhere"],
        ),
        (
            "list",
            [
                (
                    "('quiz', 0, 'ahead'): no lesson teaches 'list' or has this name, so the question leads nowhere;"
                    " did you mean 'lists'?"
                )
            ],
        ),
    ],
)
def test_a_look_ahead_leads_to_a_lesson(ahead: str, said: list[str]):
    steps = f"{PUSH}quiz:\n  - {{question: How many?, number: 1, ahead: {ahead}}}\n"
    assert problems("", placed("a", teaches="lists"), steps=steps) == said


def test_our_lessons_come_after_what_they_need_and_the_freezing_loop_after_its_commands():
    slugs = [file.slug for file in in_order(files())]
    loop = slugs.index("the-loop-that-freezes-the-app")
    taught_by = ["redis-as-message-broker", "publish-and-subscribe", "waiting-with-brpop"]
    assert slugs[0] == "redis-as-message-broker"
    assert all(slugs.index(each) < loop for each in taught_by)
    known = set[str]()
    for file in in_order(files()):
        assert set(file.lesson.needs) <= known, file.slug
        known.update(file.lesson.teaches)
    assert known == set(concepts.current().sentences)


def files() -> list[LessonFile]:
    return [library.find(path.stem) for path in OURS]
