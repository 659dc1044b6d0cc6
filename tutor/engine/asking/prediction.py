"""Predicting a step: its preview, the question to the learner, and the difference between guess and result."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Literal

from tutor.engine.errors import DataError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.typed_answers import as_list, as_number, forgiven, plain_form
from tutor.engine.lesson.run_names import type_of
from tutor.engine.lesson.steps.base import StepFields, Variables
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.mailbox import MESSAGES, PARTS
from tutor.engine.redis.arguments import changed_keys, runs_transaction
from tutor.engine.redis.key_states import KeyState, empty
from tutor.engine.redis.table import KeyType, traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Value, as_python, encoded

MOST_ELEMENTS = 12
"""Longest list that a learner is asked to write down; for a longer one the question is its length."""

_NOTHING = frozenset(("none", "nil", "(nil)", "null", "nothing"))

About = Literal["key", "length", "variable", "output", "reply"]
Shape = Literal["list", "set", "number", "line", "value"]


@dataclass(frozen=True, slots=True)
class PredictedPart:
    """The part of a step to predict. `name`: the key or variable, "" for an output or a reply."""

    about: About
    name: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.about} {self.name}".strip()


_QUESTIONS: Mapping[About, tuple[str, str]] = {
    "key": ("What will", "be after this step?"),
    "length": ("How many elements will", "have after this step?"),
    "variable": ("What will", "be after this step?"),
    "output": ("What will this print?", ""),
    "reply": ("What will Redis answer?", ""),
}


def question_parts(asked: PredictedPart) -> tuple[str, str]:
    """Return the question before and after the name of the key or variable."""
    return _QUESTIONS[asked.about]


def question_of(asked: PredictedPart) -> str:
    """Return the question in a sentence."""
    before, after = question_parts(asked)
    return " ".join(filter(None, (before, asked.name, after)))


_OUTPUT = PredictedPart("output", "", "line")
_REPLY = PredictedPart("reply", "", "value")


@dataclass(frozen=True, slots=True)
class StepPreview:
    """The part of a step shown before it runs.

    `announced`: what the actor is about to do. The step's action is not shown: authors write it about the result ("and
    nothing is done"), and its variables may get their values only at this step.
    """

    announced: str
    code: str
    is_command: bool


class Fate(StrEnum):
    """The outcome of comparing one part of the guess or of the result with the other side."""

    RIGHT = "right"
    ELSEWHERE = "elsewhere"
    EXTRA = "extra"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """One message, word or value."""

    value: Value
    fate: Fate


@dataclass(frozen=True, slots=True)
class Difference:
    """A guess compared with the result, part by part."""

    is_right: bool
    guess: tuple[ComparedPart, ...]
    truth: tuple[ComparedPart, ...]


def state_before(entry: TraceEntry) -> tuple[Variables, Mapping[str, KeyState]]:
    """Return the variables and the keys as they were before the step of `entry`."""
    variables = {name: entry.was.get(name, value) for name, value in entry.variables.items()}
    gone = {key: entry.was[key] for key in entry.gone if key in entry.was}
    return variables, {**{key: entry.was.get(key, state) for key, state in entry.keys.items()}, **gone}


def preview_of(step: StepFields, variables: Variables, client: Client = PLAIN, *, who: str = "") -> StepPreview:
    """Return the step as learners see it in advance; `who` is the label of its actor, by default its name."""
    announced = step.announced(who or step.actor)
    return StepPreview(announced, step.code(variables, client), step.line_shown is not None)


def asked_of(
    lesson: Lesson, step: StepFields, keys: Mapping[str, KeyState], variables: Variables | None = None
) -> PredictedPart:
    """Return the part of a step to predict, chosen by the step's kind and the states before it, never by its result.

    `variables`: their values before the step, by default those at the start; a key's name can depend on them.

    A command that may change a watched key: the key's new state; its length where the server chooses, or where the
    key is too long to write down, or is not a list, set or string. Exception: if the command saves its reply, and the
    key is empty or only its length could be asked, the variable. Any other step that saves: the variable. A print: the
    line. Passing time, a crash and EXEC: a watched key that they may change. Any other step: the reply.
    """
    known = lesson.start_variables if variables is None else variables
    # Random picks of the server can't be predicted, only the number of elements.
    is_foreseeable = not _is_decided_by_server(step)
    variable = PredictedPart("variable", step.saves[0], "value") if step.saves and is_foreseeable else None
    written = _key_written(lesson, step, known)
    if written is not None:
        return _asked_of_written(step, *written, keys, variable)
    if variable is not None:
        return variable
    return _OUTPUT if step.predicted == "output" else _asked_of_key_at_stake(lesson, step, keys) or _REPLY


def _asked_of_written(
    step: StepFields, key: str, type_: KeyType, keys: Mapping[str, KeyState], variable: PredictedPart | None
) -> PredictedPart:
    """Return the part to predict of a step that may change this key; `variable` is the alternative."""
    state = keys.get(key) or empty(type_)
    asked = _asked_of_key(step, key, type_, state)
    is_key_worse = asked.about == "length" or _is_empty(state)
    return variable if variable is not None and is_key_worse else asked


def _key_written(lesson: Lesson, step: StepFields, variables: Variables) -> tuple[str, KeyType] | None:
    """Return the watched key that a command may change, with its type, if its new state can be written down."""
    words = words_sent(step, variables, lesson.redis_client)
    if traits_of(words).opaque:
        return None
    return next(((key, type_) for key in changed_keys(words) if (type_ := type_of(lesson, key))), None)


def _asked_of_key_at_stake(lesson: Lesson, step: StepFields, keys: Mapping[str, KeyState]) -> PredictedPart | None:
    key = _key_at_stake(lesson, step, keys)
    type_ = None if key is None else type_of(lesson, key)
    return None if key is None or type_ is None else _asked_of_key(step, key, type_, keys[key])


def _key_at_stake(lesson: Lesson, step: StepFields, keys: Iterable[str]) -> str | None:
    """Return the watched key that a step naming no key may change, preferably one that can expire."""
    runs = runs_transaction(step.template) and len(step.template) == 1
    if not runs and step.predicted != "key":
        return None
    return min(keys, key=lambda key: not _can_expire(lesson, key), default=None)


def _can_expire(lesson: Lesson, key: str) -> bool:
    """Return whether a command gives the key a time to live, or may do so for a key named at run time."""
    if key in lesson.known_keys:
        return key in lesson.keys_with_own_expiry
    return any(traits_of(command.words).life for _, command in lesson.commands if command.open_keys)


def _is_decided_by_server(step: StepFields) -> bool:
    return traits_of(step.template).chance in ("id", "members")


def _is_empty(state: KeyState) -> bool:
    return state["value"] is None if state["type"] == "string" else not state["items"]


def _asked_of_key(step: StepFields, key: str, type_: KeyType, state: KeyState) -> PredictedPart:
    if type_ == "string":
        return PredictedPart("key", key, "value")
    # Every word after the name and the key may add an element.
    most = state.get("length", 0) + max(0, len(step.template) - 2)
    if type_ in ("list", "set") and most <= MOST_ELEMENTS and not _is_decided_by_server(step):
        return PredictedPart("key", key, "list" if type_ == "list" else "set")
    return PredictedPart("length", key, "number")


def words_sent(step: StepFields, variables: Variables, client: Client) -> Sequence[str]:
    """Return the first command that the step is about to send, empty if it sends none."""
    try:
        return next(iter(step.sends(variables, client)), [])
    except DataError:
        # redis-py would refuse to send it, which the learner finds out at the step.
        return ()


def is_readable(asked: PredictedPart, guess: str) -> bool:
    """Return whether `guess` has the shape of an answer."""
    if asked.shape in ("list", "set"):
        return as_list(guess) is not None
    return bool(guess.strip()) and (asked.shape != "number" or as_number(guess) is not None)


def is_same_guess(asked: PredictedPart, one: str, other: str) -> bool:
    """Return whether two guesses are the same answer, however they are typed."""
    if asked.shape == "list":
        return _plain_elements(one) == _plain_elements(other)
    if asked.shape == "set":
        return sorted(_plain_elements(one)) == sorted(_plain_elements(other))
    return forgiven(one) == forgiven(other)


def _plain_elements(guess: str) -> list[str]:
    return [plain_form(each) for each in as_list(guess) or ()]


def difference(asked: PredictedPart, guess: str, entry: TraceEntry) -> Difference:
    """Return the difference between a readable guess and the step's result."""
    truth = truth_of(asked, entry)
    if asked.shape == "line":
        return _aligned(guess.split(), as_str(truth).split(), same=lambda word: forgiven(word).casefold())
    if asked.shape in ("list", "set") and isinstance(truth, list):
        given = as_list(guess) or []
        return _aligned(*((given, truth) if asked.shape == "list" else (sorted(given), sorted(truth))), same=plain_form)
    if is_same_answer(guess, truth):
        right = (ComparedPart(truth, Fate.RIGHT),)
        return Difference(is_right=True, guess=right, truth=right)
    number = _as_number_like(guess, truth)
    extra = ComparedPart(_value_typed(guess) if number is None else number, Fate.EXTRA)
    return Difference(is_right=False, guess=(extra,), truth=(ComparedPart(truth, Fate.MISSING),))


