"""The concepts that lessons need and teach: concepts.yaml beside the lessons, each with one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tutor.engine.lesson.reserved import CONCEPTS_FILE
from tutor.files.kept import KeptFiles
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE, Spot, read_document
from tutor.library import LocatedProblem

LONGEST_NAME = 40
"""Maximum number of characters of a concept's name."""

LONGEST_SENTENCE = 300
"""Maximum number of characters of a concept's sentence."""


@dataclass(frozen=True, slots=True)
class Concepts:
    """The sentences of the concepts by name, and the problems of their file."""

    sentences: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[LocatedProblem, ...] = ()


def current() -> Concepts:
    """Return the concepts of the lessons' folder; none without a file. What can't be read is left out."""
    return at(Path(settings.LESSONS_DIR) / CONCEPTS_FILE)


def at(path: Path) -> Concepts:
    """Return the concepts in a file; none if there is no such file."""
    return _files.at(path) or Concepts()


def concepts_in(text: str | bytes, file: str) -> Concepts:
    """Return the concepts in a text: a mapping of names to sentences. Never raises."""
    document = read_document(text)
    root = document.root
    spots = [*document.problems]
    if root is None:
        return Concepts({}, _located(spots, file))
    if not isinstance(root.value, dict):
        message = "concepts are a mapping: each line is like `blocking pops: A pop that waits for an element.`"
        return Concepts({}, _located([*spots, Spot(root.line, root.column, message)], file))
    sentences: dict[str, str] = {}
    for name, sentence in root.value.items():
        node = root.keys.get(name)
        if problem := _problem(name, sentence):
            spots.append(Spot(node.line if node else 1, node.column if node else 1, problem))
        else:
            sentences[name] = sentence
    return Concepts(sentences, _located(spots, file))


def _problem(name: object, sentence: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        return f"a concept's name is a text of 1 to {LONGEST_NAME} characters"
    if not isinstance(sentence, str) or not sentence.strip():
        return f"{name!r} needs one sentence that says what it is"
    if len(sentence) > LONGEST_SENTENCE:
        return f"the sentence on {name!r} has {len(sentence)} characters; at most {LONGEST_SENTENCE} are shown"
    return ""


def _located(spots: list[Spot], file: str) -> tuple[LocatedProblem, ...]:
    return tuple(LocatedProblem(file, spot.line, spot.column, spot.message, "error", spot.facts) for spot in spots)


def _read(path: Path) -> Concepts:
    return concepts_in(start_of(path, LARGEST_FILE + 1), str(path))


_files = KeptFiles(_read)
