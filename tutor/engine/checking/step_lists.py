"""Whether the texts of a question or key moment and its `steps` name the same steps, so that each proves the other."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tutor.engine.asking.proof import swapped_name
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.prose_texts import ProseText, prose_texts
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.references import steps_named

_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
_STEP = re.compile(r"\{[Ss]tep ([a-z0-9-]+)\}")


@dataclass(slots=True)
class _Claimed:
    """A question or a key moment: the steps that it lists, those of its proof, and its texts."""

    listed: Sequence[int]
    proved: frozenset[int] = frozenset()
    texts: list[ProseText] = field(default_factory=list)


def step_list_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield the steps that a text names and `steps` does not list, and those listed that no text names.

    A step that the proof is about need not be repeated. Lessons that are not strict may list what they like.
    """
    if lesson.strict:
        for at, subject in _subjects(lesson).items():
            yield from _unlisted(lesson, subject)
            yield from _repeated(lesson, subject)
            yield from _unnamed(lesson, at, subject)


def _subjects(lesson: Lesson) -> dict[Path, _Claimed]:
    found: dict[Path, _Claimed] = {
        ("key_moments", i): _Claimed(moment.steps) for i, moment in enumerate(lesson.key_moments)
    }
    for part, asked in (("quiz", lesson.quiz), ("practice", lesson.practice)):
        for i, question in enumerate(asked):
            found[(part, i)] = _Claimed(question.steps, _steps_of(lesson, question.proof))
    for text in prose_texts(lesson):
        if text.path[:2] in found:
            found[text.path[:2]].texts.append(text)
    return found


def _steps_of(lesson: Lesson, proof: Proof | None) -> frozenset[int]:
    """Return the steps that a proof changes, or after which it looks."""
    if proof is None or proof.run is not None:
        return frozenset()
    swapped = (i + 1 for i, step in lesson.command_steps.items() if swapped_name(step, proof) is not None)
    after = (proof.first or proof).after
    return frozenset([*proof.replace, *swapped, *([after] if after else [])])


def _unlisted(lesson: Lesson, subject: _Claimed) -> Iterator[Problem]:
    known = subject.proved.union(subject.listed)
    of_choices = {text.path[3]: steps_named(text.text, lesson) for text in subject.texts if _is_choice(text)}
    for text in subject.texts:
        if _is_choice(text):
            continue  # wrong choices name other steps
        own = of_choices.get(text.path[3], frozenset()) if text.path[2:3] == ("mistakes",) else frozenset()
        for step in sorted(steps_named(text.text, lesson) - known - own):
            wanted = f"steps: [{', '.join(_ids(lesson, {*subject.listed, step}))}]"
            message = f"this speaks of step {step} ({lesson.step_ids[step - 1]}), which `steps` does not list"
            yield Problem(text.path, f"{message}; write `{wanted}`", "strict", Facts(wanted, _shown(subject)))


def _repeated(lesson: Lesson, subject: _Claimed) -> Iterator[Problem]:
    """Yield the sentences that name the same step twice: one of the names is probably a slip."""
    for text in subject.texts:
        for sentence in _SENTENCE.split(text.text) if not _is_choice(text) else ():
            named = Counter(lesson.positions[name] for name in _STEP.findall(sentence) if name in lesson.positions)
            for step in sorted(each for each, count in named.items() if count > 1):
                message = (
                    f"this sentence names step {step} ({lesson.step_ids[step - 1]}) twice; is one of them another step?"
                )
                yield Problem(text.path, message, "strict", Facts("each step once", f"step {step} twice"))


def _unnamed(lesson: Lesson, at: Path, subject: _Claimed) -> Iterator[Problem]:
    named = subject.proved.union(
        *(steps_named(text.text, lesson) for text in subject.texts if not _is_choice(text)),
    )
    for k, step in enumerate(subject.listed):
        path: Path = (*at, "steps", k)
        if step in subject.listed[:k]:
            yield Problem(path, f"step {step} is listed twice", "strict")
        elif step not in named and 1 <= step <= len(lesson.steps):
            id_ = lesson.step_ids[step - 1]
            message = f"no text here speaks of step {step} ({id_}): name it, as in {{step {id_}}}, or leave it out"
            yield Problem(path, message, "strict", Facts("a step that the texts or the proof name", f"step {step}"))


def _is_choice(text: ProseText) -> bool:
    return text.path[2:3] == ("choices",)


def _ids(lesson: Lesson, numbers: set[int]) -> list[str]:
    return [lesson.step_ids[number - 1] for number in sorted(numbers) if 1 <= number <= len(lesson.steps)]


def _shown(subject: _Claimed) -> str:
    return f"steps: [{', '.join(map(str, subject.listed))}]" if subject.listed else "no `steps`"
