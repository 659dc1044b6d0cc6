"""Lit lines of a sample: a line that does something else than its step is found, whichever token is wrong."""

import ast
import io
import random
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine import redis_py_calls
from tests.engine.plays import lesson
from tests.tables import for_each
from tests.timing import within
from tutor import library
from tutor.engine.checking.python_lines import lines_of
from tutor.engine.checking.sample_problems import sample_problems
from tutor.engine.lesson.problem import Problem

COMMANDS = {
    'r.lpush("queue", "task1")': "LPUSH queue task1",
    'r.lpush("jobs", "mail", "invoice")': "LPUSH jobs mail invoice",
    'task = r.rpop("letters")': "RPOP letters",
    'r.set("stock", 4)': "SET stock 4",
    'r.set("stock", 4, ex=60, nx=True)': "SET stock 4 NX EX 60",
    'r.expire("stock", 30)': "EXPIRE stock 30",
    'r.delete("stock")': "DEL stock",
    'r.decrby("stock", 3)': "DECRBY stock 3",
    'job = r.lmove("jobs", "working", "RIGHT", "LEFT")': "LMOVE jobs working RIGHT LEFT",
    'r.blmove("jobs", "working", 2, "RIGHT", "LEFT")': "BLMOVE jobs working RIGHT LEFT 2",
    'r.lrem("working", 1, "mail")': "LREM working 1 mail",
    'r.brpop(["high", "low"], timeout=2)': "BRPOP high low 2",
    'r.zadd("later", {"mail": 10})': "ZADD later 10 mail",
    'r.zrangebyscore("later", "-inf", 12, start=0, num=1)': "ZRANGEBYSCORE later -inf 12 LIMIT 0 1",
    'r.xadd("log", {"job": "mail"}, id="1-0")': "XADD log 1-0 job mail",
    'r.xgroup_create("log", "team", id="0")': "XGROUP CREATE log team 0",
    'r.xreadgroup("team", "anna", {"log": ">"}, count=1, block=200)': (
        "XREADGROUP GROUP team anna BLOCK 200 COUNT 1 STREAMS log >"
    ),
    'r.xautoclaim("log", "team", "ben", min_idle_time=1000, count=1)': "XAUTOCLAIM log team ben 1000 0 COUNT 1",
    'r.xpending_range("log", "team", min="-", max="+", count=10)': "XPENDING log team - + 10",
    'r.publish("news", "first")': "PUBLISH news first",
    'pubsub.psubscribe("news*")': "PSUBSCRIBE news*",
    'pipe.watch("stock")': "WATCH stock",
    'r.execute_command("OBJECT", "FREQ", "stock")': "OBJECT FREQ stock",
    'r.hset("user", mapping={"name": "Ana"})': "HSET user name Ana",
}
"""Lines of Python in which all is literal, with the command of each."""

OTHER_STEPS: Mapping[str, Mapping[str, Any]] = {
    'print("Somebody was faster")': {"print": "Somebody was faster"},
    "time.sleep(5)": {"wait": 5},
    "now = 12": {"assign": {"now": 12}},
    'message = pubsub.get_message()["data"]': {"read": "message", "pick": "data"},
}

STEPS: list[tuple[str, Mapping[str, Any]]] = [
    *((line, {"command": command}) for line, command in COMMANDS.items()), *OTHER_STEPS.items(),
]  # fmt: skip

METHODS = {"psubscribe": "subscribe", "watch": "delete", "get_message": "close", "print": "str"}


def problems(code: str, *steps: Mapping[str, Any], **fields: object) -> list[Problem]:
    return list(sample_problems(lesson(*steps, sample={"code": code}, **fields)))


def lit(number: int, step: Mapping[str, Any]) -> dict[str, Any]:
    return {"line": number, **step}


