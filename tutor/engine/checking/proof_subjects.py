"""Whether a proof speaks about its question: its step, name and changes are in the question's text, and no others."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tutor.engine.asking.proof import changed, swapped_name
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem, TextPlace, inside_at
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.redis.table import ALLOWED

_NUMBERS = r"\d{1,5}(?:(?:\s*,\s*|\s*-\s*|\s+(?:and|or|to)\s+(?:steps?\s+)?)\d{1,5})*"
_STEPS = re.compile(rf"\bsteps?\s+({_NUMBERS})", re.IGNORECASE)
_AFTER = re.compile(rf"\bafter\s+(?:the\s+)?steps?\s+({_NUMBERS})", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*(?:-|to)\s*(?:steps?\s+)?(\d+)")
_BY_NAME = re.compile(r"\{[Ss]tep ([a-z0-9-]+)\}")
_STEP_WORDS = re.compile(rf"\bsteps?\s+(?P<numbers>{_NUMBERS})|\{{step (?P<id>[a-z0-9-]+)\}}", re.IGNORECASE)
_SPAN = re.compile(r"`([^`]+)`")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+")
_AT_THE_END = re.compile(r"\b(?:lesson|run) (?:ends|is over)|\bat the (?:very )?end\b|\blast step\b|\bfinally\b", re.I)
_AT_THE_START = re.compile(
    r"\b(?:at the (?:very )?(?:start|beginning)|before the first step|(?:lesson|run) begins)\b", re.I
)
_SUPPOSES = re.compile(r"\b(?:suppose|imagine|what if|instead|in place of)\b", re.IGNORECASE)

LONGEST_RANGE = 100
"""Maximum number of steps in a range such as "steps 1 to 5"."""


def _numbers(found: Sequence[str]) -> set[int]:
    """Return the numbers in texts such as "1, 2 and 5 to 7"."""
    numbers = {int(number) for text in found for number in re.findall(r"\d+", text)}
    for text in found:
        for low, high in _RANGE.findall(text):
            numbers.update(range(int(low), min(int(high), int(low) + LONGEST_RANGE) + 1))
    return numbers


@dataclass(frozen=True)
class _Subject:
    """A question's text beside the steps and commands of the proof."""

    lesson: Lesson
    question: QuestionFields
    proof: Proof

    @cached_property
    def text(self) -> str:
        """The question, with the numbers of steps that it names."""
        positions = self.lesson.positions

        def numbered(name: re.Match[str]) -> str:
            return f"step {positions[name[1]]}" if name[1] in positions else name[0]

        return _BY_NAME.sub(numbered, self.question.question)

    def index_of(self, step: int) -> int:
        """Return where the question's text names a step, by its number or its id."""
        for found in _STEP_WORDS.finditer(self.question.question):
            if step in _numbers([found["numbers"] or str(self.lesson.positions.get(found["id"], ""))]):
                return found.start()
        return 0

    @cached_property
    def named_steps(self) -> set[int]:
        return _numbers(_STEPS.findall(self.text))

    @cached_property
    def looks_after(self) -> int | None:
        """The step after which the proof looks, None if it names none."""
        if self.proof.first is not None:
            return self.proof.first.after or None
        return self.proof.after

    @cached_property
    def swapped(self) -> set[int]:
        steps = self.lesson.command_steps.items()
        return {i + 1 for i, step in steps if swapped_name(step, self.proof) is not None}

    @cached_property
    def spans(self) -> list[str]:
        """The code in the question, without the quotes around it."""
        return [span.strip() for span in _SPAN.findall(self.text)]

    @cached_property
    def names(self) -> list[str]:
        return list(dict.fromkeys([*self.lesson.watch, *self.lesson.start_variables]))

    def has_word(self, word: str) -> bool:
        """Return whether the text or a choice has the word, in any case."""
        texts = [self.text, *(self.question.option_text(each) for each in self.question.letters)]
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
        return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def subject_problems(lesson: Lesson, question: QuestionFields, proof: Proof, at: Path) -> Iterator[Problem]:
    """Yield a problem for each part of a proof that its question does not name, and each step that only one names.

    Scenarios are left out: they have steps of their own.
    """
    if proof.run is not None:
        return
    subject, path = _Subject(lesson, question, proof), (*at, "proof")
    asked = (*at, "question")
    for each in _step_problems(subject, path, asked):
        yield each if each.path == asked else replace(each, see=_words_in(question, asked, _STEP_WORDS))
    for each in _other_problems(subject, path):
        yield replace(each, see=_words_in(question, asked, _SPAN))


