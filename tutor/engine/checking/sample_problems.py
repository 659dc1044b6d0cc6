"""Lit lines of a sample that do something else than their steps, found from the text of the sample alone.

A program's lines are proved by running it. A mere sample is never run, and its lit line is said to correspond to the
step; here that is checked as far as its literals allow.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise, permutations

from tutor.engine.checking.python_lines import Call, PythonLine, PythonLines, lines_of
from tutor.engine.checking.python_prints import PrintedParts, Shown
from tutor.engine.checking.texts_with_holes import ANY, VARIABLE, Hole, as_one_text, may_be
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.lesson.steps.read import ReadStep
from tutor.engine.lesson.steps.wait import WaitStep
from tutor.engine.program.interpolation import names_in, parts_of
from tutor.engine.program.python_source import NotPython
from tutor.engine.redis.command_line import BadCommandLine
from tutor.engine.redis.redis_py_calls import SentWord, SentWords, Unknown
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.values.wording import cut

PYTHON = ("python", "python3", "py", "py3")
"""Pygments' names of Python; samples in other languages are not checked."""

READS = ("get_message", "listen", "run_in_thread")
"""The methods that read what was published."""

MOST_OPTIONS = 5
"""Maximum number of options of a command that may come in any order."""


def sample_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield the sample's error of syntax, or each step whose lit line does something else."""
    sample = lesson.sample
    if sample is None or sample.language.lower() not in PYTHON:
        return
    try:
        lines = lines_of(sample.code)
    except NotPython as error:
        message = f"the sample is not Python: {error}; if it is another language, name it in `language`"
        yield Problem(("sample", "code"), message, "strict", inside=(error.line, error.column))
        return
    for i, step in enumerate(lesson.steps):
        if step.line and step.line <= sample.lines_count and _is_sendable(step):
            yield from _line_problems(_LitLine(lesson, lines, step, step.line), ("steps", i, "line"))


def keeps_and_prints(lesson: Lesson, saving: StepFields, printing: StepFields, name: str) -> bool:
    """Return whether the sample keeps all that a call returns in a variable, and prints it whole, as the steps do."""
    sample = lesson.sample
    if sample is None or sample.language.lower() not in PYTHON or not (saving.line and printing.line):
        return False
    try:
        kept, printed = lines_of(sample.code).at(saving.line).kept, lines_of(sample.code).at(printing.line).prints
    except NotPython:
        return False
    shown = [part.variable for parts in printed for part in parts if isinstance(part, Shown)]
    return any(is_called(name, each) and each in shown for each in kept)


def _is_sendable(step: StepFields) -> bool:
    """Return whether the step's command has a name; one that can't be split into words is another problem."""
    try:
        return not isinstance(step, CommandStep) or bool(step.template and step.template[0])
    except BadCommandLine:
        return False


class _LitLine:
    """A step with its lit line. In a lesson with a program the sample needs only the right method and keys."""

    def __init__(self, lesson: Lesson, lines: PythonLines, step: StepFields, number: int) -> None:
        self.lesson, self.lines, self.step, self.number = lesson, lines, step, number
        self.is_loose = bool(lesson.program)

    @property
    def is_right(self) -> bool:
        """Whether the lit line does what the step does, as far as its literals say."""
        return self.does_it(self.lines.at(self.number))

    def does_it(self, line: PythonLine) -> bool:
        """Return whether a line does what the step does."""
        step = self.step
        if isinstance(step, CommandStep):
            return any(self.sends_it(call) for call in line.calls)
        if isinstance(step, PrintStep):
            return any(self.is_loose or _prints(each, step.print, self.lesson.start_variables) for each in line.prints)
        if isinstance(step, ReadStep):
            return any(_reads(call, step) for call in line.calls)
        if isinstance(step, AssignStep):
            return any(self._assigns(line, name, value) for name, value in step.assign.items())
        return not isinstance(step, WaitStep) or self._sleeps(line, step)

    def sends_it(self, call: Call) -> bool:
        """Return whether a call sends the step's command."""
        words = list(self.step.template)
        match = _has_keys if self.is_loose else _is_same
        return any(match(sent, words) for sent in call.sent)

    def _assigns(self, line: PythonLine, name: str, value: object) -> bool:
        found = [value for each, value in line.assigned.items() if is_called(name, each)]
        return any(self._can_be(given, value) for given in found)

    def _can_be(self, given: object, value: object) -> bool:
        is_open = isinstance(given, Unknown | list | dict) or (isinstance(value, str) and any(names_in(value)))
        return self.is_loose or is_open or given == value

    def _sleeps(self, line: PythonLine, step: WaitStep) -> bool:
        """Return whether the line may show passing time: any line may but one that sleeps for another time."""
        sleeps = [call.args[0] for call in line.calls if call.name == "sleep" and call.args]
        return self.is_loose or all(isinstance(each, Unknown) or each == step.wait for each in sleeps)


