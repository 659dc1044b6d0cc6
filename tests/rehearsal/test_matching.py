"""Programs that do what the steps say: each step gets the line that ran."""

from itertools import combinations
from pathlib import Path
from textwrap import dedent

import pytest

from tests.rehearsal.programs import CONNECT, lines_of, proved, steps_of

pytestmark = pytest.mark.slow

WORKER = f"{CONNECT}while (task := r.rpop('queue')) is not None:\n    print(f'Done {{task}}')\n"


def test_a_producer_and_a_consumer(tmp_path: Path):
    found = proved(
        tmp_path,
        {"producer.py": f"{CONNECT}for task in ['a', 'b']:\n    r.lpush('queue', task)\n", "consumer.py": WORKER},
        [
            {"actor": "producer", "command": "LPUSH queue a"},
            {"actor": "producer", "command": "LPUSH queue b"},
            {"actor": "consumer", "command": "RPOP queue", "save": "task"},
            {"actor": "consumer", "print": "Done {task}"},
            {"actor": "consumer", "command": "RPOP queue", "save": "task"},
        ],
        watch=["queue"],
        variables=["task"],
    )
    assert lines_of(found) == ["producer.py:4", "producer.py:4", "consumer.py:3", "consumer.py:4", "consumer.py:3"]
    third, fourth = steps_of(found)[2:4]
    assert (third.sent, third.variables, third.keys) == ([["RPOP", "queue"]], {"task": "a"}, {"queue": ["b"]})
    assert fourth.printed == "Done a"


@pytest.mark.parametrize("places", [*combinations(range(4), 2)])
def test_two_actors_in_every_order(tmp_path: Path, places: tuple[int, ...]):
    # Each reads the counter and writes what it read plus one: a lost update in four of the six orders.
    program = f"{CONNECT}n = int(r.get('n') or 0)\nr.set('n', n + 1)\n"
    value, read, actors, steps = 0, {}, ["anna", "ben"], []
    for place in range(4):
        actor = "anna" if place in places else "ben"
        if actor in read:
            value = read[actor] + 1
            steps.append({"actor": actor, "command": f"SET n {value}", "expect": {"n": str(value)}})
        else:
            read[actor] = value
            steps.append({"actor": actor, "command": "GET n"})
    found = proved(
        tmp_path, {"counter.py": program}, steps, watch=["n"],
        actors=[{"name": actor, "runs": "counter.py"} for actor in actors],
    )  # fmt: skip
    assert lines_of(found) == [f"counter.py:{3 if step['command'] == 'GET n' else 4}" for step in steps]


def test_a_waiting_actor_is_served_by_another_ones_step(tmp_path: Path):
    worker = f"{CONNECT}while True:\n    job = r.brpop('jobs', timeout=3)\n    if job:\n        print(job[1])\n"
    found = proved(
        tmp_path,
        {"anna.py": worker, "ben.py": worker, "producer.py": f"{CONNECT}r.lpush('jobs', 'mail')\n"},
        [
            {"actor": "anna", "command": "BRPOP jobs 3"},
            {"actor": "ben", "command": "BRPOP jobs 3"},
            {"actor": "producer", "command": "LPUSH jobs mail"},
            {"actor": "anna", "print": "mail"},
            {"actor": "ben", "wait": 3},
            {"actor": "ben", "command": "BRPOP jobs 3"},
            {"actor": "ben", "wait": 3},
        ],
    )
    assert lines_of(found) == ["anna.py:4", "ben.py:4", "producer.py:3", "anna.py:6", *3 * ["ben.py:4"]]


def test_messages_reach_a_program_that_listens(tmp_path: Path):
    listener = (
        f"{CONNECT}p = r.pubsub()\np.subscribe('news')\nfor m in p.listen():\n    if m['type'] == 'message':\n"
        "        news = m['data']\n        print(news)\n"
    )
    found = proved(
        tmp_path,
        {"anna.py": listener, "paper.py": f"{CONNECT}n = r.publish('news', 'hello')\nn = r.publish('news', 'bye')\n"},
        [
            {"actor": "anna", "command": "SUBSCRIBE news", "save": "news"},
            {"actor": "paper", "command": "PUBLISH news hello", "save": "n"},
            {"actor": "anna", "print": "{news}"},
            {"actor": "paper", "command": "PUBLISH news bye", "save": "n"},
            {"actor": "anna", "print": "{news}"},
        ],
        variables=["news", "n"],
    )
    assert lines_of(found) == ["anna.py:4", "paper.py:3", "anna.py:8", "paper.py:4", "anna.py:8"]