def mutants(line: str) -> Iterator[str]:
    """Yield the line with each text, each number, and the name of the method changed."""
    tokens = list(tokenize.generate_tokens(io.StringIO(line).readline))
    for i, token in enumerate(tokens):
        before, after = line[: token.start[1]], line[token.end[1] :]
        if token.type == tokenize.STRING:
            yield f"{before}{token.string[:-1]}x{token.string[-1]}{after}"
        elif token.type == tokenize.NUMBER:
            yield f"{before}{int(token.string) + 1}{after}"
        elif token.type == tokenize.NAME and tokens[i + 1].string == "(" and token.string != "sleep":
            yield f"{before}{METHODS.get(token.string, 'llen' if token.string != 'llen' else 'get')}{after}"
    if line.startswith("now"):
        yield line.replace("now", "then")


@for_each(("line", "step"), STEPS)
def test_a_faithful_line_is_right(line, step):
    assert problems(line, lit(1, step)) == []


@for_each(("line", "step"), [(mutant, step) for line, step in STEPS for mutant in mutants(line)])
def test_a_line_with_one_wrong_token_is_found(line, step):
    (problem,) = problems(line, lit(1, step))
    assert (problem.path, problem.severity) == (("steps", 0, "line"), "strict")


@pytest.mark.parametrize("seed", range(20))
def test_a_line_number_that_is_wrong_is_found_and_the_right_one_is_suggested(seed):
    chosen = random.Random(seed).sample(STEPS, 6)
    code = "\n".join(line for line, _ in chosen)
    for number, (_, step) in enumerate(chosen, 1):
        for wrong in {1, 2, 3, 4, 5, 6} - {number}:
            found = problems(code, lit(wrong, step))
            if "wait" in step:  # any line may show that time passes
                assert not found
            else:
                assert [(each.path, each.facts.suggestion) for each in found] == [(("steps", 0, "line"), str(number))]


@pytest.mark.parametrize("seed", range(20))
def test_two_lines_that_are_swapped_are_found(seed):
    first, second = random.Random(seed).sample(list(COMMANDS), 2)
    steps = [lit(1, {"command": COMMANDS[first]}), lit(2, {"command": COMMANDS[second]})]
    assert not problems(f"{first}\n{second}", *steps)
    assert len(problems(f"{second}\n{first}", *steps)) == 2


def test_the_message_names_both_and_the_right_line():
    code = 'import redis\nr = redis.Redis()\nr.lpush("queue", "task1")\nr.rpop("queue")\n'
    (problem,) = problems(code, {"command": "LPUSH queue task1", "line": 4})
    assert problem.message == (
        'line 4 of the sample calls r.rpop("queue"), the step sends LPUSH queue task1; line 3 does that'
    )
    assert problem.facts.suggestion == "3"


