"""Text that authors paste or type along with a command: a prompt, a reply, a second command, look-alike letters."""

import re
import unicodedata
from collections.abc import Sequence

from tutor.engine.redis.table import ALLOWED, all_commands, command_named, spec_of

LONGEST_SHOWN = 80
"""Maximum number of characters of a line in a message."""

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*+(?:"|\Z)|' + r"'(?:\\'|[^'])*+(?:'|\Z)", re.DOTALL)
"""A quoted part of a command line, as redis-cli reads it; an unclosed one extends to the end, in linear time."""

_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]+")

_PROMPT = re.compile(
    r"""(?: (?:redis|valkey|keydb)\s+\S*>      # older versions: redis 127.0.0.1:6379>
      | not\ connected> | \S+\(subscribed\ mode\)>
      | [^\s>"']*[\w\])]>(?=\s|$)              # 127.0.0.1:6379[1]>  redis>  /run/redis.sock(TX)>
      | >>>|In\ \[\d+\]:                       # Python's
      )\s*""",
    re.VERBOSE,
)

_SHELL = re.compile(
    r"""(?: [^\s"']*[$%\#](?=\s)\s+ )?         # $  me@host:~$
        (?: [^\s"']*(?:redis|valkey)-cli (?=\s|$)
            (?: \s+ (?: -[hpnaust]\s+\S+ | --(?:user|pass|host|port|sni|cacert|cert|key)\s+\S+ | -\S+ ) )* \s*
        )?""",
    re.VERBOSE,
)

_REPLY = re.compile(
    r"""\(integer\)\ -?\d+ | \(double\)\ \S+ | \((?:nil|true|false|empty[\w\ ]*)\) | \(error\).* | ERR\ .*
      | \d+\)\ .* | "[^"]*" | OK | QUEUED | PONG | \(\d+\.\d+s\)""",
    re.VERBOSE | re.DOTALL,
)

Prompted = tuple[str, str]
"""A prompt, "" for none, and the rest of the line."""


_PYTHON = re.compile(r"\w+(?:\.\w+)*\.(\w+)\(", re.ASCII)
"""How a call of redis-py begins; its last name is the method."""

_EXAMPLE = "LPUSH queue task1"


def python_problem(text: str) -> str:
    """Return the message that a command is a call of redis-py, with the command's name; "" if it is not."""
    call = _PYTHON.match(without_prompt(text.strip())[1])
    if call is None:
        return ""
    # As `xgroup_create` is named after XGROUP CREATE.
    name = next((each for each in (call[1], call[1].replace("_", "|", 1)) if each.upper() in all_commands()), "")
    command = spec_of(name.split("|")) if name else None
    shown = f"{command.name.replace('|', ' ')} {command.syntax}".strip() if command else _EXAMPLE
    return f"this is Python; a command is typed as in redis-cli, such as {shown}"


def typing_problem(text: str) -> str:
    """Return a sentence on the parts of a command line outside the intended command, "" if there are none."""
    return pasting_problem(text) or look_alike_problem(text) or joined_problem(text)


def pasting_problem(text: str) -> str:
    """Return a sentence on the text copied along with the command, "" if there is none."""
    commands, copied = _separated(text)
    if len(commands) > 1:
        return _several(commands, ", without what redis-cli prints" if copied else "")
    if not copied:
        return ""
    if not commands:
        return f"{copied} is not a command; write one as it is typed in redis-cli, such as {_EXAMPLE}"
    return f"{copied} was copied too; write {_shown(commands[0])}"


def _separated(text: str) -> tuple[list[str], str]:
    """Return the commands in `text`, and the prompt or reply copied along with them ("" for neither)."""
    commands, prompts, replies = list[str](), list[str](), list[str]()
    for prompt, rest in map(without_prompt, lines_of(text)):
        if prompt:
            prompts.append(f"the prompt {_shown(prompt)}")
        if rest and (prompt or not _REPLY.fullmatch(rest)):
            commands.append(rest)
        elif rest:
            replies.append(f"the reply {_shown(rest)}")
    return commands, next(iter(prompts + replies), "")


def lines_of(text: str) -> list[str]:
    """Return the non-empty lines of a command; a line break within quotes is data."""
    masked = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    ends = [(found.start(), found.end()) for found in _LINE_BREAK.finditer(masked)]
    starts = [0, *(end for _, end in ends)]
    lines = [text[start:end].strip() for start, end in zip(starts, [*(start for start, _ in ends), None], strict=True)]
    return [line for line in lines if line]


