"""The list of equivalent mutants: matched, out of date, needless, too long, badly written."""

from tests.mutation.pages import LESSON, page_of, planted
from tests.tables import for_each
from tutor.mutation.equivalents import EquivalentList, read_list
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page
from tutor.mutation.survey import EXECUTABLE

ENTRY = """\
- class: lines
  where: steps/push-1/line
  was: "3"
  now: "4"
  reason: Both lines send the same command.
"""


def lists(text: str) -> EquivalentList:
    return read_list(text, "equivalent/two-tasks.yaml")


def matched(found: EquivalentList) -> tuple[Page, list[Mutant], list[str]]:
    page = page_of(LESSON)
    mutants = planted(page, "lines")
    return page, mutants, [f"{mutants[i].line} {mutants[i].now}" for i in found.of(page, mutants)]


def test_an_entry_matches_its_mutant():
    page, mutants, found = matched(lists(ENTRY))
    assert found == ["20 4"]
    assert list(lists(ENTRY).unmatched(page, mutants)) == []


def test_an_entry_without_a_mutant_is_reported_at_its_line():
    text = ENTRY + ENTRY.replace("push-1", "push-9")
    page, mutants, _ = matched(lists(text))
    (problem,) = lists(text).unmatched(page, mutants)
    assert str(problem) == (
        "equivalent/two-tasks.yaml:6:1: no change of the lesson is like this any more"
        " (lines at steps/push-9/line): remove the entry"
    )


def test_at_most_three_percent_may_be_listed():
    page, mutants, _ = matched(lists(ENTRY))
    (problem,) = lists(ENTRY).too_long(page, mutants, EXECUTABLE)
    assert problem.message == "1 of 5 changes are listed, 20.0 %; at most 3 % may be"
    assert list(lists(ENTRY).too_long(page, mutants * 7, EXECUTABLE)) != []
    assert list(lists("[]").too_long(page, mutants, EXECUTABLE)) == []


@for_each(
    ("text", "problem"),
    [
        ("a: b\n", "1:1: this is a list: each entry begins with `- class: …`"),
        (ENTRY.replace("  reason: Both lines send the same command.\n", ""), "1:3: the field 'reason': field required"),
        (ENTRY.replace("Both lines send the same command.", "Same"), "5:3: the field 'reason': string should have"),
        (ENTRY.replace('"4"', "4"), "4:3: the field 'now': input should be a valid string"),
        (ENTRY + "  why: so\n", "6:3: the field 'why': extra inputs are not permitted"),
        ("- [a]\n", "1:3: input should be a valid dictionary"),
        ("- {a: b\n", "1:3: expected a comma or }"),
    ],
)
def test_a_badly_written_list_is_reported(text: str, problem: str):
    assert f"equivalent/two-tasks.yaml:{problem}" in "\n".join(map(str, lists(text).problems))
