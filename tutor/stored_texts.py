"""Lesson texts that rows refer to, each stored once with the proof of its program."""

from threading import Condition, Lock

from cachetools import LRUCache, TTLCache, cached
from django.db import connection

from tutor import library, proof_files
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.proved_lines import ProvedLines
from tutor.models import LessonText, ProofText
from tutor.proof_files import ReadProof

MOST_KEPT = 128
"""Maximum number of stored proofs cached per process, the most recently used ones."""

NAME_SECONDS = 10.0
"""How long a process remembers that a text is stored, and with which proof or none: a text can get one later."""


_lock = Lock()

_lately_stored: TTLCache[str, bool] = TTLCache(MOST_KEPT, NAME_SECONDS)


def store(slug: str, digest: str, source: str) -> None:
    """Store the text of that digest if it is new.

    The proof on the shelf stays with it, since runs with this text go on when the shelf has changed. A text that had
    none gets a later proof of the same played parts.
    """
    with _lock:
        if digest in _lately_stored:
            return
    text, _ = LessonText.objects.get_or_create(digest=digest, defaults={"source": source})
    if text.proof_id is None and (found := _on_shelf(slug, digest, library.lesson_of(digest, lambda: source))):
        proof, _ = ProofText.objects.get_or_create(
            digest=library.digest_of(found.text), defaults={"source": found.text}
        )
        LessonText.objects.filter(pk=digest, proof=None).update(proof=proof)
        _name_of_stored.cache_clear()
    if not connection.in_atomic_block:  # which may be undone
        with _lock:
            _lately_stored[digest] = True


def proved_lines(slug: str, digest: str, lesson: Lesson) -> ProvedLines | None:
    """Return the lines that the lesson's program ran, proved for what its text plays; None without a valid proof.

    The proof on the shelf counts before the stored one, so that a new proof of the same played parts shows at once.
    """
    if not (lesson.program or lesson.django):
        return None
    shelved = _of_play(slug, digest, lesson)
    if shelved and (lines := proof_files.lines_proved(digest, lesson, shelved)):
        return lines
    stored = _stored(digest)
    return proof_files.lines_proved(digest, lesson, stored) if stored else None


def _on_shelf(slug: str, digest: str, lesson: Lesson) -> ReadProof | None:
    if not (lesson.program or lesson.django):
        return None
    found = _of_play(slug, digest, lesson)
    return found if found and proof_files.lines_proved(digest, lesson, found) else None


def _of_play(slug: str, digest: str, lesson: Lesson) -> ReadProof | None:
    return proof_files.of_play(slug, proof_files.played_digest(digest, lesson))


def _stored(digest: str) -> ReadProof | None:
    proof = _name_of_stored(digest)
    return _read(proof) if proof else None


def forget_rows() -> None:
    """Ask the database again which texts it has, and with which proofs."""
    _name_of_stored.cache_clear()
    with _lock:
        _lately_stored.clear()


# Asked for at each step of a run whose text is not on the shelf any more.
@cached(TTLCache(MOST_KEPT, NAME_SECONDS), condition=Condition())
def _name_of_stored(digest: str) -> str | None:
    return LessonText.objects.filter(pk=digest).values_list("proof_id", flat=True).first()


# Named by its content, a stored proof never changes.
@cached(LRUCache(MOST_KEPT), condition=Condition())
def _read(proof: str) -> ReadProof | None:
    return proof_files.read(ProofText.objects.get(pk=proof).source)
