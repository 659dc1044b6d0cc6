"""Predictions: a learner commits to a guess before a step runs; it is final and counts for the run."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal, cast
from uuid import UUID

from cachetools import LRUCache, cached
from django.urls import reverse
from markupsafe import Markup

from tutor import prose, runs
from tutor.assessment import guess_choices, prediction_rows
from tutor.assessment.prediction_rows import PredictionScore, PredictionTally, StoredPrediction
from tutor.assessment.questions import ShownText, shown_value
from tutor.drawing.picture import ShownActor, actors
from tutor.drawing.stage import Stage
from tutor.drawing.tokens import Token, token
from tutor.engine.asking import prediction
from tutor.engine.asking.prediction import ComparedPart, Fate, PredictedPart, StepPreview
from tutor.engine.asking.step_choices import StepChoice
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry, start_keys
from tutor.engine.values.formatting import as_repr
from tutor.kept_steps import RunState
from tutor.models import Prediction
from tutor.runs import TakenStep
from tutor.turns import SqlStatement

Mode = Literal["on", "some", "off"]
"""Whether the learner predicts steps before they run: each with something to predict, one in three, or none."""

MOST_MARKED = 2_048
"""Maximum number of guesses whose marks are kept per process, the most recently made ones."""

LONGEST_GUESS = 1000
"""Maximum number of characters of a guess."""

REASONS: Mapping[str, str] = {
    "ends": "I mixed up the ends",
    "value": "I took the wrong value",
    "command": "I mistook the command",
    "guess": "I was guessing",
}


class UnreadableGuess(TutorError):
    """The submitted guess cannot be parsed."""


class NoSuchPrediction(TutorError):
    """The step has no wrong prediction, or there is no such reason."""


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A result to choose, as it is sent and as it is drawn."""

    text: str
    shown: ShownText


@dataclass(frozen=True, slots=True)
class ShownAsk:
    """The question about the next step. `url` takes the guess; `number`: that of the run to begin, if any."""

    step: int
    actor: ShownActor
    preview: StepPreview
    asked: PredictedPart
    question: tuple[str, str]
    choices: tuple[ShownChoice, ...]
    url: str
    number: int | None


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A message, word or value of a guess or of the result; `token` is set for a message."""

    text: str
    token: Token | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a wrong guess that a learner can choose."""

    name: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownPrediction:
    """A prediction beside the result; a skipped one has no parts, and `is_right` is None."""

    step: int
    asked: PredictedPart
    code: str
    is_right: bool | None
    guess_text: str
    guess: tuple[ShownPart, ...]
    truth: tuple[ShownPart, ...]
    reasons: tuple[Reason, ...]
    reason_url: str
    mistake: str = ""
    """The mistake that gives a wrong guess, in a sentence; "" if it is none of the choices."""

    @property
    def mistake_html(self) -> Markup:
        """The mistake, drawn."""
        return prose.as_inline_html(self.mistake)

    @property
    def has_brackets(self) -> bool:
        """Whether it is a list of messages."""
        return self.asked.shape in ("list", "set")


@dataclass(frozen=True, slots=True)
class Panel:
    """The predictions on the lesson page: a question or a result, or neither.

    `will_ask`: whether there is a question about the next step, which a learner with a result can ask for.
    """

    is_on: bool = False
    is_now_and_then: bool = False
    will_ask: bool = False
    ask: ShownAsk | None = None
    prediction: ShownPrediction | None = None
    score: PredictionScore | None = None

    @property
    def verdict(self) -> str:
        """The result of the prediction, as the first words of the sentence about the step."""
        found = self.prediction
        if found is None or found.is_right is None:
            return ""
        said = "Right" if found.is_right else "Not quite"
        return f"{said}. " if self.is_on else f"{said}: you predicted {found.guess_text}. "


OFF = Panel()


def predict(learner: UUID, run_id: UUID, position: int, guess: str | None) -> TakenStep:
    """Commit a guess (None: skipped) and take the step, atomically; a second press returns the first one's result.

    Nothing is recorded for a step that was already taken, because the learner has seen its result.
    Raises: NoSuchRun, StepOutOfOrder, UnreadableGuess, BrokerAway (nothing is recorded then).
    """
    return runs.take_step(learner, run_id, position, _Guessed(guess))


@dataclass(frozen=True, slots=True)
class _Guessed:
    """The guess that comes with a step; None: skipped."""

    guess: str | None

    def check(self, state: RunState) -> None:
        """Raises: UnreadableGuess."""
        if self.guess is not None and not _is_readable(state, self.guess):
            raise UnreadableGuess

    def rows(self, taken: TakenStep) -> Sequence[SqlStatement]:
        """Return the prediction's row."""
        return [_row_of(taken, self.guess)]