def _as_number_like(guess: str, truth: Value) -> int | float | None:
    """Return the guess as a number where the result is one, None if it can't be parsed."""
    number = as_number(guess) if isinstance(truth, int | float) else None
    return int(number) if number is not None and number == int(number) else number


def _value_typed(guess: str) -> str | bytes | None:
    return None if is_nothing(guess) else _bytes_typed(guess) or forgiven(guess)


def _bytes_typed(guess: str) -> bytes | None:
    """Return the bytes that were typed as Python shows them: `b'task1'`."""
    found = re.fullmatch(r"b'([^\\]*)'", plain_form(guess).strip())
    return encoded(found[1]) if found else None


def truth_of(asked: PredictedPart, entry: TraceEntry) -> Value:
    """Return the actual value of the predicted part after the step: a list, a number, a line or a value."""
    if asked.about == "output":
        return entry.output
    if asked.about == "variable":
        return entry.variables[asked.name]
    if asked.about == "reply":
        return entry.refusal.shown if entry.refusal else as_python(entry.reply)
    state = entry.keys.get(asked.name)
    if asked.about == "length":
        return state.get("length", 0) if state else 0
    if state is None:  # a key watched only by a pattern, which no longer exists
        return [] if asked.shape in ("list", "set") else None
    return _content(state)