@pytest.mark.parametrize("loop", ["get", "listen"])
def test_messages_are_read_in_read_steps(tmp_path: Path, loop: str):
    read = {
        "get": "while True:\n    m = p.get_message()\n    if m and m['type'] == 'message':\n        print(m['data'])\n",
        "listen": "for m in p.listen():\n    if m['type'] == 'message':\n        print(m['data'])\n",
    }
    found = proved(
        tmp_path,
        {
            "anna.py": f"{CONNECT}p = r.pubsub()\np.subscribe('news')\n{read[loop]}",
            "paper.py": f"{CONNECT}r.publish('news', 'hello')\n",
        },
        [
            {"actor": "anna", "command": "SUBSCRIBE news"},
            {"actor": "paper", "command": "PUBLISH news hello"},
            {"actor": "anna", "read": "m"},
            {"actor": "anna", "read": "m"},
            {"actor": "anna", "print": "hello"},
        ],
        variables=["m"],
    )
    line = {"get": 6, "listen": 5}[loop]
    assert lines_of(found) == [
        "anna.py:4",
        "paper.py:3",
        f"anna.py:{line}",
        f"anna.py:{line}",
        f"anna.py:{line + 2}",
    ]


def test_a_transaction_and_its_lost_race(tmp_path: Path):
    program = (
        f"{CONNECT}pipe = r.pipeline()\ntry:\n    pipe.watch('n')\n    n = int(pipe.get('n') or 0)\n    pipe.multi()\n"
        "    pipe.set('n', n + 1)\n    pipe.incr('done')\n    result = pipe.execute()\n"
        "except redis.WatchError:\n    print('lost')\n"
    )
    steps = [
        {"actor": "anna", "command": "WATCH n"},
        {"actor": "anna", "command": "GET n"},
        {"actor": "ben", "command": "WATCH n"},
        {"actor": "ben", "command": "GET n"},
        *({"actor": "ben", "command": command} for command in ("MULTI", "SET n 1", "INCRBY done 1")),
        {"actor": "ben", "command": "EXEC", "save": "result"},
        *({"actor": "anna", "command": command} for command in ("MULTI", "SET n 1", "INCRBY done 1")),
        {"actor": "anna", "command": "EXEC"},
        {"actor": "anna", "print": "lost"},
    ]
    found = proved(
        tmp_path, {"counter.py": program}, steps, watch=["n", "done"], variables=["result"],
        actors=[{"name": actor, "runs": "counter.py"} for actor in ("anna", "ben")],
    )  # fmt: skip
    lines = [int(line.partition(":")[2]) for line in lines_of(found)]
    assert lines == [5, 6, 5, 6, 7, 8, 9, 10, 7, 8, 9, 10, 12]


def test_multi_has_its_own_line_only_in_the_pipeline_that_calls_it(tmp_path: Path):
    program = (
        f"{CONNECT}pipe = r.pipeline()\npipe.watch('n')\npipe.multi()\npipe.reset()\n"
        "pipe.incr('n')\npipe.incr('n')\npipe.execute()\n"
        "pipe.watch('n')\npipe.multi()\npipe.incr('n')\npipe.execute()\n"
    )
    one, two = ["MULTI", *["INCRBY n 1"] * 2, "EXEC"], ["WATCH n", "MULTI", "INCRBY n 1", "EXEC"]
    commands = ["WATCH n", "UNWATCH", *one, *two]
    found = proved(
        tmp_path, {"anna.py": program}, [{"actor": "anna", "command": each} for each in commands],
        watch=["n"], actors=["anna"],
    )  # fmt: skip
    lines = [int(line.partition(":")[2]) for line in lines_of(found)]
    assert lines == [4, 6, 9, 7, 8, 9, 10, 11, 12, 13]