def _line_problems(lit: _LitLine, path: Path) -> Iterator[Problem]:
    if lit.is_right:
        return
    does, wanted = _does(lit), _wanted(lit.step)
    better = _better(lit)
    hint = f"; line {better} does that" if better else ""
    facts = Facts(wanted, does, meant=str(better) if better else "")
    yield Problem(path, f"line {lit.number} of the sample {does}, the step {wanted}{hint}", "strict", facts)


def _better(lit: _LitLine) -> int:
    """Return the only line that does what the step does, 0 if there is none or more than one."""
    numbers = {call.line for call in lit.lines.calls}
    if isinstance(lit.step, AssignStep | WaitStep):
        numbers = set(range(1, min(lit.lesson.sample.lines_count, 200) + 1)) if lit.lesson.sample else set()
    found = [number for number in sorted(numbers) if lit.does_it(lit.lines.at(number))]
    return found[0] if len(found) == 1 else 0


def _does(lit: _LitLine) -> str:
    """Return what the line does, as the message says it."""
    line, step = lit.lines.at(lit.number), lit.step
    if isinstance(step, AssignStep):
        return f"assigns {_values(line.assigned)}" if line.assigned else "assigns nothing"
    if isinstance(step, PrintStep) and not line.prints:
        return "prints nothing"
    calls = [call for call in line.calls if call.sent] or [call for call in line.calls if call.name != "print"]
    calls = [call for call in line.calls if call.name == "print"] if isinstance(step, PrintStep) else calls
    return f"calls {calls[0].text}" if calls else "calls no method of redis-py"


def _wanted(step: StepFields) -> str:
    if isinstance(step, CommandStep):
        return f"sends {cut(step.line_shown, 80)}"
    if isinstance(step, PrintStep):
        return f"prints {cut(step.print, 80)!r}"
    if isinstance(step, ReadStep):
        return f"reads with {step.call}"
    if isinstance(step, WaitStep):
        return f"waits {step.wait:g} s"
    return f"assigns {_values(step.assign)}" if isinstance(step, AssignStep) else "does something else"


def _values(assigned: Mapping[str, object]) -> str:
    """Return variables with their values, where these are known."""
    known = {name: None if isinstance(value, Unknown) else repr(value) for name, value in assigned.items()}
    return cut(", ".join(f"{name} = {value}" if value else name for name, value in known.items()), 80)


def _reads(call: Call, step: ReadStep) -> bool:
    ignores = call.options.get("ignore_subscribe_messages", step.ignore_subscribe_messages)
    is_same = isinstance(ignores, Unknown) or ignores == step.ignore_subscribe_messages
    return call.name in READS and is_same and (not call.part or not step.pick or call.part == step.pick)


def _prints(printed: PrintedParts, wanted: str, variables: Collection[str]) -> bool:
    """Return whether the line that a call shows can be the wanted one.

    A variable of the lesson is one variable of the step's line, or a collection or bytes as Python writes them: what
    a recording can't name. Any other expression may be any text.
    """
    holes = [part if isinstance(part, str) else _hole(part, variables) for part in printed]
    return may_be(as_one_text(parts_of(wanted)), holes)


def _hole(shown: Shown, variables: Collection[str]) -> Hole:
    return VARIABLE if any(is_called(each, shown.variable) for each in variables) else ANY


