"""Options to pick: identities that do not give the key away, in an order given by a seed."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from tutor.engine.values.replies import Json


def identities(texts: Sequence[str]) -> list[str]:
    """Return an identity for each text. It depends on neither order nor key; equal texts get different ones."""
    seen: dict[str, int] = {}
    found = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        # Eight digits distinguish the ten options of a question, and keep forms and stored answers short.
        found.append(sha256(f"{text}#{seen[text]}".encode()).hexdigest()[:8])
    return found


def shuffled(options: Iterable[str], seed: str) -> list[str]:
    """Return identities in an order given by `seed`: the same on every computer, and unrelated to the key."""
    # Not random.shuffle: Python promises the same numbers in later versions only for random() itself (docs of `random`,
    # "Notes on Reproducibility"), and an order must not change while a learner answers.
    return sorted(options, key=lambda pick: sha256(f"{seed} {pick}".encode()).digest())


def picks(answer: Json, options: Iterable[str]) -> list[str]:
    """Return the `options` that an answer picks, in its order; anything else in it is ignored."""
    known = set(options)
    return [pick for pick in answer if isinstance(pick, str) and pick in known] if isinstance(answer, list) else []
