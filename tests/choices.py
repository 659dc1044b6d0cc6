"""What holds of the choices for any prediction, said without the code that makes them."""

import re
from collections.abc import Sequence

from tutor.engine.asking import prediction
from tutor.engine.asking.step_choices import StepChoice
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_str

MISTAKE = re.compile(
    r"`[^`]+` in place of (each )?`[A-Z_]+`(, and step \d+ left out)?"
    r"|`[^`]+`, which leaves the element"
    r"|step \d+ (left out|done twice|alone, without the steps before it)"
)


def require_choices(lesson: Lesson, entry: TraceEntry, choices: Sequence[StepChoice]) -> None:
    """Two to four different choices, one of them right; each wrong one names its mistake; no answer in the sentence."""
    step = lesson.steps[entry.position - 1]
    variables, keys = prediction.state_before(entry)
    asked = prediction.asked_of(lesson, step, keys, variables)
    texts = [choice.text for choice in choices]
    assert 2 <= len(texts) <= 4, texts
    assert len({*texts}) == len(texts)
    assert texts == sorted(texts)
    right = [choice for choice in choices if prediction.difference(asked, choice.text, entry).is_right]
    assert [choice.mistake for choice in right] == [""], choices
    assert right[0].value == prediction.truth_of(asked, entry)
    for choice in choices:
        assert choice in right or MISTAKE.fullmatch(choice.mistake), choice
    preview = prediction.preview_of(step, variables, lesson.redis_client, who=lesson.labels.get(step.actor, ""))
    sentence = f" {_bare(f'{preview.announced} {preview.code} {prediction.question_of(asked)}')} "
    answer = _bare(as_str(right[0].value))
    assert not answer or f" {answer} " not in sentence, (answer, sentence)


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[\s,'\"\[\](){}]+", " ", text).split())
