"""Whether the lines of a question's scenarios come from the question, so that a changed word is noticed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tutor.engine.asking.scenarios import is_crash, seconds_waited, words_sent
from tutor.engine.checking.idle_lines import has_crash
from tutor.engine.checking.named_commands import NamedCommands, commands_in
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.prose_texts import question_texts
from tutor.engine.lesson.questions.proofs import MOST_LINES, Proof
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import OrderQuestion, TextQuestion, WithChoices
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values.wording import without_backticks


def scenario_problems(lesson: Lesson, question: QuestionFields, at: Path) -> Iterator[Problem]:
    """Yield a problem for each line and each wrong answer that neither the question nor a step has."""
    named = NamedCommands(lesson, [*(each.text for each in question_texts(question)), *_answers(question)])
    for path, lines in _scenarios(question, at):
        for i, line in enumerate(lines):
            yield from _line_problems(named, line, (*path, i))
        yield from _crash_problems(question, [*lines, *_lines_played(question)], path)
    for letter, maker in question.makers.items():
        for number, command in (maker.replace or {}).items():
            path = (*at, "mistakes", letter, "made_by", "replace", str(number))
            yield from _line_problems(named, _by_its_actor(lesson, number, command), path)
    if question.proof is not None and question.proof.run is not None:
        yield from _of_lines(question, question.proof, named, (*at, "proof", "lines"))
        yield from _unexplained_wrongs(question, question.proof, (*at, "proof", "wrong"))


def _answers(question: QuestionFields) -> Iterator[str]:
    """Yield the answers that are commands, as code."""
    found: Sequence[str] = ()
    if isinstance(question, TextQuestion):
        found = question.text, *question.also
    elif isinstance(question, OrderQuestion):
        found = question.order
    elif isinstance(question, WithChoices):
        found = question.texts
    yield from (f"`{without_backticks(each)}`" for each in found)


def _lines_played(question: QuestionFields) -> Iterator[str]:
    for value in question.proof.lines.values() if question.proof else ():
        yield from [value] if isinstance(value, str) else value


def _crash_problems(question: QuestionFields, lines: Sequence[str], path: Path) -> Iterator[Problem]:
    """Yield a problem if a question about a crash has a scenario without one."""
    if has_crash(question) and not any(map(is_crash, lines)):
        yield Problem(path, "the question is about a crash, and nobody crashes here: add a line with `crash`", "strict")


def _by_its_actor(lesson: Lesson, number: int, command: str) -> str:
    step = lesson.command_steps.get(number - 1)
    return f"{step.actor}: {command}" if step else command


def _scenarios(question: QuestionFields, at: Path) -> Iterator[tuple[Path, Sequence[str]]]:
    if question.proof is not None and question.proof.run is not None:
        yield (*at, "proof", "run"), question.proof.run
    for letter, maker in question.makers.items():
        if maker.run is not None:
            yield (*at, "mistakes", letter, "made_by", "run"), maker.run


def _line_problems(named: NamedCommands, line: str, path: Path) -> Iterator[Problem]:
    actor, words = words_sent(line)
    seconds = seconds_waited(line)
    if seconds and not named.names_wait(seconds):
        yield Problem(path, f"the proof waits {seconds} seconds, and the question does not say {seconds}", "strict")
    unnamed = list(dict.fromkeys(named.unnamed(actor, words))) if words else []
    if unnamed:
        message = (
            f"the proof sends {' '.join(words)}, and neither a step nor the question has {', '.join(unnamed)}:"
            " write the command in backticks into the question, its solution or a mistake"
        )
        yield Problem(path, message, "strict")


def _of_lines(question: QuestionFields, proof: Proof, named: NamedCommands, path: Path) -> Iterator[Problem]:
    """Yield a problem for each line played for a choice, or for a line to be ordered, that its text does not say."""
    texts = _lettered(question)
    for name, value in proof.lines.items():
        lines = [value] if isinstance(value, str) else value
        for line in lines[:MOST_LINES]:
            yield from _line_problems(named, line, (*path, name))
        said = [words for words in commands_in(texts.get(name, "")) if words[0] == words[0].upper() in ALLOWED]
        if said and not _is_sent(said, lines):
            message = f"{name} says {' '.join(said[0])}, and its lines do not send it"
            yield Problem((*path, name), message, "strict")


def _is_sent(said: Sequence[Sequence[str]], lines: Iterable[str]) -> bool:
    """Return whether one of the commands is the beginning of a line."""
    lengths = {len(words) for words in said}
    begun = {tuple(words[:length]) for _, words in map(words_sent, lines) for length in lengths}
    return any(tuple(words) in begun for words in said)


def _lettered(question: QuestionFields) -> Mapping[str, str]:
    if isinstance(question, WithChoices):
        return dict(zip(question.choices, question.texts, strict=True))
    if isinstance(question, OrderQuestion):
        return {str(i): line for i, line in enumerate(question.order, 1)}
    return {}


def _unexplained_wrongs(question: QuestionFields, proof: Proof, path: Path) -> Iterator[Problem]:
    """Yield a problem for each wrong answer of which no mistake says why it is wrong, and each that is there twice."""
    said = [words_sent(f"{span}")[1] for _, text in question.mistakes_by_letter for span in _spans(text)]
    answers = [words_sent(wrong)[1] for wrong in proof.wrong]
    for i, wrong in enumerate(proof.wrong):
        if answers[i] in answers[:i]:
            yield Problem((*path, i), f"`{wrong}` is among the wrong answers already: remove one of the two", "strict")
        elif answers[i] not in said:
            yield Problem((*path, i), f"no mistake explains this wrong answer: write `{wrong}` into one", "strict")


def _spans(text: str) -> list[str]:
    return text.split("`")[1::2]