def test_a_crash_ends_the_program_without_a_finally_and_it_begins_anew(tmp_path: Path):
    worker = (
        f"{CONNECT}job = None\ntry:\n    job = r.blmove('jobs', 'mine', 0)\n    print(f'Doing {{job}}')\n"
        "    r.lrem('mine', 1, job)\nfinally:\n    r.set('cleaned', 1)\n"
    )
    found = proved(
        tmp_path,
        {"worker.py": worker, "producer.py": f"{CONNECT}r.lpush('jobs', 'a', 'b')\n"},
        [
            {"actor": "producer", "command": "LPUSH jobs a b"},
            {"actor": "worker", "command": "BLMOVE jobs mine LEFT RIGHT 0", "save": "job"},
            {"actor": "worker", "print": "Doing b"},
            {"actor": "worker", "crash": True},
            {"actor": "worker", "command": "BLMOVE jobs mine LEFT RIGHT 0", "save": "job"},
            {"actor": "worker", "print": "Doing a"},
            {"actor": "worker", "command": "LREM mine 1 a"},
            {"actor": "worker", "command": "SET cleaned 1", "expect": {"mine": ["b"]}},
        ],
        watch=["mine"],
        variables=["job"],
    )
    assert [line[10:] for line in lines_of(found)[1:]] == ["5", "6", "", "5", "6", "7", "9"]


@pytest.mark.parametrize("first", ["", "job = None\n"])
def test_after_a_crash_a_variable_is_gone_without_a_line(tmp_path: Path, first: str):
    worker = f"{CONNECT}{first}while job := r.lmove('jobs', 'mine'):\n    pass\n"
    take = {"actor": "worker", "command": "LMOVE jobs mine LEFT RIGHT", "save": "job"}
    found = proved(
        tmp_path,
        {"worker.py": worker, "producer.py": f"{CONNECT}r.lpush('jobs', 'a', 'b')\n"},
        [
            {"actor": "producer", "command": "LPUSH jobs a b"},
            {**take, "expect": {"job": "b"}},
            {"actor": "worker", "crash": True},
            {"actor": "worker", "assign": {"job": None}, "expect": {"job": None}},
            {"actor": "worker", "wait": 3},
            {"actor": "worker", "assign": {"job": None}},
            {**take, "expect": {"job": "a"}},
        ],
        variables=["job"],
    )
    at = f"worker.py:{3 + first.count(chr(10))}"
    assert lines_of(found) == ["producer.py:3", at, "", "", "", "", at]


@pytest.mark.parametrize("own", ["id", "id_", "class_"])
def test_a_variable_named_as_python_itself_names_something(tmp_path: Path, own: str):
    found = proved(
        tmp_path,
        {"anna.py": f"{CONNECT}{own} = r.incr('n')\n"},
        [{"actor": "anna", "command": "INCRBY n 1", "save": f"anna_{own.rstrip('_')}"}],
        variables=[f"anna_{own.rstrip('_')}"],
    )
    assert lines_of(found) == ["anna.py:3"]


def test_a_function_crashes_alone(tmp_path: Path):
    program = (
        f"{CONNECT}\ndef anna():\n    print(r.brpop('jobs'))\n\ndef ben():\n    r.lpush('jobs', 'a')\n    print(1)\n"
    )
    found = proved(
        tmp_path,
        {"both.py": program},
        [
            {"actor": "anna", "command": "BRPOP jobs 0"},
            {"actor": "anna", "crash": True},
            {"actor": "anna", "command": "BRPOP jobs 0"},
            {"actor": "ben", "command": "LPUSH jobs a"},
            {"actor": "anna", "print": "('jobs', 'a')"},
            {"actor": "ben", "print": "1"},
        ],
        actors=["anna", "ben"],
    )
    assert [line[8:] for line in lines_of(found)] == ["5", "", "5", "8", "5", "9"]


def test_a_group_reads_a_stream_and_waits_for_more(tmp_path: Path):
    program = (
        f"{CONNECT}r.xgroup_create('s', 'g', id='0', mkstream=True)\nwhile True:\n"
        "    found = r.xreadgroup('g', 'anna', {'s': '>'}, count=1, block=2000)\n"
        "    for _, entries in found:\n        for entry, fields in entries:\n            print(fields['n'])\n"
        "            r.xack('s', 'g', entry)\n    if not found:\n        break\n"
    )
    read = "XREADGROUP GROUP g anna COUNT 1 BLOCK 2000 STREAMS s >"
    found = proved(
        tmp_path,
        {"anna.py": program, "producer.py": f"{CONNECT}r.xadd('s', {{'n': 7}})\n"},
        [
            {"actor": "anna", "command": "XGROUP CREATE s g 0 MKSTREAM"},
            {"actor": "anna", "command": read, "save": "entry", "pick": [0, 1, 0, 0]},
            {"actor": "producer", "command": "XADD s * n 7"},
            {"actor": "anna", "print": "7"},
            {"actor": "anna", "command": "XACK s g {entry}"},
            {"actor": "anna", "command": read},
            {"actor": "anna", "wait": 2},
        ],
        variables=["entry"],
    )
    assert [line[8:] for line in lines_of(found) if line.startswith("anna")] == ["3", "5", "8", "9", "5", "5"]