def _words_in(question: QuestionFields, path: Path, words: re.Pattern[str]) -> TextPlace:
    """Return the place of the first such words in a question's text, or of its beginning."""
    found = words.search(question.question)
    return TextPlace(path, inside_at(question.question, found.start() if found else 0))


def _other_problems(subject: _Subject, path: Path) -> Iterator[Problem]:
    yield from _name_problems(subject, path)
    for number, command in subject.proof.replace.items():
        yield from _replacement_problems(subject, number, command, (*path, "replace", str(number)))
    for old, new in subject.proof.swap.items():
        yield from _swap_problems(subject, old, new, (*path, "swap", old))
    yield from _unused_commands(subject, path)


def _strict(path: Path, message: str, expected: str, came: str) -> Problem:
    return Problem(path, message, "strict", Facts(expected, came))


def _step_problems(subject: _Subject, path: Path, asked: Path) -> Iterator[Problem]:
    proof, named = subject.proof, subject.named_steps
    place = (*path, "first", "after") if proof.first else (*path, "after")
    after = subject.looks_after
    if after is not None and not _names_step(subject, after):
        yield _strict(place, *_unnamed(f"looks after step {after}", after, named))
    behind = _numbers(_AFTER.findall(subject.text))
    if behind and (after or 0) not in behind and (after or 0) in {*named, 0}:
        shown = _listed(behind)
        message = f"the proof looks after step {after or 0}, the question asks after {shown}"
        yield _strict(place if after else path, message, shown, f"step {after or 0}")
    for number in proof.replace:
        if number not in named:
            yield _strict((*path, "replace", str(number)), *_unnamed(f"changes step {number}", number, named))
    mine = {*proof.replace, *subject.swapped, *({after} if after else ())}
    for number in sorted(named - mine):
        message = f"the question speaks of step {number}, and its proof does not ({_listed(mine)})"
        problem = _strict(asked, message, _listed(mine), f"step {number}")
        seen = place if after is not None else path
        yield replace(
            problem, see=TextPlace(seen), inside=inside_at(subject.question.question, subject.index_of(number))
        )


def _names_step(subject: _Subject, after: int) -> bool:
    if after in subject.named_steps:
        return True
    if after == 0:
        return bool(_AT_THE_START.search(subject.text))
    return after == len(subject.lesson.steps) and bool(_AT_THE_END.search(subject.text))


def _unnamed(does: str, number: int, named: set[int]) -> tuple[str, str, str]:
    speaks = f"speaks of {_listed(named)}" if named else "names no step"
    return f"the proof {does}, the question {speaks}; write the step into its text", _listed(named), f"step {number}"


def _listed(numbers: set[int]) -> str:
    steps = ", ".join(map(str, sorted(numbers)))
    return f"step{'s' if len(numbers) > 1 else ''} {steps}" if numbers else "no step"


def _name_problems(subject: _Subject, path: Path) -> Iterator[Problem]:
    proof = subject.proof
    looks, place = (proof.first, (*path, "first")) if proof.first else (proof, path)
    asked = _asked_names(subject)
    if proof.output:
        yield from _output_problems(subject, asked, (*path, "output"))
        return
    field = "key" if looks.key is not None else "variable"
    name = looks.key if looks.key is not None else looks.variable
    if name is None or name not in subject.names:
        return
    if asked and name not in asked:
        message = f"the proof looks at {name}, the question asks for {', '.join(asked)}"
        yield _strict((*place, field), message, ", ".join(asked), name)
    elif not subject.has_word(name):
        message = f"the proof looks at {name}, which the question does not name; write `{name}` into its text"
        yield _strict((*place, field), message, name, "a question without it")


