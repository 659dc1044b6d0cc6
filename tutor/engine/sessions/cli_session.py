"""The text of a session: lines with a prompt and a command, and below each the reply that redis-cli prints.

`> LPUSH queue a` is a command, `127.0.0.1:6379> …` too. With a name, `anna> BRPOP jobs 0`, it is a client's of that
name. `anna>` alone stands above what reaches a client that waits or is subscribed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

LANGUAGE = "redis-cli"
"""The word behind the backticks that makes a block of Markdown a session."""

MOST_LINES = 100
"""Maximum number of lines of a session."""

MOST_COMMANDS = 40
"""Maximum number of commands of a session."""

MOST_CLIENTS = 8
"""Maximum number of clients of a session: as many as a lesson has actors."""

ONLY_CLIENT = "redis_cli"
"""The client of a prompt without a name."""

# redis-cli shows the server's address, and behind it the database and a mark within a transaction or a subscription.
_PROMPT = re.compile(
    r"(?:(?P<client>[a-z][a-z0-9_]{0,39})|[A-Za-z0-9.-]+:[0-9]{1,5}|)"
    r"(?P<database>\[[0-9]+\])?(?:\((?:TX|subscribed mode)\))?>(?: +(?P<command>.*))?"
)

# Lines that redis-cli prints for people: how long a slow command took, and how to leave a subscription.
_ASIDE = re.compile(r"\([0-9]+\.[0-9]+s\)|Reading messages\.\.\..*")


@dataclass(frozen=True, slots=True)
class ClaimedLine:
    """A line of a claimed reply; `number` counts the session's lines from 0."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class CliTurn:
    """A prompt with its command and the lines claimed below it; a command of "" asks what has reached the client.

    `number`: its line, from 0. `column`: where the command begins in the line, from 0.
    """

    number: int
    column: int
    client: str
    command: str
    reply: tuple[ClaimedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFault:
    """A reason why a session can't be read or played; line and column of the session count from 0."""

    number: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class CliSession:
    """The turns of a session in order, and what can't be read of it."""

    turns: tuple[CliTurn, ...]
    faults: tuple[SessionFault, ...] = field(default=())

    @property
    def clients(self) -> Sequence[str]:
        """The names of its clients, in order."""
        return list(dict.fromkeys(turn.client for turn in self.turns))

    @property
    def commands(self) -> Sequence[CliTurn]:
        """The turns that send a command."""
        return [turn for turn in self.turns if turn.command]


def read_session(text: str) -> CliSession:
    """Return the session that a block's text describes. Never raises; what can't be read is a fault."""
    lines = text.split("\n")[:MOST_LINES]
    turns: list[CliTurn] = []
    faults: list[SessionFault] = []
    replies: dict[int, list[ClaimedLine]] = {}
    for number, line in enumerate(lines):
        prompt = _PROMPT.fullmatch(line.rstrip())
        if prompt:
            if prompt["database"]:
                faults.append(SessionFault(number, 0, "a lesson has database 0 alone: leave out the [number]"))
            command = (prompt["command"] or "").strip()
            column = prompt.start("command") if command else 0
            turns.append(CliTurn(number, column, prompt["client"] or ONLY_CLIENT, command))
        elif not line.strip() or line.startswith("#") or _ASIDE.fullmatch(line.strip()):
            continue
        elif not turns:
            faults.append(SessionFault(number, 0, "a session begins with a command behind a prompt, such as `> PING`"))
            break
        else:
            replies.setdefault(len(turns) - 1, []).append(ClaimedLine(number, line.rstrip()))
    told = [_with_reply(turn, replies.get(i, [])) for i, turn in enumerate(turns)]
    faults += _excess(text, told)
    return CliSession(tuple(told), tuple(faults))


def _with_reply(turn: CliTurn, lines: Sequence[ClaimedLine]) -> CliTurn:
    return CliTurn(turn.number, turn.column, turn.client, turn.command, tuple(lines))


def _excess(text: str, turns: Sequence[CliTurn]) -> Iterator[SessionFault]:
    """Yield what a session has too much or too little of."""
    lines = text.rstrip("\n").count("\n") + 1
    if lines > MOST_LINES:
        yield SessionFault(MOST_LINES, 0, f"the session has {lines} lines; one may have {MOST_LINES}")
    commands = [turn for turn in turns if turn.command]
    if len(commands) > MOST_COMMANDS:
        beyond = commands[MOST_COMMANDS]
        message = f"the session has {len(commands)} commands; one may have {MOST_COMMANDS}"
        yield SessionFault(beyond.number, beyond.column, message)
    if not commands:
        yield SessionFault(0, 0, "the session has no command; one stands behind a prompt, such as `> PING`")
    clients = dict.fromkeys(turn.client for turn in turns)
    if len(clients) > MOST_CLIENTS:
        yield SessionFault(0, 0, f"the session has {len(clients)} clients; one may have {MOST_CLIENTS}")