@for_each(
    ("line", "step"),
    [
        ("r.lpush('queue', task)", {"command": "LPUSH queue task1"}),
        ("r.lpush(queue, *tasks)", {"command": "LPUSH queue a b c"}),
        ("r.brpop(lists, timeout=limit)", {"command": "BRPOP high low 2"}),
        ("r.xadd('log', fields)", {"command": "XADD log * job mail"}),
        ("r.xadd('log', {'job': job})", {"command": "XADD log * job mail"}),
        ("r.xreadgroup(group, me, streams, count=n)", {"command": "XREADGROUP GROUP team anna COUNT 1 STREAMS log >"}),
        ("r.zadd('later', {job: now + 10})", {"command": "ZADD later 10 mail"}),
        ("r.incr('n')", {"command": "INCR n"}),
        ("r.set(f'user:{n}', 'x')", {"command": "SET user:1 x"}),
        ("r.execute_command('LPUSH', 'queue', task)", {"command": "lpush queue task1"}),
        ("Timer(0.2, r.lpush, ['jobs', 'mail']).start()", {"command": "LPUSH jobs mail"}),
        ("pool.submit(r.lpush, 'jobs', 'mail')", {"command": "LPUSH jobs mail"}),
        ("Thread(target=r.lpush, args=('jobs', 'mail')).start()", {"command": "LPUSH jobs mail"}),
        ("async def f(): await r.rpop('queue')", {"command": "RPOP queue"}),
        ("while task := r.rpop('queue'): print(task)", {"command": "RPOP queue"}),
        ("if n == 3: r.decrby('stock', 2)", {"command": "DECRBY stock 2"}),
        ("print(pipe.execute())", {"command": "EXEC"}),
        ("with r.pipeline() as p: p.watch('k'); p.multi()", {"command": "MULTI"}),
        ("r.publish('news', b'first')", {"command": "PUBLISH news first"}),
        ("print(f'Processed {task!r}')", {"print": "Processed {task!r}"}),
        ("print('Processed', found[0])", {"print": "Processed {task}"}),
        ("print(message)", {"print": "Hello"}),
        ("for message in pubsub.listen():", {"read": True}),
        ("task = None", {"crash": True}),
        ("key, task = found", {"assign": {"task": "x"}}),
        ("anything()", {"wait": 60}),
        ("print('Left', n, 'of', total, sep='-')", {"print": "Left-3-of-4"}),
        ("print('Got', end=': '); print(task)", {"print": "Got: {task}"}),
        ("print(f'{n:>3} left')", {"print": "  1 left"}),
        ("print('%s has %d%%' % (name, n))", {"print": "Ali has 5%"}),
        ("print('{} has {}'.format(name, n))", {"print": "Ali has 5"}),
        ("print('yes' if task else f'no: {task}')", {"print": "no: {task}"}),
        ("print(self.task)", {"print": "{task}"}),
        ("print(task)", {"print": "['a', 'b']"}),
        ("sys.stdout.write('Done\\n')", {"print": "Done"}),
        ("log.info('served %s', task)", {"print": "INFO served {task}"}),
        ("logging.log(20, f'served {n}')", {"print": "shop: served 3"}),
        ("self.task = r.rpop('queue')", {"assign": {"anna_task": "x"}}),
        ("self.done.append(task)", {"assign": {"ben_done": ["x"]}}),
        ("counts[name] += 1", {"assign": {"counts": 1}}),
        ("known[0].credit = 3", {"assign": {"credit": 3}}),
        ("del done[0]", {"assign": {"done": []}}),
        ("r.transaction(take, 'stock', 'sold')", {"command": "WATCH stock sold"}),
        ("r.transaction(take, 'stock')", {"command": "MULTI"}),
        ("r.transaction(take)", {"command": "EXEC"}),
        ("r.pipeline().lpush('queue', 'a').rpop('queue').execute()", {"command": "RPOP queue"}),
        ("push = r.lpush; push('queue', 'a')", {"command": "LPUSH queue a"}),
        ("push = partial(r.lpush, 'queue'); push('a')", {"command": "LPUSH queue a"}),
        ("self.push = r.lpush; self.push('queue', 'a')", {"command": "LPUSH queue a"}),
        ("getattr(r, 'lpush')('queue', 'a')", {"command": "LPUSH queue a"}),
        ("r.set(f'user:{n}:name', f'{first} {last}')", {"command": "SET user:1:name 'Ada King'"}),
        ("r.set('user:' + str(n), 'x')", {"command": "SET user:{n} x"}),
        ("r.xadd('log', {'job': 'mail'})", {"command": "XADD log 1-0 job mail"}),
    ],
)  # fmt: skip
def test_a_line_that_can_be_right_is_not_complained_about(line, step):
    code = f"{line}\n    pass\n" if line.endswith(":") else line
    assert problems(code, lit(1, step)) == []