@cached(
    LRUCache(MOST_MARKED),
    key=lambda state, guess: (state.text_id, state.last.digest if state.last else b"", guess),
    lock=Lock(),
)
def _is_readable(state: RunState, guess: str) -> bool:
    return prediction.is_readable(_asked_after(state.lesson, state.last.neutral if state.last else None), guess)


def _asked_after(lesson: Lesson, last: TraceEntry | None) -> PredictedPart:
    keys = last.keys if last else start_keys(lesson.watched)
    variables = last.variables if last else lesson.start_variables
    return prediction.asked_of(lesson, lesson.steps[last.position if last else 0], keys, variables)


def _row_of(taken: TakenStep, guess: str | None) -> SqlStatement:
    (asked, is_right), position = _marked(taken, guess), taken.now.position
    made = StoredPrediction(guess, is_right)
    return prediction_rows.storing(taken.run_id, position, taken.lesson.step_ids[position - 1], asked, made)


# Most learners have the same entry, and choose one of the offered guesses.
@cached(LRUCache(MOST_MARKED), key=lambda taken, guess: (taken.text_id, taken.now.digest, guess), lock=Lock())
def _marked(taken: TakenStep, guess: str | None) -> tuple[str, bool | None]:
    """Return the part that was asked for, and whether the guess is right."""
    entry = taken.now.neutral
    asked = _asked(taken.lesson, entry)
    return str(asked), None if guess is None else prediction.difference(asked, guess, entry).is_right


def _asked(lesson: Lesson, entry: TraceEntry) -> PredictedPart:
    # Derived from the entry, which has all values before the step.
    variables, keys = prediction.state_before(entry)
    return prediction.asked_of(lesson, lesson.steps[entry.position - 1], keys, variables)


def give_reason(learner: UUID, run_id: UUID, position: int, reason: str) -> ShownPrediction:
    """Store the learner's reason for a wrong prediction, and return it. Raises: NoSuchRun, NoSuchPrediction."""
    run = runs.run_of(learner, run_id)
    found = Prediction.objects.filter(run=run, position=position, is_right=False).first()
    if found is None:
        raise NoSuchPrediction
    lesson, entry = runs.lesson_of(run), runs.entry_at(run_id, position)
    if reason not in _reasons_for(_asked(lesson, entry)):
        raise NoSuchPrediction
    found.reason = reason
    found.save(update_fields=["reason"])
    made = StoredPrediction(cast(str | None, found.guess), found.is_right, reason)
    return _shown(lesson, entry, made, run_id, guess_choices.choices_played(lesson, position))


def score_of(run_id: UUID) -> PredictionScore:
    """Count the run's predictions, in one query."""
    return prediction_rows.tally(run_id, 0).score


@dataclass(frozen=True, slots=True)
class PanelBasis:
    """All that a panel depends on besides the lesson, the shown step and its entry.

    `choices`: those of the next step, if there is a question about it. `played`: those of the shown step, if its guess
    was wrong.
    """

    mode: Mode
    choices: tuple[StepChoice, ...] = ()
    played: tuple[StepChoice, ...] = ()
    tally: PredictionTally = prediction_rows.NOTHING

    @property
    def name(self) -> Hashable:
        """The same for panels that are equal but for the numbers of their scores, of which each is 0 in all or none."""
        choices = (tuple((each.text, each.mistake) for each in found) for found in (self.choices, self.played))
        score = self.tally.score
        return self.mode, *choices, self.tally.here, score.right > 0, score.guessed > 0, score.skipped > 0


def basis_of(stage: Stage, mode: Mode) -> PanelBasis:
    """Return what the panel of this step depends on; with the mode off, only looking back reads the database."""
    own: Mode = "off" if stage.needs_server else mode
    if stage.run_id is None or (own == "off" and not stage.is_past):
        return PanelBasis(own, _choices(stage, own))
    tally = prediction_rows.tally(stage.run_id, stage.at)
    is_wrong = tally.here is not None and tally.here.is_right is False
    played = guess_choices.choices_played(stage.lesson, stage.at) if is_wrong else ()
    return PanelBasis(own, _choices(stage, own), played, tally)


def panel(stage: Stage, mode: Mode) -> Panel:
    """Return the panel for this step."""
    return panel_of(stage, basis_of(stage, mode))


def panel_of(stage: Stage, basis: PanelBasis) -> Panel:
    """Return the panel for this step.

    The result of a guess stays until the learner asks for the next question, which follows a skipped step at once.
    """
    if basis.mode == "off":
        return Panel(prediction=_prediction(stage, basis)) if stage.is_past else OFF
    # A skipped step has no result to compare, so its place is free for the next question.
    found = _prediction(stage, basis)
    is_guess = found is not None and found.is_right is not None
    if basis.choices and not is_guess:
        return _asking(stage, basis)
    is_rare = basis.mode == "some"
    return Panel(True, is_rare, bool(basis.choices), None, found, basis.tally.score)


