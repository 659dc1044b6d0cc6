"""Problems of a lesson's questions that can be found without running a proof."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from tutor.engine.asking.proof import changed
from tutor.engine.checking.key_words import key_word_problems
from tutor.engine.checking.proof_subjects import subject_problems
from tutor.engine.checking.scenario_words import scenario_problems
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem, name_facts, no_step, no_variable, step_facts
from tutor.engine.lesson.problems.step_problems import command_problems
from tutor.engine.lesson.questions.proofs import First, Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.run_names import is_watched
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.redis.command_line import BadCommandLine
from tutor.engine.values.wording import counted


def question_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield problems and warnings about the questions of the quiz and the practice."""
    for at, question in questions_of(lesson):
        yield from step_number_problems(lesson, question.steps, (*at, "steps"))
        for found in question.problems():
            yield replace(found, path=(*at, *found.path))
        yield from _letter_warnings(question, at)
        yield from _hint_warnings(lesson, question, at)
        if question.proof is not None:
            faults = list(_proof_problems(lesson, question.proof, (*at, "proof")))
            # What a faulty proof is about, nothing can say.
            yield from faults or subject_problems(lesson, question, question.proof, at)
        if lesson.strict:
            # These hold an author to more than a true key, so that elsewhere they would only be a nuisance.
            yield from key_word_problems(question, at)
            yield from scenario_problems(lesson, question, at)
        if at[0] == "practice" and question.solution is None:
            yield Problem(at, "a practice task needs a solution: its steps and its answer")
    yield from _pattern_of_keys(lesson)


def questions_of(lesson: Lesson) -> list[tuple[Path, QuestionFields]]:
    """Return the lesson's questions, each with the path that leads to it."""
    parts: Mapping[str, Sequence[QuestionFields]] = {"quiz": lesson.quiz, "practice": lesson.practice}
    return [((part, i), question) for part, asked in parts.items() for i, question in enumerate(asked)]


def step_number_problems(lesson: Lesson, numbers: Iterable[int], at: Path) -> Iterator[Problem]:
    """Yield a problem for each number beyond the last step; `at` leads to their list in the file."""
    for k, number in enumerate(numbers):
        if not 1 <= number <= len(lesson.steps):
            yield no_step(number, len(lesson.steps), (*at, k))


MOST_WARNINGS = 5
"""Maximum number of missing steps reported per hint."""

_STEPS_NAMED = re.compile(r"\bsteps?\s+(\d+(?:(?:\s*,\s*|\s*-\s*|\s+(?:and|or|to)\s+)\d+)*)", re.IGNORECASE)


def _hint_warnings(lesson: Lesson, question: QuestionFields, at: Path) -> Iterator[Problem]:
    for field in ("hint", "explanation"):
        named = " ".join(_STEPS_NAMED.findall(getattr(question, field)))
        # An author can write any number of digits, and int() has a limit.
        numbers = dict.fromkeys(int(number[:9]) for number in re.findall(r"\d+", named))
        absent = (number for number in numbers if not 1 <= number <= len(lesson.steps))
        for number in islice(absent, MOST_WARNINGS):
            message = f"the {field} speaks of step {number}; the lesson has {counted(len(lesson.steps), 'step')}"
            yield Problem((*at, field), message, "warning", step_facts(number, len(lesson.steps)))


_CODE = re.compile(r"`[^`]*`")
_LETTER_NAMED = re.compile(r"\b([B-J]|A(?= (?:is|and|or)\b))\b")
"""A single capital letter. An A can begin a sentence, so it counts only before certain words."""


def _letter_warnings(question: QuestionFields, at: Path) -> Iterator[Problem]:
    """Warn of choice letters in texts shown after answering: learners see the choices shuffled, with other letters."""
    letters = set(question.letters.values()) if question.shuffle else set()
    for path, text in _texts_after_answering(question):
        named = [letter for letter in _LETTER_NAMED.findall(_CODE.sub("", text)) if letter in letters]
        if named:
            message = f"this speaks of the choice {named[0]}; learners see the choices shuffled, with other letters"
            yield Problem((*at, *path), message, "warning")