@for_each(
    ("line", "step"),
    [
        ("print(task.decode())", {"print": "Processed {task!r}"}),
        ("r.lpush('queue', task, 'b')", {"command": "LPUSH queue task1"}),
        ("r.lmove('working', 'jobs', 'RIGHT', 'LEFT')", {"command": "LMOVE jobs working RIGHT LEFT"}),
        ("r.lmove('jobs', 'working', 'LEFT', 'RIGHT')", {"command": "LMOVE jobs working RIGHT LEFT"}),
        ("r.lpush()", {"command": "LPUSH queue a"}),
        ("r.rpop('queue', how='fast')", {"command": "RPOP queue"}),
        ("# r.rpop('queue')", {"command": "RPOP queue"}),
        ("r.rpop", {"command": "RPOP queue"}),
        ("print('Left', n, sep='-')", {"print": "Left 3"}),
        ("print(f'{n:>3} left')", {"print": "1 right"}),
        ("print('%s has %d' % (name, n))", {"print": "Ali had 5"}),
        ("print('{} has'.format(name))", {"print": "Ali had"}),
        ("print('yes' if task else f'no: {task}')", {"print": "maybe: {task}"}),
        ("print(self.task)", {"print": "task"}),
        ("sys.stdout.write('Done\\n')", {"print": "Gone"}),
        ("log.info('served %s', task)", {"print": "INFO serves {task}"}),
        ("self.done.append(task)", {"assign": {"ben_gone": ["x"]}}),
        ("done.index(task)", {"assign": {"done": ["x"]}}),
        ("known[0].credit = 3", {"assign": {"credit": 4}}),
        ("r.transaction(take, 'stock')", {"command": "WATCH sold"}),
        ("r.transaction(take, 'stock')", {"command": "SET stock 1"}),
        ("r.pipeline().lpush('queue', 'a').execute()", {"command": "LPUSH queue b"}),
        ("push = r.lpush; push('queue', 'a')", {"command": "RPUSH queue a"}),
        ("push = partial(r.lpush, 'queue'); push('a')", {"command": "LPUSH other a"}),
        ("getattr(r, 'lpush')('queue', 'a')", {"command": "RPUSH queue a"}),
        ("r.set(f'user:{n}:name', 'x')", {"command": "SET usr:1:name x"}),
        ("r.set('user:' + str(n), 'x')", {"command": "SET stock x"}),
        ("r.xadd('log', {'job': 'mail'})", {"command": "XADD log 1-0 job post"}),
        ("r.xadd('log', {'job': 'mail'}, id='2-0')", {"command": "XADD log 1-0 job mail"}),
    ],
)
def test_a_line_that_can_not_be_right_is_found(line, step):
    assert len(problems(line, lit(1, step))) == 1


def test_a_statement_of_several_lines_is_on_each_and_a_chain_is_not():
    split = 'r.lpush(\n    "queue",\n    "task1",\n)\n'
    assert not [each for n in (1, 2, 3, 4) for each in problems(split, lit(n, {"command": "LPUSH queue task1"}))]
    chain = '(\n    r.pipeline()\n    .lpush("queue", "a")\n    .rpop("queue")\n)\n'
    assert not problems(chain, lit(3, {"command": "LPUSH queue a"}), lit(4, {"command": "RPOP queue"}))
    assert len(problems(chain, lit(4, {"command": "LPUSH queue a"}), lit(3, {"command": "RPOP queue"}))) == 2


def test_beside_a_program_the_sample_needs_the_method_and_the_keys_alone():
    program = {"producer.py": "pass\n"}
    code = 'r.lpush("queue", "task1")\nprint(task)\n'
    two = [lit(1, {"command": "LPUSH queue task2"}), lit(2, {"print": "Processed {task!r}"})]
    assert len(problems(code, *two)) == 2
    assert not problems(code, *two, program=program)
    for command in ("RPUSH queue task1", "LPUSH other task1"):
        assert len(problems(code, lit(1, {"command": command}), program=program)) == 1


@for_each("language", ["text", "ruby", "console", "pycon"])
def test_other_languages_are_left_alone(language):
    made = lesson({"command": "PING", "line": 1}, sample={"code": "redis.ping ((", "language": language})
    assert list(sample_problems(made)) == []


