"""Text that authors copy along with a command, and look-alike letters."""

import time

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.problems.pasted_text import joined_problem, look_alike_problem, pasting_problem

TWO = "one step sends one command, and this one has 2: `LPUSH queue a` and `LPUSH queue b`; write a second step"
NEXT_LINES = {
    "LPUSH queue a\nLPUSH queue b\n": TWO,
    "LPUSH queue a\r\n\r\n  LPUSH queue b": TWO,
    "LPUSH queue a\u2028LPUSH queue b": TWO,
    "lpush queue a\nconfig get x": TWO.replace("LPUSH queue a", "lpush queue a").replace(
        "LPUSH queue b", "config get x"
    ),
    "PING\nRPOP queue\nPING": "one step sends one command, and this one has 3: `PING` and `RPOP queue`, …; "
    "write 2 more steps",
    "LPUSH queue a; LPUSH queue b": TWO,
    "LPUSH queue a && LPUSH queue b": TWO,
    "RPUSH queue\n  a\n  b": "a command is written on one line: `RPUSH queue a b`",
    'RPUSH queue "a\nb" c\n d': 'a command is written on one line: `RPUSH queue "a b" c d`',
    "127.0.0.1:6379> LPUSH queue a\n(integer) 1\n127.0.0.1:6379> LPUSH queue b\n(integer) 2": f"{TWO}, without what "
    "redis-cli prints",
}

PROMPTS = [
    "127.0.0.1:6379>",
    "127.0.0.1:6379[1]>",
    "127.0.0.1:6379(TX)>",
    "localhost:6379(subscribed mode)>",
    "redis.example.org:6380[15]>",
    "[::1]:6379>",
    "/run/redis.sock>",
    "redis>",
    "redis 127.0.0.1:6379>",
    "redis /run/redis.sock[2]>",
    "valkey-cli>",
    "not connected>",
    "$",
    "#",
    "%",
    "me@host:~/lesson$",
    "redis-cli",
    "$ redis-cli",
    "$ valkey-cli -p 6380",
    "$ /usr/bin/redis-cli -h 10.0.0.1 -p 6379 -a word --raw -n 2",
    "me@host:~$ redis-cli --user ana --pass word",
    ">>>",
]

REPLIES = [
    "(integer) 1",
    "(integer) -1",
    "(nil)",
    "(empty array)",
    "(empty list or set)",
    "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
    "OK",
    "QUEUED",
    '"task1"',
    '1) "a"\n2) "b"',
]


def said(command: object) -> list[str]:
    """Return the problems of a lesson that sends this command."""
    found = problems_of(lesson({"command": command}))
    assert {problem.path for problem in found} <= {("steps", 0, "command")}
    return [problem.message for problem in found]


@for_each(("text", "sentence"), NEXT_LINES.items())
def test_several_lines_and_several_commands_are_distinguished(text, sentence):
    assert said(text) == [sentence]


@for_each("prompt", PROMPTS)
def test_a_copied_prompt_is_reported(prompt):
    assert said(f"{prompt} LPUSH queue hello") == [f"the prompt `{prompt}` was copied too; write `LPUSH queue hello`"]


@for_each("reply", REPLIES)
def test_a_copied_reply_is_reported(reply):
    first = reply.splitlines()[0]
    assert said(f"LPUSH queue hello\n{reply}") == [f"the reply `{first}` was copied too; write `LPUSH queue hello`"]
    assert said(reply)[0].startswith(f"the reply `{first}` is not a command; write one as it is typed in redis-cli")
    assert said(f"127.0.0.1:6379> LPUSH queue hello\n{reply}\n127.0.0.1:6379>") == [
        "the prompt `127.0.0.1:6379>` was copied too; write `LPUSH queue hello`"
    ]


def test_a_prompt_alone_is_not_a_command():
    (problem,) = said("127.0.0.1:6379>")
    assert problem.startswith("the prompt `127.0.0.1:6379>` is not a command; write one as it is typed in redis-cli")


def test_python_after_its_prompt_is_python():
    assert said(">>> r.lpush('queue', 'a')")[0].startswith("this is Python")


@for_each(
    ("call", "command"),
    [
        ("r.rpush('queue', 'a')", "RPUSH key element [element ...]"),
        ("self.client.xgroup_create('s', 'g')", "XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries-read]"),
        ("r.get_it()", "LPUSH queue task1"),
        ("r.multi()", "MULTI"),
        ("r.flushall()", "LPUSH queue task1"),
        ("r.delete('queue')", "LPUSH queue task1"),
    ],
)
def test_python_is_answered_with_the_command_of_that_name(call: str, command: str):
    assert said(call) == [f"this is Python; a command is typed as in redis-cli, such as {command}"]