def without_prompt(line: str) -> Prompted:
    """Split a line into its prompt ("" for none) and the rest."""
    for pattern in (_PROMPT, _SHELL):
        if (found := pattern.match(line)) and found[0]:
            return found[0].strip(), line[found.end() :].strip()
    return "", line


def _several(commands: Sequence[str], aside: str = "") -> str:
    """Return the message about several lines in one step: several commands, or one command that continues."""
    if not all(_is_command(line) for line in commands[1:]):
        return f"a command is written on one line: {_shown(' '.join(commands))}"
    shown = " and ".join(map(_shown, commands[:2])) + (", …" if len(commands) > 2 else "")
    steps = "a second step" if len(commands) == 2 else f"{len(commands) - 1} more steps"
    return f"one step sends one command, and this one has {len(commands)}: {shown}; write {steps}{aside}"


def _is_command(line: str) -> bool:
    name = line.split(maxsplit=1)[0]
    return name.upper() in ALLOWED or command_named(name) is not None


def _shown(text: str) -> str:
    line = " ".join(text[: LONGEST_SHOWN + 1].split())
    return f"`{line[:LONGEST_SHOWN]}{'…' if len(text) > LONGEST_SHOWN else ''}`"


_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_MARK = rf"[-+\uff0b{_DASHES}]"
_NUMBER = re.compile(rf"{_MARK}?(?:\d+(?:\.\d+)?|inf)|\d+{_MARK}(?:\d+|[*\uff0a])|[\uff04\uff0a\uff1e\uff0b{_DASHES}]")
"""A number, an id of a stream, or one of the signs for special ids, in letters of any script."""

# Soft hyphen, zero-width space, word joiner and byte order mark: pages and word processors put them into copied text.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
_SPACES = re.compile(r"(?![ \t\n\r\v\f])\s")


def look_alike_problem(text: str) -> str:
    """Return a message about look-alike or invisible characters, "" if there are none; quoted parts are data."""
    plain = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    if space := _SPACES.search(plain):
        return f"there is an odd space between words, {_named(space[0])}; type a plain space"
    if hidden := next((letter for letter in plain if letter in _INVISIBLE), ""):
        return f"there is an invisible character, {_named(hidden)}; remove it"
    words = plain.split()
    if words and (problem := odd_name(words[0])):
        return problem
    return next((_odd_number(word) for word in words[1:] if not word.isascii() and _NUMBER.fullmatch(word)), "")


def odd_name(name: str) -> str:
    """Return a message about look-alikes of A to Z in a command's name, "" if there are none."""
    odd = next((letter for letter in name if not letter.isascii()), "")
    if not odd:
        return ""
    plain = unicodedata.normalize("NFKC", name).upper()
    advice = f"type {plain}" if plain.isascii() and _is_command(plain) else "type it anew in plain letters"
    return f"the command {_shown(name)} contains {_named(odd)}; {advice}"


def _odd_number(word: str) -> str:
    plain = "".join("-" if letter in _DASHES else unicodedata.normalize("NFKC", letter) for letter in word)
    odd = next(letter for letter in word if not letter.isascii())
    advice = f"type {plain}" if plain.isascii() else "type the digits 0 to 9"
    return (
        f"{_shown(word)} contains {_named(odd)}, which Redis does not read as a number; {advice}, or put it in quotes"
    )


def _named(letter: str) -> str:
    return f"{unicodedata.name(letter, 'an unnamed character')} (U+{ord(letter):04X})"


_JOINT = re.compile(r"(?:;|&&?|\|\|?)\s+(?=([A-Z]+)\b)")


def joined_problem(text: str) -> str:
    """Return a message about a shell operator that joins a second command, "" if there is none."""
    plain = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    for found in _JOINT.finditer(plain):
        if found[1] in ALLOWED:
            first, second = text[: found.start()].strip(), text[found.end() :].strip()
            return _several([first, second])
    return ""


def list_problem(words: Sequence[str]) -> str:
    """Return a message about text copied into a command given as a list of words, "" if there is none."""
    name = words[0].strip() if words else ""
    prompt, rest = without_prompt(name + " ")
    if prompt:
        return f"the prompt {_shown(prompt)} was copied too; the list begins with the name of the command"
    if len(rest.split()) > 1 and _is_command(rest):
        return f"a list has one entry for each word of one command; write {_shown(rest)} without the list"
    return odd_name(name)
