"""A table hides no failure: each row is tried, and each that fails is reported."""

import inspect

import pytest
from django.db import connection

from tests.tables import for_each
from tutor.models import LessonText

NUMBERS = [1, 2, 3, 4]


def report_of(test, **fixtures) -> str:
    with pytest.raises(AssertionError) as failed:
        test(**fixtures)
    return str(failed.value)


def test_every_row_is_tried_once():
    tried = []

    @for_each("number", NUMBERS)
    def test(number):
        tried.append(number)

    test()
    assert tried == NUMBERS


def test_every_row_that_fails_is_reported_with_its_difference():
    tried = []

    @for_each("number, text", [(1, "1"), (2, "two"), (3, "3"), (4, "four")])
    def test(number, text):
        tried.append(number)
        assert str(number) == text

    report = report_of(test)
    assert tried == NUMBERS
    assert report.startswith("2 of 4 rows fail\n")
    assert "number=2, text='two'" in report
    assert "assert '2' == 'two'" in report
    assert "number=4, text='four'" in report
    assert "assert '4' == 'four'" in report
    assert "number=1" not in report
    assert "number=3" not in report


@pytest.mark.parametrize("fails", [0, 1, 2, 3])
def test_one_row_that_fails_is_enough_wherever_it_is(fails):
    @for_each("number", range(4))
    def test(number):
        assert number != fails

    assert report_of(test).startswith("1 of 4 rows fail")


def test_the_report_gives_the_line_of_the_test_and_the_first_failure_is_its_cause():
    @for_each("number", [1, 0])
    def test(number):
        1 / number

    with pytest.raises(AssertionError) as failed:
        test()
    line = inspect.getsourcelines(test)[1] + 2
    assert f"line {line}: ZeroDivisionError: division by zero" in str(failed.value)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_an_exception_that_does_not_come_is_a_failure():
    @for_each("number", NUMBERS)
    def test(number):
        with pytest.raises(ValueError, match="never"):
            pass

    assert report_of(test).startswith("4 of 4 rows fail")


def test_a_row_that_fails_by_pytest_fail_is_reported():
    @for_each("number", NUMBERS)
    def test(number):
        if number == 3:
            pytest.fail("not three")

    assert "not three" in report_of(test)


def test_a_row_cannot_skip_the_others():
    @for_each("number", NUMBERS)
    def test(number):
        if number == 1:
            pytest.skip("not today")
        assert number < 4

    report = report_of(test)
    assert report.startswith("2 of 4 rows fail")
    assert "not today. A row cannot skip" in report
    assert "number=4" in report


def test_an_interruption_ends_the_test():
    @for_each("number", NUMBERS)
    def test(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        test()


def test_stacked_tables_try_every_pair():
    tried = []

    @for_each("letter", "ab")
    @for_each("number", [1, 2])
    def test(letter, number):
        tried.append((letter, number))
        assert (letter, number) not in {("a", 2), ("b", 1)}

    report = report_of(test)
    assert tried == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert [line.strip() for line in report.splitlines() if line.strip().startswith("-")] == [
        "- letter='a'", "- number=2", "- letter='b'", "- number=1",
    ]  # fmt: skip


def test_rows_that_can_be_read_only_once_are_tried_by_each_row_of_another_table():
    tried = []

    @for_each("letter", iter("ab"))
    @for_each("number", (number for number in [1, 2]))
    def test(letter, number):
        tried.append((letter, number))

    test()
    assert len(tried) == 4


def test_only_the_other_arguments_are_fixtures():
    @for_each("number", NUMBERS)
    def test(tmp_path, number):
        assert tmp_path == "a folder"

    assert list(inspect.signature(test).parameters) == ["tmp_path"]
    test(tmp_path="a folder")
    assert report_of(test, tmp_path="another").startswith("4 of 4 rows fail")


@for_each("number", NUMBERS)
def test_pytest_calls_a_table_with_its_fixtures(number, tmp_path):
    assert tmp_path.is_dir()
    (tmp_path / str(number)).mkdir()


@pytest.mark.django_db
def test_a_row_meets_the_database_without_what_other_rows_stored():
    @for_each("fails", [False, True, False])
    def test(fails):
        assert LessonText.objects.count() == 1
        LessonText.objects.create(digest="another", source="")
        assert not fails

    LessonText.objects.create(digest="one", source="")
    assert report_of(test).startswith("1 of 3 rows fail")
    assert LessonText.objects.count() == 1


@pytest.mark.django_db
def test_a_row_that_breaks_its_transaction_leaves_the_others_alone():
    @for_each("number", NUMBERS)
    def test(number):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM nothing" if number == 2 else "SELECT 1")

    assert report_of(test).startswith("1 of 4 rows fail")


def test_a_table_without_rows_is_a_mistake():
    with pytest.raises(ValueError, match="no rows for number"):
        for_each("number", [])


def test_a_row_that_is_too_short_or_too_long_is_a_mistake():
    for row in [(1,), (1, 2, 3)]:
        with pytest.raises(ValueError, match="zip"):
            for_each("number, text", [row])


def test_a_name_that_the_test_does_not_take_is_a_mistake():
    with pytest.raises(TypeError, match="does not take numer"):

        @for_each("numer", NUMBERS)
        def test(number):
            pass


def test_a_long_row_is_shortened_in_the_report():
    @for_each("text", ["x" * 10_000])
    def test(text):
        raise ValueError

    assert len(report_of(test)) < 500