def _asked_names(subject: _Subject) -> list[str]:
    """Return the names that the sentence with the question mark has in code; those of the whole text if it has none."""
    asking = [sentence for sentence in _SENTENCE.split(subject.text) if sentence.rstrip().endswith("?")]
    for text in (" ".join(asking), subject.text):
        spans = [span.strip() for span in _SPAN.findall(text)]
        if named := [name for name in subject.names if name in spans]:
            return named
    return []


def _output_problems(subject: _Subject, asked: list[str], path: Path) -> Iterator[Problem]:
    after = subject.proof.after or 0
    saved = subject.lesson.steps[after - 1].saves if 1 <= after <= len(subject.lesson.steps) else ()
    if asked and not set(asked) & set(saved):
        message = f"the proof looks at what step {after} puts out, the question asks for {', '.join(asked)}"
        yield _strict(path, message, ", ".join(asked), "output")


def _words(text: str) -> list[str]:
    try:
        return split_command(text)
    except BadCommandLine:
        return text.split()


def _replacement_problems(subject: _Subject, number: int, command: str, path: Path) -> Iterator[Problem]:
    step = subject.lesson.command_steps.get(number - 1)
    if step is None:
        return
    words, own = _words(command), _template(step)
    if words in [_words(span) for span in subject.spans]:
        return
    said = [word for span in subject.spans for word in _words(span)]
    new = list((Counter(words) - Counter(own)).elements())
    missing = [word for word in new if word not in said]
    if missing or not new:
        lacks = f"{' '.join(missing)} is not in its text" if missing else "the question does not have it"
        message = f"the proof sends {command} at step {number}, and {lacks}; write it into the question's text"
        yield _strict(path, message, "; ".join(subject.spans) or "a command in the question", command)


def _template(step: CommandStep) -> Sequence[str]:
    try:
        return step.template
    except BadCommandLine:
        return []


def _swap_problems(subject: _Subject, old: str, new: str, path: Path) -> Iterator[Problem]:
    is_old_meant = subject.has_word(old) or bool(subject.swapped & subject.named_steps)
    for name, is_named in ((old, is_old_meant), (new, subject.has_word(new))):
        if not is_named:
            message = f"the proof sends {new} for {old}, and the question does not name {name}"
            yield _strict(path, message, name, "a question without it")


def _unused_commands(subject: _Subject, path: Path) -> Iterator[Problem]:
    """Yield a problem for each command in the question that neither the proof nor one of its steps sends."""
    proof = subject.proof
    if _SUPPOSES.search(subject.text) and not proof.changes_steps:
        message = "the question supposes a change, and its proof makes none: add `replace` or `swap`"
        yield _strict(path, message, "replace or swap", "no change")
        return
    sent = [list(_template(step)) for step in subject.lesson.command_steps.values()]
    sent += [_changed_words(subject, number) for number in sorted({*proof.replace, *subject.swapped})]
    names = {words[0].upper() for words in (_meant(subject) if proof.changes_steps else sent) if words}
    for span in subject.spans:
        words = _words(span)
        if not words or words[0].upper() not in ALLOWED or words[0] != words[0].upper():
            continue
        is_known = words[0] in names if len(words) == 1 else any(_begins(full, words) for full in sent)
        if not is_known:
            message = f"the question speaks of {span}, which its proof does not send: add `replace` or `swap`"
            yield _strict(path, message, span, "no step that sends it")


def _meant(subject: _Subject) -> list[list[str]]:
    """Return the commands that a question about a change can mean: old and new ones, and those of steps it names."""
    proof = subject.proof
    numbers = {*proof.replace, *subject.swapped, *subject.named_steps}
    own = [list(_template(step)) for i, step in subject.lesson.command_steps.items() if i + 1 in numbers]
    return [*own, *(_changed_words(subject, number) for number in numbers), *([name] for name in proof.swap)]


def _changed_words(subject: _Subject, number: int) -> list[str]:
    if not 1 <= number <= len(subject.lesson.steps):
        return []
    step = changed(subject.lesson.steps[number - 1], subject.proof, number)
    return list(_template(step)) if isinstance(step, CommandStep) else []


def _begins(full: Sequence[str], words: Sequence[str]) -> bool:
    return list(full[: len(words)]) == list(words)
