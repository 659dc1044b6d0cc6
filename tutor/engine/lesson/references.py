"""References in prose: `{step second-pop}` is "step 5", `{queue after second-pop}` the value of `queue` after it.

A lesson keeps its texts as they are written; `told` returns it with numbers and values in place of the references.
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.parts import KeyMoment
from tutor.engine.lesson.prose_texts import ProseKind, Segment, prose_texts, segments
from tutor.engine.lesson.questions.question import Choice, ExplainedMistake, QuestionFields
from tutor.engine.lesson.questions.quiz import WithChoices
from tutor.engine.lesson.run_names import is_watched
from tutor.engine.values.formatting import visible
from tutor.engine.values.replies import Json
from tutor.engine.values.wording import looks_like_value, without_backticks

START = "start"
"""Names the moment before the first step, unless a step has that id."""

LINK = "step:"
"""Begins the destination of a link to a step, which the renderer of Markdown replaces: `[step 5](step:5)`."""

_ID = r"[a-z][a-z0-9-]*"

_REFERENCE = re.compile(
    rf"(?<!\\)\{{(?:(?P<word>[Ss]tep)\s+(?P<step>{_ID})|(?P<name>[^{{}}\n]{{1,200}}?)\s+after\s+(?P<after>{_ID})(?P<repr>!r)?)\}}"
)

BETWEEN = r"(?:\s*,\s*(?:(?:and|or)\s+)?|\s*[-\u2013]\s*|\s+(?:and|or|to)\s+)"
"""What separates numbers of steps in a list of them: `steps 1, 2 and 3`, `steps 3-5`."""

_IN_LIST = re.compile(rf"\b[Ss]teps?\s+(?:(?:\d+|\{{[Ss]tep\s+{_ID}\}}){BETWEEN})*\Z")

_FARTHEST_BACK = 400
"""Characters before a reference in which the word `steps` of its list is looked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """A key or variable after a step, 0 for before the first."""

    name: str
    step: int


@dataclass(frozen=True, slots=True)
class ToldValue:
    """A value as Python prints it, as `{name}` and as `{name!r}`, and as a claim."""

    text: str
    as_repr: str
    claim: Json


Values = Mapping[Look, ToldValue]
"""The values of a reference play."""