def _content(state: KeyState) -> Value:
    if state["type"] == "other":
        return "(another type)"
    return state["value"] if "value" in state else state["items"]


def is_nothing(guess: str) -> bool:
    """Return whether the guess means None."""
    return forgiven(guess).casefold() in _NOTHING


def is_same_answer(guess: str, truth: Value) -> bool:
    """Return whether a typed guess is this value."""
    if truth is None:
        return is_nothing(guess)
    if isinstance(truth, bool):  # before int, because a bool is an int; redis-py returns True for OK
        return forgiven(guess).casefold() in (("true", "ok") if truth else ("false",))
    if isinstance(truth, int | float):
        return as_number(forgiven(guess).removeprefix("(integer)")) == truth
    if isinstance(truth, list | tuple | set | dict):
        return _is_same_collection(guess, truth)
    return forgiven(guess) == forgiven(as_str(truth))


def _is_same_collection(guess: str, truth: Value) -> bool:
    """Compare the elements of two collections; brackets, quotes and commas are optional, and so is a set's order."""
    if isinstance(truth, dict):
        is_whole = _bare(_colons.sub(" ", guess)) == _bare(_colons.sub(" ", as_repr(truth)))
        # The data of a message is enough: the rest of the dict is the same each time.
        is_message = truth.keys() == PARTS and truth["type"] in MESSAGES
        return is_whole or (is_message and is_same_answer(guess, truth["data"]))
    given, came = _bare(guess), _bare(as_str(truth))
    return sorted(given.split()) == sorted(came.split()) if isinstance(truth, set) else given == came


_colons = re.compile(r":\s|(?<=['\"]):")
"""The separator between a name in a dict and its value."""


def _bare(text: str) -> str:
    """Return the words of a list, nested or not, without the punctuation between them."""
    return re.sub(r"[\s,\u3001\u060c'\"\[\](){}]+", " ", forgiven(text)).strip()


def _aligned(guess: Sequence[str], truth: Sequence[str], *, same: Callable[[str], str]) -> Difference:
    """Compare two sequences: common parts in the same order are right, other common parts are elsewhere."""
    given, came = [same(item) for item in guess], [same(item) for item in truth]
    kept, met = set[int](), set[int]()
    # autojunk would ignore frequent elements of long lists: https://docs.python.org/3/library/difflib.html#difflib.SequenceMatcher
    for start, other, size in SequenceMatcher(None, given, came, autojunk=False).get_matching_blocks():
        kept |= set(range(start, start + size))
        met |= set(range(other, other + size))
    moved = _left_over(given, kept) & _left_over(came, met)
    return Difference(
        is_right=given == came,
        guess=_parts(guess, given, kept, Counter(moved), otherwise=Fate.EXTRA),
        truth=_parts(truth, came, met, Counter(moved), otherwise=Fate.MISSING),
    )


def _left_over(items: Sequence[str], kept: set[int]) -> Counter[str]:
    return Counter(item for place, item in enumerate(items) if place not in kept)


def _parts(
    shown: Sequence[str], items: Sequence[str], kept: set[int], moved: Counter[str], *, otherwise: Fate
) -> tuple[ComparedPart, ...]:
    found = []
    for place, item in enumerate(items):
        fate = Fate.RIGHT if place in kept else Fate.ELSEWHERE if moved[item] else otherwise
        if fate is Fate.ELSEWHERE:
            moved[item] -= 1
        found.append(ComparedPart(shown[place], fate))
    return tuple(found)
