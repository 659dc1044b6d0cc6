"""The channels and the patterns of channels that commands name."""

from collections.abc import Iterable, Mapping

from tutor.engine.lesson.steps.base import Template
from tutor.engine.redis.globs import matches
from tutor.engine.redis.table import Space, traits_of


def channels_named_by(commands: Iterable[Template]) -> Mapping[Space, tuple[str, ...]]:
    """Return the channels of each kind that the commands send to or subscribe to, in order."""
    found: dict[Space, dict[str, None]] = {"channel": {}, "pattern": {}, "shard": {}}
    for command in commands:
        spec = traits_of(command.words)
        if spec.pubsub in ("begins", "ends", "publishes"):
            found[spec.space].update(dict.fromkeys(command.channels))
    return {space: tuple(names) for space, names in found.items()}


def with_lonely_patterns(channels: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the channels, and the patterns that match none of them."""
    lonely = [pattern for pattern in patterns if not any(matches(pattern, channel) for channel in channels)]
    return (*channels, *lonely)
