"""Proof files on the shelf: what `lessons prove` found out about a program, read as data beside the lessons."""

import time
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Condition

from cachetools import LRUCache, cached
from django.conf import settings

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.lesson.proved_lines import ProvedLines, proved_lines
from tutor.engine.trace.proof_file import SUFFIX, ProofFile, proof_file_in
from tutor.files.kept import KeptFiles, Stamp, stamp_of
from tutor.files.regular import start_of
from tutor.library import MOST_BOUND, digest_of, is_lesson_name

SETTLED_NS = 2_000_000_000
"""Nanoseconds after which a folder's time tells of every change: two in a moment may have the same time."""

LARGEST_PROOF = 2 * 1024 * 1024
"""Maximum size of a proof file in bytes."""


@dataclass(frozen=True)
class ReadProof:
    """A proof file's text, and what it says."""

    text: str
    proof: ProofFile

    @cached_property
    def digest(self) -> str:
        """The name of this text. Each step asks for it, and a proof can be long."""
        return digest_of(self.text)


def path_of(lesson: Path) -> Path:
    """Return the path of the proof of the lesson in that file."""
    return lesson.with_name(f"{lesson.stem}{SUFFIX}")


def beside(path: Path) -> ReadProof | None:
    """Return the proof file beside a lesson's file; None if there is none, or it can't be read as one. Never raises."""
    return _proofs.at(path_of(path))


def stamp_beside(path: Path) -> Stamp | None:
    """Return the time and the size of the proof file beside a lesson's file, None if there is none."""
    try:
        return stamp_of(path_of(path))
    except (OSError, ValueError):
        return None


def of_name(slug: str) -> ReadProof | None:
    """Return the proof file of that name on the shelf, None if there is none."""
    path = _path(settings.LESSONS_DIR, slug)
    return _proofs.at(path) if path else None


@lru_cache(MOST_BOUND)
def _path(folder: Path, slug: str) -> Path | None:
    return Path(folder) / f"{slug}{SUFFIX}" if is_lesson_name(f"{slug}.yaml") else None


def read(text: str) -> ReadProof | None:
    """Return the proof in the text of a proof file, None if there is none in it."""
    proof = proof_file_in(text)
    return ReadProof(text, proof) if proof else None


def of_play(slug: str, played: str) -> ReadProof | None:
    """Return the proof on the shelf of what is played, by its digest; first that of the lesson of that name.

    Any other will do as well, since a lesson may have been renamed, or be published from the Studio.
    """
    own = of_name(slug)
    return own if own and own.proof.digest == played else of_digest(played)


def of_digest(played: str) -> ReadProof | None:
    """Return the first proof on the shelf of what has that digest, None if there is none."""
    found = (_proofs.at(path) for path in _proofs_in(Path(settings.LESSONS_DIR)))
    return next((proof for proof in found if proof and proof.proof.digest == played), None)


def _read_proof(path: Path) -> ReadProof | None:
    content = start_of(path, LARGEST_PROOF + 1)
    try:
        return read(content.decode("utf-8")) if len(content) <= LARGEST_PROOF else None
    except UnicodeDecodeError:
        return None


_proofs = KeptFiles(_read_proof)

_listed: dict[Path, tuple[Stamp, list[Path]]] = {}


def _proofs_in(folder: Path) -> list[Path]:
    """Return the proof files of a folder in order. A text without a proof is looked for at each step of its runs."""
    try:
        stamp = stamp_of(folder)
    except OSError:
        return []
    # A folder has another time once a file has come or gone.
    known = _listed.get(folder)
    if known is not None and known[0] == stamp:
        return known[1]
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if time.time_ns() - stamp[0] > SETTLED_NS:
        _listed[folder] = stamp, found
    return found


_played: LRUCache[str, str] = LRUCache(MOST_BOUND)


@cached(_played, key=lambda digest, _lesson: digest, condition=Condition())
def played_digest(digest: str, lesson: Lesson) -> str:  # noqa: ARG001 - the text's digest is the cache's key
    """Return the digest of what the lesson plays; `digest` is that of its text."""
    return play_digest(lesson)


_lines: LRUCache[tuple[str, str], ProvedLines | None] = LRUCache(MOST_BOUND)


@cached(_lines, key=lambda digest, _lesson, found: (digest, found.digest), condition=Condition())
def lines_proved(digest: str, lesson: Lesson, found: ReadProof) -> ProvedLines | None:  # noqa: ARG001 - see above
    """Return what the proof says about the lesson whose text has that digest, None if it is of something else."""
    return proved_lines(lesson, found.proof)