NO_NUMBER = "which Redis does not read as a number"
ODD = {
    "LREM queue \u22121 a": f"`\u22121` contains MINUS SIGN (U+2212), {NO_NUMBER}; type -1",
    "LRANGE queue 0 \u20131": f"`\u20131` contains EN DASH (U+2013), {NO_NUMBER}; type -1",
    "LRANGE queue 0 \uff11": f"`\uff11` contains FULLWIDTH DIGIT ONE (U+FF11), {NO_NUMBER}; type 1",
    "LRANGE queue \u0663 9": f"contains ARABIC-INDIC DIGIT THREE (U+0663), {NO_NUMBER}; type the",
    "XRANGE log 0\u20131 9": f"contains EN DASH (U+2013), {NO_NUMBER}; type 0-1",
    "XADD log \uff0a f v": f"contains FULLWIDTH ASTERISK (U+FF0A), {NO_NUMBER}; type *",
    "ZCOUNT scores \u2212inf 5": f"contains MINUS SIGN (U+2212), {NO_NUMBER}; type -inf",
    "\uff2c\uff30\uff35\uff33\uff28 queue a": "contains FULLWIDTH LATIN CAPITAL LETTER L (U+FF2C); type LPUSH",
    "L\u0420USH queue a": "the command `L\u0420USH` contains CYRILLIC CAPITAL LETTER ER (U+0420); type it anew",
    "LPUSH\u00a0queue a": "there is an odd space between words, NO-BREAK SPACE (U+00A0); type a plain space",
    "LPUSH queue\u202fa": "there is an odd space between words, NARROW NO-BREAK SPACE (U+202F); type a plain space",
    "LPUSH queue\u3000a": "there is an odd space between words, IDEOGRAPHIC SPACE (U+3000); type a plain space",
    "LPUSH que\u200bue a": "there is an invisible character, ZERO WIDTH SPACE (U+200B); remove it",
    "LPUSH queue \ufeffa": "there is an invisible character, ZERO WIDTH NO-BREAK SPACE (U+FEFF); remove it",
    "LPUSH queue \u201ca\u201d": "\u201c is no quote for Redis",
}


@for_each(("command", "sentence"), ODD.items())
def test_look_alike_letters_are_reported(command, sentence):
    (problem,) = said(command)
    assert sentence in problem


LISTS = [
    (["LPUSH queue a", "LPUSH queue b"], "a list has one entry for each word of one command; write `LPUSH queue a`"),
    (["127.0.0.1:6379>", "LPUSH", "queue", "a"], "the prompt `127.0.0.1:6379>` was copied too; the list begins with"),
    (["$", "redis-cli", "LPUSH"], "the prompt `$` was copied too"),
    (["redis-cli", "LPUSH"], "the prompt `redis-cli` was copied too"),
    (["\uff2cPUSH", "queue", "a"], "contains FULLWIDTH LATIN CAPITAL LETTER L (U+FF2C); type LPUSH"),
]


@for_each(("words", "sentence"), LISTS)
def test_copied_text_in_a_list_of_words_is_reported(words, sentence):
    (problem,) = said(words)
    assert sentence in problem


@for_each(
    "command",
    [
        "LPUSH queue a\n",
        "\n  LPUSH queue a  \n\n",
        'LPUSH queue "a\nLPUSH queue b"',
        "LPUSH queue '127.0.0.1:6379> GET k\n(nil)'",
        r"LPUSH queue 'it\'s' b",
        "LPUSH queue OK",
        "LPUSH queue a> b> >",
        "LPUSH queue $ redis-cli",
        "LPUSH queue 'a; RPOP queue'",
        "LPUSH queue a;b ;",
        "LPUSH queue a\u2212b \u00fcnder \u5199 na\u00efve\u200d",
        "LPUSH queue '\u22121' \"a\u00a0b\" '\u201ca\u201d'",
        ["LPUSH", "queue", "a\nLPUSH queue b", "\u22121", "a\u00a0b", "> x"],
    ],
)
def test_quoted_text_and_data_are_not_reported(command):
    assert said(command) == []


@for_each("part", ['\\"', "\\'", "a\n", "redis-cli ", " -a", "; A", "a>", "1) \n", "'\"", "\u22121 "])
def test_long_nonsense_takes_no_longer_than_its_length(part):
    started = time.process_time()
    for quote in ("", '"', "'"):
        for find in (pasting_problem, look_alike_problem, joined_problem):
            find(quote + part * 20_000)
    assert time.process_time() - started < 5