def test_a_wait_lets_sleeps_end_one_after_the_other(tmp_path: Path):
    program = "import time\nprint('begin')\nwhile time.time() < 3:\n    time.sleep(1)\nprint(time.time())\n"
    found = proved(
        tmp_path,
        {"anna.py": program, "ben.py": "import time\ntime.sleep(10)\nprint(time.monotonic())\n"},
        [
            {"actor": "anna", "print": "begin"},
            {"actor": "clock", "wait": 10},
            {"actor": "anna", "print": "3.0"},
            {"actor": "ben", "wait": 10},
            {"actor": "ben", "print": "20.0"},
        ],
        actors=["anna", "ben", "clock"],
    )
    assert lines_of(found) == ["anna.py:2", "", "anna.py:5", "ben.py:2", "ben.py:3"]


def test_time_passes_in_wait_steps_only(tmp_path: Path):
    program = (
        f"import time\nfrom datetime import datetime\n{CONNECT}start = time.time()\nr.set('a', 1, ex=5)\n"
        "time.sleep(2)\nprint(time.time() - start, datetime.now().second)\nr.get('a')\ntime.sleep(3)\nr.get('a')\n"
    )
    found = proved(
        tmp_path,
        {"anna.py": program},
        [
            {"actor": "anna", "command": "SET a 1 EX 5"},
            {"actor": "anna", "wait": 2},
            {"actor": "anna", "print": "2.0 2"},
            {"actor": "anna", "command": "GET a", "expect": {"reply": "1"}},
            {"actor": "anna", "wait": 3},
            {"actor": "anna", "command": "GET a", "expect": {"reply": None}},
        ],
        watch={"a": "string"},
    )
    assert lines_of(found) == [f"anna.py:{line}" for line in (6, 7, 8, 9, 10, 11)]


def test_functions_of_one_file_are_threads_of_one_program(tmp_path: Path):
    program = f"{CONNECT}shared = []\n\ndef anna():\n    shared.append(r.incr('n'))\n\ndef ben():\n    print(shared)\n"
    found = proved(
        tmp_path,
        {"both.py": program},
        [{"actor": "anna", "command": "INCRBY n 1"}, {"actor": "ben", "print": "[1]"}],
        actors=["anna", "ben"],
    )
    assert lines_of(found) == ["both.py:6", "both.py:9"]


def test_programs_of_one_file_share_nothing_but_know_their_names(tmp_path: Path):
    files = {
        "tasks.py": f"{CONNECT}seen = []\n",
        "worker.py": "import sys\nfrom tasks import r, seen\nseen.append(r.incr('n'))\nprint(sys.argv[1], seen)\n",
    }
    found = proved(
        tmp_path,
        files,
        [
            {"actor": "anna", "command": "INCRBY n 1"},
            {"actor": "ben", "command": "INCRBY n 1"},
            {"actor": "ben", "print": "ben [2]"},
            {"actor": "anna", "print": "anna [1]"},
        ],
        actors=[{"name": name, "runs": "worker.py"} for name in ("anna", "ben")],
    )
    assert lines_of(found) == ["worker.py:3", "worker.py:3", "worker.py:4", "worker.py:4"]


def test_generated_ids_come_from_the_run_and_are_plain_in_the_proof(tmp_path: Path):
    program = f"{CONNECT}first = r.xadd('s', {{'n': 1}})\nprint(first)\nr.xdel('s', first)\n"
    steps = [
        {"actor": "anna", "command": "XADD s * n 1", "save": "first"},
        {"actor": "anna", "print": "{first}"},
        {"actor": "anna", "command": "XDEL s {first}", "expect": {"reply": 1}},
    ]
    once = proved(tmp_path, {"anna.py": program}, steps, variables=["first"])
    again = proved(tmp_path, {"anna.py": program}, steps, variables=["first"])
    assert [(step.sent, step.printed, step.variables) for step in steps_of(once)] == [
        ([["XADD", "s", "*", "n", "1"]], None, {"first": "1-0"}),
        ([], "1-0", {"first": "1-0"}),
        ([["XDEL", "s", "1-0"]], None, {"first": "1-0"}),
    ]
    assert steps_of(once) == steps_of(again)


