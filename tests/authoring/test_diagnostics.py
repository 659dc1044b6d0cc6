"""Problems as text (line, position and known facts), as annotations and as JSON."""

from tutor.authoring.diagnostics import as_annotations, as_json, as_text, printable, shown
from tutor.engine.lesson.problem import Facts, nearest
from tutor.library import LocatedProblem, read


def text_of(problem: LocatedProblem, source: str) -> list[str]:
    return list(as_text([problem], lambda file: source))


def excerpt(line: str, column: int) -> list[str]:
    """Return the line as shown and the line below it, without the frame."""
    return [shown[6:] for shown in text_of(LocatedProblem("x.yaml", 1, column, "m"), line)[1:]]


def test_a_value_is_marked_to_its_end():
    assert excerpt("{save: tsk, line: 3}", 8) == ["{save: tsk, line: 3}", "       ^^^"]
    assert excerpt("action: 'a, b' # c", 9) == ["action: 'a, b' # c", "        ^^^^^^"]
    assert excerpt("save: tsk # the reply", 7)[1] == "      ^^^"
    assert excerpt("command: GET a#b c", 10)[1] == "         " + "^" * 9
    assert excerpt("command: LPUSH queue a", 10)[1] == "         " + "^" * 13
    assert excerpt("queue: [a, b]", 8)[1] == "       ^"


def test_a_name_is_marked_without_its_value():
    assert excerpt("titel: A test", 1)[1] == "^^^^^"


def test_wide_characters_move_the_caret():
    assert excerpt("日本: x", 5)[1] == "      ^"


def test_a_place_behind_the_end_of_the_line_is_marked_there():
    assert excerpt("a: ", 9)[1] == "   ^"


def test_of_a_long_line_the_part_around_the_place_is_shown():
    line = "a" * 500 + " 'here' " + "b" * 500
    shown, carets = excerpt(line, 502)
    assert len(shown) == 102
    assert shown[carets.index("^") :].startswith("'here'")
    assert carets.strip() == "^" * 6


def test_what_a_terminal_would_obey_is_escaped():
    problem = LocatedProblem("x.yaml", 1, 1, "no \x1b[2J\n here \u202e")
    assert text_of(problem, "a\x1b[2J\u202eb")[:2] == [
        "x.yaml:1:1: no \\x1b[2J\\n here \\u202e",
        "  1 | a\\x1b[2J\\u202eb",
    ]
    assert printable("\udc80") == "\\udc80"


def test_a_file_without_that_line_shows_no_excerpt():
    assert text_of(LocatedProblem("x.yaml", 9, 1, "message"), "") == ["x.yaml:9:1: message"]


def test_both_values_are_aligned_below_one_another():
    problem = LocatedProblem("x.yaml", 1, 1, "message", facts=Facts("['a']", "['b', 'a']"))
    assert text_of(problem, "")[1:] == ["    expected: ['a']", "        came: ['b', 'a']"]


def test_a_field_given_twice_is_shown_at_both_places():
    text = "title: A\ntrack: t\nlevel: x\ntitle: B\n"
    twice = next(problem for problem in read(text, "x.yaml").problems if "already" in problem.message)
    assert text_of(twice, text) == [
        "x.yaml:4:1: 'title' is already there, in line 1",
        "  1 | title: A",
        "  … |",
        "  4 | title: B",
        "    | ^^^^^",
    ]


def test_a_suggestion_that_the_message_does_not_make_is_added():
    problem = LocatedProblem("x.yaml", 1, 1, "there is no actor", facts=Facts(word="prodcer", known=["producer"]))
    assert text_of(problem, "")[-1] == "        help: did you mean 'producer'?"


def test_a_suggestion_has_the_same_letters_if_it_can():
    assert nearest("PLUSH", ["RPUSH", "LPUSH"]) == "LPUSH"
    assert nearest("hnit", ["unit", "hint"]) == "hint"
    assert nearest("zzz", ["unit", "hint"]) == ""
    assert nearest("x" * 1_000, ["x" * 999]) == ""


def test_a_step_that_is_not_there_suggests_the_nearest_one():
    text = "title: A\ntrack: t\nactors: [a]\nsteps: [{actor: a, action: A, print: a}]\n"
    text += "key_moments: [{question: q, answer: a, steps: [7]}]\n"
    (problem,) = read(text, "x.yaml").problems
    assert (problem.facts.expected, problem.facts.came, problem.facts.suggestion) == (
        "a step from 1 to 1",
        "step 7",
        "1",
    )


def test_annotations_are_escaped():
    problem = LocatedProblem("a:b,c%.yaml", 2, 3, "100 % of\n::error::x", "warning")
    assert list(as_annotations([problem])) == ["::warning file=a%3Ab%2Cc%25.yaml,line=2,col=3::100 %25 of\\n::error::x"]


def test_an_annotation_makes_the_suggestion_too():
    problem = LocatedProblem("x.yaml", 1, 1, "there is no actor", facts=Facts(meant="producer"))
    assert list(as_annotations([problem])) == [
        "::error file=x.yaml,line=1,col=1::there is no actor%0Adid you mean 'producer'?"
    ]


def test_json_is_ascii():
    assert as_json([LocatedProblem("é\udc80.yaml", 1, 1, "日本")], 1).isascii()


def test_a_line_below_that_a_problem_is_about_is_shown_below():
    lines = "a: 1\nb: 2\n" + "c: 3\n" * 8
    problem = LocatedProblem("x.yaml", 1, 4, "m", facts=Facts(see_line=10))
    assert text_of(problem, lines)[1:] == ["   1 | a: 1", "     |    ^", "   … |", "  10 | c: 3"]
    (near,) = shown([LocatedProblem("x.yaml", 1, 4, "m", facts=Facts(see_line=2))], lines)
    assert near.excerpt
    assert (near.excerpt.below, near.excerpt.above, near.excerpt.is_apart) == (
        (2, "b: 2"),
        None,
        False,
    )


def test_the_words_that_came_are_marked_whole():
    problem = LocatedProblem("x.yaml", 1, 4, "m", facts=Facts("", "{step pop}"))
    assert text_of(problem, "at {step pop} so")[2] == "    |    " + "^" * 10
