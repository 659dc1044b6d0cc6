"""The words by which a text names one of several others: those that no other of them has."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tutor.engine.values.wording import without_escapes

_CHUNK = re.compile(r"\{step [a-z0-9-]+\}|\S+")
_TOKEN = re.compile(r"\{step [a-z0-9-]+\}|(?<![\w-])-?\d+(?:[.-]\d+)*(?!\w)|[a-z_]\w*|\d\w+")
_EDGES = "'\"`.,;:!?()[]…"
_LITTLE = frozenset(
    "a an and any are as at be been but by can do does each for from had has have if in is it its may must not of on"
    " or so such that the their them then there they this to was were what when where which who will with would".split()
)
"""Words that are in every second sentence, so that none of them names anything."""

_ENDINGS = re.compile(r"(?:ing|ed|es|e|s)$")
_SHORTEST_STEM = 3


def words_in(text: str) -> Sequence[str]:
    """Return the words of a text in order, without their endings.

    Names, numbers, references to steps and code without spaces, such as `r.pubsub()`, are words as well.
    """
    return list(_words(_bare(text)))


def _words(bare: str) -> Iterator[str]:
    for chunk in _CHUNK.findall(bare):
        code = chunk.strip(_EDGES)
        tokens = _TOKEN.findall(chunk)
        yield from map(_stem, tokens)
        if code not in tokens and len(tokens) > 1:
            yield code


def _stem(word: str) -> str:
    stem = _ENDINGS.sub("", word)
    return stem if len(stem) >= _SHORTEST_STEM and word.isalpha() else word


def _telling(words: set[str]) -> frozenset[str]:
    """Return the words without those of every second sentence, or these if there are no others."""
    return frozenset(words - _LITTLE or words)


class NamedTexts:
    """Several texts, each with a name, told apart by the words that each has alone."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._bare = {name: _bare(text) for name, text in texts.items()}
        words = {name: set(words_in(text)) for name, text in texts.items()}
        uses = Counter(word for found in words.values() for word in found)
        self.own_words: Mapping[str, frozenset[str]] = {
            name: _telling({word for word in found if uses[word] == 1}) for name, found in words.items()
        }
        """The words that a text has and none of the others."""

    def times_named(self, name: str, said: str) -> int:
        """Return how many of a text's own words are in `said`; a text without any is named by all of it."""
        own = self.own_words[name]
        if own:
            return len(own & set(words_in(said)))
        mine, left = self._bare[name], _bare(said)
        for longer in (each for each in self._bare.values() if mine in each and each != mine):
            left = left.replace(longer, " ")
        return int(mine in left)

    def is_meant(self, name: str, said: str) -> bool:
        """Return whether `said` names this text, and no other one more often."""
        times = self.times_named(name, said)
        return times > 0 and all(self.times_named(other, said) <= times for other in self._texts)

    def shown_words(self, name: str, said: str | None = None) -> str:
        """Return some words of which one names the text, for a message; with `said`, those that it has."""
        own = self.own_words[name] if said is None else self.own_words[name] & set(words_in(said))
        found = [word for word in _shown(self._texts[name]) if {*words_in(word)} & own]
        return ", ".join(list(dict.fromkeys(found))[:3]) or self._bare[name]


def is_quoted(text: str, said: str) -> bool:
    """Return whether `said` has the text, not as a part of a longer word or number."""
    return re.search(rf"(?<![\w.-]){re.escape(_bare(text))}(?![\w-]|\.\d)", _bare(said)) is not None


def are_named_in_order(texts: Sequence[str], said: str) -> bool:
    """Return whether `said` has a word of each text that no other text has, in the order of the texts."""
    named = NamedTexts({str(i): text for i, text in enumerate(texts)})
    words, at = words_in(said), 0
    for i in range(len(texts)):
        own = named.own_words[str(i)]
        found = next((k for k in range(at, len(words)) if words[k] in own), -1)
        if found < 0:
            return False
        at = found + 1
    return True


def _shown(text: str) -> Sequence[str]:
    found = re.findall(r"\{[Ss]tep [a-z0-9-]+\}|[\w.-]+", text.replace("`", ""))
    return [each.rstrip(".-") for each in found]


def _bare(text: str) -> str:
    return " ".join(without_escapes(text.replace("`", "")).split()).casefold()