def _texts_after_answering(question: QuestionFields) -> Iterator[tuple[Path, str]]:
    yield ("hint",), question.hint
    yield ("explanation",), question.explanation
    mistakes = question.mistakes
    said = question.mistakes_by_letter
    for k, text in said if isinstance(mistakes, dict) else enumerate(mistakes):
        yield ("mistakes", k), text
    if question.solution is not None:
        for k, text in enumerate(question.solution.steps):
            yield ("solution", "steps", k), text
        yield ("solution", "answer"), question.solution.answer
        yield ("solution", "check"), question.solution.check


def _proof_problems(lesson: Lesson, proof: Proof, at: Path) -> Iterator[Problem]:
    if proof.run is not None:
        return  # a scenario has names and lines of its own, which its play reports
    looks = proof.first or proof
    path = (*at, "first") if proof.first else at
    if looks.after is not None and looks.after > len(lesson.steps):
        yield no_step(looks.after, len(lesson.steps), (*path, "after"))
    yield from _unknown_names(lesson, looks, path)
    if proof.output and proof.after == 0:
        yield Problem((*at, "after"), "nothing is put out before the first step")
    for number in proof.replace:
        yield from _replacement_problems(lesson, proof, number, (*at, "replace", str(number)))
    for old in proof.swap:
        yield from _swap_problems(lesson, proof, old, (*at, "swap", old))


def _unknown_names(lesson: Lesson, looks: First | Proof, path: Path) -> Iterator[Problem]:
    if looks.key is not None and not is_watched(lesson, looks.key):
        watched = ", ".join(lesson.watch) or "none"
        message = f"no watched key is called {looks.key!r}; watched: {watched}"
        yield Problem((*path, "key"), message, facts=name_facts(looks.key, lesson.watch, "a watched key"))
    if looks.variable is not None and looks.variable not in lesson.start_variables:
        yield no_variable(looks.variable, lesson.start_variables, (*path, "variable"))


def _replacement_problems(lesson: Lesson, proof: Proof, number: int, path: Path) -> Iterator[Problem]:
    if not 1 <= number <= len(lesson.steps):
        yield no_step(number, len(lesson.steps), path)
        return
    step = lesson.steps[number - 1]
    if not isinstance(step, CommandStep):
        yield Problem(path, f"step {number} sends no command that could be replaced")
        return
    yield from _unsendable(lesson, proof, number, path)


def _swap_problems(lesson: Lesson, proof: Proof, old: str, path: Path) -> Iterator[Problem]:
    swapping = [i + 1 for i, step in lesson.command_steps.items() if _name_of(step) == old.upper()]
    if not swapping:
        yield Problem(path, f"no step sends {old.upper()}")
    for number in swapping[:1]:
        yield from _unsendable(lesson, proof, number, path)


def _unsendable(lesson: Lesson, proof: Proof, number: int, path: Path) -> Iterator[Problem]:
    step = changed(lesson.steps[number - 1], proof, number)
    if isinstance(step, CommandStep):
        yield from command_problems(lesson, step, path)


def _name_of(step: CommandStep) -> str:
    try:
        return step.template[0].upper() if step.template else ""
    except BadCommandLine:
        return ""


FEWEST_TO_COMPARE = 3
"""Minimum number of single-choice questions to check for a pattern in their keys."""


def _pattern_of_keys(lesson: Lesson) -> Iterator[Problem]:
    """Warn where a learner could guess: the right choice is always the longest, or always has the same letter."""
    sound = [(at, each) for at, each in questions_of(lesson) if each.lone_key in each.letters.values()]
    if len(sound) < FEWEST_TO_COMPARE:
        return
    (first, *_), questions = sound[0], [each for _, each in sound]
    at: Path = (*first, "answer")
    for giveaway in _giveaways(questions):
        message = f"the right choice of all {len(questions)} questions is {giveaway}; learners will notice"
        yield Problem(at, message, "warning")


def _giveaways(questions: Sequence[QuestionFields]) -> Iterator[str]:
    """Yield the properties common to the right choices of all questions."""
    letters = {question.lone_key for question in questions}
    if len(letters) == 1:
        yield letters.pop()
    if all(map(_is_key_longest, questions)):
        yield "the longest one"


def _is_key_longest(question: QuestionFields) -> bool:
    lengths = {letter: len(question.option_text(identity)) for identity, letter in question.letters.items()}
    key = lengths.pop(question.lone_key)
    return all(key > other for other in lengths.values())
