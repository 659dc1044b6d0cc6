"""What can be picked: told apart by identities that tell nothing of the key, in an order that a seed gives."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from tutor.engine.values.replies import Json


def identities(texts: Sequence[str]) -> list[str]:
    """Return an identity for each text: the same in every order, telling nothing of the key; equal texts differ."""
    seen: dict[str, int] = {}
    found = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        found.append(sha256(f"{text}#{seen[text]}".encode()).hexdigest()[:8])
    return found


def shuffled(options: Iterable[str], seed: str) -> list[str]:
    """Return identities in the order that `seed` gives: the same on every computer, with no relation to the key."""
    return sorted(options, key=lambda pick: sha256(f"{seed} {pick}".encode()).digest())


def picks(answer: Json, options: Iterable[str]) -> list[str]:
    """Return which of the `options` an answer picks, in its order; what is none of them is left out."""
    known = set(options)
    return [pick for pick in answer if isinstance(pick, str) and pick in known] if isinstance(answer, list) else []