Style = Literal["linked", "plain"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a step, or to a value if `name` is set. `is_listed`: only its number is shown, as in "steps 1"."""

    start: int
    end: int
    step: int
    name: str = ""
    is_repr: bool = False
    is_capital: bool = False
    is_listed: bool = False

    @property
    def look(self) -> Look:
        """Where the value is."""
        return Look(self.name, self.step)


def references_in(segment: Segment, lesson: Lesson) -> Iterator[Reference]:
    """Yield the references of a part of a text; in code spans only values are named, in blocks of code nothing."""
    if segment.kind == "block":
        return
    for found in _REFERENCE.finditer(segment.text):
        reference = _reference(found, lesson, segment.text)
        if reference is not None and (reference.name or segment.kind == "prose"):
            yield reference


def _reference(found: re.Match[str], lesson: Lesson, text: str) -> Reference | None:
    start, end = found.span()
    if found["word"]:
        number = lesson.positions.get(found["step"])
        if number is None:
            return None
        is_listed = _IN_LIST.search(text[max(0, start - _FARTHEST_BACK) : start]) is not None
        return Reference(start, end, number, is_capital=found["word"] == "Step", is_listed=is_listed)
    step = moment_of(found["after"], lesson)
    if step is None or not is_named(found["name"], lesson):
        return None
    return Reference(start, end, step, found["name"], is_repr=bool(found["repr"]))


def moment_of(name: str, lesson: Lesson) -> int | None:
    """Return the number of the step with that id, 0 for the start, None if no step has it."""
    return lesson.positions.get(name, 0 if name == START else None)


def is_named(name: str, lesson: Lesson) -> bool:
    """Return whether a lesson shows a key or variable of that name."""
    return name in lesson.start_variables or is_watched(lesson, name)


def looks_in(lesson: Lesson) -> frozenset[Look]:
    """Return the values that the lesson's prose names."""
    return frozenset(
        reference.look
        for each in prose_texts(lesson)
        if "{" in each.text
        for segment in segments(each.text, each.kind)
        for reference in references_in(segment, lesson)
        if reference.name
    )


def steps_named(text: str, lesson: Lesson) -> frozenset[int]:
    """Return the steps that a text's references name, with those after which it shows a value."""
    if "{" not in text:
        return frozenset()
    return frozenset(each.step for segment in segments(text) for each in references_in(segment, lesson) if each.step)


def told(lesson: Lesson, values: Values, style: Style = "linked") -> Lesson:
    """Return the lesson with its references in prose replaced; its ids and its questions' identities stay.

    A value missing in `values` is named instead: "`queue` after step 5". `style`: whether Markdown links to steps.
    """
    if not any("{" in each.text for each in prose_texts(lesson)):
        return lesson
    return lesson.rendered(_Teller(lesson, values, style).fields())


@dataclass(frozen=True, slots=True)
class _Teller:
    """Replaces the references of one lesson."""

    lesson: Lesson
    values: Values
    style: Style

    def fields(self) -> dict[str, Any]:
        """Return the lesson's fields with prose."""
        lesson, text = self.lesson, self.markdown
        fields: dict[str, Any] = {
            "closing": text(lesson.closing),
            "snapshot": [text(line) for line in lesson.snapshot],
            "transcript": self.replaced(lesson.transcript, "plain"),
            "key_moments": [
                KeyMoment(question=text(each.question), answer=text(each.answer), steps=each.steps)
                for each in lesson.key_moments
            ],
            "quiz": [self.question(each) for each in lesson.quiz],
            "practice": [self.question(each) for each in lesson.practice],
        }
        for name, sourced in (("used", lesson.used), ("in_django", lesson.in_django)):
            if sourced is not None:
                fields[name] = {"text": text(sourced.text), "source": sourced.source}
        if any("{" in step.why for step in lesson.steps):
            fields["steps"] = [step.model_copy(update={"why": text(step.why)}) for step in lesson.steps]
        if lesson.sample is not None:
            sample = {name: getattr(lesson.sample, name) for name in lesson.sample.model_fields_set}
            fields["sample"] = {**sample, "about": text(lesson.sample.about)}
        return {name: value for name, value in fields.items() if name in lesson.model_fields_set}

    def question(self, question: QuestionFields) -> QuestionFields:
        """Return a question with its references replaced."""
        text, mistakes = self.markdown, question.mistakes
        fields: dict[str, Any] = {name: text(getattr(question, name)) for name in ("question", "hint", "explanation")}
        fields["mistakes"] = (
            {letter: self.mistake(each) for letter, each in mistakes.items()}
            if isinstance(mistakes, dict)
            else [text(each) for each in mistakes]
        )
        if question.solution is not None:
            solution = question.solution
            steps = [text(step) for step in solution.steps]
            fields["solution"] = {"steps": steps, "answer": text(solution.answer), "check": text(solution.check)}
        if isinstance(question, WithChoices):
            fields["choices"] = {letter: self.choice(each) for letter, each in question.choices.items()}
        return question.rendered({name: value for name, value in fields.items() if name in question.model_fields_set})

    def mistake(self, mistake: str | ExplainedMistake) -> str | ExplainedMistake:
        """Return the explanation of a wrong choice with its references replaced."""
        if isinstance(mistake, str):
            return self.markdown(mistake)
        return mistake.model_copy(update={"text": self.markdown(mistake.text)})

    def choice(self, choice: str | Choice) -> str | Choice:
        """Return a choice with its references replaced; one that is nothing but a value claims that value."""
        text = choice.text if isinstance(choice, Choice) else choice
        if "{" not in text:
            return choice
        if value := self._only_value(text):
            shown, claim = value
            is_claim = isinstance(choice, Choice) and "value" in choice.model_fields_set
            return Choice(text=shown, value=choice.value if isinstance(choice, Choice) and is_claim else claim)
        changed = self.replaced(text, "choice")
        if isinstance(choice, str):
            return changed
        return Choice.model_validate({**choice.model_dump(exclude_unset=True), "text": changed})

    def _only_value(self, text: str) -> tuple[str, Json] | None:
        """Return the text and the claim of a choice that is one reference to a value, None if it is not."""
        bare = without_backticks(text)
        found = list(references_in(Segment("span", bare), self.lesson))
        value = self.values.get(found[0].look) if len(found) == 1 else None
        if value is None or (found[0].start, found[0].end) != (0, len(bare)):
            return None
        shown = _in_one_line(value.as_repr if found[0].is_repr else value.text)
        # A value that the page draws as a value is never read as Markdown.
        return (shown if looks_like_value(shown) else self.replaced(text, "choice"), value.claim)

    def markdown(self, text: str) -> str:
        """Return a text of Markdown with its references replaced."""
        return self.replaced(text, "markdown")

    def replaced(self, text: str, kind: ProseKind) -> str:
        """Return a text with its references replaced."""
        if "{" not in text:
            return text
        found = "".join(self._segment(segment, kind) for segment in segments(text, kind))
        return found or " "

    def _segment(self, segment: Segment, kind: ProseKind) -> str:
        if segment.kind == "span":
            return self._span(segment)
        return self._filled(segment, partial(self._shown, kind=kind))

    def _filled(self, segment: Segment, shown: Callable[[Reference], str]) -> str:
        text, parts, end = segment.text, list[str](), 0
        for reference in references_in(segment, self.lesson):
            parts += [text[end : reference.start], shown(reference)]
            end = reference.end
        return "".join(parts) + text[end:]

    def _span(self, segment: Segment) -> str:
        """Return a code span, with as many backticks around it as its values need."""
        ticks = segment.text[: len(segment.text) - len(segment.text.lstrip("`"))]
        code = segment.text[len(ticks) : -len(ticks)]
        # Markdown strips one space from both ends of a code span, if both have one.
        inside = Segment("span", code[1:-1] if code[0] == code[-1] == " " and code.strip() else code)
        found = list(references_in(inside, self.lesson))
        if not found:
            return segment.text
        if [(each.start, each.end) for each in found] == [(0, len(inside.text))] and found[0].look not in self.values:
            return self._unknown(found[0], "markdown")
        code = self._filled(inside, self._in_code)
        if not code:
            return ""
        runs = set(map(len, re.findall(r"`+", code)))
        fence = next("`" * size for size in range(len(ticks), len(code) + 2) if size not in runs)
        is_stripped = code[0] in "` " or code[-1] in "` "
        return f"{fence} {code} {fence}" if is_stripped and code.strip() else f"{fence}{code}{fence}"

    def _in_code(self, reference: Reference) -> str:
        value = self.values.get(reference.look)
        return self._text(reference, value) if value else f"{reference.name} {_moment(reference.step)}"

    def _text(self, reference: Reference, value: ToldValue) -> str:
        return _in_one_line(value.as_repr if reference.is_repr else value.text)

    def _shown(self, reference: Reference, kind: ProseKind) -> str:
        if not reference.name:
            return self._step(reference, kind)
        value = self.values.get(reference.look)
        if value is None:
            return self._unknown(reference, kind)
        text = self._text(reference, value)
        return text if kind == "plain" else escaped(text)

    def _step(self, reference: Reference, kind: ProseKind) -> str:
        word = "" if reference.is_listed else "Step " if reference.is_capital else "step "
        text = f"{word}{reference.step}"
        return f"[{text}]({LINK}{reference.step})" if self.style == "linked" and kind == "markdown" else text

    def _unknown(self, reference: Reference, kind: ProseKind) -> str:
        named = reference.name if kind == "plain" else _as_code(reference.name)
        if not reference.step:
            return f"{named} at the start"
        return f"{named} after {self._step(Reference(0, 0, reference.step), kind)}"


def _moment(step: int) -> str:
    return f"after step {step}" if step else "at the start"


def _as_code(name: str) -> str:
    return escaped(name) if "`" in name else f"`{name}`"


_BREAKS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\f": "\\f"}


def _in_one_line(text: str) -> str:
    """Return a value's text with line breaks and invisible characters escaped, as a table cell shows them."""
    return "".join(_BREAKS.get(c, c) for c in visible(text))


def escaped(text: str) -> str:
    """Return Markdown that shows exactly this text."""
    found = "".join(f"\\{c}" if c in string.punctuation else c for c in text)
    # Spaces at the beginning of a line could be its indentation, and those at its end be dropped.
    inner = found.strip(" ")
    lead = len(found) - len(found.lstrip(" "))
    return "&#32;" * lead + inner + "&#32;" * (len(found) - lead - len(inner))