HEAD = "title: A test\ntrack: tests\nactors: [producer]\nsteps: [{actor: producer, action: Push, command: PING}]\n"


@for_each(
    ("sample", "place"),
    [
        ("sample:\n  code: |\n    import redis\n    r.ping( (\n", "8:13"),
        ("sample:\n  language: python\n  code: |-  # five lines\n      x = 1\n\n      y = = 2\n", "10:11"),
        ('sample: {code: "x = = 1"}\n', "5:21"),
        ("sample:\n  code: |\n    x = '\n", "7:9"),
    ],
)  # fmt: skip
def test_a_sample_that_is_not_python_is_reported_where_it_is_not(sample, place):
    (problem,) = library.read(HEAD + sample, "x.yaml").problems
    assert str(problem).startswith(f"x.yaml:{place}: warning: the sample is not Python: ")
    (problem,) = library.read(HEAD + "strict: true\n" + sample, "x.yaml").problems
    assert problem.is_error


DEEP = ["x = " + "+".join("1" * 4000), "x = 'a'" + "+b" * 90, "x = " + "-" * 900 + "1", "x = a" + ".b()" * 900,
    "x = " + "1 if 1 else " * 700 + "1", "print('a'" + "+b" * 900 + ")", "print(a" + ".b" * 900 + ")",
    "x = " + "[" * 90 + "]" * 90, "x = 1" + "[0]" * 900, "f(" * 90 + ")" * 90]  # fmt: skip


@for_each(
    "code",
    ["(" * 9000, "-" * 9000, "\0", "[" * 150 + "]" * 150, "x\f = (", "f(" * 90, "print(0x" + "f" * 9000 + ")", *DEEP],
)
def test_hostile_code_is_read_or_refused(code):
    assert len(problems(code, lit(1, {"command": "PING"}))) == 1


@pytest.mark.slow
@for_each(
    ("code", "step"),
    [
        ('print(f"' + "{a}x" * 900 + 'y")', {"print": "x" * 2_000}),
        ("print(" + "a, [], " * 900 + "'y')", {"print": "{task}[[[" * 300}),
        ('r.set("k", f"' + "{a}x" * 900 + 'y")', {"command": "SET k " + "x" * 2_000}),
        ('r.set("k", "' + "x" * 2_000 + '")', {"command": "SET k " + "{task}x" * 500 + "y"}),
        ("r.lpush(" + '*a, "b", ' * 60 + '"c")', {"command": "LPUSH" + " b" * 120}),
        ("print('%" + "0" * 9_000 + "!' % a)", {"print": "x"}),
        ("print('" + "%(" * 4_500 + "!' % a)", {"print": "x"}),
        ("x = [" + "f()[0], " * 1_100 + "]", {"command": "PING"}),
        ("x = [" + "r.lpush(*a, b, *c, d), " * 200 + "]", {"command": "LPUSH queue b c"}),
    ],
)
def test_code_that_could_be_read_in_many_ways_is_compared_at_once(code, step):
    steps = [lit(1, step)] * 20
    with within(1):
        assert len(problems(code, *steps)) == len(steps)


def test_redis_py_sends_what_its_methods_are_said_to_send():
    """Each call in the table that is compared with a server, read from its text alone."""
    tree = ast.parse(Path(redis_py_calls.__file__).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Call"]
    wrong = []
    for call in calls:
        name, body = ast.literal_eval(call.args[0]), call.args[1]
        if isinstance(body, ast.Lambda) and isinstance(body.body, ast.Call):
            sent = [words for each in lines_of(ast.unparse(body.body)).calls for words in each.sent]
            names = {"|".join(word.text or "" for word in words[: name.count("|") + 1]).upper() for words in sent}
            wrong += [] if name in names or name == "SORT_RO" else [(ast.unparse(body.body), name, names)]
    assert len(calls) > 150
    assert wrong == []
