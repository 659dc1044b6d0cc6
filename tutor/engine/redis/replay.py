"""What a reply is by its command, and what is sent when a command has to give the same again."""

from collections.abc import Mapping, Sequence

from tutor.engine.redis.arguments import end_place, field_end_place, fields_named, id_place
from tutor.engine.redis.status_lines import QUEUED
from tutor.engine.redis.table import spec_of
from tutor.engine.values.replies import Reply, error_of


def replayed(words: Sequence[str], reply: Reply) -> list[str] | None:
    """Return the command that repeats what the server decided by chance or by its clock, None to send nothing.

    As Redis' own replication does: an XADD with the id that was given, an SREM of the members that SPOP took. A command
    that was refused is refused again, and one that a transaction queued is queued.
    """
    command = spec_of(words)
    if command is None or error_of(reply) or reply == QUEUED:
        return list(words)
    if command.chance == "id" and isinstance(reply, str):
        place = id_place(words)
        return [*words[:place], reply, *words[place + 1 :]]
    if command.chance == "members" and not isinstance(reply, dict):
        members = reply if isinstance(reply, list) else [] if reply is None else [reply]
        return ["SREM", words[1], *members] if members else None
    return list(words)


def with_life_left(words: Sequence[str], lives: Mapping[str, int]) -> list[str]:
    """Return the command with a life from now on in place of an end at a time of the clock, if that is near.

    `lives` are the milliseconds that keys had left after it. A command that left its key without a life did nothing, or
    ended it, and does so again. An end that is more than a day away can be sent as it was.
    """
    command = spec_of(words)
    key = next(iter(command.key_places(words)), 0) if command else 0
    left = lives.get(words[key]) if key else None
    if command is None or left is None or left > _A_DAY:
        return list(words)
    if command.life == "absolute":
        # NX, GT and the like were decided then.
        return ["PEXPIRE", words[key], str(left)]
    at = end_place(words)
    return [*words[:at], "PX", str(left), *words[at + 2 :]] if at else list(words)


def with_field_lives_left(words: Sequence[str], reply: Reply, lives: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the same for the fields of a hash: with a life in place of an end on the clock, if that is near.

    `lives` are the milliseconds that fields had left after the command, by key and field.
    """
    command = spec_of(words)
    named = fields_named(words)
    if command is None or not named:
        return list(words)
    own = lives.get(words[1], {})
    if command.field_life == "absolute":
        answers = reply if isinstance(reply, list) else []
        # 1 stands for a field that got the end; NX, GT and the like were decided then.
        given = [name for name, answer in zip(named, answers, strict=False) if answer == 1 and name in own]
        if not given or own[given[0]] > _A_DAY:
            return list(words)
        return ["HPEXPIRE", words[1], str(own[given[0]]), "FIELDS", str(len(given)), *given]
    at, left = field_end_place(words), min((own[name] for name in named if name in own), default=_A_DAY + 1)
    return [*words[:at], "PX", str(left), *words[at + 2 :]] if at and left <= _A_DAY else list(words)


_A_DAY = 24 * 60 * 60 * 1000