def asking_panel(stage: Stage, mode: Mode) -> Panel:
    """Return the panel for a learner who asked for the next question."""
    return asked_panel_of(stage, basis_of(stage, mode))


def asked_panel_of(stage: Stage, basis: PanelBasis) -> Panel:
    """Return the panel for a learner who asked for the next question."""
    return _asking(stage, basis) if basis.choices else panel_of(stage, basis)


def _asking(stage: Stage, basis: PanelBasis) -> Panel:
    ask = _shown_ask(stage, basis.choices)
    return Panel(True, basis.mode == "some", False, ask, None, basis.tally.score)


def _prediction(stage: Stage, basis: PanelBasis) -> ShownPrediction | None:
    found = basis.tally.here
    if stage.entry is None or stage.run_id is None or found is None:
        return None
    return _shown(stage.lesson, stage.entry, found, stage.run_id, basis.played)


def _choices(stage: Stage, mode: Mode) -> tuple[StepChoice, ...]:
    """Return the choices for the next step, none if there is nothing to predict or it is not its turn."""
    number = stage.step_to_take
    if mode == "off" or stage.is_past or stage.is_finished:
        return ()
    if mode == "some" and not guess_choices.is_due_now_and_then(stage.lesson, number):
        return ()
    return guess_choices.choices_at(stage.lesson, number, stage.entry)


def _shown_ask(stage: Stage, choices: Sequence[StepChoice]) -> ShownAsk:
    entry, step = stage.entry, stage.lesson.steps[stage.position]
    variables = entry.variables if entry else stage.lesson.start_variables
    keys = entry.keys if entry else start_keys(stage.lesson.watched)
    asked = prediction.asked_of(stage.lesson, step, keys, variables)
    actor = actors(stage.lesson)[step.actor]
    return ShownAsk(
        step=stage.step_to_take,
        actor=actor,
        preview=prediction.preview_of(step, variables, stage.lesson.redis_client, who=actor.label),
        asked=asked,
        question=prediction.question_parts(asked),
        choices=tuple(ShownChoice(each.text, _drawn_choice(asked, each)) for each in choices),
        url=_url(stage, stage.step_to_take),
        number=None if stage.run_id else 1,
    )


def _drawn_choice(asked: PredictedPart, choice: StepChoice) -> ShownText:
    if asked.shape == "line":
        return ShownText(choice.text, Markup(), True, None)
    if isinstance(choice.value, str | bytes):
        return ShownText(choice.text, Markup(), True, (token(choice.value),))
    return shown_value(choice.text)


def _url(stage: Stage, position: int) -> str:
    if stage.run_id is None:
        return reverse("predict_first_step", kwargs={"slug": stage.slug})
    return reverse("predict_step", kwargs={"run_id": stage.run_id, "position": position})


def _shown(
    lesson: Lesson, entry: TraceEntry, found: StoredPrediction, run_id: UUID, played: Sequence[StepChoice]
) -> ShownPrediction:
    asked, variables = _asked(lesson, entry), prediction.state_before(entry)[0]
    preview = prediction.preview_of(lesson.steps[entry.position - 1], variables, lesson.redis_client)
    guess, truth = _sides(asked, found.guess, entry) if found.guess is not None else ((), ())
    return ShownPrediction(
        step=entry.position,
        asked=asked,
        code=preview.code,
        is_right=found.is_right,
        guess_text=_guess_text(asked, guess),
        guess=guess,
        truth=truth,
        reasons=tuple(Reason(name, REASONS[name], name == found.reason) for name in _reasons_for(asked)),
        reason_url=reverse("give_reason", kwargs={"run_id": run_id, "position": entry.position}),
        mistake=_mistake(played, asked, found.guess) if found.guess and not found.is_right else "",
    )


def _mistake(played: Sequence[StepChoice], asked: PredictedPart, guess: str) -> str:
    return next((each.reason for each in played if prediction.is_same_guess(asked, each.text, guess)), "")


def _sides(asked: PredictedPart, guess: str, entry: TraceEntry) -> tuple[tuple[ShownPart, ...], tuple[ShownPart, ...]]:
    found = prediction.difference(asked, guess, entry)
    return tuple(_part(asked, part) for part in found.guess), tuple(_part(asked, part) for part in found.truth)


def _part(asked: PredictedPart, part: ComparedPart) -> ShownPart:
    if asked.shape == "line":
        return ShownPart(str(part.value), None, part.fate)
    return ShownPart(as_repr(part.value), token(part.value) if isinstance(part.value, str | bytes) else None, part.fate)


def _guess_text(asked: PredictedPart, parts: Sequence[ShownPart]) -> str:
    texts = [part.text for part in parts]
    return f"[{', '.join(texts)}]" if asked.shape in ("list", "set") else " ".join(texts)


def _reasons_for(asked: PredictedPart) -> tuple[str, ...]:
    return ("ends" if asked.shape == "list" else "value", "command", "guess")
