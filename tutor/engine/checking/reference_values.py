"""The values that a lesson's prose names, from two plays of it or from its proof file."""

from collections.abc import Iterable, Iterator, Sequence

from tutor.engine.asking.proof import value_after
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.checking.meant_values import meant_problems
from tutor.engine.checking.stable_claims import Claims, found_claims
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.prose_texts import ProseText, prose_texts, segments
from tutor.engine.lesson.references import Look, Reference, ToldValue, looks_in, references_in
from tutor.engine.lesson.run_names import type_of
from tutor.engine.redis import key_states
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.table import KeyType
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.proof_file import ProofFile
from tutor.engine.values import serialization
from tutor.engine.values.claim_values import as_claim
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Json, Value


def values_in(lesson: Lesson, first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> dict[Look, ToldValue]:
    """Return the named values that two plays of the lesson have in common, without those left to chance or cut."""
    claims = list(found_claims(lesson, first, second))
    found = ((look, _value_of(lesson, look, first, second, claims)) for look in looks_in(lesson))
    return {look: value for look, value in found if isinstance(value, ToldValue)}


def values_in_proof(lesson: Lesson, proof: ProofFile) -> dict[Look, ToldValue] | None:
    """Return the named values of a proof file, None if it is not of this lesson or can't know one of them.

    It is of one play, so it can't know what chance or a clock decides, and its generated ids are made up.
    Raises: TypeError, ValueError, LookupError or AttributeError if the file was made by hand and is malformed.
    """
    if not _is_of(proof, lesson) or any(
        tells_time(each.words) or is_left_to_chance(each.words) for _, each in lesson.commands
    ):
        return None
    found = {look: _proved(lesson, look, proof) for look in looks_in(lesson)}
    whole = {look: value for look, value in found.items() if value is not None}
    return whole if len(whole) == len(found) else None


def _is_uncertain(words: Sequence[str]) -> bool:
    return tells_time(words) or is_left_to_chance(words)


def _is_of(proof: ProofFile, lesson: Lesson) -> bool:
    return proof.digest == play_digest(lesson) and [each.step for each in proof.steps] == list(lesson.step_ids)


def value_problems(lesson: Lesson, first: Sequence[TraceEntry], second: Sequence[TraceEntry]) -> Iterator[Problem]:
    """Yield a problem for each reference to a value that learners would not see whole or not see again."""
    claims: list[Claims] = []
    for each, index, reference in _named_values(lesson):
        claims = claims or list(found_claims(lesson, first, second))
        value = _value_of(lesson, reference.look, first, second, claims)
        if isinstance(value, str):
            written = each.text[index : index + reference.end - reference.start]
            yield each.problem(index, f"{written} {value}", Facts("a value that is always the same", written))
        elif lesson.strict:
            yield from meant_problems(lesson, first, reference, each, index)


def _named_values(lesson: Lesson) -> Iterator[tuple[ProseText, int, Reference]]:
    """Yield each reference to a value, with its text and its index there."""
    for each in prose_texts(lesson):
        for segment in segments(each.text, each.kind) if "{" in each.text else ():
            for reference in references_in(segment, lesson):
                if reference.name:
                    yield each, segment.start + reference.start, reference


def _value_of(
    lesson: Lesson, look: Look, first: Sequence[TraceEntry], second: Sequence[TraceEntry], claims: Sequence[Claims]
) -> ToldValue | str:
    """Return the value, or why it can't be named, as a phrase that follows the reference."""
    try:
        one, other = (value_after(lesson, entries, look.name, look.step) for entries in (first, second))
    except NotProvable as reason:
        return f"can't be filled in: {reason}"
    if as_repr(one) != as_repr(other):
        return f"differs between two plays: {as_repr(one)}, then {as_repr(other)}; learners would see another value"
    entry = first[look.step - 1] if look.step else None
    if entry and not entry.refusal and look.name not in claims[look.step - 1] and _is_claimable(look, entry):
        return "is left to chance or to a clock; learners would see another value"
    return _told(lesson, look.name, one)


def _is_claimable(look: Look, entry: TraceEntry) -> bool:
    return look.name in entry.keys or look.name in entry.variables


def _told(lesson: Lesson, name: str, value: Value) -> ToldValue:
    type_ = type_of(lesson, name)
    text = as_repr(value) if type_ is None else _key_text(type_, value)
    claim = as_claim(value)
    return ToldValue(value if isinstance(value, str) else text if type_ else as_str(value), text, claim)


def _key_text(type_: KeyType, value: Value) -> str:
    """Return the value of a key as the table shows it."""
    if type_ == "string":
        return as_repr(value)
    items = [list(pair) for pair in value.items()] if isinstance(value, dict) else list(value)
    return key_states.as_text({"type": type_, "items": items, "length": len(items)})


def _proved(lesson: Lesson, look: Look, proof: ProofFile) -> ToldValue | None:
    if not look.step:
        return _told(lesson, look.name, value_after(lesson, (), look.name, 0))
    step, type_ = proof.steps[look.step - 1], type_of(lesson, look.name)
    if type_ is None:
        stored = step.variables
        return _told(lesson, look.name, serialization.from_stored(stored[look.name])) if look.name in stored else None
    return _told(lesson, look.name, _from_claim(type_, step.keys[look.name])) if look.name in step.keys else None


def _from_claim(type_: KeyType, claim: Json) -> Json:
    """Return the value of a key that a proof claims; its scores are numbers there, and texts here."""
    if type_ == "zset" and isinstance(claim, dict):
        return {member: score if isinstance(score, str) else f"{score:g}" for member, score in claim.items()}
    return claim


def as_json(lesson: Lesson, values: Iterable[tuple[Look, ToldValue]]) -> Json:
    """Return values as they are stored: by the ids of the steps, "" for the start."""
    names = ("", *lesson.step_ids)
    return [[look.name, names[look.step], value.text, value.as_repr, value.claim] for look, value in values]


def from_json(lesson: Lesson, stored: Json) -> dict[Look, ToldValue]:
    """Return the values that `as_json` stored."""
    steps = {"": 0, **lesson.positions}
    return {Look(name, steps[step]): ToldValue(text, shown, claim) for name, step, text, shown, claim in stored}
