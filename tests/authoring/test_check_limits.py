"""Checking and filling any lesson ends with or without problems, but never with an exception."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.lessons import OURS
from tests.test_library_limits import printed
from tutor.authoring import filling, proving
from tutor.ports.corners import temporary

WORDS = st.sampled_from(
    """queue log h s z k news a b c 0 1 -1 5 * 1-0 $ > ( [ + - {x} {y!r} {{x}} {} STREAMS BLOCK COUNT GROUP g alice
    EX PX NX XX GET CREATE MKSTREAM WITHSCORES LEFT RIGHT MAXLEN ~ = '' 1e999 nan inf \\x00 é 9223372036854775807
    NOMKSTREAM LIMIT BYSCORE REV JUSTID IDLE FREQ FULL HELP""".split()
)
NAMES = st.sampled_from(
    """LPUSH RPUSH LPOP RPOP LMOVE LRANGE LSET SET GET INCR GETDEL APPEND MSET HSET HGETALL HINCRBY SADD SPOP SMEMBERS
    ZADD ZPOPMIN ZRANGE ZINCRBY DEL EXPIRE PEXPIRE PERSIST TTL TYPE RENAME EXISTS PING ECHO XADD XLEN XRANGE XREAD
    XREADGROUP XGROUP XACK XCLAIM XAUTOCLAIM XPENDING XINFO XTRIM XDEL PUBLISH""".split()
)
CONNECTED = st.sampled_from(
    "BLPOP BRPOP BLMOVE BZPOPMIN SUBSCRIBE PSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE MULTI EXEC DISCARD WATCH UNWATCH".split()
)
TEXTS = st.sampled_from(["x", "{x}", "{y!r}", "{{x}}", "{", "{x", "}}", "Got {x} and {y}", "é 😀", " "])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "1"]), inner, max_size=2),
    max_leaves=4,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["queue", "h", "s", "z", "log", "k", "x", "y", "output", "reply", "error"]), VALUES, max_size=2
)


def commands(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    words = st.builds(lambda name, rest: [name, *rest], names, st.lists(WORDS, max_size=6))
    optional = {"save": st.sampled_from(["x", "y"]), "pick": st.integers(-2, 2), "expect": CLAIMS}
    return st.fixed_dictionaries({"command": words | words.map(" ".join)}, optional=optional)


OTHERS = st.one_of(
    st.fixed_dictionaries({"print": TEXTS}, optional={"expect": CLAIMS}),
    st.fixed_dictionaries({"assign": st.dictionaries(st.sampled_from(["x", "y"]), VALUES, min_size=1)}),
)
WAITING = st.one_of(
    st.fixed_dictionaries({"wait": st.sampled_from([1, 0.5, 60, 86_400])}),
    st.just({"crash": True}),
    commands(CONNECTED),
)
LOOKS = st.sampled_from([{"key": "queue"}, {"key": "z"}, {"variable": "x"}, {"output": True}])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "replace": st.dictionaries(st.sampled_from(["1", "2"]), st.lists(WORDS, max_size=3).map(" ".join)),
        "swap": st.dictionaries(NAMES, NAMES, max_size=1),
    },
)
PROOFS = st.one_of(
    st.builds(lambda after, look, changed: {"after": after, **look, **changed}, st.integers(0, 3), LOOKS, CHANGES),
    st.builds(lambda value, changed: {"first": {"key": "queue", "equals": value}, **changed}, VALUES, CHANGES),
)
KEYS_OF_QUESTIONS = st.one_of(
    st.just({"choices": {"A": "1", "B": "[]", "C": "Step 1"}, "answer": "A"}),
    st.just({"choices": {"A": "1", "B": {"text": "x", "value": None}}, "answers": ["A", "B"]}),
    st.fixed_dictionaries({"text": TEXTS}, optional={"pattern": st.sampled_from(["x+", "(", "a{2}", "(?i)x|y"])}),
    st.fixed_dictionaries({"number": st.integers(-1, 3)}, optional={"tolerance": st.sampled_from([0, 0.5])}),
    st.just({"state": ["a"]}),
    st.just({"order": ["a", "b"]}),
)
QUESTIONS = st.builds(lambda key, proof: {"question": "q", **key, "proof": proof}, KEYS_OF_QUESTIONS, PROOFS)


def lessons(steps: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    acted = st.builds(
        lambda step, actor, action: {"actor": actor, "action": action, **step},
        steps,
        st.sampled_from(["a", "b"]),
        TEXTS,
    )
    return st.fixed_dictionaries(
        {
            "title": st.just("T"),
            "track": st.just("t"),
            "actors": st.just(["a", "b"]),
            "watch": st.just({"queue": "list", "h": "hash", "s": "set", "z": "zset", "log": "stream", "k": "string"}),
            "variables": st.just({"x": None, "y": 1}),
            "steps": st.lists(acted, min_size=1, max_size=5),
            "quiz": st.lists(QUESTIONS, max_size=2),
        }
    )


def require_problems_only(text: str, folder: Path) -> None:
    """Check the lesson and fill it, and print its problems."""
    file = folder / "x.yaml"
    file.write_text(text, errors="surrogatepass")
    found = proving.check([file], temporary)
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in found)
    printed(found, text)
    try:
        filled = filling.fill(file, temporary)
    except filling.NotFilled:
        return
    assert all(str(note) for note in filled.notes)
    file.write_bytes(filled.after)
    # Filled claims are true, unless an author's own claim is false and can't be corrected.
    added = filling.fill(file, temporary)
    assert added.after == filled.after


def plain_lesson(*steps: dict[str, object]) -> dict[str, object]:
    """Return one of `lessons` that has these steps and no question."""
    acted = [{"actor": "a", "action": "x", **step} for step in steps]
    watch = {"queue": "list", "h": "hash", "s": "set", "z": "zset", "log": "stream", "k": "string"}
    head = {"title": "T", "track": "t", "actors": ["a", "b"], "watch": watch, "variables": {"x": None, "y": 1}}
    return {**head, "steps": acted, "quiz": []}


FUZZING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(FUZZING, max_examples=examples(100))
@given(lessons(commands(NAMES) | OTHERS))
def test_no_lesson_makes_checking_fail(tmp_path: Path, lesson: dict[str, object]):
    require_problems_only(json.dumps(lesson, ensure_ascii=False), tmp_path)


@settings(FUZZING, max_examples=examples(60))
@given(lessons(commands(NAMES) | OTHERS | WAITING))
@example(plain_lesson({"crash": True}, {"command": ["SPOP", "queue", "queue"]}))
@example(plain_lesson({"crash": True}, {"command": ["SPOP"]}))
def test_no_lesson_whose_actors_wait_makes_checking_fail(tmp_path: Path, lesson: dict[str, object]):
    require_problems_only(json.dumps(lesson, ensure_ascii=False), tmp_path)


DAMAGE = st.sampled_from(["", "x", "0", "-", "5", "'", "{x}", "[a]", "task", "2", "LPUSH", "  ", ": ", "# "])


@pytest.mark.slow
@settings(FUZZING, max_examples=examples(40))
@given(st.sampled_from(OURS), st.integers(0, 8_000), st.integers(0, 6), DAMAGE)
def test_no_damage_to_our_lessons_makes_checking_fail(tmp_path: Path, path: Path, place: int, cut: int, put: str):
    text = path.read_text()
    require_problems_only(text[:place] + put + text[place + cut :], tmp_path)