def test_variables_of_bytes_and_assign_steps(tmp_path: Path):
    program = (
        "import redis\nr = redis.Redis()\ntask = None\ndone = 0\nfor _ in range(2):\n    task = r.rpop('q')\n"
        "    done += 1\n    print(task, done)\n"
    )
    found = proved(
        tmp_path,
        {"anna.py": program},
        [
            {"actor": "anna", "command": "RPOP q", "save": "task", "expect": {"task": None}},
            {"actor": "anna", "assign": {"done": 1}},
            {"actor": "anna", "print": "None 1"},
            {"actor": "anna", "command": "RPOP q", "save": "task"},
            {"actor": "anna", "assign": {"done": 2}},
            {"actor": "anna", "print": "None 2"},
        ],
        variables={"task": None, "done": 0},
        client={"decode_responses": False},
    )
    assert lines_of(found) == [f"anna.py:{line}" for line in (6, 7, 8, 6, 7, 8)]


def test_logged_lines_count_as_printed(tmp_path: Path):
    program = "import logging\nlogging.basicConfig(format='%(message)s', level=logging.INFO)\nlogging.info('hello')\n"
    found = proved(tmp_path, {"anna.py": program}, [{"actor": "anna", "print": "hello"}])
    assert lines_of(found) == ["anna.py:3"]


def test_large_replies_of_a_pipeline_reach_the_program(tmp_path: Path):
    program = (
        f"{CONNECT}pipe = r.pipeline(transaction=False)\npipe.setrange('a', 60000, 'x')\npipe.get('a')\n"
        "pipe.get('a')\nprint([len(str(each)) for each in pipe.execute()])\n"
    )
    found = proved(
        tmp_path,
        {"anna.py": program},
        [
            {"actor": "anna", "command": "SETRANGE a 60000 x"},
            {"actor": "anna", "command": "GET a"},
            {"actor": "anna", "command": "GET a"},
            {"actor": "anna", "print": "[5, 60001, 60001]"},
        ],
    )
    assert lines_of(found) == [f"anna.py:{line}" for line in (4, 5, 6, 7)]


def test_the_program_sees_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    program = "import os, sys\nprint(sorted(os.environ))\nprint(os.listdir(), len(sys.argv))\n"
    found = proved(
        tmp_path,
        {"anna.py": program},
        [{"actor": "anna", "print": "names"}, {"actor": "anna", "print": "['anna.py'] 2"}],
    )
    (problem,) = found.problems
    names = eval(eval(problem.facts.came))
    assert {"LC_TIME", "PATH"} <= {*names}
    assert not {"SOME_TOKEN", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "REDIS_URL", "DATABASE_URL"} & {*names}


def test_the_proof_knows_the_lines_that_ran_to_their_end(tmp_path: Path):
    work = """
        def add(r, task):
            r.rpush(
                "queue",
                task,
            )
            if task == "c":
                r.rpop("queue")

        def never():
            pass
    """
    main = CONNECT + "from work import add\nfor task in ('a', 'b'):\n    add(r, task)\n"
    files = {"anna.py": main, "work.py": dedent(work).lstrip()}
    steps = [{"actor": "anna", "command": "RPUSH queue a"}, {"actor": "anna", "crash": True}]
    found = proved(tmp_path, files, steps, actors=["anna"])
    assert steps_of(found)[0].line in range(2, 6)
    assert found.proof is not None
    # The crash came before the second command, so that its line ran once; nothing called never().
    assert found.proof.ran == {"anna.py": [1, 2, 3, 4, 5], "work.py": [1, 2, 6, 9]}


def test_a_line_that_is_held_when_the_lesson_ends_has_not_run_but_those_that_called_it_have(tmp_path: Path):
    files = {"anna.py": CONNECT + "from work import add\nadd(r)\nprint('end')\n", "work.py": WORK}
    steps = [{"actor": "anna", "command": "RPUSH queue a"}, {"actor": "anna", "crash": True}]
    found = proved(tmp_path, files, steps, actors=["anna"])
    assert found.proof is not None
    assert found.proof.ran == {"anna.py": [1, 2, 3, 4], "work.py": [1, 2]}


WORK = 'def add(r):\n    r.rpush("queue", "a")\n    r.rpush("queue", "b")\n'
