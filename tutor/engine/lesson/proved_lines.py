"""The lines of a lesson's program that ran at each step, taken from its proof file."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.trace.proof_file import ProofFile, ProvedStep

MOST_VERSIONS = 16
"""Maximum number of versions that a proof names."""

LONGEST_VERSION = 80
"""Maximum number of characters of a name or a version."""


@dataclass(frozen=True, slots=True)
class ProvedLine:
    """A line of one of the program's files, from 1."""

    file: str
    number: int


@dataclass(frozen=True, slots=True)
class ProvedProject:
    """What a proof says about the lesson's Django project: the versions, and the names of the commands that it sent."""

    versions: Mapping[str, str]
    sent: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ProvedLines:
    """What a proof says about the program of one lesson: the line of each step that ran one, and the versions.

    `lines`: by the step's position. Compared by identity, so that it can be part of a cache's key.
    """

    lines: Mapping[int, ProvedLine]
    versions: Mapping[str, str]
    django: "ProvedProject | None" = None

    @cached_property
    def _files(self) -> tuple[str, ...]:
        """The file of the last line that had run after each step, from step 0 to the last step that ran one."""
        found = [""]
        for position in range(1, max(self.lines, default=0) + 1):
            line = self.lines.get(position)
            found.append(line.file if line else found[-1])
        return tuple(found)

    def file_at(self, position: int) -> str:
        """Return the file of the last line that had run after step `position`, "" if none had."""
        return self._files[min(position, len(self._files) - 1)]


def proved_lines(lesson: Lesson, proof: ProofFile) -> ProvedLines | None:
    """Return the lines that ran at each step of the lesson, None if the proof is of something else or malformed.

    A proof belongs to a lesson with the same digest of the played parts, so changed texts do not make it stale.
    """
    if not (lesson.program or lesson.django) or proof.digest != play_digest(lesson):
        return None
    return _lines_in(lesson, proof)


def _lines_in(lesson: Lesson, proof: ProofFile) -> ProvedLines | None:
    counts = {file: source.rstrip("\n").count("\n") + 1 for file, source in lesson.program.items()}
    steps = proof.steps
    if not _are_versions(proof.versions) or not all(_is_sound(lesson, step, counts) for step in steps):
        return None
    lines = {lesson.positions[step.step]: ProvedLine(step.file, step.line) for step in steps if step.file}
    return ProvedLines(lines, dict(proof.versions), _project_in(lesson, proof))


def _project_in(lesson: Lesson, proof: ProofFile) -> ProvedProject | None:
    found, project = proof.django, lesson.django
    if found is None or project is None or found.digest != project.digest or not _are_versions(found.versions):
        return None
    sent = found.sent
    if not isinstance(sent, list) or not all(isinstance(each, str) and len(each) <= LONGEST_VERSION for each in sent):
        return None
    return ProvedProject(dict(found.versions), tuple(sent))


def _is_sound(lesson: Lesson, step: ProvedStep, counts: Mapping[str, int]) -> bool:
    # A proof file is data of unknown origin: its types are checked here, where they are used.
    if not isinstance(step.step, str) or step.step not in lesson.positions:
        return False
    if not isinstance(step.file, str) or type(step.line) is not int:
        return False
    return 1 <= step.line <= counts.get(step.file, 0) if step.file else step.line == 0


def _are_versions(versions: object) -> bool:
    return (
        isinstance(versions, dict)
        and len(versions) <= MOST_VERSIONS
        and all(isinstance(part, str) and len(part) <= LONGEST_VERSION for pair in versions.items() for part in pair)
    )
