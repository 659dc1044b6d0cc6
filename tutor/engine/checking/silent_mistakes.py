"""Mistakes in a lesson's text that nothing else would notice, because the lesson plays all the same.

They are names that are nearly those of others, and things that no step uses. All are of the severity "strict".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tutor.engine.checking.near_names import is_family, is_slip
from tutor.engine.checking.python_in_texts import python_problems
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Path, Problem
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.watched_types import literally
from tutor.engine.redis.arguments import changed_keys
from tutor.engine.redis.globs import matches
from tutor.engine.redis.table import KeyType, traits_of
from tutor.engine.values.formatting import as_repr

FEWEST_STEPS = 2
"""A lesson with fewer steps has just been begun, and what nothing uses yet is no mistake; unless it is strict."""


def silent_mistakes(lesson: Lesson) -> Iterator[Problem]:
    """Yield the silent mistakes of a lesson whose commands can all be sent."""
    misspelt = {**_misspelt_keys(lesson), **_misspelt_channels(lesson)}
    yield from misspelt.values()
    if lesson.strict or len(lesson.steps) >= FEWEST_STEPS:
        meant = {problem.facts.meant for problem in misspelt.values()}
        yield from (each for each in _untouched_keys(lesson) if each.facts.word not in meant)
        yield from _variable_problems(lesson)
        yield from _idle_actors(lesson)
    for i, step in enumerate(lesson.steps):
        yield from python_problems(lesson, step, ("steps", i))
        if "expect" in step.model_fields_set and not step.expect:
            message = "this claims nothing: name a key, a variable, `output` or `reply`, or leave `expect` out"
            yield Problem(("steps", i, "expect"), message, "strict")


@dataclass(slots=True)
class _NameUses:
    """The steps that use a key, by index, and what they do with it."""

    steps: list[int] = field(default_factory=list)
    types: set[KeyType] = field(default_factory=set)
    is_written: bool = False


def _key_uses(lesson: Lesson) -> Mapping[str, _NameUses]:
    found: dict[str, _NameUses] = {}
    for i, command in lesson.commands:
        written = changed_keys(command.words)
        type_ = traits_of(command.words).type
        for key in dict.fromkeys((*command.keys, *command.open_keys)):
            uses = found.setdefault(key, _NameUses())
            uses.steps = [*uses.steps, i] if i not in uses.steps else uses.steps
            uses.types |= {type_} if type_ else set()
            uses.is_written = uses.is_written or key in written
    return found


def _misspelt_keys(lesson: Lesson) -> dict[str, Problem]:
    uses = _key_uses(lesson)
    known = {**dict.fromkeys(lesson.watched, _NameUses()), **uses}
    claimed = {name for step in lesson.steps for name in step.expect}
    rare = {name: each for name, each in uses.items() if len(each.steps) == 1 and name not in lesson.watch}
    found: dict[str, Problem] = {}
    for name, use in rare.items():
        others = [other for other in known if name not in claimed and _is_meant(lesson, name, use, other, known[other])]
        if others:
            meant = max(others, key=lambda other: (other in lesson.watched, len(known[other].steps)))
            found[name] = _misspelt(lesson, "key", name, use.steps[0], meant)
    return found


def _is_meant(lesson: Lesson, name: str, use: _NameUses, other: str, others: _NameUses) -> bool:
    """Return whether a key that one step uses seems to be a slip for another key of the lesson."""
    is_watched = other in lesson.watched
    types = {lesson.watched[other]} if is_watched else others.types
    if name == other or not is_slip(name, other) or (use.types and types and use.types.isdisjoint(types)):
        return False
    if is_watched:
        return True
    # Neither is watched: the one that is used less, or later, is the slip, if it is none of a family of names.
    is_rarer = (len(others.steps), -others.steps[0]) > (len(use.steps), -use.steps[0])
    return is_rarer and not is_family(name, other)


def _misspelt(lesson: Lesson, noun: str, name: str, i: int, meant: str) -> Problem:
    message = f"no other step uses the {noun} {name!r}, which is nearly {meant!r}; did you mean {meant!r}?"
    facts = Facts(f"the {noun} {meant}", name, word=name, known=(meant,), meant=meant)
    return Problem(("steps", i, lesson.steps[i].kind), message, "strict", facts)


def _misspelt_channels(lesson: Lesson) -> dict[str, Problem]:
    """Return the channels that are sent to but not heard, or the other way round, although a similar one is used."""
    uses: dict[str, dict[str, list[int]]] = {"publishes": {}, "begins": {}}
    for i, command in lesson.commands:
        does = traits_of(command.words).pubsub
        for name in command.channels if does in uses else ():
            uses[does].setdefault(name, []).append(i)
    sent, heard = uses["publishes"], uses["begins"]
    unheard = {name: steps for name, steps in sent.items() if not any(_hears(each, name) for each in heard)}
    silent = {name: steps for name, steps in heard.items() if not any(_hears(name, each) for each in sent)}
    # Of a pair without any other user, the later one is the slip.
    pairs = [*_slips(unheard, heard), *_slips(silent, sent)]
    slips = {name: (steps, meant) for name, steps, meant in sorted(pairs, key=lambda pair: pair[1])}
    last = {name: each for name, each in slips.items() if not _is_pair(slips, name) or each[0] > slips[each[1]][0]}
    return {
        f"channel {name}": _misspelt(lesson, "channel", name, steps[0], meant) for name, (steps, meant) in last.items()
    }


def _hears(listens_to: str, channel: str) -> bool:
    return listens_to == channel or matches(listens_to, channel)


def _slips(lonely: Mapping[str, list[int]], others: Mapping[str, list[int]]) -> Iterator[tuple[str, list[int], str]]:
    """Yield the channels that one step uses in vain, with that step and the similar channel that was meant."""
    for name, steps in lonely.items():
        meant = next((each for each in others if is_slip(name, each)), None)
        if meant is not None and len(steps) == 1:
            yield name, steps, meant


def _is_pair(slips: Mapping[str, tuple[list[int], str]], name: str) -> bool:
    """Return whether each of two channels seems to be a slip for the other."""
    meant = slips[name][1]
    return meant in slips and slips[meant][1] == name


def _untouched_keys(lesson: Lesson) -> Iterator[Problem]:
    is_list = isinstance(lesson.watch, list)
    for i, key in enumerate(lesson.watch):
        if key not in lesson.watched or key in lesson.keys_touched or lesson.is_nameable(literally(key)):
            continue
        meant = next((other for other in lesson.keys_touched if other not in lesson.watch and is_slip(key, other)), "")
        hint = f"; did you mean {meant!r}?" if meant else "; leave it out, or add the step that uses it"
        facts = Facts("a key that a step uses", key, word=key, known=tuple(lesson.keys_touched), meant=meant)
        yield Problem(
            ("watch", i if is_list else key), f"no step touches the watched key {key!r}{hint}", "strict", facts
        )


def _variable_problems(lesson: Lesson) -> Iterator[Problem]:
    is_list = isinstance(lesson.variables, list)
    set_by_steps = {name for step in lesson.steps for name in step.saves}
    used = _variables_used(lesson)
    for i, (name, start) in enumerate(lesson.start_variables.items()):
        path: Path = ("variables", i if is_list else name)
        if name in set_by_steps:
            continue
        if name not in used:
            message = f"no step sets or uses the variable {name!r}; leave it out, or `save` a reply in it"
            yield Problem(path, message, "strict")
        elif start is None:
            message = f"no step sets the variable {name!r}, so it is always None; `save` a reply in it, or `assign` it"
            yield Problem(path, message, "strict")
        elif start in ("None", "True", "False"):
            yield Problem(path, f"{start} is text here; write {_as_yaml(str(start))}", "strict")


def _as_yaml(word: str) -> str:
    return {"None": "null"}.get(word, word.lower())


def _variables_used(lesson: Lesson) -> frozenset[str]:
    """Return the variables that commands, texts, claims, boxes or proofs name."""
    asked: list[QuestionFields] = [*lesson.quiz, *lesson.practice]
    prose = lesson.model_dump_json(exclude={"variables"})
    in_braces = (name for name in lesson.start_variables if f"{{{name}" in prose)
    claimed = (name for step in lesson.steps for name in step.expect)
    proved = (each.proof.variable or (each.proof.first and each.proof.first.variable) for each in asked if each.proof)
    boxes = lesson.flow.described if lesson.flow else ()
    in_boxes = (name for box in boxes for each in box.conditions for name in (*each.expect, *each.unless))
    return frozenset(str(name) for name in (*in_braces, *claimed, *proved, *in_boxes) if name)


def _idle_actors(lesson: Lesson) -> Iterator[Problem]:
    acting = {step.actor for step in lesson.steps}
    for i, actor in enumerate(lesson.cast):
        if actor.name not in acting:
            message = f"{actor.name} never acts: no step has `actor: {actor.name}`; leave it out, or add its steps"
            facts = Facts(f"a step by {actor.name}", as_repr(sorted(acting)))
            yield Problem(("actors", i), message, "strict", facts)