def is_called(variable: str, name: str) -> bool:
    """Return whether a lesson's variable is that of the program: a recording calls it `anna_task` if it is Anna's."""
    return bool(name) and (variable == name or variable.endswith(f"_{name}"))


def _has_keys(sent: SentWords, words: Sequence[str]) -> bool:
    """Return whether a call sends the same command with the same keys and channels, whatever its other arguments."""
    name = traits_of(words).name.split("|")
    own = [each.text or "" for each in sent]
    if [word.upper() for word in own[: len(name)]] != name:
        return False
    keys = [sent[place] for place in _name_places(own) if place < len(sent)]
    wanted = [words[place] for place in _name_places(words)]
    if any(key.is_many for key in keys):
        return True
    return len(keys) == len(wanted) and all(_is_word(key, word, words) for key, word in zip(keys, wanted, strict=True))


def _name_places(words: Sequence[str]) -> list[int]:
    return [*key_places(words), *traits_of(words).channel_places(words)]


def _is_same(sent: SentWords, words: Sequence[str]) -> bool:
    """Return whether a call sends the command; options may come in another order."""
    if sent[0].text is None or sent[0].text.upper() != words[0].upper():
        return False
    return any(_is_sequence(each, words) for each in _orders(sent, traits_of(words).syntax))


def _orders(sent: SentWords, syntax: str) -> Iterator[list[SentWord]]:
    """Yield the words of a call with its options in every order, as written first."""
    optional = set(re.findall(r"[A-Z]+", " ".join(re.findall(r"\[([^\[\]]*)", syntax))))
    # An option ends where redis-py adds the next word of its own: COUNT 1, BLOCK 200, then STREAMS.
    own = [i for i, word in enumerate(sent) if i and not word.is_given and word.text and word.text.isalpha()]
    options = [(start, end) for start, end in pairwise([*own, len(sent)]) if sent[start].text in optional]
    yield list(sent)
    is_row = all(before[1] == after[0] for before, after in pairwise(options))
    if 1 < len(options) <= MOST_OPTIONS and is_row:
        groups = [sent[start:end] for start, end in options]
        for order in permutations(groups):
            middle = [word for group in order for word in group]
            yield [*sent[: options[0][0]], *middle, *sent[options[-1][1] :]]


def _is_sequence(sent: Sequence[SentWord], words: Sequence[str]) -> bool:
    """Return whether the words of a call can be those of the command.

    As in `may_be`, all numbers of words that the call's words so far can be are followed together.
    """
    ends = {0}
    for its in sent:
        if its.is_many:
            ends = set(range(min(ends) + 1, len(words) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(words) and _is_word(its, words[end], words)}
        if not ends:
            return False
    return len(words) in ends


def _is_word(sent: SentWord, word: str, words: Sequence[str]) -> bool:
    """Return whether a word of a call can be that of the command, in which variables are filled in."""
    parts = list(parts_of(word))
    if sent.text is None:
        return not sent.parts or may_be(as_one_text(parts), [ANY if part is None else part for part in sent.parts])
    if None in parts:
        return may_be(sent.text, [ANY if part is None else part for part in parts])
    text = "".join(part or "" for part in parts)
    if sent.text == text or (not sent.is_given and sent.text.upper() == text.upper()):
        return True
    return _is_number(sent, text) or (traits_of(words).group == "stream" and _is_id(sent, text))


def _is_number(sent: SentWord, text: str) -> bool:
    try:
        return sent.is_number and float(sent.text or "") == float(text)
    except ValueError:
        return False


def _is_id(sent: SentWord, text: str) -> bool:
    """Return whether an entry's id can be the wanted one: if the call leaves it open, the server makes one."""
    is_open = sent.text == "*" and not sent.is_given and re.fullmatch("[0-9]+-[0-9]+", text) is not None
    return is_open or _id(sent.text or "") == _id(text)


def _id(text: str) -> str:
    """Return the id of an entry in full: `0` is `0-0`."""
    return f"{text}-0" if text.isdigit() else text
