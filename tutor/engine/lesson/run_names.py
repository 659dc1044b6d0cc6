"""Names built from variables during a run: the keys and channels that a lesson's text does not name literally.

They are derived from the words actually sent. An entry keeps those of the run so far, so that every key that can
exist is known from the entry alone, without a search on the server.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain

from tutor.engine.errors import StepFault
from tutor.engine.lesson.channels import with_lonely_patterns
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.program.limits import size
from tutor.engine.redis.globs import is_pattern, matches
from tutor.engine.redis.table import KeyType, Space, traits_of

MOST_NAMED = 64
"""Maximum number of keys, channels and channel patterns that a run may name besides those of its lesson."""

LONGEST_NAME = 200
"""Maximum length of such a name, in bytes."""

MOST_SHOWN = 16
"""Maximum number of keys shown for watched patterns: the first ones that existed."""

_FIELDS: Mapping[Space, str] = {"channel": "channels", "pattern": "patterns", "shard": "shards"}

SPACES: tuple[Space, ...] = tuple(_FIELDS)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a run has built so far, in order."""

    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    """Patterns of channels."""
    shards: tuple[str, ...] = ()
    """Sharded channels."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[str]]) -> "Names":
        """Return the names that `as_json` stored."""
        return cls(**{kind: tuple(names) for kind, names in stored.items()})

    def as_json(self) -> dict[str, list[str]]:
        """Return the names as an entry records them, without empty kinds."""
        kinds = {field.name: getattr(self, field.name) for field in fields(self)}
        return {kind: list(names) for kind, names in kinds.items() if names}

    def of_channels(self, space: Space) -> tuple[str, ...]:
        """Return the names of channels of that kind."""
        names: tuple[str, ...] = getattr(self, _FIELDS[space])
        return names

    def after(self, lesson: Lesson, sends: Iterable[Sequence[str]]) -> "Names":
        """Return the names after these commands. Raises: StepFault."""
        found = self
        for words in sends:
            found = _with_names_in(found, lesson, words)
        if found is not self:
            _require_few([*found.keys, *chain.from_iterable(map(found.of_channels, SPACES))])
        return found


def _with_names_in(names: Names, lesson: Lesson, words: Sequence[str]) -> Names:
    """Return the names after this command; the same object if it names nothing new."""
    command = traits_of(words)
    new = {"keys": _new(words, command.key_places(words), lesson.known_keys, names.keys)}
    if command.pubsub in ("begins", "ends", "publishes"):
        known = names.of_channels(command.space)
        places = command.channel_places(words)
        new[_FIELDS[command.space]] = _new(words, places, lesson.named_channels[command.space], known)
    changes = {field: (*getattr(names, field), *each) for field, each in new.items() if each}
    return replace(names, **changes) if changes else names


def _new(
    words: Sequence[str], places: Iterable[int], of_lesson: Container[str], of_run: Container[str]
) -> tuple[str, ...]:
    """Return the distinct words at these places that neither the lesson nor the run has named."""
    named = dict.fromkeys(words[place] for place in places)
    return tuple(name for name in named if name not in of_lesson and name not in of_run)


def _require_few(names: Sequence[str]) -> None:
    if len(names) > MOST_NAMED:
        raise StepFault(f"with this step the run has named more than {MOST_NAMED} keys and channels by variables")
    for name in names:
        if size(name) > LONGEST_NAME:
            message = f"the name {name[:20]!r}… has {size(name):,} bytes; one made of variables may have {LONGEST_NAME}"
            raise StepFault(message)


NO_NAMES = Names()


def channels_of(lesson: Lesson, names: Names) -> tuple[tuple[Space, str], ...]:
    """Return the channels of the lesson and of the run, the sharded ones last, each with its kind.

    Patterns that match none of these channels are included.
    """
    channels, patterns, shards = ((*lesson.named_channels[space], *names.of_channels(space)) for space in SPACES)
    plain = with_lonely_patterns(channels, patterns)
    # A channel and a pattern may have the same name.
    kinds: list[Space] = ["channel" if place < len(channels) else "pattern" for place in range(len(plain))]
    return (*zip(kinds, plain, strict=True), *(("shard", name) for name in shards))


def watched_among(lesson: Lesson, names: Iterable[str]) -> dict[str, KeyType]:
    """Return the keys of the lesson and of `names` watched only by a pattern, in order, with their types."""
    if not lesson.watched_patterns:
        return {}
    found = {key: type_of(lesson, key) for key in (*lesson.keys, *names) if key not in lesson.watched}
    return {key: type_ for key, type_ in found.items() if type_}


def is_watched(lesson: Lesson, key: str) -> bool:
    """Return whether a key is watched by its name or by a pattern, disregarding the lesson's commands."""
    patterns = filter(is_pattern, lesson.watch) if lesson.format > 1 and key not in lesson.names_taken else ()
    return key in lesson.watch or any(matches(pattern, key) for pattern in patterns)


def type_of(lesson: Lesson, key: str) -> KeyType | None:
    """Return the watched type of a key: by its name, else by the first matching pattern; None if it isn't watched.

    A key with the name of a variable or a claim is not watched by a pattern: in `expect` that name has a meaning.
    """
    if key in lesson.watched:
        return lesson.watched[key]
    if key in lesson.names_taken:
        return None
    return next((type_ for pattern, type_ in lesson.watched_patterns.items() if matches(pattern, key)), None)
