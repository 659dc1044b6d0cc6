"""Lines of a program that no step ran, as its proof file knows them."""

from collections.abc import Collection

from tests.tables import for_each
from tutor import library
from tutor.engine.checking.unrun_lines import unrun_lines
from tutor.engine.lesson.lesson import Lesson


def lesson(source: str) -> Lesson:
    indented = "".join(f"    {line}\n" for line in source.splitlines())
    text = (
        f"format: 2\ntitle: T\ntrack: t\nactors: [a]\nprogram:\n  a.py: |\n{indented}"
        "steps:\n  - {actor: a, action: It prints, print: x}\n"
    )
    found = library.read(text, "x.yaml")
    assert found.lesson, found.problems
    return found.lesson


def unrun(source: str, ran: Collection[int]) -> list[int]:
    """Return the line of each problem; below 0 if it is about the statements after it as well."""
    problems = list(unrun_lines(lesson(source), {"a.py": ran}))
    assert {(each.path, each.severity) for each in problems} <= {(("program", "a.py"), "strict")}
    lines = [(each.inside or (0, 0))[0] for each in problems]
    return [-line if ", nor the " in each.message else line for line, each in zip(lines, problems, strict=True)]


@for_each(
    ("source", "ran", "expected"),
    [
        ("a = 1\nb = 2\nc = 3", [1, 2, 3], []),
        ("a = 1\nb = 2\nc = 3", [1, 3], [2]),
        ("a = 1\nb = 2\nc = 3", [1], [-2]),  # one problem for lines that follow each other
        ("a = 1\nb = 2\nc = 3\nd = 4", [3], [-1, 4]),
        ("if a:\n    b = 1\nelse:\n    c = 2", [1, 2], [4]),
        ("if a:\n    b = 1\nelif c:\n    d = 2\nelse:\n    e = 3", [1, 2], [3]),
        ("if a:\n    b = 1\nelif c:\n    d = 2\nelse:\n    e = 3", [1, 3, 6], [2, 4]),
        ("if a: b = 1", [1], []),
        ("for a in b:\n    c = 1\nelse:\n    d = 2", [1, 2], [4]),
        ("while a:\n    continue", [1], [2]),
        ("def f():\n    a = 1\n    return a", [1], [-2]),
        ('"""About."""\n\n# More\ndef f():\n    """Help."""\n    global x\n    x = 1', [4, 7], []),
        ("try:\n    a = 1\nexcept ValueError:\n    b = 2\nfinally:\n    c = 3", [2, 6], [4]),
        ("try:\n    a = 1\nexcept ValueError:\n    raise", [2], []),  # it would end the program
        ("match a:\n    case 1:\n        b = 1\n    case _:\n        c = 2", [1, 3], [5]),
        ("with a:\n    b = 1", [1], [2]),
        ("import a\nfrom b import c", [], []),
        ('if __name__ == "__main__":\n    main()', [1], []),
        ("a = f(\n    1,\n    2,\n)", [1], []),
        ("a = f(\n    1,\n    2,\n)", [3], []),  # any line of the statement
        ("if f(\n    1,\n):\n    b = 1", [2], [4]),
        ("@f\ndef g():\n    a = 1", [1], [3]),
        ("class A:\n    def f(self):\n        a = 1", [1, 2], [3]),
    ],
)
def test_a_statement_is_reported_unless_it_ran_or_cannot_be_run(source: str, ran: list[int], expected: list[int]):
    assert unrun(source, ran) == expected


def test_the_message_says_which_line_it_is():
    (problem,) = unrun_lines(lesson("a = 1\nif a:\n    b = 2\n    c = 3"), {"a.py": [1, 2]})
    assert problem.message.startswith("no step runs line 3 of a.py (b = 2), nor the statement after it: show it")
    assert problem.inside == (3, 5)


def test_a_file_of_which_nothing_ran_is_reported_once():
    assert unrun("a = 1\nb = 2", []) == [-1]
    assert len(list(unrun_lines(lesson("a = 1\nb = 2"), {}))) == 1
