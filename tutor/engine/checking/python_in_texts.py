"""Python that an author left in a text: f-strings, calls, sums, and the words None, True and False."""

import re
from collections.abc import Iterator

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.printing import PrintStep

_STRING = re.compile(r"""(?:print\(\s*)?[fFrRbBuU]{0,2}(?P<quote>["'])(?P<inner>.*)(?P=quote)\s*\)?""", re.DOTALL)
_PREFIX = re.compile(r"""(?:print\(|[fFrR]{1,2}["'])""")
_FORMAT = re.compile(r"""(?P<quote>["']?)(?P<inner>[^"']*)(?P=quote)\.format\((?P<values>[^()]*)\)""")
_CALL = re.compile(r"\b(?P<call>str|repr|int|float|len)\(\s*(?P<name>[A-Za-z_]\w*)\s*\)")
_SUM = re.compile(r"""["']\s*\+\s*\w|\w\s*\+\s*["']|["']\s*%\s*\(?\w""")
_COMPUTED = re.compile(r"(?P<left>\{?[A-Za-z_]\w*\}?|\d+)\s*(?:[-+*/%]|//|\*\*)\s*(?P<right>\{?[A-Za-z_]\w*\}?|\d+)")

_NAMES = {"None": "null", "True": "true", "False": "false"}


def python_problems(lesson: Lesson, step: StepFields, at: Path) -> Iterator[Problem]:
    """Yield the Python in the step's texts and in the words of its commands, one problem for each text."""
    texts = {field: text for field, text in step.texts.items() if field != "action" or _PREFIX.match(text)}
    for field, text in texts.items():
        message, better = _left_over(lesson, step, field, text)
        if message:
            facts = Facts(better, text, word=text, meant=better)
            yield Problem((*at, *step.path_of(field)), message, "strict", facts)
    for word in (word for command in step.templates for word in command.words[1:]):
        if re.fullmatch(r"""[fF](["']).*\1""", word, re.DOTALL):
            message = f"{word} is an f-string of Python, and is sent as it stands; write {word[2:-1]}"
            yield Problem((*at, step.kind), message, "strict", Facts(word[2:-1], word, word=word, meant=word[2:-1]))


def _left_over(lesson: Lesson, step: StepFields, field: str, text: str) -> tuple[str, str]:
    """Return the message about Python in a text, and the text as it should be; "" for both if there is none."""
    if _PREFIX.match(text) and (found := _STRING.fullmatch(text)):
        return _as_is(text, found["inner"])
    if found := _FORMAT.search(text):
        return _as_is(text, _formatted(text, found))
    called = next((each for each in _CALL.finditer(text) if each["name"] in lesson.start_variables), None)
    if called:
        return _as_is(text, text.replace(called[0], f"{{{called['name']}}}") if called["call"] != "len" else "")
    if _SUM.search(text):
        return _as_is(text, "")
    return _alone(lesson, step, field, text)


def _as_is(text: str, better: str) -> tuple[str, str]:
    advice = f"write {better}" if better else "only {name} and {name!r} stand for a variable"
    return f"this is Python, and stays as it is: {text}; {advice}", better


def _formatted(text: str, found: re.Match[str]) -> str:
    """Return the text in which the braces hold the arguments of `format`."""
    values = [each.strip() for each in found["values"].split(",")]
    inner = found["inner"]
    for value in values:
        name, _, given = value.partition("=")
        inner = inner.replace(f"{{{name}}}", f"{{{given}}}") if given else inner.replace("{}", f"{{{value}}}", 1)
    return text.replace(found[0], inner)


def _alone(lesson: Lesson, step: StepFields, field: str, text: str) -> tuple[str, str]:
    """Return the message about a text that is a variable's name, a sum of variables, or a word such as None."""
    if text in lesson.start_variables and isinstance(step, PrintStep | AssignStep) and field != "action":
        return f"this is the word {text}; {{{text}}} is the variable's value", f"{{{text}}}"
    if not isinstance(step, AssignStep) or field == "action":
        return "", ""
    if text in _NAMES and field not in step.expect:
        return f"{text} is text here; write {_NAMES[text]}", _NAMES[text]
    found = _COMPUTED.fullmatch(text)
    names = [part.strip("{}") for part in (found["left"], found["right"])] if found else []
    if any(name in lesson.start_variables for name in names):
        return f"a lesson computes nothing, so this is the text {text}; write the value, or count with INCR", ""
    return "", ""
