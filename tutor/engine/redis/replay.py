"""Commands that repeat a recorded choice of the server: by chance, by its clock, or by an instant of expiry."""

from collections.abc import Mapping, Sequence

from tutor.engine.redis.arguments import end_place, field_end_place, fields_named, id_place
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.redis.table import traits_of
from tutor.engine.values.replies import Reply, error_of


def replayed(words: Sequence[str], reply: Reply) -> list[str] | None:
    """Return a deterministic command with the same effect as the one with this reply, None if it had no effect.

    Redis replicates effects for the same reason: an XADD with the generated id, an SREM of the members that SPOP took
    (https://redis.io/docs/latest/operate/oss_and_stack/management/replication/). A refused command is refused again, a
    command queued in a transaction is queued again.
    """
    chance = traits_of(words).chance
    if error_of(reply) or reply == QUEUED:
        return list(words)
    if chance == "id" and isinstance(reply, str):
        place = id_place(words)
        return [*words[:place], reply, *words[place + 1 :]]
    if chance == "members" and not isinstance(reply, dict):
        return _removal(words[1], reply if isinstance(reply, list) else [reply])
    return list(words)


def _removal(key: str, taken: Sequence[Reply]) -> list[str] | None:
    members = [member for member in taken if member is not None]
    return ["SREM", key, *members] if members else None


def with_life_left(words: Sequence[str], lives: Mapping[str, int]) -> list[str]:
    """Return the command with a time to live in place of an instant of expiry, if that instant was near.

    `lives`: the milliseconds that keys had left after the command. A command that left its key without a life either
    did nothing or removed it, and does so again. An instant more than a day away is sent unchanged.
    """
    command = traits_of(words)
    key = next(iter(command.key_places(words)), 0)
    left = lives.get(words[key]) if key else None
    if left is None or left > _A_DAY:
        return list(words)
    if command.life == "absolute":
        # Conditions such as NX and GT were evaluated when the command first ran.
        return ["PEXPIRE", words[key], str(left)]
    return _with_px(words, end_place(words), left)


def with_field_lives_left(words: Sequence[str], reply: Reply, lives: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the same for a command on hash fields.

    `lives`: the milliseconds that fields had left after the command, by key and field.
    """
    named = fields_named(words)
    if not named:
        return list(words)
    left = {name: ms for name, ms in lives.get(words[1], {}).items() if name in named}
    if traits_of(words).field_life == "absolute":
        return _expiry(words, _that_got_the_end(named, reply), left)
    nearest = min(left.values(), default=_A_DAY + 1)
    return _with_px(words, field_end_place(words), nearest) if nearest <= _A_DAY else list(words)


def _that_got_the_end(named: Sequence[str], reply: Reply) -> list[str]:
    # The reply has a number for each field; 1 means that the expiry was set. Conditions such as NX were evaluated then:
    # https://redis.io/docs/latest/commands/hpexpireat/
    numbers = reply if isinstance(reply, list) else []
    return [name for name, number in zip(named, numbers, strict=False) if number == 1]


def _expiry(words: Sequence[str], fields: Sequence[str], left: Mapping[str, int]) -> list[str]:
    given = [name for name in fields if name in left]
    if not given or left[given[0]] > _A_DAY:
        return list(words)
    return ["HPEXPIRE", words[1], str(left[given[0]]), "FIELDS", str(len(given)), *given]


def _with_px(words: Sequence[str], place: int, left: int) -> list[str]:
    """Return the command with PX instead of the option at that position; 0 for none."""
    return [*words[:place], "PX", str(left), *words[place + 2 :]] if place else list(words)


_A_DAY = 24 * 60 * 60 * 1000
